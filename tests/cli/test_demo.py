"""fedi demo: what a newcomer is shown comes true, or is said not to have."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from fedi.styles.catalogue import EMBEDDED
from tests.cli.conftest import Instance

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        not (EMBEDDED / "cel" / "cel.onnx").exists(), reason="the cel model is not in this checkout"
    ),
]
_STEPS = 11


def servers_of(pid: int) -> list[int]:
    """The processes that serve for the demo."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [child for child in children if b"serve" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_every_step_of_the_demo_comes_true(empty: Instance):
    demo = empty.start("demo")
    out, said = demo.communicate(timeout=200)

    assert demo.returncode == 0, out + said
    steps = [line for line in out.splitlines() if line.startswith(("ok ", "NO "))]
    assert len(steps) == _STEPS
    assert all(step.startswith("ok ") for step in steps)
    assert f"done: {_STEPS} steps" in out
    assert list(empty.folder.iterdir()) == []


def test_a_server_that_dies_ends_the_demo_with_1(empty: Instance):
    demo = empty.start("demo")
    first = demo.stdout.readline()
    for pid in servers_of(demo.pid)[:1]:
        os.kill(pid, signal.SIGKILL)
    out, said = demo.communicate(timeout=200)

    assert first.startswith("ok ")
    assert demo.returncode == 1
    assert re.search(r"^fedi: .+", said, re.MULTILINE)
    assert "Traceback" not in said
    assert "done:" not in out


def test_a_bad_picture_ends_the_demo_with_1(empty: Instance, tmp_path: Path):
    (tmp_path / "no.png").write_text("not a picture")

    demo = empty.start("demo", "--json", "--picture", str(tmp_path / "no.png"))
    out, said = demo.communicate(timeout=200)

    told = json.loads(out.splitlines()[0])
    assert demo.returncode == 1
    assert told["ok"] is False
    assert "picture" in told["error"].lower()
    assert 0 < len(told["steps"]) < _STEPS
    assert "Traceback" not in said
