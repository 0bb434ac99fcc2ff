"""Manifests that are written: guessed from what a model says of itself, completed by its owner, as TOML."""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from fedi.errors import Invalid
from fedi.styles.catalogue import Manifest, check_manifest

# Beside a measurement on a small picture.
_MEMORY_SPARE = 1.4
_HALO = 32
_PORTRAIT, _PICTURE = 512, 1024
_VARIANT_PLACES = range(2, 257)
_NAMELESS = re.compile(r"[^a-z0-9_-]+")
_TABLES_LAST = "extra"


def guess(facts: Mapping[str, Any], *, file: str, sha256: str, told: Mapping[str, Any]) -> Manifest:
    """A manifest from what a trial found (styles/probing.py) and what the owner told (top-level keys).

    Tiles are never taken to be exact, which costs time and is always right. Raises Invalid naming what only
    the owner can say.
    """
    for key in ("author", "licence"):
        if not told.get(key):
            raise Invalid(key, "must be told")
    stem = file.rsplit(".", 1)[0]
    name = told.get("name") or _NAMELESS.sub("-", stem.lower()).strip("-_")[:64]
    memory = max(1, round(facts["memory_mb_per_megapixel"] * _MEMORY_SPARE))
    extra = _extras(facts)
    found = told.get("range") or facts["range"]
    if found is None:
        raise Invalid("range", "must be told: the model's answers fit none")
    document = {
        "name": name,
        "title": told.get("title") or stem[:200],
        "version": told.get("version") or "1",
        "author": told.get("author", ""),
        "licence": told.get("licence", ""),
        "licence_url": told.get("licence_url", ""),
        "licence_text": told.get("licence_text", ""),
        "commercial_use": told.get("commercial_use", False),
        "description": told.get("description", ""),
        "file": file,
        "sha256": sha256,
        "input": {
            "name": facts["input"],
            "layout": facts["layout"],
            "channels": told.get("channels") or "rgb",
            "range": [float(end) for end in found],
            "multiple": told.get("multiple") or facts["multiple"],
            **({"fixed": facts["fixed"]} if facts["fixed"] else {}),
        },
        "output": {"name": facts["output"]},
        "tiles": {"exact": False, "halo": _HALO, "norm": facts["norm"]},
        "size": {"portrait": _PORTRAIT, "picture": _PICTURE, "memory_mb_per_megapixel": min(memory, 20_000)},
        "extra": extra,
    }
    return _checked(document)


def changed(manifest: Manifest, told: Mapping[str, Any]) -> Manifest:
    """The manifest with some of its top-level keys said anew. Raises Invalid."""
    document = msgspec.to_builtins(manifest) | {key: told[key] for key in told if key in _TOP}
    return _checked(document)


def read(content: bytes) -> Manifest:
    """A manifest that came with a model. Raises Invalid naming the wrong key."""
    try:
        return _checked(msgspec.toml.decode(content))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("manifest", f"cannot be read: {error}") from error


def to_toml(manifest: Manifest) -> str:
    """`style.toml` as it stands in a style's folder (toml.io/en/v1.0.0)."""
    document = _without_empty(msgspec.to_builtins(manifest))
    extra = document.pop(_TABLES_LAST, ())
    lines = _table("", document)
    for each in extra:
        lines += ["", "[[extra]]", *_table("extra.", each)]
    return "\n".join(lines) + "\n"


_TOP = frozenset(Manifest.__struct_fields__)


def _extras(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A single list of numbers is taken for a choice among styles; anything else needs a manifest."""
    others = {name: shape for name, shape in facts["inputs"].items() if name != facts["input"]}
    if not others:
        return []
    name, shape = next(iter(others.items()))
    if len(others) > 1 or len(shape) != 1 or shape[0] not in _VARIANT_PLACES:
        raise Invalid(
            "manifest",
            f"is needed: only it can say what the inputs {', '.join(others)} are filled with",
        )
    return [
        {
            "name": name,
            "control": "variant",
            "shape": shape,
            "variants": {str(place + 1): place for place in range(shape[0])},
        }
    ]


def _checked(document: Mapping[str, Any]) -> Manifest:
    try:
        manifest = msgspec.convert(document, Manifest)
    except msgspec.ValidationError as error:
        raise Invalid("manifest", str(error)) from error
    if problem := check_manifest(manifest):
        raise Invalid("manifest", problem)
    return manifest


def _without_empty(value: Any) -> Any:
    """TOML knows no null; what is empty is the default anyway."""
    match value:
        case dict():
            pairs = ((key, _without_empty(each)) for key, each in value.items())
            return {key: each for key, each in pairs if each not in (None, (), [], {})}
        case list() | tuple():
            return [_without_empty(each) for each in value]
        case _:
            return value


def _table(prefix: str, table: Mapping[str, Any]) -> list[str]:
    """The plain keys of a table, then its tables."""
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{prefix}{_key(key)}]", *_table(f"{prefix}{_key(key)}.", value)]
    return lines


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            # JSON's strings are TOML's, but for this one character.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
        case _:
            return repr(value)
