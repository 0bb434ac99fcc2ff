"""Hold an answer to the tables: types, nulls, missing and unknown keys, times, addresses, ids, enums."""

import re
from collections.abc import Mapping

from tests.conformance.facts import MAY_BE_EMPTY, NO_ROW_IDS, Fact, entities, extensions_of

# One app's parser knows no other form.
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ADDRESS = re.compile(r"(https?|wss?)://[^/\s]+(/\S*)?")
_DIGITS = re.compile(r"[0-9]+")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_NUMBERS = ("Integer", "integer", "Number")


def faults(value: object, kind: str, at: str = "$") -> list[str]:
    """List where a value is not what `kind` says: an entity, `Array of …`, several of them, or `{}`."""
    return _check(value, Fact(kind), at, "", "")


def _check(value: object, fact: Fact, at: str, entity: str, name: str) -> list[str]:
    if value is None:
        return [] if fact.null else [f"{at}: null, but {fact.kind} is needed"]
    kind = fact.kind
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{at}: {value!r} is no list"]
        inner = Fact(
            kind.removeprefix("Array of ").replace("Strings", "String"),
            values=fact.values,
            children=fact.children,
        )
        return [
            line for place, each in enumerate(value) for line in _check(each, inner, f"{at}[{place}]", "", "")
        ]
    if kind.startswith("String") or kind == "enum":
        return _check_text(value, fact, at, entity, name)
    if kind.startswith(_NUMBERS):
        return [] if type(value) is int else [f"{at}: {value!r} is no whole number"]
    if kind == "Float":
        return [] if type(value) in (int, float) else [f"{at}: {value!r} is no number"]
    if kind == "Boolean":
        return [] if type(value) is bool else [f"{at}: {value!r} is no boolean"]
    if kind == "{}":
        return [] if value == {} else [f"{at}: {value!r} should be {{}}"]
    return _check_hash(value, fact, at, entity, name)


def _check_hash(value: object, fact: Fact, at: str, entity: str, name: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: {value!r} is no {fact.kind}"]
    if fact.kind == "Hash":
        known = {
            each.partition("[")[2].rstrip("]")
            for each in extensions_of(entity)
            if each.startswith(f"{name}[")
        }
        return _check_fields(value, fact.children, at, entity, known, open_=not fact.children)
    several = re.split(r", | or ", fact.kind)
    found = [_check_fields(value, entities()[each], at, each, extensions_of(each)) for each in several]
    return min(found, key=len)


def _check_fields(
    value: Mapping[str, object],
    fields: Mapping[str, Fact],
    at: str,
    entity: str,
    extensions: set[str],
    *,
    open_: bool = False,
) -> list[str]:
    found = (
        []
        if open_
        else [f"{at}.{name}: unknown" for name in value if name not in fields and name not in extensions]
    )
    for name, fact in fields.items():
        if name in value:
            found += _check(value[name], fact, f"{at}.{name}", entity, name)
        elif not fact.optional:
            found.append(f"{at}.{name}: missing")
    return found


def _check_text(value: object, fact: Fact, at: str, entity: str, name: str) -> list[str]:
    if not isinstance(value, str):
        return [f"{at}: {value!r} is no string"]
    if fact.values and value not in fact.values:
        return [f"{at}: {value!r} is not one of {', '.join(fact.values)}"]
    kind = fact.kind
    if "Datetime" in kind:
        return _matches(_MOMENT, value, at, "time with three digits of a second and Z")
    if "(Date" in kind:
        return _matches(_DAY, value, at, "day")
    if "(URL)" in kind:
        if not value and (entity, name) in MAY_BE_EMPTY:
            return []
        return _matches(_ADDRESS, value, at, "absolute URL")
    if "UNIX" in kind or "cast from an integer" in kind:
        return _matches(_DIGITS, value, at, "number in a string")
    is_id = name == "id" or name.endswith("_id") or "cast from integer" in kind
    if is_id and (entity, name) not in NO_ROW_IDS:
        return _matches(_ID, value, at, "id")
    return []


def _matches(pattern: re.Pattern[str], value: str, at: str, what: str) -> list[str]:
    return [] if pattern.fullmatch(value) else [f"{at}: {value!r} is no {what}"]
