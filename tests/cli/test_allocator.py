"""What a served photo took is given back to the system."""

import subprocess
import sys

SCRIPT = """
from pathlib import Path
from fedi.cli.allocator import give_back_large_blocks

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024

give_back_large_blocks()
before = resident()
# Freed, a block this large raises glibc's bound; what comes after it lies in the heap, under what is kept.
del (large := [b"x" * 24_000_000])[:]
photos, kept = [], []
for number in range(40):
    photos.append(b"p" * 2_000_000)
    kept.append(b"k" * 200_000)
photos.clear()
print(resident() - before)
"""


def test_photos_that_are_done_with_leave_nothing_behind():
    answer = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)

    assert int(answer.stdout) < 20
