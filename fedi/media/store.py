"""Where files are kept: a flat space of keys over a folder.

A file is written before its row and removed after it, so a key never names half a file and a row never a
missing one. Keys are random: whoever was not told a key cannot guess it.
"""

import errno
import secrets
import shutil
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import regex

from fedi.errors import NotFound, StorageFull

if TYPE_CHECKING:
    from obstore.store import LocalStore

_RANDOM_BYTES = 16
_MAX_KEY_LENGTH = 200
_KEY = regex.compile(r"[a-z0-9_-][a-z0-9._-]*+(?:/[a-z0-9_-][a-z0-9._-]*+)*+")
# The library gives the system's error as text only. A quota and a size limit are full disks of one's own.
_FULL = tuple(f"os error {number})" for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class Store(Protocol):
    """Keeps files by key. Every method may wait; keys that `new_key` did not make raise ValueError."""

    async def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`, whole or not at all; raises StorageFull."""

    async def read(self, key: str) -> bytes:
        """Give what is kept under `key`; raises NotFound."""

    async def delete(self, key: str) -> None:
        """Remove what is kept under `key`; nothing happens when there is nothing."""


class FolderStore:
    """Keeps files under `root`, which is made when the first file comes.

    The last `reserve_bytes` of the disk are left to the database, which must be able to write.
    """

    def __init__(self, root: Path, *, reserve_bytes: int = 0) -> None:
        self.root, self._reserve_bytes = root, reserve_bytes

    async def put(self, key: str, data: bytes) -> None:
        """Keep `data` under `key`, whole or not at all; raises StorageFull. The last writer wins."""
        from obstore.exceptions import GenericError  # noqa: PLC0415  loaded with the folder, see there

        _check_key(key)
        folder = self._folder
        if self._reserve_bytes and shutil.disk_usage(self.root).free < self._reserve_bytes + len(data):
            raise StorageFull
        try:
            await folder.put_async(key, data, use_multipart=False)
        except GenericError as error:
            if str(error).partition("\n")[0].endswith(_FULL):
                raise StorageFull from error
            raise

    async def read(self, key: str) -> bytes:
        """Give what is kept under `key`; raises NotFound."""
        _check_key(key)
        try:
            found = await self._folder.get_async(key)
        except FileNotFoundError as error:
            raise NotFound from error
        return bytes(await found.bytes_async())

    async def delete(self, key: str) -> None:
        """Remove what is kept under `key`; nothing happens when there is nothing."""
        _check_key(key)
        try:
            await self._folder.delete_async(key)
        except FileNotFoundError:
            # Somebody removed it before us, which is what was wanted.
            return

    def path(self, key: str) -> Path:
        """Give the file of `key`, for a web server to send; it need not exist."""
        _check_key(key)
        return self.root / key

    @cached_property
    def _folder(self) -> "LocalStore":
        from obstore.store import LocalStore  # noqa: PLC0415  15 MB that a command without files need not load

        return LocalStore(prefix=self.root, mkdir=True)


def new_key(folder: str, extension: str) -> str:
    """Make a key that nobody can guess: `folder/xx/30 hex digits.extension`, 128 random bits in all."""
    name = secrets.token_hex(_RANDOM_BYTES)
    key = f"{folder}/{name[:2]}/{name[2:]}.{extension}"
    _check_key(key)
    return key


def _check_key(key: str) -> None:
    """Refuse what could leave the folder; keys are ours, so a bad one is a fault of the program."""
    if len(key) > _MAX_KEY_LENGTH or ".." in key or not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key[:_MAX_KEY_LENGTH]!r}")
