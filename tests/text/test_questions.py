"""What somebody typed to find posts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text import questions, words
from fedi.text.questions import Question, Span, Term

DAY_MS = 86_400_000


def test_words_phrases_and_what_is_not_wanted():
    asked = questions.read('Cats "big dogs" -mouse -"white mice" +tea')

    assert asked.terms == [
        Term(("cats",)),
        Term(("big", "dogs")),
        Term(("mouse",), wanted=False),
        Term(("white", "mice"), wanted=False),
        Term(("tea",), begun=True),
    ]


def test_the_last_word_may_go_on_if_it_is_long_enough():
    assert questions.read("big ca").terms[-1] == Term(("ca",))
    assert questions.read("big cat").terms[-1] == Term(("cat",), begun=True)
    assert questions.read("big -cat").terms[-1] == Term(("cat",), wanted=False)
    assert questions.read("big cat ").terms[-1] == Term(("cat",))
    assert questions.read("“big cat”").terms == [Term(("big", "cat"))]


def test_operators_are_taken_out():
    asked = questions.read("from:@Bob@b.example -from:me has:image is:reply -is:sensitive language:pt-BR")

    assert asked == Question(
        authors=[("bob@b.example", True), ("me", False)],
        having=[("hasimage", True), ("isreply", True), ("issensitive", False), ("langptbr", True)],
    )
    assert questions.read("in:library -in:public in:all").places == [("library", True), ("public", False)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("during:1970-01-02", DAY_MS, 2 * DAY_MS),
        ("before:1970-01-02", None, DAY_MS),
        ("after:1970-01-02", 2 * DAY_MS, None),
        ("during:1970-12", 334 * DAY_MS, 365 * DAY_MS),
        ("during:1970", 0, 365 * DAY_MS),
    ],
)
def test_times_are_days_months_and_years(text, start, end):
    assert questions.read(text).spans == [Span(start, end)]
    assert questions.read(f"-{text}").spans == [Span(start, end, wanted=False)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("has:wings", ("has", "wings")),
        ("during:2024-13", ("during", "2024", "13")),
        ("before:9999", ("before", "9999")),
        ("in:house", ("in", "house")),
        ("colour:blue", ("colour", "blue")),
        ("e-mail", ("e", "mail")),
        ("日本語", ("日本", "本語")),
    ],
)
def test_what_is_no_operator_is_words(text, expected):
    (term,) = questions.read(text).terms

    assert term.words == expected


def test_letters_between_words_are_found_alone():
    assert [term.words for term in questions.read("第3回").terms] == [("第",), ("3",), ("回",)]


def test_an_address_is_looked_for_whole():
    assert questions.read("https://a.example/x").terms == [Term((words.address_word("https://a.example/x"),))]


@pytest.mark.parametrize("text", ["", " ", "-", '"', '" "', '""', "- -", ":", "+-"])
def test_nothing_is_asked_for(text):
    assert questions.read(text).is_empty


def test_there_are_bounds():
    assert len(questions.read("word " * 1000).terms) <= questions.MAX_PARTS
    assert len(questions.read("from:me " * 1000).authors) <= questions.MAX_PARTS
    assert all(len(term.words) <= 24 for term in questions.read("a." * 5000).terms)


@given(st.text(alphabet=st.characters() | st.sampled_from('":-+*()^{}\0 fromhasinis')))
def test_reading_never_fails(text):
    questions.read(text)
