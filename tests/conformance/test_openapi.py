"""docs/openapi.json says what the code does, and names every parameter that is read."""

import ast
import re
from pathlib import Path

import fedi.mastodon
from fedi.actions.pushes import ALERTS
from fedi.mastodon.routes import TABLE
from fedi.queries.notification_requests import DEFAULT_POLICY
from fedi.styles.controls import Controls
from tools.openapi.document import FILE, document, written
from tools.openapi.parameters import PARAMETERS

FACES = Path(fedi.mastodon.__file__).parent
READS = {
    "text", "flag", "optional_flag", "optional_text", "number", "id", "ids", "texts", "inner", "each", "file"
}  # fmt: skip
# What holds no route of its own, or reads for the routes of others.
SHARED = ("forms", "responses")


# Names that are put together where they are read.
MADE = {
    *ALERTS,
    *DEFAULT_POLICY,
    *Controls.__struct_fields__,
    *("avatar_media_id", "header_media_id", "home"),
    *(f"filter_{name}" for name in ("not_following", "not_followers", "new_accounts", "private_mentions")),
}


def names_in(line):
    return set(re.findall(r"[^\s:/\[\]]+", re.sub(r":\S+", "", line)))


def read_in(source):
    """The names that a module reads from parameters, where they are written out."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READS
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


def test_the_file_is_what_the_code_says():
    assert FILE.read_text("utf-8") == written(document()), "run: python -m tools.openapi"


def test_every_line_of_parameters_is_a_route():
    assert [key for key in PARAMETERS if key not in {f"{each.method} {each.path}" for each in TABLE}] == []


def test_every_name_that_is_read_is_told():
    told = {}
    for entry in TABLE:
        line = PARAMETERS.get(f"{entry.method} {entry.path}", "")
        for module in (entry.answer.__module__.rpartition(".")[2], *SHARED):
            told[module] = told.get(module, set()) | names_in(line)
    untold = {
        f"{module}: {name}"
        for module, names in told.items()
        for name in read_in((FACES / f"{module}.py").read_text("utf-8")) - names
    }

    assert untold == set()


def test_every_name_that_is_told_is_read():
    sources = "".join(file.read_text("utf-8") for file in FACES.glob("*.py"))
    told = {name for line in PARAMETERS.values() for name in names_in(line)}

    assert {name for name in told - MADE if f'"{name}"' not in sources} == set()
