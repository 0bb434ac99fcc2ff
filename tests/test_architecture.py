"""The rules of the house that import-linter does not keep (ARCHITECTURE.md)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedi.jobs.kinds import KINDS
from fedi.worker import TABLE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "fedi"
# Heavy libraries that an idle server must not load, and where each is first needed.
LATE_IMPORTS = {"c2pa", "onnxruntime", "obstore", "obstore.store", "obstore.exceptions", "onnxruntime.capi"}
# The style worker reads libraries only once it is confined.
LATE_ROOMS = {
    "fedi/styles/worker.py fedi.styles",
    "fedi/reels/worker.py fedi.reels",
    "fedi/media/worker.py fedi.media",
    # FFmpeg, for clips alone.
    "fedi/reels/reel.py fedi.reels.clips",
}
PURE_ROOMS = ("activitypub", "text", "translate", "security", "mastodon/entities")
INSIDE_TRANSACTION = {"to_thread", "create_task", "gather", "egress", "store", "sleep", "styles"}


def modules(room: str = "") -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted((PACKAGE / room).rglob("*.py")):
        yield file.relative_to(ROOT), ast.parse(file.read_text())


def names_in(node: ast.AST) -> set[str]:
    found = {child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}
    return found | {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def test_nothing_is_imported_inside_a_function_but_what_is_heavy():
    late = []
    for file, tree in modules():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                named = []
                if isinstance(node, ast.Import):
                    named = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    named = [node.module or ""]
                late += [
                    f"{file} {name}"
                    for name in named
                    if name not in LATE_IMPORTS and f"{file} {name}" not in LATE_ROOMS
                ]

    assert late == []


def test_pure_rooms_wait_for_nothing():
    waiting = [
        f"{file}:{node.lineno}"
        for room in PURE_ROOMS
        for file, tree in modules(room)
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
    ]

    assert waiting == []


def test_actions_know_no_requests_and_dial_nobody():
    wrong = [
        f"{file}: {name}"
        for file, tree in modules("actions")
        for name in names_in(tree) & {"Request", "httpx", "aiohttp", "egress"}
    ]

    assert wrong == []


def test_a_transaction_awaits_nothing_but_the_database():
    wrong = []
    for file, tree in modules():
        for block in ast.walk(tree):
            if not isinstance(block, ast.AsyncWith):
                continue
            if not any("transaction" in names_in(item.context_expr) for item in block.items):
                continue
            for node in (child for statement in block.body for child in ast.walk(statement)):
                if isinstance(node, ast.Await) and names_in(node) & INSIDE_TRANSACTION:
                    wrong.append(f"{file}:{node.lineno} {sorted(names_in(node) & INSIDE_TRANSACTION)}")

    assert wrong == []


def test_one_place_dials_out():
    dialling = {
        str(file)
        for file, tree in modules()
        if names_in(tree)
        & {"ClientSession", "urlopen", "AsyncClient", "create_connection", "open_connection"}
    }

    # The demo is a client of two servers of its own; it dials nobody else.
    assert dialling == {"fedi/egress.py", "fedi/cli/demo.py"}


def test_every_kind_of_job_has_its_function():
    assert set(TABLE) == set(KINDS.values())


def test_no_module_reads_the_clock_or_the_environment_for_itself():
    allowed = {"fedi/clock.py", "fedi/config.py"}
    wrong = [
        f"{file}:{node.lineno}"
        for file, tree in modules()
        if str(file) not in allowed
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr)
        in {("time", "time"), ("datetime", "now"), ("os", "environ"), ("os", "getenv")}
    ]

    assert wrong == []


def test_a_server_has_loaded_neither_studio_nor_decoder():
    script = (
        "import sys, fedi.app, fedi.worker\n"
        "print([name for name in ('onnxruntime', 'obstore', 'numpy', 'PIL') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert printed.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "document", ["README.md", "ARCHITECTURE.md", "FEDERATION.md", "CONTRIBUTING.md", "docs"]
)
def test_the_documents_name_files_that_exist(document):
    files = [ROOT / document] if document.endswith(".md") else sorted((ROOT / "docs").rglob("*.md"))
    missing = []
    for file in files:
        for link in re.findall(r"\]\(([^)#]+)\)", file.read_text()):
            if "://" not in link and not (file.parent / link).exists():
                missing.append(f"{file.relative_to(ROOT)}: {link}")
        for path in re.findall(
            r"`((?:fedi|tests|tools|bench|docs|static|migrations)/[\w./-]+)`", file.read_text()
        ):
            if not (ROOT / path).exists():
                missing.append(f"{file.relative_to(ROOT)}: {path}")

    assert missing == []
