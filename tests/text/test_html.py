"""Foreign HTML in, safe HTML out."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text.html import (
    MAX_DEPTH,
    Html,
    clean_line,
    clean_text,
    escape_text,
    sanitise,
    to_text,
    without_quote,
)

ALLOWED = {
    *("p", "span", "br", "a", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i", "em"),
    *("ul", "ol", "li", "ruby", "rt", "rp"),
}
ALLOWED_ATTRIBUTES = {"href", "rel", "class", "translate", "start", "reversed", "value", "target"}


class Witness(HTMLParser):
    """Notes what a reader would meet."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.depth = self.deepest = 0
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.depth += tag != "br"
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1


def check_harmless(markup: str) -> None:
    seen = Witness(markup)
    assert seen.tags <= ALLOWED
    assert {name for name, _ in seen.attributes} <= ALLOWED_ATTRIBUTES
    assert seen.deepest <= MAX_DEPTH
    for name, value in seen.attributes:
        assert name != "href" or value.split(":")[0].lower() not in {"javascript", "data", "vbscript", "file"}


ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt/src=//x.example>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href=javascript:alert(1)>x</a></svg>",
    '<p onclick="alert(1)" style="position:fixed" id="x" data-x="y">x</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa&#x09;Script:alert(1)">x</a>',
    '<a href=" &#1;javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    "<math><style><img src=x onerror=alert(1)></style></math>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>*{display:none}</style><link rel=stylesheet href=//x><base href=//x><meta http-equiv=refresh>",
    "<object data=x></object><embed src=x><video src=x><audio src=x><input autofocus onfocus=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<p class='<script>'>\x00<\x00script>alert(1)</script>",
    "<<script>script>alert(1)<</script>/script>",
    "<h1 <img src=x onerror=alert(1)>>x</h1>",
    "<a href='http://x.example/<h1>\"onmouseover=alert(1)'>x</a>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives(attack: str) -> None:
    clean = sanitise(attack)

    check_harmless(clean)
    assert sanitise(clean) == clean


def test_what_mastodon_sends_passes_unchanged_but_for_link_safety() -> None:
    sent = (
        '<p>Fox day, <span class="h-card"><a href="https://b.example/@bob" class="u-url mention">'
        '@<span>bob</span></a></span> <a href="https://b.example/tags/foxes" class="mention hashtag" '
        'rel="tag">#<span>foxes</span></a></p>'
    )
    clean = sanitise(sent)

    assert clean == (
        '<p>Fox day, <span class="h-card"><a href="https://b.example/@bob" class="u-url mention" '
        'rel="nofollow noopener noreferrer" target="_blank">@<span>bob</span></a></span> '
        '<a href="https://b.example/tags/foxes" class="mention hashtag" '
        'rel="tag nofollow noopener noreferrer" target="_blank">#<span>foxes</span></a></p>'
    )


def test_classes_are_limited_to_what_readers_know() -> None:
    clean = sanitise(
        '<p class="modal h-entry"><span class="invisible ellipsis admin-bar dt-x evil">x</span></p>'
    )
    assert clean == '<p class="h-entry"><span class="invisible ellipsis dt-x">x</span></p>'


def test_headings_become_strong_paragraphs_and_pictures_vanish() -> None:
    assert sanitise('<h1 class="x">Big</h1><H3>Less</H3><img src="x" alt="y">') == (
        "<p><strong>Big</strong></p><p><strong>Less</strong></p>"
    )


def test_links_to_nowhere_are_text() -> None:
    assert sanitise('<a href="/relative">a</a> <a name="x">b</a> <a href="tel:1">c</a>') == "a b c"


def test_what_must_not_be_translated_stays_marked() -> None:
    assert sanitise('<span translate="no">x</span><span translate="yes">y</span>') == (
        '<span translate="no">x</span><span>y</span>'
    )


def test_lists_keep_their_numbers() -> None:
    assert sanitise('<ol start="3" reversed=x><li value="7">a</li><li value="x">b</li></ol>') == (
        '<ol start="3" reversed=""><li value="7">a</li><li>b</li></ol>'
    )


def test_deep_nesting_loses_tags_but_no_text() -> None:
    clean = sanitise("<blockquote>" * 500 + "deep" + "</blockquote>" * 500)

    assert clean.count("<blockquote>") == MAX_DEPTH
    assert to_text(clean) == "deep"


@pytest.mark.parametrize(
    "part",
    [
        "<b>",
        "<ul><li>",
        "<a ",
        "<a href=http://x>",
        "<svg>",
        "<table><tr><td>",
        "<p><del>",
        "<b><p>",
        "<h1",
        "<h1>",
        "&",
        "<p class='u-a",
    ],
)
def test_a_megabyte_of_hostile_html_is_cut_and_cleaned_in_time(part: str) -> None:
    raw = part * (1_000_000 // len(part))
    started = time.process_time()
    clean = sanitise(raw)
    to_text(clean)

    assert time.process_time() - started < 2
    assert len(clean) < 600_000
    check_harmless(clean)


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                "a",
                "b",
                "/",
                "p",
                '"',
                "'",
                "=",
                "<p>",
                "</p>",
                "<a href=",
                "http://x ",
                "&lt;",
                "<h2>",
                "</h2>",
                "<svg>",
                "<style>",
                "<!--",
                "\x00",
                "\ud800",
            ]
        )
    ).map("".join)
)
def test_sanitising_never_raises_and_settles(raw: str) -> None:
    clean = sanitise(raw)

    check_harmless(clean)
    assert sanitise(clean) == clean
    to_text(clean)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>two<br>three &amp; <b>four</b></p>", "One\n\ntwo\nthree & four"),
        ("<ul><li>a</li><li>b</li></ul><p>c</p>", "a\nb\n\nc"),
        ("<p>a<br />b</p>", "a\nb"),
        ('<p>&lt;b&gt; <span class="invisible">https://</span>x.example</p>', "<b> https://x.example"),
        ("", ""),
    ],
)
def test_html_reads_as_text(markup: str, text: str) -> None:
    assert to_text(Html(markup)) == text


def test_plain_text_is_escaped() -> None:
    assert (
        escape_text("<b> & \"quotes\" 'single'\x07\u202e")
        == "&lt;b&gt; &amp; &quot;quotes&quot; &#x27;single&#x27;"
    )


def test_a_line_has_no_unseen_characters_and_an_end() -> None:
    assert clean_line(" a\u202eb\u2066\x00\r\n \tc\u200b\ufeff\ud800  d ", 50) == "ab c d"
    assert clean_line("x" * 1_000_000, 30) == "x" * 30
    assert clean_line("👩\u200d🚀 क\u200cष", 30) == "👩\u200d🚀 क\u200cष"


def test_text_of_several_lines_keeps_them() -> None:
    assert clean_text("a\r\nb\rc\td\x0b\x7f\u202d") == "a\nb\nc\td"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ('<p class="quote-inline">RE: <a href="https://b.example/1">b</a></p><p>look</p>', "<p>look</p>"),
        ('<p>look<span class="quote-inline"><br><br>RE: b</span></p>', "<p>look</p>"),
        ('<p>look</p><p class="other">RE: b</p>', '<p>look</p><p class="other">RE: b</p>'),
        ('<p class="quote-inline">never closed', '<p class="quote-inline">never closed'),
    ],
)
def test_the_line_that_stands_for_a_quote_is_taken_out(said: str, left: str):
    assert without_quote(Html(said)) == left
