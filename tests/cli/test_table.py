"""The command line as a whole: what is there, what help says, what is loaded for it."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from fedi.cli.main import COMMANDS, build
from tests.cli.conftest import ROOT, Instance


def every_command(group: click.Group, *before: str) -> list[tuple[str, ...]]:
    context, found = click.Context(group), []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*before, name))
        if isinstance(command, click.Group):
            found += every_command(command, *before, name)
    return found


@pytest.mark.parametrize("words", every_command(build()), ids=" ".join)
def test_every_command_explains_itself(words):
    result = CliRunner().invoke(build(), [*words, "--help"], prog_name="fedi")

    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: fedi {' '.join(words)}")
    assert len(result.output.splitlines()) > 3


def test_help_lists_every_command_with_a_sentence():
    result = CliRunner().invoke(build(), ["--help"], prog_name="fedi")

    listed = result.output.split("Commands:")[1]
    for name in COMMANDS:
        line = next(line for line in listed.splitlines() if line.strip().startswith(f"{name} "))
        assert len(line.split()) > 2


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["account", "nonsense"], ["account", "create"], ["account", "list", "--limit", "0"]],
)
def test_wrong_usage_ends_with_2(instance: Instance, words):
    result = instance.fedi(*words, expect=2)

    assert result.stderr.startswith("Usage: ")


def test_a_role_that_does_not_exist_is_wrong_usage(instance: Instance):
    result = instance.fedi("account", "create", "alice", "--role", "queen", expect=2)

    assert "'queen' is not one of" in result.stderr


def test_version_prints_the_version():
    printed = subprocess.run(
        [sys.executable, "-m", "fedi", "version"], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert printed.stdout.strip().count(".") == 2


def test_a_small_command_does_not_load_the_application():
    script = (
        "import sys; from fedi.cli.main import build; build()(['version'], standalone_mode=False);"
        "print([name for name in ('fedi.app', 'tortoise', 'uvicorn', 'aiohttp') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert printed.stdout.splitlines()[-1] == "[]"
