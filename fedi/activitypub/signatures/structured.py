"""Structured fields (RFC 8941), as far as signatures use them: dictionaries of items and of inner lists.

Stricter than the RFC where two readers could differ: a key or parameter that stands twice, a decimal and
white space where none belongs are refused.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from fedi.errors import Unsigned

MAX_CHARACTERS: Final = 8192
MAX_MEMBERS: Final = 16
MAX_ITEMS: Final = 32
MAX_PARAMETERS: Final = 16

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]{0,63}")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_BARE = re.compile(
    r'"((?:[ !#-\[\]-~]|\\["\\])*)"'
    r"|:([A-Za-z0-9+/]*={0,2}):"
    r"|(-?[0-9]{1,15})(?![0-9.])"
    r"|\?([01])"
    r"|([A-Za-z*][!#$%&'*+.^_`|~:/A-Za-z0-9-]*)"
)
_ESCAPED = re.compile(r"\\(.)")


class Token(str):
    """A bare word, written without quotes."""

    __slots__ = ()


Bare: TypeAlias = str | bytes | int | bool | Token


@dataclass(frozen=True, slots=True)
class Item:
    """A value and its parameters, in order."""

    value: Bare
    parameters: Mapping[str, Bare] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class InnerList:
    """Items in parentheses, and the parameters of them all."""

    items: tuple[Item, ...]
    parameters: Mapping[str, Bare] = field(default_factory=lambda: MappingProxyType({}))


def read_dictionary(text: str) -> dict[str, Item | InnerList]:
    """Read a dictionary. Raises Unsigned for anything else, or more than the limits above."""
    if len(text) > MAX_CHARACTERS:
        raise Unsigned("The header is too long.")
    found: dict[str, Item | InnerList] = {}
    position, text = 0, text.strip(" \t")
    while True:
        key, position = _key(text, position)
        if key in found or len(found) >= MAX_MEMBERS:
            raise _unreadable()
        found[key], position = _member(text, position)
        if position == len(text):
            return found
        comma = _COMMA.match(text, position)
        if comma is None:
            raise _unreadable()
        position = comma.end()


def write_list(inner: InnerList) -> str:
    """Write an inner list in the one way that RFC 8941 section 4.1 has for it."""
    items = " ".join(write(item.value) + _parameters_text(item.parameters) for item in inner.items)
    return f"({items}){_parameters_text(inner.parameters)}"


def write(value: Bare) -> str:
    """Write a bare value."""
    if isinstance(value, bool):
        return f"?{int(value)}"
    if isinstance(value, int | Token):
        return str(value)
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode('ascii')}:"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _parameters_text(parameters: Mapping[str, Bare]) -> str:
    return "".join(
        f";{name}" if value is True else f";{name}={write(value)}" for name, value in parameters.items()
    )


def _key(text: str, position: int) -> tuple[str, int]:
    found = _KEY.match(text, position)
    if found is None:
        raise _unreadable()
    return found[0], found.end()


def _member(text: str, position: int) -> tuple[Item | InnerList, int]:
    if not text.startswith("=", position):
        parameters, position = _parameters(text, position)
        return Item(True, parameters), position
    position += 1
    if text.startswith("(", position):
        return _inner_list(text, position + 1)
    return _item(text, position)


def _inner_list(text: str, position: int) -> tuple[InnerList, int]:
    items: list[Item] = []
    while not text.startswith(")", position):
        if len(items) >= MAX_ITEMS:
            raise _unreadable()
        if items:
            if not text.startswith(" ", position):
                raise _unreadable()
            position += 1
        item, position = _item(text, position)
        items.append(item)
    parameters, position = _parameters(text, position + 1)
    return InnerList(tuple(items), parameters), position


def _item(text: str, position: int) -> tuple[Item, int]:
    value, position = _bare(text, position)
    parameters, position = _parameters(text, position)
    return Item(value, parameters), position


def _parameters(text: str, position: int) -> tuple[Mapping[str, Bare], int]:
    found: dict[str, Bare] = {}
    while text.startswith(";", position):
        name, position = _key(text, position + 1)
        if name in found or len(found) >= MAX_PARAMETERS:
            raise _unreadable()
        found[name] = True
        if text.startswith("=", position):
            found[name], position = _bare(text, position + 1)
    return MappingProxyType(found), position


def _bare(text: str, position: int) -> tuple[Bare, int]:
    found = _BARE.match(text, position)
    if found is None:
        raise _unreadable()
    value: Bare
    if found[1] is not None:
        value = _ESCAPED.sub(r"\1", found[1])
    elif found[2] is not None:
        value = _bytes(found[2])
    elif found[3] is not None:
        value = int(found[3])
    elif found[4] is not None:
        value = found[4] == "1"
    else:
        value = Token(found[5])
    return value, found.end()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable() from error


def _unreadable() -> Unsigned:
    return Unsigned("A header of the signature cannot be read.")
