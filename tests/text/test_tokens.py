"""What plain text names: links, mentions, hashtags, emoji."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text.tokens import Kind, find_tokens, is_tag, normalise_tag


def found(text: str, kind: Kind) -> list[str]:
    return [token.value for token in find_tokens(text) if token.kind is kind]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@bob", ["bob"]),
        ("hi @Bob_1, @al.ice@host.example:3000.", ["Bob_1", "al.ice@host.example:3000"]),
        ("(@bob) @bob. -@bob", ["bob", "bob", "bob"]),
        ("@bob@пример.рф", ["bob@пример.рф"]),
        ("bob@host.example", []),
        ("https://host.example/@bob and /@bob and x=@bob", []),
        ("https://host.example/x?by=-@bob", []),
        ("@ bob @. @@", []),
        # The Kelvin sign folds to k; it is no letter of a name.
        ("@mar\u212a", ["mar"]),
    ],
)
def test_mentions_are_found_but_not_in_addresses(text: str, mentions: list[str]) -> None:
    assert found(text, Kind.MENTION) == mentions


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#foxes #Foxes_2 #2foxes", ["foxes", "Foxes_2", "2foxes"]),
        ("#हिन्दी #日本語、#ไทย", ["हिन्दी", "日本語", "ไทย"]),
        ("\uff03wide #middle·dot·", ["wide", "middle·dot"]),
        ("#1 #123 #_ # ## #·a &#39; #️⃣", []),
        ("a#b /#b =#b https://host.example/#b", []),
    ],
)
def test_hashtags_are_words_with_a_letter(text: str, tags: list[str]) -> None:
    assert found(text, Kind.HASHTAG) == tags


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.com.", ["https://example.com"]),
        ("(https://example.com/a_(b))", ["https://example.com/a_(b)"]),
        (
            "https://example.com/?a=b&c=d#e, HTTP://X.example/",
            ["https://example.com/?a=b&c=d#e", "HTTP://X.example/"],
        ),
        ("https://пример.рф/путь。次", ["https://пример.рф/путь"]),
        ("http://localhost:3000/@bob http://[::1]:80/x", ["http://localhost:3000/@bob", "http://[::1]:80/x"]),
        ("<https://example.com/\"x> 'https://example.com'", ["https://example.com/", "https://example.com"]),
        ("javascript://x.example data:text ftp://x.example https:// https://nodot xhttps://x.example", []),
        ("https://example.com/" + "a" * 3000, []),
    ],
)
def test_links_end_where_a_reader_would_end_them(text: str, links: list[str]) -> None:
    assert found(text, Kind.LINK) == links


def test_emoji_stand_between_colons_of_their_own() -> None:
    assert found(":blob_cat: (:ok:) a:no: ::no:: :a: :né:", Kind.EMOJI) == ["blob_cat", "ok"]


@pytest.mark.parametrize(
    ("name", "normal"),
    [("CAFÉ", "cafe"), ("\uff33ushi", "sushi"), ("#हिन्दी", "हिन्दी"), ("øl", "ol"), ("が", "が")],
)
def test_tags_that_read_the_same_are_the_same(name: str, normal: str) -> None:
    assert normalise_tag(name) == normal
    assert normalise_tag(normal) == normal


def test_a_tag_name_is_a_word_with_a_letter() -> None:
    assert is_tag("foxes")
    assert not any(is_tag(name) for name in ("", "12", "a b", "a-b", "·a", "a·", "#a"))


@given(st.text() | st.text(alphabet="@#:/.ahtps()[]·_ \n\u200c"))
def test_tokens_stand_in_order_and_apart_whatever_the_text(text: str) -> None:
    position = 0
    for token in find_tokens(text):
        assert position <= token.start < token.end <= len(text)
        assert token.value in text[token.start : token.end]
        position = token.end


@pytest.mark.parametrize(
    "part",
    [
        "@",
        "@a",
        "@a@",
        "@a.",
        "#a",
        "#·",
        ":a",
        ":aa:",
        "http://",
        "http://a.b/",
        "http://a.b/(",
        "-http://a.b/" * 300 + " ",
        "a.a.",
    ],
)
def test_hostile_text_takes_time_in_proportion(part: str) -> None:
    text = (part * 100_000)[:100_000]
    started = time.process_time()
    find_tokens(text)
    assert time.process_time() - started < 2
