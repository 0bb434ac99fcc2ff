"""What somebody typed to find posts, taken apart: words, phrases, and Mastodon's operators.

`"a phrase"`, `-without`, `from:`, `has:`, `is:`, `language:`, `before:`, `after:`, `during:`, `in:` (Mastodon
documentation: search operators). What looks like an operator and is none is looked for as words.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Literal

import regex

from fedi.text import words

MAX_CHARACTERS = 2048
# More than anybody types; each costs the index a look.
MAX_PARTS = 32
_MAX_PHRASE_WORDS = 24
# Shorter beginnings begin too much.
_MIN_PREFIX_CHARACTERS = 3
_FIRST_YEAR, _LAST_YEAR = 1970, 2199

_PART = (
    r"(?P<sign>[-+])?+(?:\"(?P<phrase>[^\"]*+)\""
    r"|(?P<name>from|has|is|language|before|after|during|in):(?P<value>[^\s\"]++)|(?P<word>[^\s\"]++))"
)
_DATE = r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
_KINDS = {"has": ["media", "image", "video", "audio", "poll", "link", "embed"], "is": ["reply", "sensitive"]}

Place = Literal["library", "public"]


@dataclass(frozen=True, slots=True)
class Term:
    """Words beside each other; of a `begun` one the last may go on. Not `wanted`: they must not be there."""

    words: tuple[str, ...]
    wanted: bool = True
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A time that a post is from, in Unix milliseconds: from `start` on, before `end` (None: open)."""

    start: int | None
    end: int | None
    wanted: bool = True


@dataclass(slots=True)
class Question:
    """What is asked for. Pairs say what, and whether it is wanted or not to be there.

    `authors`: handles, or "me". `having`: `hasmedia`, `isreply`, `langen` and so on, as the index marks them.
    """

    terms: list[Term] = field(default_factory=list)
    authors: list[tuple[str, bool]] = field(default_factory=list)
    having: list[tuple[str, bool]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    places: list[tuple[Place, bool]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.terms or self.authors or self.having or self.spans or self.places)


def read(text: str) -> Question:
    """Take a text apart. Never raises; what is beyond the caps is left out."""
    asked = Question()
    plain = regex.sub(r"[\u201c\u201d\u201e\u00ab\u00bb]", '"', text[:MAX_CHARACTERS])
    for number, part in enumerate(_pattern(_PART).finditer(plain)):
        if number == MAX_PARTS:
            break
        wanted, is_last = part["sign"] != "-", part.end() == len(plain)
        if part["name"] and _operator(asked, part["name"], part["value"], wanted=wanted):
            continue
        if part["phrase"] is not None:
            asked.terms += _terms(part["phrase"], wanted=wanted, begun=False)
        else:
            word = part["word"] or f"{part['name']}:{part['value']}"
            asked.terms += _terms(word, wanted=wanted, begun=is_last and wanted)
    return asked


def _operator(asked: Question, name: str, value: str, *, wanted: bool) -> bool:
    """Note an operator; False when the value is none of its."""
    match name:
        case "from":
            asked.authors.append((value.removeprefix("@").lower(), wanted))
        case "has" | "is" if value in _KINDS[name]:
            asked.having.append((name + value, wanted))
        case "language" if regex.fullmatch(r"(?i)[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}", value):
            asked.having.append((f"lang{value.lower().replace('-', '')}", wanted))
        case "in" if value in {"library", "public"}:
            asked.places.append(("library" if value == "library" else "public", wanted))
        case "in" if value == "all":
            pass
        case "before" | "after" | "during" if (span := _span(value)) is not None:
            bounds = {"before": (None, span[0]), "after": (span[1], None), "during": span}
            asked.spans.append(Span(*bounds[name], wanted=wanted))
        case _:
            return False
    return True


def _span(value: str) -> tuple[int, int] | None:
    """Give the first moment of a year, month or day (UTC) and the first after it."""
    found = _pattern(_DATE).fullmatch(value)
    if found is None:
        return None
    year, month, day = (int(each) if each else None for each in found.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
    except ValueError:
        return None
    if not _FIRST_YEAR <= start.year <= _LAST_YEAR:
        return None
    if day:
        end = datetime.fromtimestamp(start.timestamp() + 86_400, UTC)
    elif month:
        end = datetime(start.year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    else:
        end = datetime(start.year + 1, 1, 1, tzinfo=UTC)
    return int(start.timestamp() * 1000), int(end.timestamp() * 1000)


def _terms(text: str, *, wanted: bool, begun: bool) -> Iterator[Term]:
    """Give the words of a part as one phrase, but letters that are found alone each by itself."""
    if _pattern(r"(?i)https?://[^\s/].*").fullmatch(text):
        yield Term((words.address_word(text),), wanted)
        return
    phrase: list[str] = []
    last: str | list[str] = []
    for last in words.pieces(text):
        if isinstance(last, str):
            phrase.append(last)
        elif len(last) > 1:
            phrase += words.pairs(last)
        else:
            # Beside other letters it would stand in a pair.
            if phrase:
                yield Term(tuple(phrase[:_MAX_PHRASE_WORDS]), wanted)
            phrase = []
            yield Term((last[0],), wanted)
    if phrase:
        open_ended = begun and isinstance(last, str) and len(last) >= _MIN_PREFIX_CHARACTERS
        yield Term(tuple(phrase[:_MAX_PHRASE_WORDS]), wanted, open_ended and len(phrase) <= _MAX_PHRASE_WORDS)


@cache
def _pattern(source: str) -> regex.Pattern[str]:
    return regex.compile(source)
