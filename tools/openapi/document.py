"""The document: a path item for each line of the table of routes (OpenAPI 3.1)."""

import json
import re
from pathlib import Path
from typing import Any

from fedi.actions import scopes
from fedi.mastodon.auth import Access
from fedi.mastodon.calls import Entry
from fedi.mastodon.entities.instance import API_VERSIONS
from fedi.mastodon.routes import TABLE
from tests.conformance.routes import returns
from tools.openapi.parameters import PARAMETERS
from tools.openapi.schemas import Schema, Schemas

FILE = Path(__file__).parents[2] / "docs" / "openapi.json"

_JSON, _FORM, _MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
_TOLD = (
    "The client API as apps know it from Mastodon, with our extensions; docs/api.md says what is special. "
    "Every body may be JSON, a form or multipart: lists are written `name[]`, what stands inside something "
    "`outer[inner]`. Numbers and booleans may be texts. A slash at the end of a path means nothing, and "
    "PATCH and PUT are the same."
)
# What a route answers with beside 200, or instead.
_STATUSES = {
    "POST /api/v2/media": (200, 202),
    "POST /api/v1/media": (200, 202),
    "GET /api/v1/media/{id}": (200, 206),
    "POST /api/fedi/v1/batches": (202,),
    "POST /api/fedi/v1/styles/{name}/runs": (200, 202),
}
_PLAIN_TEXT = {"GET /api/v1/streaming/health"}
_TYPES: dict[str, Schema] = {
    "text": {"type": "string"},
    "flag": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "time": {"type": "string", "format": "date-time"},
    "id": {"$ref": "#/components/schemas/Id"},
    "file": {"type": "string", "contentMediaType": "application/octet-stream"},
}
_SHARED = {"limit": "integer", "offset": "integer", **dict.fromkeys(("max_id", "since_id", "min_id"), "id")}
_ERROR: Schema = {
    "description": "What is refused, and why.",
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "details": {"type": "object"}},
}
_OAUTH_ERROR: Schema = {
    "description": "A code of RFC 6749 and a sentence; without the code of a grant only the sentence.",
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}


def document() -> dict[str, Any]:
    """Give the whole document."""
    schemas, paths = Schemas(), dict[str, dict[str, Any]]()
    for entry in TABLE:
        paths.setdefault(entry.path, {})[entry.method.lower()] = _operation(entry, schemas)
    id_ = {"description": "An id: digits in a text.", "type": "string", "pattern": "^[0-9]{1,19}$"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "fedi", "version": str(API_VERSIONS["fedi"]), "description": _TOLD},
        "paths": paths,
        "components": {
            "schemas": {**schemas.found, "Id": id_, "Error": _ERROR, "OAuthError": _OAUTH_ERROR},
            "parameters": {
                name: {"name": name, "in": "query", "schema": _TYPES[kind]} for name, kind in _SHARED.items()
            },
            "responses": {
                name: {
                    "description": "Refused.",
                    "content": {_JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
                }
                for name in ("Error", "OAuthError")
            },
            "securitySchemes": {"oauth": _oauth(), "bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def written(whole: dict[str, Any]) -> str:
    """Give the document as it lies in the file: sorted, what is small on one line."""
    return _lines(whole, 0) + "\n"


def _lines(value: Any, depth: int) -> str:
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(flat) + depth <= 110 or not value or not isinstance(value, dict | list):
        return flat
    pad, end = "\n" + " " * (depth + 1), "\n" + " " * depth
    if isinstance(value, list):
        return "[" + ",".join(pad + _lines(each, depth + 1) for each in value) + end + "]"
    rows = (f"{pad}{json.dumps(name)}: {_lines(value[name], depth + 1)}" for name in sorted(value))
    return "{" + ",".join(rows) + end + "}"


def _operation(entry: Entry, schemas: Schemas) -> dict[str, Any]:
    tag = entry.answer.__module__.rpartition(".")[2]
    told: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{entry.method.lower()}{entry.path}").strip("_"),
        "summary": f"{tag}: {getattr(entry.answer, '__name__', '')}".replace("_", " "),
        "tags": [tag],
        "responses": _responses(entry, schemas),
    }
    if more := _more(entry):
        told["description"] = more
    asked = PARAMETERS.get(f"{entry.method} {entry.path}", "")
    below = _tree(asked)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _TYPES["id" if "id" in name else "text"]}
        for name in re.findall(r"{(\w+)}", entry.path)
    ]
    if entry.method in ("GET", "DELETE"):
        parameters += _query(below)
    elif below:
        told["requestBody"] = _body(entry, asked, below)
    if parameters:
        told["parameters"] = parameters
    if entry.access is not Access.OPEN:
        either = [{"oauth": [scope]} for scope in entry.scopes] or [{"oauth": []}]
        told["security"] = [*([{}] if entry.access is Access.PUBLIC else []), *either]
    return told


def _more(entry: Entry) -> str:
    """Give what the handler's docstring says after the path it begins with."""
    line = (entry.answer.__doc__ or "").strip().partition("\n")[0]
    rest = re.sub(r"^[A-Z]+( and [A-Z]+)? /\S*?(?=[:,.]?(\s|$))[:,.]?\s*", "", line)
    return "" if rest.startswith("(") else rest[:1].upper() + rest[1:]


def _responses(entry: Entry, schemas: Schemas) -> dict[str, Any]:
    key = f"{entry.method} {entry.path}"
    refused = "OAuthError" if entry.path.startswith("/oauth/") else "Error"
    found: dict[str, Any] = {"4XX": {"$ref": f"#/components/responses/{refused}"}}
    for status in _STATUSES.get(key, (200,)):
        found[str(status)] = {"description": "Done.", "content": _content(entry, key, schemas)}
    return found


def _content(entry: Entry, key: str, schemas: Schemas) -> dict[str, Any]:
    if key in _PLAIN_TEXT:
        return {"text/plain": {"schema": {"type": "string"}}}
    what = returns(entry.method, entry.path)
    if what is None:
        return {"text/event-stream": {"schema": {"type": "string"}}}
    return {_JSON: {"schema": schemas.answer(what)}}


def _query(below: Schema) -> list[dict[str, Any]]:
    """Name what stands in a query; lists repeat their name with brackets."""
    needed = below.get("required", [])
    found = []
    for name, schema in below.get("properties", {}).items():
        if name in _SHARED and name not in needed:
            found.append({"$ref": f"#/components/parameters/{name}"})
            continue
        is_list = schema.get("type") == "array"
        line: dict[str, Any] = {"name": f"{name}[]" if is_list else name, "in": "query", "schema": schema}
        found.append({**line, "required": True} if name in needed else line)
    return found


def _body(entry: Entry, asked: str, below: Schema) -> dict[str, Any]:
    kinds = [_JSON]
    if ":file" in asked:
        kinds = [_MULTIPART] if ":file!" in asked else [_JSON, _MULTIPART]
    elif entry.path.startswith("/oauth/"):
        kinds = [_FORM, _JSON]
    content = {kind: {"schema": below if kind != _JSON else _without_files(below)} for kind in kinds}
    return {"content": content, **({"required": True} if "required" in below else {})}


def _without_files(schema: Schema) -> Schema:
    kept = {name: each for name, each in schema["properties"].items() if each != _TYPES["file"]}
    return {**schema, "properties": kept}


def _tree(asked: str) -> Schema:
    """Make one schema of a route's line of `PARAMETERS`."""
    top: Schema = {}
    for each in asked.split():
        name, _, kind = each.partition(":")
        *outer, last = name.split("/")
        below = top
        for step in outer:
            below = _step(below, step, needed=kind.endswith("!"))
        _step(below, last, needed=kind.endswith("!")).update(_type(kind.rstrip("!")))
    return top


def _step(below: Schema, name: str, *, needed: bool) -> Schema:
    """Give the schema of a name inside another, or of what is in its list; there is one from then on."""
    below["type"] = "object"
    plain = name.removesuffix("[]")
    inner: Schema = below.setdefault("properties", {}).setdefault(plain, {})
    if needed and plain not in below.setdefault("required", []):
        below["required"].append(plain)
    if name == plain:
        return inner
    inner["type"] = "array"
    items: Schema = inner.setdefault("items", {})
    return items


def _type(kind: str) -> Schema:
    return _TYPES[kind] if kind in _TYPES else {"type": "string", "enum": kind.split("|")}


def _oauth() -> dict[str, Any]:
    told = dict.fromkeys(scopes.KNOWN, "")
    ends = {"tokenUrl": "/oauth/token", "scopes": told}
    return {
        "type": "oauth2",
        "flows": {
            "authorizationCode": {"authorizationUrl": "/oauth/authorize", **ends},
            "clientCredentials": ends,
        },
    }
