"""Rows in words."""

from datetime import UTC, datetime, timedelta

import pytest

from fedi.web.views import ago, plain, rich, short

NOW = datetime(2030, 5, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=6), "6 d"),
        (timedelta(days=8), "12 May"),
        (timedelta(days=365), "20 May 2029"),
    ],
)
def test_times_are_said_shortly(past: timedelta, words: str):
    assert ago(NOW - past, NOW) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (9999, "9\u202f999"), (999_999, "999k"), (1_250_000, "1.2M")],
)
def test_counts_are_said_shortly(count: int, words: str):
    assert short(count) == words


def test_emojis_stand_in_text_and_never_in_a_tag():
    emojis = [{"shortcode": "cat", "url": "https://b.example/c.png"}]

    html = str(rich('<a href="https://b.example/:cat:">:cat:</a>', emojis))

    assert html.startswith('<a href="https://b.example/:cat:"><img class="emoji"')
    assert html.count("<img") == 1


def test_previews_are_plain_and_short():
    assert plain("<p>one<br>two</p><p>three</p>") == "one two three"
    assert plain("<p>" + "a" * 300 + "</p>", 10) == "a" * 9 + "…"
