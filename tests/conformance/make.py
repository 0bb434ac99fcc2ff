"""Write the facts that tests measure by, from the tables of ../shared: `python -m tests.conformance.make`.

entities.json: entity → field → [type, flags, since, enum values]; a nested key is written `outer[inner]`.
routes.json: `METHOD /path` → [what it returns, priority, since], placeholders written `{}`.
Both lie in the repository, so that the tests need nothing beside it; a test holds them to the tables.
"""

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[3] / "shared" / "api"
ENTITIES, ROUTES = HERE / "entities.json", HERE / "routes.json"

_ROW = re.compile(
    r"^\| `(?P<names>[^|]+)` \|(?P<type>[^|]*)\|(?P<flags>[^|]*)\|(?P<since>[^|]*)\|(?P<notes>.*)\|$"
)
_HEADING = re.compile(r"^### (?P<name>.+?)(?: \([^)]*\))?$")
_VALUE = re.compile(r"[a-z_.]+")


def read_entities(text: str) -> dict[str, dict[str, list[object]]]:
    """Read the tables of mastodon-entities.md; sections that are no tables of fields are left out."""
    found: dict[str, dict[str, list[object]]] = {}
    name = ""
    for line in text.splitlines():
        heading, row = _HEADING.match(line), _ROW.match(line)
        if heading:
            # The entities of moderators' apps are a later chapter.
            name = "" if heading["name"].startswith("Admin") else heading["name"]
        elif line.startswith("## "):
            name = ""
        elif row and name:
            kind = row["type"].strip()
            facts: list[object] = [kind, row["flags"].strip(), row["since"].strip()]
            if values := _values(kind, row["notes"]):
                facts.append(values)
            for field in row["names"].split("`, `"):
                found.setdefault(name, {})[field] = facts
    return found


def _values(kind: str, notes: str) -> list[str]:
    if one_of := re.search(r"one of (.*)\)", kind):
        return re.split(r", | or ", one_of[1])
    if "enum" not in kind:
        return []
    words = notes.split(";")[0].strip().split(", ")
    return words if len(words) > 1 and all(_VALUE.fullmatch(word) for word in words) else []


def read_routes(text: str) -> dict[str, list[str]]:
    """Read the rows of mastodon-endpoints.tsv."""
    found = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if "/admin/" not in row["path"]:
            key = unnamed(row["method"], re.sub(r":[a-z_]+", "{}", row["path"]))
            found[key] = [row["returns"], row["priority"], row["since"]]
    return found


def unnamed(method: str, path: str) -> str:
    """Give a route's name here: the placeholders of its path have none."""
    return f"{method} {re.sub(r'{[^}]*}', '{}', path)}"


def written(facts: Mapping[str, object]) -> str:
    """Give facts as they lie in the file: a line for each field, so that a change can be read."""
    parts = []
    for name, below in facts.items():
        if isinstance(below, dict):
            rows = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in below.items())
            parts.append(f" {json.dumps(name)}: {{\n{rows}\n }}")
        else:
            parts.append(f" {json.dumps(name)}: {json.dumps(below)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    """Write both files."""
    ENTITIES.write_text(written(read_entities((SHARED / "mastodon-entities.md").read_text())))
    ROUTES.write_text(written(read_routes((SHARED / "mastodon-endpoints.tsv").read_text())))


if __name__ == "__main__":
    main()
