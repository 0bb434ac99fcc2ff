"""Parameters of a request as Rails would give them: path, query and body merged into one tree.

Apps write arrays as `k[]=a`, `k[0]=a`, `k=a&k=b` or JSON, send forms, JSON or multipart on the same routes,
and put form fields into the query of a POST. All of that is read here, within limits, and nowhere else.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
import qs_codec
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from fedi.errors import Invalid, Malformed

_MAX_FIELDS = 1000
_MAX_DEPTH = 5
_MAX_FILES = 4
_MAX_FIELD_BYTES = 1024 * 1024
_MAX_ID = 2**63 - 1
# Seconds, offsets, counts: nothing asked for is larger, and spans of time overflow beyond it.
_MAX_NUMBER = 2**31 - 1

_TRUE = {"true", "1", "on", "t", "yes"}
_JSON = "application/json"
_MULTIPART = "multipart/form-data"
# `media_attributes[][id]`: a hash in a list without a number, which begins anew when a name comes again.
_UNNUMBERED = re.compile(r"\A([^\[\]]+)\[\](\[[^\[\]]+\].*)\Z", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of one request. A value that is null or absent is not there."""

    values: Mapping[str, Any]

    def __contains__(self, name: str) -> bool:
        """Say whether a parameter was given and is not null."""
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Give a text; numbers and booleans as they would stand in a form."""
        value = self.values.get(name)
        if isinstance(value, list) and value:
            value = value[-1]
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, str | int | float) else default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Give a boolean as Rails casts it: everything but false, 0, off, f and nothing is true."""
        return default if name not in self else self.text(name).strip().lower() in _TRUE

    def optional_flag(self, name: str) -> bool | None:
        """Give a boolean, or None when it was not given."""
        return self.flag(name) if name in self else None

    def optional_text(self, name: str) -> str | None:
        """Give a text, or None when it was not given."""
        return self.text(name) if name in self else None

    def number(self, name: str, default: int) -> int:
        """Give a whole number within 32 bits, or the nearest such; what is none counts as not given."""
        try:
            return min(max(int(self.text(name)), -_MAX_NUMBER), _MAX_NUMBER)
        except ValueError:
            return default

    def id(self, name: str) -> int | None:
        """Give an id, None when it was not given. One that cannot be an id is 0, which nothing has."""
        text = self.text(name)
        return read_id(text) if text else None

    def ids(self, name: str, *, limit: int) -> list[int]:
        """Give a list of ids, at most `limit`; what cannot be one is left out."""
        return [id_ for text in self.texts(name)[:limit] if (id_ := read_id(text))]

    def texts(self, name: str) -> list[str]:
        """Give a list of texts, however it was written; a single value is a list of one."""
        value = self.values.get(name)
        if isinstance(value, Mapping):
            value = list(value.values())
        if not isinstance(value, list):
            value = [] if value is None else [value]
        return [str(each) for each in value if isinstance(each, str | int) and not isinstance(each, bool)]

    def inner(self, name: str) -> "Params":
        """Give the parameters inside one, as in `source[privacy]`."""
        value = self.values.get(name)
        return Params(value if isinstance(value, Mapping) else {})

    def each(self, name: str) -> "list[Params]":
        """Give a list of hashes, which may also be a hash with numbers for keys."""
        value = self.values.get(name)
        if isinstance(value, Mapping):
            keyed = {str(key): each for key, each in value.items()}
            order = sorted(keyed, key=lambda key: (int(key) if _NUMBER.fullmatch(key) else 0, key))
            value = [keyed[key] for key in order]
        return (
            [Params(each) for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
        )

    def file(self, name: str) -> UploadFile | None:
        """Give an uploaded file, None when there is none under this name."""
        value = self.values.get(name)
        return value if isinstance(value, UploadFile) else None

    def focus(self, name: str = "focus") -> tuple[float, float] | None:
        """Give a focal point `x,y`, brought within -1..1; None when not given. Raises Invalid for others."""
        if not self.text(name):
            return None
        parts = self.text(name).split(",")
        try:
            x, y = (float(part) for part in parts)
        except ValueError as error:
            raise Invalid("focus", "must be two numbers, x,y") from error
        if not (math.isfinite(x) and math.isfinite(y)):
            raise Invalid("focus", "must be two numbers, x,y")
        return min(1.0, max(-1.0, x)), min(1.0, max(-1.0, y))


def read_id(text: str) -> int:
    """Give an id as it stands in a path or a parameter; 0, which nothing has, for what cannot be one."""
    number = int(text) if _NUMBER.fullmatch(text) else 0
    return number if number <= _MAX_ID else 0


async def read(request: Request) -> Params:
    """Read all parameters of a request but those of its path; the body goes before the query.

    Raises Malformed for what cannot be read, is no UTF-8 or holds a NUL, which no text has; a body of an
    unknown kind is taken for a form.
    """
    values = from_pairs(parse_pairs(request.scope.get("query_string", b"")))
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        values |= await _body(request)
    return Params({key: value for key, value in values.items() if value is not None})


def parse_pairs(query: str | bytes) -> list[tuple[str, Any]]:
    """Split a query or a form into its fields. Raises Malformed for nonsense, or more than anything has."""
    try:
        text = query.decode() if isinstance(query, bytes) else query
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed("The parameters are not UTF-8.") from error
    except ValueError as error:
        raise Malformed("There are too many parameters.") from error
    return [(_whole(key), _whole(value)) for key, value in pairs if key]


def from_pairs(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Make a tree of flat fields: `a[]`, `a[0]`, `a[b][c]`, `a[][b]` and repeated names."""
    flat: dict[str, Any] = {}
    for key, value in _numbered(pairs):
        if key in flat:
            former = flat[key]
            flat[key] = [*former, value] if isinstance(former, list) else [former, value]
        else:
            flat[key] = value
    if not any("[" in key for key in flat):
        return flat
    limits = qs_codec.DecodeOptions(depth=_MAX_DEPTH, parameter_limit=_MAX_FIELDS, list_limit=_MAX_FIELDS)
    tree: dict[str, Any] = qs_codec.decode(flat, limits)
    return tree


def _numbered(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Number the hashes of lists that have no numbers; a name that comes again begins the next one."""
    seen: dict[str, set[str]] = {}
    at: dict[str, int] = {}
    for key, value in pairs:
        found = _UNNUMBERED.match(key)
        if found is None:
            yield key, value
            continue
        name, rest = found[1], found[2]
        # A list inside the hash, `[][b][]`, may hold many.
        if rest in seen.setdefault(name, set()) and not rest.endswith("[]"):
            at[name] = at.get(name, 0) + 1
            seen[name] = set()
        seen[name].add(rest)
        yield f"{name}[{at.get(name, 0)}]{rest}", value


async def _body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _MULTIPART:
        return from_pairs(await _parts(request))
    raw = await request.body()
    if not raw:
        return {}
    if kind == _JSON or kind.endswith("+json"):
        return _json(raw)
    return from_pairs(parse_pairs(raw))


async def _parts(request: Request) -> list[tuple[str, Any]]:
    try:
        form = await request.form(
            max_files=_MAX_FILES, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
        )
    except HTTPException as error:
        raise Malformed("The form cannot be read.") from error
    return [
        (_whole(key), _whole(value) if isinstance(value, str) else value)
        for key, value in form.multi_items()
        if key
    ]


def _json(raw: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed("The body is not valid JSON.") from error
    # Nothing but this escape gives a NUL; the look through all of it is for those who write it.
    if rb"\u0000" in raw:
        _check_whole(value)
    return value if isinstance(value, dict) else {}


def _whole(text: str) -> str:
    """Give a text back, which has no NUL. Raises Malformed."""
    if "\0" in text:
        raise Malformed("The parameters hold a NUL.")
    return text


def _check_whole(value: Any) -> None:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text):
                _whole(text)
            case list(several):
                waiting += several
            case dict(named):
                waiting += [*named, *named.values()]
