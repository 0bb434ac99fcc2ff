"""Write the table of routes in docs/api.md anew from the routes; what was noted on a line stays."""

import re
from pathlib import Path

from fedi.mastodon.routes import TABLE

DOCUMENT = Path(__file__).parents[1] / "docs" / "api.md"
_LINE = re.compile(r"^\| ([A-Z]+) \| `([^`]+)` \| [^|]+ \| [^|]+ \| ?(.*?) ?\|$", re.MULTILINE)


def main() -> None:
    """Replace the table, which ends the document."""
    text = DOCUMENT.read_text("utf-8")
    notes = {(method, path): note for method, path, note in _LINE.findall(text)}
    head = text[: text.index("| method | path |")]
    lines = [
        f"| {entry.method} | `{entry.path}` | {entry.access} | {' or '.join(entry.scopes) or 'none'}"
        f" | {notes.get((entry.method, entry.path), '')} |"
        for entry in sorted(TABLE, key=lambda entry: (entry.path, entry.method))
    ]
    table = ["| method | path | who | scope | |", "|---|---|---|---|---|", *lines]
    DOCUMENT.write_text(f"{head}{chr(10).join(table)}\n", "utf-8")


if __name__ == "__main__":
    main()
