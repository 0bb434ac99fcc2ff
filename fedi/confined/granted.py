"""Which of the sandbox's limits this system grants, found out by a process that takes them on and tells.

Cheaper than asking the style worker: no model, no picture and no numbers are read.
"""

import json
import os
import subprocess

from fedi.confined.process import ENVIRONMENT, START_SECONDS, command
from fedi.errors import ProcessFailed

_SCRIPT = """import json
from fedi.confined import sandbox
from fedi.confined.pipe import Begin
parent, threads, seconds, memory = map(int, sys.argv[1:5])
begin = Begin(parent=parent, threads=threads, seconds=seconds, memory_bytes=memory,
              max_pixels_in=1, max_pixels_out=1, providers=tuple(sys.argv[5:]))
print(json.dumps(sandbox.enter(begin)))"""


def limits_granted(
    *, threads: int, seconds: int, memory_bytes: int, providers: tuple[str, ...]
) -> dict[str, bool]:
    """Try every limit; gives which hold. Waits for a process: work for a thread. Raises ProcessFailed."""
    words = [str(each) for each in (os.getpid(), threads, seconds, memory_bytes)]
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and words
            command(_SCRIPT, *words, *providers),
            env=ENVIRONMENT, cwd="/", capture_output=True, timeout=START_SECONDS, check=True,
        )  # fmt: skip
        found: dict[str, bool] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ProcessFailed("The process that draws could not be started.") from error
    return found
