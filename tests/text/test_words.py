"""Words as the index of full-text search keeps them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, WÖRLD! Straße ﬁne ①", ["hello", "world", "strasse", "fine", "1"]),
        ("Ærø Łódź İstanbul ёж", ["aero", "lodz", "istanbul", "еж"]),
        ("ΑΘΉΝΑ قُرْآن", ["αθηνα", "قران"]),
        ("हिन्दी", ["हिन्दी"]),
        ("don't foo_bar __init__ ___", ["don", "t", "foo_bar", "init"]),
        ("#Caturday @bob@b.example", ["caturday", "bob", "b", "example"]),
        ("see https://www.Example.com/a/b?c=d now", ["see", "www", "example", "com", "now"]),
        ("🎉 ok ❤️", ["🎉", "ok", "❤"]),
        ("日本語 AI学習", ["日本", "本語", "ai", "学習"]),
        ("한국어 ไทย", ["한국", "국어", "ไท", "ทย"]),
        ("", []),
        ("\0 \ud800 \u0301", []),
    ],
)
def test_a_text_is_split_into_words(text, expected):
    assert words.split(text).sequence == expected


def test_letters_of_dense_scripts_are_found_alone():
    assert words.split("日本語 and 猫").letters == {"日", "本", "語", "猫"}


def test_a_word_without_end_is_cut():
    assert words.split("a" * 500).sequence == ["a" * words.MAX_WORD_CHARACTERS]


def test_links_are_found_but_mentions_and_hashtags_are_none():
    content = (
        '<a href="https://a.example/x?y=1&amp;z=2" rel="nofollow">a</a>'
        '<a href="https://b.example/@bob" class="u-url mention">@bob</a>'
        '<a href="https://b.example/tags/cat" class="mention hashtag" rel="tag">#cat</a>'
    )

    assert words.links(content) == ["https://a.example/x?y=1&z=2"]


def test_an_address_is_the_same_with_or_without_what_does_not_matter():
    assert words.address_word("http://www.a.example/x/#top") == words.address_word("https://a.example/x")
    assert words.address_word("https://a.example/x") != words.address_word("https://a.example/y")


@given(st.text())
def test_words_have_nothing_that_a_question_to_the_index_could_trip_over(text):
    for word in [*words.split(text).sequence, *words.split(text).letters]:
        assert word
        assert not set(word) & set(" \"'*()^:{}+-\0\n")
        assert not word.startswith(words.MARK)


@pytest.mark.parametrize(
    "text",
    ["\u0301" * 100_000, "aー" * 50_000, "_" * 100_000, "http://" * 20_000, "<a " * 40_000, "日" * 100_000],
)
def test_hostile_texts_take_linear_time(text):
    begun = time.process_time()

    words.split(text)
    words.links(text)

    assert time.process_time() - begun < 4
