"""What the documents say of commands is true."""

import re
from pathlib import Path

import click
import pytest

from fedi.cli.main import build
from tests.cli.test_table import every_command

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    file
    for file in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    if file.exists()
]
_MAKE = re.compile(r"(?:^|`|&& )\s*make ([a-z]+)", re.MULTILINE)


def leaves() -> list[tuple[str, ...]]:
    commands = every_command(build())
    return [words for words in commands if not any(other[:-1] == words for other in commands)]


def code_of(document: Path) -> str:
    """The parts of a document that are code: between backticks, in fences, or indented by four."""
    text = document.read_text()
    fenced = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    indented = [line for line in text.splitlines() if line.startswith("    ")]
    spans = re.findall(r"`([^`\n]+)`", text)
    return "\n".join([*fenced, *indented, *spans])


def command_named(words: list[str]) -> tuple[click.Command | None, list[str]]:
    """The command that the words begin with, and the words after it."""
    command: click.Command | None = build()
    while isinstance(command, click.Group) and words:
        command = command.get_command(click.Context(command), words[0])
        words = words[1:]
    return command, words


@pytest.mark.parametrize("words", leaves(), ids=" ".join)
def test_every_command_is_told_of(words):
    told = (ROOT / "docs" / "operate.md").read_text() + (ROOT / "docs" / "install.md").read_text()

    assert f"fedi {' '.join(words)}" in told


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_fedi_command_in_a_document_exists_with_its_options(document):
    wrong = []
    for line in re.findall(r"(?:^|[\s/])fedi ([^\n`(&;|#]+)", code_of(document)):
        words = re.sub(r"^--config \S+ ", "", line).split()
        if not words or not re.fullmatch(r"[a-z][a-z-]*", words[0]):
            continue
        if words[0] == "fedi" or line.startswith("&&"):
            continue
        command, rest = command_named(words)
        if command is None:
            wrong.append(f"fedi {line}")
            continue
        known = {name for option in command.params for name in option.opts} | {"--help"}
        wrong += [f"fedi {line}: {word}" for word in rest if word.startswith("--") and word not in known]

    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_make_target_in_a_document_exists(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(_MAKE.findall(code_of(document))) <= targets


def test_every_make_target_is_declared_and_explained():
    makefile = (ROOT / "Makefile").read_text()
    declared = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE).group(1).split())

    explained = set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))
    assert explained == declared
