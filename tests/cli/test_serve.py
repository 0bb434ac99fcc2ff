"""fedi serve, run, init, check-config: start, and say in one line why not."""

import re
import signal
import socket
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from fedi.cli.serve import warn_of_open_sandbox
from fedi.config import load
from fedi.confined.granted import limits_granted
from tests.cli.conftest import Instance

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0


@contextmanager
def serving(instance: Instance, *words: str, url: str = "", **environment: str) -> Iterator[str]:
    """Run a serving command in a process of its own until the block ends; gives its base URL."""
    process = instance.start(*words, FEDI_LOGS_LEVEL="warning", **environment)
    base = url or f"http://127.0.0.1:{instance.port}"
    until = time.monotonic() + _START_SECONDS
    try:
        while True:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < until, "no answer in time"
            try:
                if httpx.get(f"{base}/api/v2/instance").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=_STOP_SECONDS)
        instance.said = said
    assert process.returncode in (0, -signal.SIGTERM), said
    assert "Traceback" not in said


def one_line(instance: Instance, *words: str) -> str:
    said = instance.fedi(*words, expect=1).stderr.strip()
    assert said.startswith("fedi: ")
    assert len(said.splitlines()) == 1, said
    return said


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def test_init_writes_a_config_for_its_owners_eyes_and_prints_the_password(empty: Instance):
    said = empty.fedi("init", "--domain", "example.test", "--owner", "carol")

    assert stat.S_IMODE(empty.config.stat().st_mode) == 0o600
    assert "owner: carol\npassword: " in said.stdout
    assert 'domain = "example.test"' in empty.config.read_text()
    assert [row["role"] for row in empty.json("account", "list")] == ["owner"]
    empty.fedi("check-config")


def test_init_overwrites_nothing(instance: Instance):
    before = instance.config.read_bytes()

    assert "not overwritten" in one_line(instance, "init", "--domain", "example.test")

    assert instance.config.read_bytes() == before


@pytest.mark.parametrize(
    "domain", ["", "https://example.test", "Example.test", "a b", "example.test:8000", 'a"b']
)
def test_init_refuses_what_is_no_domain_and_leaves_the_folder_as_it_was(empty: Instance, domain: str):
    (empty.folder / "mine.txt").write_text("mine")

    one_line(empty, "init", "--domain", domain)

    assert [file.name for file in empty.folder.iterdir()] == ["mine.txt"]


def test_init_with_a_bad_owner_can_be_tried_again(empty: Instance):
    assert "username" in one_line(empty, "init", "--domain", "example.test", "--owner", "not a name")

    empty.fedi("init", "--domain", "example.test", "--owner", "carol")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("[media]\nmax_byte = 5", "max_byte"),
        ("[mediaa]\nmax_bytes = 5", "mediaa"),
        ('[media]\nmax_bytes = "many"', "max_bytes"),
        ("[media]\nmax_bytes = 0", "max_bytes"),
        ("this is not toml", "not TOML"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_starts(instance: Instance, line: str, sentence: str):
    instance.append(line)

    for command in ("serve", "run", "check-config"):
        assert sentence in one_line(instance, command)


@pytest.mark.parametrize("secret", ["", "changeme", "a" * 64])
def test_a_missing_default_or_short_secret_is_not_served_with(instance: Instance, secret: str):
    text = re.sub(r'secret = ".*"', f'secret = "{secret}"', instance.config.read_text())
    instance.config.write_text(text)

    assert "server.secret" in one_line(instance, "serve")


def test_no_config_file_is_said(empty: Instance):
    assert "no such file" in one_line(empty, "serve")
    assert "no such file" in one_line(empty, "account", "list")


def test_a_port_in_use_is_said_before_anything_is_touched(empty: Instance, instance: Instance):
    with taken(instance.port):
        for command in ("serve", "run"):
            assert f"127.0.0.1:{instance.port} cannot be listened on" in one_line(instance, command)
    with taken(empty.port):
        one_line(empty, "run", "--port", str(empty.port))

    assert list(empty.folder.iterdir()) == []


def test_a_file_that_is_no_database_is_left_as_it_is(instance: Instance):
    file = instance.folder / "data" / "fedi.db"
    file.write_bytes(b"a letter to my aunt\n" * 300)

    for words in (["serve"], ["run"], ["account", "list"]):
        assert "database" in one_line(instance, *words)

    assert file.read_bytes() == b"a letter to my aunt\n" * 300


def test_a_place_that_cannot_be_written_is_said(instance: Instance):
    instance.append('[database]\nfile = "/proc/fedi/fedi.db"')

    for words in (["serve"], ["run"], ["account", "list"]):
        assert "/proc/fedi" in one_line(instance, *words)


def test_a_database_of_a_newer_version_is_not_touched(instance: Instance):
    file = instance.folder / "data" / "fedi.db"
    with sqlite3.connect(file) as database:
        database.execute("UPDATE tortoise_migrations SET name = '9999_future' WHERE name LIKE '0001%'")
    before = file.read_bytes()

    assert "newer" in one_line(instance, "serve")

    assert file.read_bytes() == before


@pytest.mark.slow
def test_run_sets_up_once_and_then_only_serves(empty: Instance):
    with serving(empty, "run", "--port", str(empty.port)) as url:
        assert httpx.get(f"{url}/.well-known/nodeinfo").status_code == 200
    first = empty.said
    with serving(empty, "run", "--port", str(empty.port)):
        pass
    second = empty.said

    assert "wrote config.toml" in first
    assert re.search(r"User name: owner   Password: \S{16}", first)
    assert f"ready: http://127.0.0.1:{empty.port}" in first
    assert stat.S_IMODE(empty.config.stat().st_mode) == 0o600
    # The private keys of all accounts stand in it (T180).
    data = empty.folder / "data"
    assert {stat.S_IMODE(file.stat().st_mode) for file in data.glob("fedi.db*") if file.is_file()} == {0o600}
    assert "Password" not in second
    assert "wrote" not in second
    other = empty.fedi("run", "--port", str(empty.port + 1), expect=1).stderr
    assert f"is for port {empty.port}" in other


@pytest.mark.slow
def test_a_token_of_the_command_line_works_while_the_server_runs(instance: Instance):
    with serving(instance, "serve") as url:
        made = instance.json("account", "create", "alice", "--token", "read write follow push")
        headers = {"Authorization": f"Bearer {made['access_token']}"}
        me = httpx.get(f"{url}/api/v1/accounts/verify_credentials", headers=headers)
        posted = httpx.post(f"{url}/api/v1/statuses", headers=headers, json={"status": "hello"})

        found = instance.json("doctor")

    assert (me.json()["id"], me.json()["username"]) == (made["id"], "alice")
    assert posted.status_code == 200
    assert {row["check"]: row["verdict"] for row in found}["answers"] == "ok"


@pytest.mark.slow
@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_ctrl_c_and_a_supervisor_stop_it_without_a_word(instance: Instance, stop: signal.Signals, code: int):
    process = instance.start("serve", FEDI_LOGS_LEVEL="warning")
    try:
        assert any("ready" in line for line in process.stderr)
        process.send_signal(stop)
        out, said = process.communicate(timeout=_STOP_SECONDS)
    finally:
        process.kill()

    assert (process.returncode, out, said) == (code, "", "")


@pytest.mark.slow
def test_a_stop_waits_for_no_open_request(instance: Instance):
    process = instance.start("serve")
    try:
        assert any("ready" in line for line in process.stderr)
        with socket.create_connection(("127.0.0.1", instance.port)) as client:
            head = f"POST /api/v1/apps HTTP/1.1\r\nHost: 127.0.0.1:{instance.port}\r\nContent-Length: 9\r\n"
            client.sendall(f"{head}Content-Type: application/json\r\n\r\n{{".encode())
            time.sleep(0.2)
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=_STOP_SECONDS)
        took = time.monotonic() - begun
    finally:
        process.kill()

    assert took < 12
    assert "graceful shutdown exceeded" in said


def test_what_the_sandbox_lacks_here_is_warned_of(instance: Instance, capsys):
    settings = load(instance.config)
    studio = settings.studio
    granted = limits_granted(
        threads=studio.threads,
        seconds=studio.seconds,
        memory_bytes=studio.memory_mb << 20,
        providers=("cpu",),
    )

    warn_of_open_sandbox(settings)

    said = capsys.readouterr()
    assert ("not_in_force" in said.out + said.err) == (not all(granted.values()))
