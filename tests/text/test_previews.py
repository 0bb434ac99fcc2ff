"""What a foreign page says of itself, whatever it says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text.previews import decode_page, read_preview

PAGE = """<!doctype html><html lang="de-AT"><head>
<title>Plain &amp; simple</title>
<meta property="og:title" content="A day &quot;out&quot;">
<meta name='description' content='Plain words'>
<meta property=og:image content=/pictures/one.jpg>
<meta property="og:image:alt" content="A hill">
<meta property="og:site_name" content="The Site">
<meta name="author" content="Ann Author">
<meta name="fediverse:creator" content="@ann@b.example">
<meta property="article:published_time" content="2024-05-06T07:08:09+02:00">
<link rel="canonical" href="https://site.example/day">
</head><body><p>text</p></body></html>"""


def test_a_page_is_read():
    found = read_preview(PAGE)

    assert found is not None
    assert found.title == 'A day "out"'
    assert found.description == "Plain words"
    assert (found.image, found.image_description) == ("/pictures/one.jpg", "A hill")
    assert (found.site, found.author, found.creator) == ("The Site", "Ann Author", "ann@b.example")
    assert (found.language, found.canonical) == ("de-AT", "https://site.example/day")
    assert found.published_at is not None
    assert found.published_at.isoformat() == "2024-05-06T07:08:09+02:00"


def test_a_title_alone_is_enough_and_none_is_too_little():
    found = read_preview("<html><title> Only this </title>")

    assert found is not None
    assert found.title == "Only this"
    assert read_preview("<html><body>words</body></html>") is None


def test_markup_in_what_it_says_stays_words():
    found = read_preview('<meta property="og:title" content="&lt;script&gt;x&lt;/script&gt;\u202eevil\x00">')

    assert found is not None
    assert "\x00" not in found.title
    assert "\n" not in found.title


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<title>Größe</title>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ('<meta charset="utf-8"><title>Größe</title>'.encode(), "text/html"),
        ("<title>Größe</title>".encode(), "text/html; charset=no-such-thing"),
    ],
)
def test_the_charset_is_the_answers_or_the_pages_own(body, kind):
    found = read_preview(decode_page(body, kind))

    assert found is not None
    assert found.title == "Größe"


@given(st.text(max_size=300))
def test_nothing_breaks_it(text):
    read_preview(f"<meta property='og:title' content='{text}'><html lang={text}><title>{text}")


@pytest.mark.parametrize(
    "piece", ["<meta ", "<meta property=og:title content=", "<link rel=", "<title", "a="]
)
def test_hostile_pages_take_linear_time(piece):
    start = time.process_time()
    read_preview(piece * (1_000_000 // len(piece)))

    assert time.process_time() - start < 2
