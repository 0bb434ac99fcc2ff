"""Markdown: what readers of plain text would find is found, and nothing hostile gets through."""

import time

import pytest

from fedi.text.compose import MentionTarget
from fedi.text.markdown import MAX_MARKDOWN, compose_markdown

BOB = {"bob": MentionTarget(uri="https://h/bob", url="https://h/@bob", acct="bob")}


def composed(text):
    return compose_markdown(text, mentioned=BOB, tag_url=lambda name: f"https://h/tags/{name}")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
        ("# T", "<p><strong>T</strong></p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("> q", "<blockquote><p>q</p></blockquote>"),
        ("```\n<x>\n```", "<pre><code>&lt;x&gt;</code></pre>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("a :blob: b", "<p>a :blob: b</p>"),
    ],
)
def test_markdown_becomes_what_readers_may_get(text, html):
    assert composed(text).html == html


def test_names_are_found_and_keep_their_underscores():
    found = composed("**@bob** #Some_Tag and https://example.com/a_b_c_d")

    assert (found.mentions, found.tags) == (["bob"], ["Some_Tag"])
    assert 'href="https://example.com/a_b_c_d"' in found.html


@pytest.mark.parametrize(
    "text", ["`@bob #tag`", "```\n@bob #tag\n```", "[@bob #tag](https://e.com)", "\\@bob"]
)
def test_nothing_is_named_in_code_and_in_the_words_of_a_link(text):
    found = composed(text)

    assert (found.mentions, found.tags) == ([], [])


def test_a_picture_is_a_link():
    assert "<img" not in composed("![p](https://e.com/a.png)").html


@pytest.mark.parametrize(
    "part", ["[", "![", "*a ", "**a_b ", ">", "- ", "[a](", "[[]", "<", "_", "`` ", "@bob "]
)
def test_what_is_written_to_be_slow_is_done_soon(part):
    started = time.process_time()

    composed((part * MAX_MARKDOWN)[:MAX_MARKDOWN])

    assert time.process_time() - started < 3
