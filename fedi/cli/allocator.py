"""How the C library gives memory back: photos of some megabytes pass through the server, and do not stay."""

import ctypes
from contextlib import suppress

# mallopt(3): M_MMAP_THRESHOLD.
_MMAP_THRESHOLD = -3
_LARGE_BYTES = 256 * 1024


def give_back_large_blocks() -> None:
    """Have every block of 256 KiB or more taken from the system by itself, and given back when it is freed.

    glibc raises that bound up to 32 MiB as such blocks are freed, and keeps them in its arenas from then on:
    60 MB more after a dozen photos. A C library without the call is left as it is.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
