"""Words of a text as full-text search keeps and asks them: the same for what is written and what is typed.

Case, compatibility forms and accents do not count. Scripts that are written without spaces are cut into
overlapping pairs of letters, and each letter is found alone as well. A link is its host: what follows is
noise in an index, and is found by the whole address (`address_word`).
"""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import regex

# Nothing that people look for is longer; what else is one run of letters is no word.
MAX_WORD_CHARACTERS = 64
MAX_TEXT_CHARACTERS = 100_000
# Begins what is no word of a text: words themselves never begin with it.
MARK = "_"

_LINK = r"(?i)\bhttps?://([^\s/?#<>\"]{1,255}+)[^\s<>\"]*+"
_HREF = r"<a\s[^<>]{0,2000}?\bhref=\"(https?://[^\"<>]{1,2048})\"([^<>]*)>"
_DENSE = (
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
    r"\u30fc\u3005-\u3007]\p{M}*+"
)
_RUN = r"[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*+|\p{Extended_Pictographic}"
# In other scripts such marks are letters of their own.
_ACCENTS = r"(?<=[\p{Latin}\p{Greek}\p{Arabic}\p{Hebrew}])\p{Mn}++"
_PLAIN = str.maketrans(
    {"\u0111": "d", "\u00f0": "d", "\u0127": "h", "\u0131": "i", "\u0142": "l", "\u00f8": "o", "\u0167": "t"}
    | {"\u00e6": "ae", "\u0153": "oe", "\u00fe": "th", "\u0451": "\u0435", "\u0640": ""}
)


@dataclass(slots=True)
class Words:
    """Words in their order, for phrases; and the letters of dense scripts, which are found alone."""

    sequence: list[str] = field(default_factory=list)
    letters: set[str] = field(default_factory=set)


def split(text: str) -> Words:
    """Take a text apart. Never raises; what is beyond the caps is left out."""
    found = Words()
    for piece in pieces(text):
        if isinstance(piece, str):
            found.sequence.append(piece)
        else:
            found.letters.update(piece)
            found.sequence += pairs(piece)
    return found


def pieces(text: str) -> Iterator[str | list[str]]:
    """Give each word, and each run of a dense script as the list of its letters, in their order."""
    plain = _pattern(_LINK).sub(r" \1 ", text[:MAX_TEXT_CHARACTERS])
    for run in _pattern(_RUN).findall(folded(plain)):
        word = run.strip(MARK)
        if word.isascii():
            if word:
                yield word[:MAX_WORD_CHARACTERS]
            continue
        for part in _pattern(rf"(?:{_DENSE})+|(?:(?!{_DENSE}).)+").findall(word):
            letters = _pattern(_DENSE).findall(part)
            if letters:
                yield letters
            elif kept := part.strip(MARK):
                yield kept[:MAX_WORD_CHARACTERS]


def pairs(letters: list[str]) -> list[str]:
    """Give the overlapping pairs of a run of letters; a single letter is itself."""
    if len(letters) == 1:
        return letters
    return [first + second for first, second in pairwise(letters)]


def folded(text: str) -> str:
    """Give the form in which texts are compared: compatibility forms, case and accents aside."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", _pattern(_ACCENTS).sub("", apart)).translate(_PLAIN)


def links(content: str) -> list[str]:
    """Give the addresses that a text (sanitised HTML) links to, but for its mentions and hashtags."""
    return [
        url.replace("&amp;", "&")
        for url, rest in _pattern(_HREF).findall(content)
        if not _pattern(r"\bclass=\"[^\"]*\b(?:mention|hashtag)\b").search(rest)
    ]


def address_word(url: str) -> str:
    """Give the word under which a whole address is found: the same with and without a slash at its end."""
    normal = _pattern(r"^(?i:https?)://(?i:www\.)?").sub("", url).partition("#")[0].rstrip("/")
    return f"{MARK}url{hashlib.sha256(normal.encode('utf-8', 'replace')).hexdigest()[:16]}"


@cache
def _pattern(source: str) -> regex.Pattern[str]:
    return regex.compile(source)
