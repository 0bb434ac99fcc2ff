import pytest

from fedi.text.emoji import is_emoji


@pytest.mark.parametrize(
    "text",
    ["👍", "❤", "❤️", "👍🏽", "👩‍💻", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "⭐", "☺️", "🫠", "🦊"],
)
def test_one_emoji_is_one(text):
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1",
        "👍👍",
        "👍 ",
        "hello",
        ":fox:",
        "🇩",
        "🇩🇪🇫🇷",
        "\u200d",
        "👍\u200d",
        "<b>",
        "\ufe0f",
        "👍a",
    ],
)
def test_anything_else_is_not(text):
    assert not is_emoji(text)


def test_a_long_text_is_refused_at_once():
    assert not is_emoji("👩\u200d" * 50_000)
