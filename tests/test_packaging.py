"""The wheel holds all that an instance needs, and serves from outside a checkout."""

import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]
_START_SECONDS = 60.0


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    script = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    built = subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return folder / built.stdout.split()[-1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked outside the checkout, as an installer does with pure Python."""
    folder = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def environment(installed: Path) -> dict[str, str]:
    # The libraries come from this environment, but not its editable installation of the checkout: a path
    # in PYTHONPATH is searched for modules, its .pth files are not read.
    libraries = sysconfig.get_paths()["purelib"]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": f"{installed}{os.pathsep}{libraries}"}


def fedi(installed: Path, folder: Path, *words: str) -> subprocess.Popen[str]:
    # -S: no .pth file of the checkout; -P: nothing from the current folder.
    return subprocess.Popen(
        [sys.executable, "-S", "-P", "-m", "fedi", *words],
        cwd=folder, env=environment(installed), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def in_checkout(folder: str, *endings: str) -> Iterator[str]:
    tracked = subprocess.run(
        ["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    found = tracked or [str(file.relative_to(ROOT)) for file in (ROOT / folder).rglob("*") if file.is_file()]
    return (name for name in found if not endings or name.endswith(endings))


def test_the_wheel_holds_every_file_that_an_instance_needs(wheel: Path):
    held = set(zipfile.ZipFile(wheel).namelist())

    needed = {*in_checkout("fedi")} | {f"fedi/{name}" for name in in_checkout("migrations", ".py")}
    needed |= {f"fedi/{name}" for name in in_checkout("static")}
    assert sorted(needed - held) == []
    assert "fedi/migrations/0001_initial.py" in held
    assert any(name.endswith(".html") for name in held)
    assert any(name.endswith(".css") for name in held)


def test_the_wheel_holds_nothing_else(wheel: Path):
    held = zipfile.ZipFile(wheel).namelist()

    strange = [name for name in held if not re.match(r"fedi/|fedi-[\d.]+\.dist-info/", name)]
    assert strange == []
    assert not [name for name in held if name.endswith((".pyc", ".db", "config.toml"))]


def test_an_instance_lives_outside_a_checkout(installed: Path, tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    domain = f"127.0.0.1:{port}"
    made = fedi(installed, tmp_path, "init", "--domain", domain, "--development")
    out, said = made.communicate(timeout=60)
    assert made.returncode == 0, said
    assert "password: " in out

    server = fedi(installed, tmp_path, "serve", "--port", str(port))
    try:
        page = _page(server, f"http://{domain}/")
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
        answers = {file: httpx.get(f"http://{domain}{file}").status_code for file in files}
        styles = httpx.get(f"http://{domain}/api/fedi/v1/styles")
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)

    assert page.status_code == 200
    assert answers
    assert set(answers.values()) == {200}
    assert styles.status_code in {200, 401}


def _page(server: subprocess.Popen[str], url: str) -> httpx.Response:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert server.poll() is None, server.stderr.read()
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError(url)
