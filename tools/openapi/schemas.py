"""JSON Schemas of what routes answer with: of our structs, and of plain hashes by the tables of the tests."""

import importlib
import pkgutil
import re
import types
import typing
from functools import cache
from typing import Any

import msgspec

from fedi.mastodon import entities
from tests.conformance import facts
from tests.conformance.facts import Fact

Schema = dict[str, Any]

_PLAIN: dict[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
# Structs whose names are not the words of the tables.
_STRUCTS = {
    "GroupedNotificationsResults": "GroupedNotifications",
    "Trends::Link": "TrendsLink",
    "V1::Filter": "FilterV1",
    "V1::Instance": "V1Instance",
    "V1::NotificationPolicy": "NotificationPolicyV1",
}
# Lists of these are always empty here, so there is nothing to say of what is in them.
_OPEN = {"Hash", "IdentityProof", "Collection", "CollectionWithAccounts", "AnnualReport", "Collections"}


class Schemas:
    """The components of a document, gathered as they are named."""

    def __init__(self) -> None:
        self.found: dict[str, Schema] = {}

    def answer(self, what: Any) -> Schema:
        """Give the schema of what a route answers with: a sentence of the tables, or a type."""
        return self.word(what) if isinstance(what, str) else self.typed(what)

    def typed(self, kind: Any) -> Schema:
        """Give the schema of a type of a struct's field."""
        if kind in _PLAIN:
            return {"type": _PLAIN[kind]}
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self._struct(kind)
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Union, types.UnionType):
            several = [self.typed(each) for each in inner if each is not msgspec.UnsetType]
            return _one_of(several)
        if origin is list:
            return {"type": "array", "items": self.typed(inner[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.typed(inner[1])}
        if kind is Any:
            return {}
        raise TypeError(f"no schema for {kind}")

    def word(self, word: str) -> Schema:
        """Give the schema of a sentence of the tables."""
        return self._fact(Fact(word))

    def _struct(self, struct: type[msgspec.Struct]) -> Schema:
        name = struct.__name__
        if name not in self.found:
            self.found[name] = {}
            fields = msgspec.structs.fields(struct)
            self.found[name] = {
                "description": (struct.__doc__ or "").strip().partition("\n")[0],
                "type": "object",
                "required": sorted(each.encode_name for each in fields if not _may_lack(each)),
                "properties": {each.encode_name: self.typed(each.type) for each in fields},
            }
        return {"$ref": f"#/components/schemas/{name}"}

    def _fact(self, fact: Fact) -> Schema:
        schema = self._kind(fact)
        return _one_of([schema, {"type": "null"}]) if fact.null else schema

    def _kind(self, fact: Fact) -> Schema:
        kind = fact.kind
        if kind.startswith("Array of "):
            inner = kind.removeprefix("Array of ").replace("Strings", "String")
            return {"type": "array", "items": self._kind(Fact(inner, values=fact.values))}
        if kind.startswith("String") or kind == "enum":
            return {"type": "string", "enum": sorted(fact.values)} if fact.values else {"type": "string"}
        for start, name in (("Integer", "integer"), ("Boolean", "boolean"), ("Float", "number")):
            if kind.startswith(start):
                return {"type": name}
        if kind == "{}" or kind in _OPEN:
            return self._hash(fact.children)
        return _one_of([self._named(each) for each in re.split(r", | or ", kind)])

    def _named(self, word: str) -> Schema:
        struct = _structs().get(_STRUCTS.get(word, word))
        if struct is not None:
            return self._struct(struct)
        if word not in self.found:
            self.found[word] = {}
            self.found[word] = self._hash(facts.entities()[word])
        return {"$ref": f"#/components/schemas/{word}"}

    def _hash(self, fields: dict[str, Fact]) -> Schema:
        if not fields:
            return {"type": "object"}
        return {
            "type": "object",
            "required": sorted(name for name, fact in fields.items() if not fact.optional),
            "properties": {name: self._fact(fact) for name, fact in fields.items()},
        }


@cache
def _structs() -> dict[str, type[msgspec.Struct]]:
    """Give every entity there is by its name."""
    found: dict[str, type[msgspec.Struct]] = {}
    for info in pkgutil.iter_modules(entities.__path__):
        there = vars(importlib.import_module(f"{entities.__name__}.{info.name}"))
        found |= {name: value for name, value in there.items() if _is_entity(value)}
    return found


def _is_entity(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct


def _may_lack(each: msgspec.structs.FieldInfo) -> bool:
    return msgspec.UnsetType in typing.get_args(each.type)


def _one_of(several: list[Schema]) -> Schema:
    """Join schemas; plain types stand in one list."""
    if len(several) == 1:
        return several[0]
    if all(set(each) == {"type"} and isinstance(each["type"], str) for each in several):
        return {"type": [each["type"] for each in several]}
    return {"anyOf": several}
