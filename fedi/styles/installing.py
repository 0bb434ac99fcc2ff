"""The folder of the owner's styles: one is put together aside, then appears in one rename; so it goes, too.

Killed at any moment, this leaves a style whole or not there, and at worst a folder aside that is swept later.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from fedi.errors import Conflict, Invalid, NotFound
from fedi.styles.catalogue import MANIFEST, MAX_MANIFEST_BYTES, Manifest
from fedi.styles.manifests import to_toml

# Folders that begin like this are no styles (styles/catalogue.py).
_ASIDE = "."
_TOKEN_BYTES = 16
KEPT_SECONDS = 3600


def stage(root: Path, manifest: Manifest, files: Mapping[str, bytes], now: datetime) -> str:
    """Write a style aside, synced to the disk; gives the token by which it is found again. Raises OSError."""
    sweep(root, now)
    token = secrets.token_hex(_TOKEN_BYTES)
    folder = aside(root, token) / manifest.name
    folder.mkdir(parents=True)
    written = to_toml(manifest).encode()
    if len(written) > MAX_MANIFEST_BYTES:
        raise Invalid("manifest", f"is larger than {MAX_MANIFEST_BYTES // 1024} KiB")
    for name, content in {**files, MANIFEST: written}.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync(folder)
    return token


def aside(root: Path, token: str) -> Path:
    """The folder in which a staged style stands, as a catalogue of its own. Raises NotFound for no token."""
    if len(token) != 2 * _TOKEN_BYTES or not token.isalnum() or not token.isascii():
        raise NotFound("There is no such style in waiting.")
    return root / f"{_ASIDE}{token}"


def install(root: Path, token: str, name: str) -> None:
    """Let a staged style appear. Raises Conflict if its name is taken, NotFound if it is not staged."""
    source, target = aside(root, token) / name, root / name
    if not source.is_dir():
        raise NotFound("There is no such style in waiting.")
    # Renaming onto a folder that is not empty fails on its own; this is the same in words.
    if target.exists():
        raise Conflict(
            f"There is a style called {name} already: remove it first, or name this one otherwise."
        )
    source.rename(target)
    _sync(root)
    shutil.rmtree(aside(root, token), ignore_errors=True)


def discard(root: Path, token: str) -> None:
    """Forget a staged style."""
    shutil.rmtree(aside(root, token), ignore_errors=True)


def remove(root: Path, folder: Path) -> None:
    """Take an installed style away: out of sight in one rename, then from the disk."""
    gone = root / f"{_ASIDE}{secrets.token_hex(_TOKEN_BYTES)}"
    folder.rename(gone)
    _sync(root)
    shutil.rmtree(gone, ignore_errors=True)


def sweep(root: Path, now: datetime) -> None:
    """Remove what was left aside an hour ago."""
    root.mkdir(parents=True, exist_ok=True)
    for folder in root.glob(f"{_ASIDE}*"):
        if (
            folder.is_dir()
            and not folder.is_symlink()
            and now.timestamp() - folder.stat().st_mtime > KEPT_SECONDS
        ):
            shutil.rmtree(folder, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk, so that none outlives what it names."""
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
