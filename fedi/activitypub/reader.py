"""Untrusted JSON in, plain checked values out. Every limit on what a stranger's document costs stands here.

Documents are read as plain JSON by known names; contexts are never loaded (references: JSON-LD's own
advice to ActivityPub consumers, FEP-fe34 for origins).
"""

import ipaddress
import json
import math
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

import idna
import orjson

from fedi.activitypub.vocabulary import PUBLIC, PUBLIC_ALIASES, Json, Uri
from fedi.errors import Malformed

MAX_DOCUMENT_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 20_000
MAX_INTEGER = 2**53
MAX_URI_CHARACTERS = 2048

Origin = tuple[str, str, int]

# Two readers that disagree on which of two such keys counts can be played against each other.
_SINGLE_KEYS = frozenset({"id", "type", "actor", "object", "attributedTo", "publicKey"})
_INTEGER_DIGITS = 17
_CONTAINERS = frozenset({dict, list})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_HOST_CHARACTERS = 253
_DOTS_IN_DISGUISE = "\u3002\uff0e\uff61"

_HTTP_URI = re.compile(
    r"(https?)://(\[[0-9a-f:.]{2,45}\]|[^\x00-\x20\x7f/?#@\[\]:\\<>\"%]+)(?::([0-9]{1,5}))?([/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
_NOT_IN_URI = re.compile(r"[\x00-\x20\x7f-\x9f\s\\<>\"\ud800-\udfff]")
_BROKEN = re.compile("[\0\ud800-\udfff]")
# Too long for a number of 53 bits, or with an exponent.
_ODD_NUMBER = re.compile(rb"[0-9](?:[0-9]{15}|[eE])")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_RFC_3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,12}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2}))?"
)
# Controls but tab and line ends, and the marks that turn the direction of the text around them.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def parse_document(raw: bytes) -> Json:
    """Parse one JSON object within the limits above. Raises Malformed for everything else.

    Refused: other than UTF-8, NaN and Infinity, lone surrogates, NUL, a repeated key that matters.
    Integers beyond 2**53 are clamped to it.
    """
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise Malformed("The document is too large.")
    try:
        document = orjson.loads(raw)
    except ValueError as error:
        raise Malformed("The document is not JSON.") from error
    if not isinstance(document, dict):
        raise Malformed("The document is not a JSON object.")
    is_exact = _measure(document) == _pairs_and_plain_numbers(raw)
    return document if is_exact else _parse_strictly(raw)


def _pairs_and_plain_numbers(raw: bytes) -> int | None:
    """Count the key-value pairs written in valid JSON; None where a number or a NUL wants a closer look.

    What is left without its strings holds one colon a pair: a parser that has kept fewer has met a key twice.
    """
    if b"\\u0000" in raw:
        return None
    bare = b"".join(raw.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    return None if _ODD_NUMBER.search(bare) else bare.count(b":")


def _parse_strictly(raw: bytes) -> Json:
    """Parse again, asked about every pair and number, for the few that need it."""
    try:
        document: Json = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        raise Malformed("The document is not JSON.") from error
    if b"\\u" in raw:
        _check_strings(document)
    return document


def _object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        if any(names.count(name) > 1 for name in _SINGLE_KEYS):
            raise Malformed("The document names a property twice.")
    _check_names(found)
    return found


def _integer(digits: str) -> int:
    if len(digits) > _INTEGER_DIGITS:
        return -MAX_INTEGER if digits.startswith("-") else MAX_INTEGER
    return max(-MAX_INTEGER, min(int(digits), MAX_INTEGER))


def _float(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise Malformed("The document holds a number out of range.")
    return number


def _no_constant(name: str) -> None:
    raise Malformed(f"The document holds {name}.")


def _measure(document: Json) -> int:
    """Count the pairs of all objects; raises Malformed for too many parts, too deep, or a name said twice."""
    nodes, pairs, depth = 1, 0, 0
    level: list[Any] = [document]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise Malformed("The document is nested too deeply.")
        inner: list[Any] = []
        for each in level:
            nodes += len(each)
            values: Collection[Any] = each
            if type(each) is dict:
                pairs += len(each)
                values = each.values()
                if "@id" in each or "@type" in each:
                    _check_names(each)
            inner += [part for part in values if type(part) in _CONTAINERS]
        if nodes > MAX_NODES:
            raise Malformed("The document has too many parts.")
        level = inner
    return pairs


def _check_names(found: Json) -> None:
    if ("@id" in found and "id" in found) or ("@type" in found and "type" in found):
        raise Malformed("The document names a property twice.")


def _check_strings(value: Any) -> None:
    stack: list[Any] = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += [*value, *value.values()]
        elif isinstance(value, list):
            stack += value
        elif isinstance(value, str) and _BROKEN.search(value):
            raise Malformed("The document holds text that cannot be stored.")


def is_http_uri(uri: str) -> bool:
    """Say whether this is an absolute http(s) URI with a host, no userinfo and no odd characters."""
    return _parts(uri) is not None


def origin_of(uri: str) -> Origin:
    """Give (scheme, lower-case punycode host, effective port) (FEP-fe34). Raises Malformed."""
    if (origin := _parts(uri)) is None:
        raise Malformed("This is not an http address.")
    return origin


def same_origin(one: str, other: str) -> bool:
    """Say whether two URIs are of one origin; what is not an http URI has none."""
    origin = _parts(one)
    return origin is not None and origin == _parts(other)


def host_of(uri: str) -> str:
    """Give the lower-case punycode host, with `:port` where it is not the scheme's own. Raises Malformed."""
    scheme, host, port = origin_of(uri)
    return host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"


@lru_cache(maxsize=4096)
def _parts(uri: str) -> Origin | None:
    if len(uri) > MAX_URI_CHARACTERS or _NOT_IN_URI.search(uri) or not (found := _HTTP_URI.fullmatch(uri)):
        return None
    scheme = found[1].lower()
    port = int(found[3]) if found[3] else _DEFAULT_PORTS[scheme]
    host = _host(found[2].lower())
    return (scheme, host, port) if host and 0 < port <= 0xFFFF else None


@lru_cache(maxsize=1024)
def _host(host: str) -> str | None:
    try:
        if host.startswith("["):
            return f"[{ipaddress.IPv6Address(host[1:-1])}]"
        if not host.isascii():
            if len(host) > _MAX_HOST_CHARACTERS or any(dot in host for dot in _DOTS_IN_DISGUISE):
                return None
            host = idna.encode(host).decode("ascii")
    except (ValueError, idna.IDNAError):
        return None
    return host if len(host) <= _MAX_HOST_CHARACTERS and _HOST.fullmatch(host) else None


def read_moment(value: object) -> datetime | None:
    """Read an RFC 3339 time as an aware UTC datetime; what is none, or out of range, is None.

    A time without an offset is taken as UTC, and a leap second as the one before it.
    """
    if not isinstance(value, str) or not (found := _RFC_3339.fullmatch(value)):
        return None
    year, month, day, hour, minute, second = (int(found[place]) for place in range(1, 7))
    microsecond = int((found[7] or "0").ljust(6, "0")[:6])
    try:
        zone = timezone(_offset(found[9], found[10], found[11])) if found[9] else UTC
        moment = datetime(year, month, day, hour, minute, min(second, 59), microsecond, zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(sign: str, hours: str, minutes: str) -> timedelta:
    span = timedelta(hours=int(hours), minutes=int(minutes))
    return -span if sign == "-" else span


def write_moment(moment: datetime) -> str:
    """Write an aware datetime as Mastodon does: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


class Reader:
    """Reads one JSON object by property names; what is absent, null or of a wrong type is None or empty.

    `uri`, `id` and `type` are for what a document cannot do without: they raise Malformed.
    """

    __slots__ = ("json",)

    def __init__(self, json: object) -> None:
        if not isinstance(json, dict):
            raise Malformed("A JSON object was expected.")
        self.json: Json = json

    def many(self, name: str) -> list[Any]:
        """Give a property's values, whether written as one or as a list; nulls are left out."""
        value = self.json.get(name)
        if isinstance(value, list):
            return [each for each in value if each is not None]
        return [] if value is None else [value]

    def one(self, name: str) -> Any:
        """Give a property's first value, or None."""
        value = self.json.get(name)
        return next(iter(self.many(name)), None) if isinstance(value, list) else value

    def find_id(self) -> Uri | None:
        """Give this object's own id (`id` or `@id`) if it is an http URI."""
        value = self.json.get("id", self.json.get("@id"))
        return Uri(value) if isinstance(value, str) and is_http_uri(value) else None

    def id(self) -> Uri:
        """Give this object's own id. Raises Malformed without one."""
        if (found := self.find_id()) is None:
            raise Malformed("The document has no usable id.")
        return found

    def types(self) -> list[str]:
        """Give the object's types (`type` or `@type`), in order."""
        names = self.many("type") or self.many("@type")
        return [name.removeprefix("as:") for name in names if isinstance(name, str)]

    def type(self, known: Collection[str]) -> str:
        """Give the first of the object's types that is known. Raises Malformed if none is."""
        for name in self.types():
            if name in known:
                return name
        raise Malformed("The document is of another type.")

    def uris(self, name: str, *, limit: int) -> tuple[Uri, ...]:
        """Give the http URIs a property refers to, as strings, objects with an id or Links; no repeats."""
        values = self.many(name)
        if not values:
            return ()
        found: dict[Uri, None] = {}
        for value in values:
            if len(found) >= limit:
                break
            if (uri := uri_of(value)) is not None:
                found[uri] = None
        return tuple(found)

    def find_uri(self, name: str) -> Uri | None:
        """Give the first http URI a property refers to, or None."""
        value = self.json.get(name)
        return next(iter(self.uris(name, limit=1)), None) if isinstance(value, list) else uri_of(value)

    def uri(self, name: str) -> Uri:
        """Give the http URI a property refers to. Raises Malformed without one."""
        if (found := self.find_uri(name)) is None:
            raise Malformed(f"The document has no usable {name}.")
        return found

    def objects(self, name: str) -> list["Reader"]:
        """Give readers for a property's values that are objects."""
        return [Reader(value) for value in self.many(name) if isinstance(value, dict)]

    def object(self, name: str) -> "Reader | None":
        """Give a reader for a property's first value that is an object, or None."""
        value = self.json.get(name)
        if isinstance(value, list):
            return next(iter(self.objects(name)), None)
        return Reader(value) if isinstance(value, dict) else None

    def string(self, name: str, *, limit: int) -> str | None:
        """Give a string as it stands (HTML, PEM), cut to `limit` characters."""
        value = self.one(name)
        return value[:limit] if isinstance(value, str) else None

    def text(self, name: str, *, limit: int) -> str | None:
        """Give plain text of several lines, without controls and direction overrides; empty is None."""
        value = self.string(name, limit=2 * limit)
        if value is None:
            return None
        return (
            _UNSEEN.sub("", value).replace("\r\n", "\n").replace("\r", "\n").strip()[:limit].strip() or None
        )

    def line(self, name: str, *, limit: int) -> str | None:
        """Give plain text of one line, white space collapsed; empty is None."""
        value = self.text(name, limit=2 * limit)
        return " ".join(value.split())[:limit].strip() or None if value else None

    def moment(self, name: str) -> datetime | None:
        """Give a time as an aware UTC datetime, or None."""
        return read_moment(self.one(name))

    def count(self, name: str) -> int | None:
        """Give a whole number of 0 or more, or None."""
        value = self.one(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            return None
        return min(int(value), MAX_INTEGER)

    def flag(self, name: str) -> bool | None:
        """Give a truth value, or None where it is not said."""
        value = self.one(name)
        return value if isinstance(value, bool) else None


def uri_of(value: object) -> Uri | None:
    """Give the http URI a value refers to: a string, an object's id, or a Link's href."""
    if value is None:
        return None
    if isinstance(value, dict):
        value = value.get("id") or value.get("@id") or value.get("href")
    if not isinstance(value, str):
        return None
    if value in PUBLIC_ALIASES:
        return PUBLIC
    return Uri(value) if is_http_uri(value) else None
