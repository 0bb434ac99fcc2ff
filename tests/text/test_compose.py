"""What an author typed becomes HTML, and what it names is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text.compose import MentionTarget, compose, compose_field, count_characters
from fedi.text.html import sanitise, to_text

BOB = MentionTarget(uri="https://b.example/users/bob", url="https://b.example/@bob", acct="bob@b.example")
OTHER_BOB = MentionTarget(
    uri="https://c.example/users/bob", url="https://c.example/@bob", acct="bob@c.example"
)
ALICE = MentionTarget(uri="https://here.example/ap/u/1", url="https://here.example/@alice", acct="alice")
PEOPLE = {"bob@b.example": BOB, "alice@here.example": ALICE}


def written(text: str, people: dict[str, MentionTarget] = PEOPLE) -> str:
    return compose(text, mentioned=people, tag_url=tag_url).html


def tag_url(name: str) -> str:
    return f"https://here.example/tags/{name}"


def test_paragraphs_and_lines_are_kept() -> None:
    assert written("one\ntwo\r\n\r\n \nthree\n") == "<p>one<br />two</p><p>three</p>"
    assert written(" \n ") == ""


def test_what_was_typed_as_html_is_text() -> None:
    assert written("<script>alert('1')</script> &amp;") == (
        "<p>&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt; &amp;amp;</p>"
    )


def test_a_mention_links_to_the_person_and_is_told() -> None:
    composed = compose("Hi @Bob@B.example!", mentioned=PEOPLE, tag_url=tag_url)

    assert composed.html == (
        '<p>Hi <span class="h-card" translate="no"><a href="https://b.example/@bob" class="u-url mention">'
        "@<span>bob</span></a></span>!</p>"
    )
    assert composed.mentions == ["bob@b.example"]


def test_a_local_person_is_mentioned_with_or_without_host() -> None:
    composed = compose("@alice and @alice@here.example", mentioned=PEOPLE, tag_url=tag_url)

    assert composed.html.count('href="https://here.example/@alice"') == 2
    assert composed.mentions == ["alice@here.example"]


def test_a_mention_of_nobody_stays_text() -> None:
    composed = compose("@carol @bob", mentioned=PEOPLE, tag_url=tag_url)
    assert (composed.html, composed.mentions) == ("<p>@carol @bob</p>", [])


def test_two_people_of_one_name_are_told_apart() -> None:
    html = written("@bob@b.example @bob@c.example", {"bob@b.example": BOB, "bob@c.example": OTHER_BOB})
    assert "@<span>bob@b.example</span>" in html
    assert "@<span>bob@c.example</span>" in html


def test_hashtags_link_and_count_once() -> None:
    composed = compose("#Foxes and #foxes and #café", mentioned={}, tag_url=tag_url)

    assert composed.html.startswith(
        '<p><a href="https://here.example/tags/foxes" class="mention hashtag" rel="tag">'
        "#<span>Foxes</span></a>"
    )
    assert composed.tags == ["Foxes", "café"]


def test_long_links_show_their_beginning_and_keep_the_rest() -> None:
    assert written("https://www.example.com/a/very/long/path/that/goes/on") == (
        '<p><a href="https://www.example.com/a/very/long/path/that/goes/on" target="_blank" '
        'rel="nofollow noopener noreferrer" translate="no"><span class="invisible">https://www.</span>'
        '<span class="ellipsis">example.com/a/very/long/path/t</span>'
        '<span class="invisible">hat/goes/on</span></a></p>'
    )


def test_short_links_are_shown_whole() -> None:
    assert '<span class="">x.example/</span><span class="invisible"></span>' in written("https://x.example/")


def test_emoji_and_direction_tricks() -> None:
    assert written("I :like: this\u202e") == "<p>I :like: this</p>"


@given(st.text() | st.text(alphabet="@#:/.abhtps<>&\"' \n"))
def test_composed_html_passes_the_sanitiser_with_its_text(text: str) -> None:
    html = written(text)
    assert to_text(sanitise(html)) == to_text(html)


def test_profile_fields_link_back() -> None:
    assert compose_field(" <b> https://alice.example ") == (
        '&lt;b&gt; <a href="https://alice.example" target="_blank" rel="me nofollow noopener" translate="no">'
        '<span class="invisible">https://</span><span class="">alice.example</span>'
        '<span class="invisible"></span></a>'
    )
    assert compose_field("@bob #tag") == "@bob #tag"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("https://example.com/" + "a" * 100, 23),
        ("@bob@very.long.host.example", 4),
        ("👩\u200d👩\u200d👧e\u0301🇩🇪", 3),
        ("#tag :emoji:\r\n", 13),
    ],
)
def test_characters_count_as_mastodon_counts(text: str, length: int) -> None:
    assert count_characters(text) == length
