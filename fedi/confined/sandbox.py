"""What a confined process gives up before it reads a file: memory, time, files, network, processes.

Each measure is tried on its own; what the system does not offer is told in the answer, not hidden. Linux has
all of them; elsewhere the ordinary limits hold. Sources: prctl(2), seccomp(2), landlock(7), setrlimit(2).
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from fedi.confined.pipe import Begin

MAX_OPEN_FILES = 64

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2
SECCOMP_ALLOW, SECCOMP_KILL, SECCOMP_ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS = 1, 38
CLONE_THREAD = 0x00010000
# x32 calls carry this bit and would pass a list made for the 64-bit numbers.
X32_BIT = 0x40000000

# Classic BPF: load a word of the call, compare, answer.
LOAD, JUMP_IF_EQUAL, JUMP_IF_ABOVE, JUMP_IF_BITS, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
AT_NUMBER, AT_ARCHITECTURE, AT_FIRST_ARGUMENT = 0, 4, 16

# By machine: audit architecture, clone, clone3, and the calls refused: sockets, new programs, other
# processes, io_uring (a way around this list), kernel keys, tracing, mounts.
_CALLS: dict[str, tuple[int, int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E, 56, 435,
        (41, 42, 43, 44, 46, 49, 50, 53, 57, 58, 59, 62, 101, 165, 248, 249, 250, 272, 288, 298, 307, 308,
         310, 311, 321, 322, 323, 425, 426, 427, 434, 438),
    ),
    "aarch64": (
        0xC00000B7, 220, 435,
        (198, 199, 200, 201, 202, 203, 206, 211, 221, 129, 117, 40, 217, 218, 219, 97, 242, 241, 269, 268,
         270, 271, 280, 281, 282, 425, 426, 427, 434, 438),
    ),
}  # fmt: skip

LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
LANDLOCK_VERSION, LANDLOCK_PATH_BENEATH = 1, 1
O_PATH = 0o10000000
# Access rights by Landlock version: 1 has the first thirteen; later ones add links, truncation, device calls.
LANDLOCK_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
LANDLOCK_ALL_RIGHTS = (1 << 16) - 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, DEVICE_CALLS = 1, 2, 4, 8, 1 << 15
# The interpreter, its packages, shared libraries, what the processor is. Not: homes, /etc, our data, and of
# /proc only our own part: as root, another process's environment can be read there in spite of Landlock.
READABLE = (
    *("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/sys", "/dev"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/sys"),
)

# What the drivers of graphics cards are spoken to through.
DEVICES = ("nvidia*", "dri", "kfd", "accel")


def enter(begin: Begin) -> dict[str, bool]:
    """Take on every limit, for good, and say which hold. Call it before any thread exists."""
    on_device = any(name != "cpu" for name in begin.providers)
    measures: dict[str, Callable[[], None]] = {
        # A graphics driver maps far more addresses than it fills: there, only what is filled counts.
        "memory": lambda: _limit(
            resource.RLIMIT_DATA if on_device else resource.RLIMIT_AS, begin.memory_bytes
        ),
        "no core dumps": lambda: _limit(resource.RLIMIT_CORE, 0),
        "no files written": lambda: _limit(resource.RLIMIT_FSIZE, 0),
        "few open files": lambda: _limit(resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        "processor time": lambda: allow_seconds(begin.seconds * begin.threads),
        "low priority": lambda: _lower_priority(begin.nice),
        "dies with the server": lambda: _die_with(begin.parent),
        "not dumpable": lambda: _prctl(PR_SET_DUMPABLE, 0),
        "no new privileges": lambda: _prctl(PR_SET_NO_NEW_PRIVS, 1),
        "own files only": lambda: _restrict_files(DEVICES if on_device else ()),
        "no network, no programs": _restrict_calls,
    }
    return {name: _holds(measure) for name, measure in measures.items()}


def allow_seconds(seconds: int) -> None:
    """Let the process use this much more processor time, over all threads; then the system ends it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.RLIM_INFINITY))


def _holds(measure: Callable[[], None]) -> bool:
    try:
        measure()
    except (OSError, ValueError, AttributeError, KeyError):
        return False
    return True


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))


def _lower_priority(by: int) -> None:
    os.nice(by)


def _die_with(parent: int) -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # The server may have died before the line above; nobody would then ever end us.
    if os.getppid() != parent:
        raise SystemExit


def _prctl(option: int, value: int, pointer: object = None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), pointer or ctypes.c_ulong(0), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _restrict_files(devices: Sequence[str]) -> None:
    """Landlock: nothing is written, made or removed anywhere, and only what Python needs is read.

    Of `devices` (patterns in /dev) those that are there may be written to.
    """
    version = _syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION)
    known = LANDLOCK_RIGHTS.get(version, LANDLOCK_ALL_RIGHTS)
    rules = _syscall(LANDLOCK_CREATE_RULESET, struct.pack("=Q", known), 8, 0)
    try:
        for path in (*READABLE, sys.prefix, sys.base_prefix, *_code()):
            _allow(rules, path, READ_FILE | EXECUTE | READ_DIR)
        for device in (path for pattern in devices for path in Path("/dev").glob(pattern)):
            _allow(rules, str(device), known & (READ_FILE | WRITE_FILE | READ_DIR | DEVICE_CALLS))
        _syscall(LANDLOCK_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _code() -> list[str]:
    """Where modules come from. Of a checkout only the package: an instance's data may lie beside it."""
    package = Path(__file__).parents[1]
    is_checkout = (package.parent / "pyproject.toml").exists()
    return [str(package) if is_checkout and Path(entry) == package.parent else entry for entry in sys.path]


def _allow(rules: int, path: str, wanted: int) -> None:
    try:
        # Links are followed: /lib is one to /usr/lib on most systems.
        at = os.open(path, O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        # Of a plain file a folder's rights are no rights: asked for, the rule is refused.
        rights = wanted if Path(path).is_dir() else wanted & ~READ_DIR
        _syscall(LANDLOCK_ADD_RULE, rules, LANDLOCK_PATH_BENEATH, struct.pack("=Qi", rights, at), 0)
    finally:
        os.close(at)


def _syscall(number: int, *arguments: "int | bytes | None") -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    answer = int(libc.syscall(ctypes.c_long(number), *words))
    if answer < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return answer


def _restrict_calls() -> None:
    """Seccomp: refuse the calls of `_CALLS`, and every new process; threads are allowed."""
    filters = _filter(platform.machine())
    program = b"".join(struct.pack("=HBBI", *line) for line in filters)
    lines = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of lines and a pointer to them, aligned as C does.
    header = ctypes.create_string_buffer(struct.pack("@HP", len(filters), ctypes.addressof(lines)))
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(header))


def _filter(machine: str) -> list[tuple[int, int, int, int]]:
    """The lines of the filter: (operation, lines to skip if true, if false, value)."""
    architecture, clone, clone3, refused = _CALLS[machine]
    refuse = (ANSWER, 0, 0, SECCOMP_ERRNO | EPERM)
    lines = [
        (LOAD, 0, 0, AT_ARCHITECTURE),
        (JUMP_IF_EQUAL, 1, 0, architecture),
        (ANSWER, 0, 0, SECCOMP_KILL),
        (LOAD, 0, 0, AT_NUMBER),
        (JUMP_IF_ABOVE, 0, 1, X32_BIT),
        refuse,
    ]
    for number in refused:
        lines += [(JUMP_IF_EQUAL, 0, 1, number), refuse]
    # clone3's flags lie behind a pointer that a filter cannot read; without it, libc falls back to clone.
    lines += [(JUMP_IF_EQUAL, 0, 1, clone3), (ANSWER, 0, 0, SECCOMP_ERRNO | ENOSYS)]
    lines += [
        (JUMP_IF_EQUAL, 1, 0, clone),
        (ANSWER, 0, 0, SECCOMP_ALLOW),
        (LOAD, 0, 0, AT_FIRST_ARGUMENT),
        (JUMP_IF_BITS, 1, 0, CLONE_THREAD),
        refuse,
        (ANSWER, 0, 0, SECCOMP_ALLOW),
    ]
    return lines
