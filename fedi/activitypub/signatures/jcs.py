"""One way to write each JSON document: the JSON Canonicalization Scheme (RFC 8785)."""

import math
from collections.abc import Iterator
from decimal import Decimal
from json.encoder import encode_basestring

from fedi.activitypub.vocabulary import Json
from fedi.errors import Malformed

# Whole numbers beyond this are not exact in JavaScript, so they are written as it would (RFC 7493).
_MAX_SAFE = 2**53
_MOST_DIGITS = 21
_LEAST_EXPONENT = -6


def canonical(document: Json) -> bytes:
    """Give the canonical bytes of a parsed document. Raises Malformed for what JSON cannot hold.

    Keys go by their UTF-16 code units, numbers are written as ECMAScript does, strings with no escape that is
    not needed. The depth of the document was bounded by who parsed it.
    """
    try:
        return "".join(_parts(document)).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Malformed("The document holds text that cannot be written.") from error


def _parts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield encode_basestring(value)
        case None | True | False:
            yield {None: "null", True: "true", False: "false"}[value]
        case int() | float():
            yield number(value)
        case dict():
            yield from _object_parts(value)
        case list() | tuple():
            yield from _list_parts(value)
        case _:
            raise Malformed("The document holds what JSON cannot.")


def _object_parts(value: Json) -> Iterator[str]:
    separator = "{"
    for name in sorted(value, key=_utf16) if not _is_ascii(value) else sorted(value):
        yield separator
        yield encode_basestring(name)
        yield ":"
        yield from _parts(value[name])
        separator = ","
    yield "}" if value else "{}"


def _list_parts(value: list[object] | tuple[object, ...]) -> Iterator[str]:
    separator = "["
    for item in value:
        yield separator
        yield from _parts(item)
        separator = ","
    yield "]" if value else "[]"


def _is_ascii(value: Json) -> bool:
    return all(name.isascii() for name in value)


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def number(value: float) -> str:
    """Write a number as ECMAScript's Number::toString does (ECMA-262, section 6.1.6.1.20)."""
    if isinstance(value, int) and abs(value) <= _MAX_SAFE:
        return str(value)
    real = float(value)
    if not math.isfinite(real):
        raise Malformed("The document holds a number out of range.")
    if real == 0:
        return "0"
    sign = "-" if real < 0 else ""
    # repr gives the shortest digits that lead back to the same number, as ECMAScript asks for.
    _, figures, exponent = Decimal(repr(abs(real))).normalize().as_tuple()
    digits = "".join(map(str, figures))
    return sign + _placed(digits, len(digits) + int(exponent))


def _placed(digits: str, point: int) -> str:
    """Write digits whose decimal point stands after the `point`-th."""
    if len(digits) <= point <= _MOST_DIGITS:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _MOST_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if _LEAST_EXPONENT < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
