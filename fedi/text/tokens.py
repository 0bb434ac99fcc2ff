"""Find what plain text names: links, @mentions, #tags and :emoji:, with where they stand.

The rules are Mastodon's (models Account, Tag, CustomEmoji), written for linear time: text is hostile.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import regex

_OPENING = {"(": ")", "[": "]", "{": "}"}
_CLOSING = {closing: opening for opening, closing in _OPENING.items()}
_TRAILING = ".,:;!?'*~"
_TAG_SEPARATORS = "\u00b7\u30fb\u200c"
_MAX_URL_LENGTH = 2048

# Letters are spelled out: case folding would let the Kelvin sign stand for a k.
_SCHEME = r"[Hh][Tt][Tt][Pp][Ss]?+"
_IPV6 = r"\[[0-9a-fA-F:.]++\]"
_PORT = r"(?::[0-9]{1,5}+)?+"
# Accents go only from Latin letters: in other scripts such marks are letters of their own.
_ACCENTS = regex.compile(r"(?<=[a-z])\p{Mn}+")
_PLAIN_LATIN = str.maketrans("\u0111\u00f0\u0127\u0131\u0142\u00f8\u0167", "ddhilot")

_LABEL = r"[\p{L}\p{M}\p{N}_-]++"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*+)"
# Marks that end a sentence or a quotation in other scripts than Latin end a link as well.
_CJK_MARKS = r"\u3001\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
_PATH = rf"[^\s\p{{Cc}}\p{{Cf}}\p{{Cs}}<>\"\p{{Pi}}\p{{Pf}}\u201e{_CJK_MARKS}]"
_USERNAME = r"[a-zA-Z0-9_]++(?:[.-]++[a-zA-Z0-9_]++)*+"

_PATTERNS = {
    "link": rf"(?<![\w/@]){_SCHEME}://(?:{_HOST}|{_IPV6}){_PORT}(?:[/?#]{_PATH}{{0,{_MAX_URL_LENGTH}}}+)?+",
    "mention": rf"(?<![=/\w])@{_USERNAME}(?:@{_HOST}{_PORT})?+",
    "hashtag": rf"(?<![=/)&\w])[#\uff03][\w{_TAG_SEPARATORS}]++",
    "emoji": r"(?<![\w:]):[a-zA-Z0-9_]{2,}+:(?![\w:])",
}
# The first alternative that fits wins, so a mention or a tag inside a link is part of the link.
_ANY = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items())


class Kind(StrEnum):
    """What a token is."""

    LINK = "link"
    MENTION = "mention"
    HASHTAG = "hashtag"
    EMOJI = "emoji"


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a text: `text[start:end]`, and what it names without its mark.

    `value` is `bob` or `bob@host[:port]` as typed, the tag without `#`, the whole URL, or the shortcode.
    """

    kind: Kind
    start: int
    end: int
    value: str


def find_tokens(text: str) -> list[Token]:
    """Find every token, in order, none overlapping another. A mention in an e-mail address is none."""
    return list(_iter_tokens(text))


def normalise_tag(name: str) -> str:
    """Give the form under which hashtags are the same: NFKC, lower case, Latin letters without accents."""
    apart = unicodedata.normalize("NFKD", name.lstrip("#\uff03").lower()).translate(_PLAIN_LATIN)
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", apart))


def is_tag(name: str) -> bool:
    """Tell whether `name`, without `#`, can stand as a hashtag: word characters, not digits alone."""
    return _tag_length(name) == len(name) > 0


def _iter_tokens(text: str) -> Iterator[Token]:
    position = 0
    pattern = regex.compile(_ANY)
    while match := pattern.search(text, position):
        kind = Kind(str(match.lastgroup))
        length = _LENGTHS[kind](match.group())
        # What looked like a token and is none is passed over whole: nothing inside it can be one.
        position = match.start() + length if length else match.end()
        if length:
            found = text[match.start() : position]
            yield Token(kind, match.start(), position, _value(kind, found))


def _value(kind: Kind, found: str) -> str:
    match kind:
        case Kind.LINK:
            return found
        case Kind.EMOJI:
            return found[1:-1]
        case Kind.MENTION | Kind.HASHTAG:
            return found[1:]


def _link_length(found: str) -> int:
    """Give how much of a candidate is the link: brackets balanced, no trailing punctuation; 0 for none."""
    if len(found) > _MAX_URL_LENGTH:
        return 0
    open_brackets: list[str] = []
    end = found.index("://") + 3
    if found[end] == "[":
        end = found.index("]", end) + 1
    for end in range(end, len(found)):  # noqa: B020  the scan goes on where the address ended
        letter = found[end]
        if letter in _OPENING:
            open_brackets.append(letter)
        elif letter in _CLOSING and (not open_brackets or open_brackets.pop() != _CLOSING[letter]):
            break
    else:
        end = len(found)
    link = found[:end].rstrip(_TRAILING)
    authority = regex.split(r"[/?#]", link[link.index("://") + 3 :], maxsplit=1)[0]
    named = "." in authority or authority.startswith("[") or authority.lower().startswith("localhost")
    return len(link) if named else 0


def _mention_length(found: str) -> int:
    return len(found)


def _tag_length(name: str) -> int:
    """Give how much of a run of word characters is a tag: separators only inside, one letter at least."""
    if not name or name[0] in _TAG_SEPARATORS or not regex.fullmatch(r"[\w·・\u200c]+", name):
        return 0
    kept = name.rstrip(_TAG_SEPARATORS)
    has_letter = any(letter.isalpha() or letter in _TAG_SEPARATORS for letter in kept)
    return len(kept) if has_letter or ("_" in kept.strip("_")) else 0


def _hashtag_length(found: str) -> int:
    length = _tag_length(found[1:])
    return length + 1 if length else 0


def _emoji_length(found: str) -> int:
    return len(found)


_LENGTHS = {
    Kind.LINK: _link_length,
    Kind.MENTION: _mention_length,
    Kind.HASHTAG: _hashtag_length,
    Kind.EMOJI: _emoji_length,
}
