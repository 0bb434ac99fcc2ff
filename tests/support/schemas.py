"""The JSON schemas of others for what travels between servers (fediverse-jsonschema), if they are at hand."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fedi.activitypub.reader import is_http_uri, read_moment

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "jsonschema"
needs_schemas = pytest.mark.skipif(not FOLDER.exists(), reason="../shared/vectors/jsonschema is absent")


@cache
def _registry() -> Any:
    from referencing import Registry, Resource

    found = []
    for path in sorted(FOLDER.rglob("*-schema.json")):
        name = f"{path.relative_to(FOLDER).parent / path.name.removesuffix('-schema.json')}"
        # Some of them carry another's `$id`; their references go by folder and name.
        schema = json.loads(path.read_text()) | {"$id": f"schema:{name}"}
        if name == "mastodon/activity-base":
            # It asks for addresses even of a Follow, which Mastodon itself sends without.
            del schema["anyOf"]
        found.append((schema["$id"], Resource.from_contents(schema)))
    return Registry().with_resources(found)


@cache
def _formats() -> Any:
    from jsonschema import FormatChecker

    formats = FormatChecker(formats=())
    formats.checks("uri")(
        lambda value: not isinstance(value, str) or is_http_uri(value) or value[:5] == "acct:"
    )
    formats.checks("date-time")(lambda value: not isinstance(value, str) or read_moment(value) is not None)
    return formats


def faults(document: object, schema: str) -> list[str]:
    """Give what a schema (`mastodon/follow`, `jrd`) says against a document, most telling first."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import relevance

    validator = Draft202012Validator(
        {"$ref": f"schema:{schema}"}, registry=_registry(), format_checker=_formats()
    )
    errors = sorted(validator.iter_errors(document), key=relevance, reverse=True)
    return [f"{each.json_path}: {each.message[:300]}" for each in errors]
