import json
import subprocess
import sys

import pytest

from fedi.confined.granted import limits_granted
from fedi.confined.process import ENVIRONMENT
from fedi.confined.sandbox import _filter

# Each line is tried in a process under the limits; "refused" is any OSError or MemoryError.
PROBES = {
    "memory": "bytearray(2 << 30)",
    "no files written": "open('/tmp/fedi-probe', 'w').write('x' * 10)",
    "few open files": "[open('/dev/null') for _ in range(200)]",
    "own files only": "open(sys.argv[1]).read()",
    "no network, no programs": "socket.socket()",
}
MORE = {
    "no network, no programs": [
        "subprocess.run(['/bin/true'])", "os.fork()", "os.kill(os.getppid(), 0)",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "socket.socketpair()",
    ],
    "own files only": [
        "os.remove(sys.argv[1])", "os.mkdir('/tmp/fedi-probe-folder')", "os.listdir('/tmp')",
        "open(f'/proc/{os.getppid()}/environ').read()", "open('/etc/passwd').read()",
        "os.rename(sys.argv[1], '/tmp/fedi-probe')",
    ],
}  # fmt: skip
SCRIPT = """
import json, os, socket, subprocess, sys, threading
from fedi.confined import sandbox
from fedi.confined.pipe import Begin
bounds = {"memory_bytes": 1 << 30, "max_pixels_in": 1, "max_pixels_out": 1}
begin = Begin(parent=os.getppid(), threads=1, seconds=60, **bounds)
held = sandbox.enter(begin)
thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
def refused(line):
    try:
        exec(line)
    except (OSError, MemoryError):
        return True
    return False
print(json.dumps([held, {line: refused(line) for line in json.loads(sys.argv[2])}]))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    secret = tmp_path_factory.mktemp("sandbox") / "secret"
    secret.write_text("secret")
    lines = [*PROBES.values(), *(line for lines in MORE.values() for line in lines)]
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", SCRIPT, str(secret), json.dumps(lines)],
        env=ENVIRONMENT, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert secret.read_text() == "secret"
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("measure", "line"), [*PROBES.items(), *((m, p) for m, ps in MORE.items() for p in ps)]
)
def test_what_is_said_to_hold_does(answers, measure, line):
    held, refused = answers
    if not held[measure]:
        pytest.skip(f"this system does not offer: {measure}")

    assert refused[line]


def test_ordinary_limits_hold_everywhere(answers):
    held, _ = answers

    assert all(
        held[name] for name in ("no core dumps", "no files written", "few open files", "processor time")
    )


def test_the_processor_goes_to_others_first(answers):
    held, _ = answers

    assert held["low priority"]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_is_well_formed(machine):
    lines = _filter(machine)

    assert len(lines) < 256
    for at, (operation, if_true, if_false, _) in enumerate(lines):
        if operation & 0x07 == 0x05:
            assert at + 1 + max(if_true, if_false) < len(lines)
    assert lines[-1][0] == 0x06


def test_an_unknown_machine_is_told():
    with pytest.raises(KeyError):
        _filter("pdp11")


def test_what_the_system_grants_is_found_out_without_a_model(answers):
    found = limits_granted(threads=1, seconds=60, memory_bytes=1 << 30, providers=())

    assert found == answers[0]


@pytest.mark.parametrize(("providers", "kind"), [((), "RLIMIT_AS"), (("cuda",), "RLIMIT_DATA")])
def test_with_a_graphics_card_memory_is_what_is_filled(providers, kind):
    script = SCRIPT.split("held =")[0].replace("**bounds)", f"providers={providers!r}, **bounds)") + (
        f"sandbox.enter(begin)\nimport resource\nprint(resource.getrlimit(resource.{kind})[0])"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", script],
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
        text=True,
    )

    assert int(done.stdout) == 1 << 30
