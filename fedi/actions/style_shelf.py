"""The owner's styles: taken in after a trial and a yes to their licence, chosen, switched off, removed.

`offer` puts a style aside once it drew a picture in the sandbox; nobody sees it before `accept`.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from anyio import to_thread

from fedi.errors import Conflict, FediError, Forbidden, Invalid, NotFound, TooLarge
from fedi.models.accounts import Account
from fedi.models.media import StyleChoice
from fedi.queries import offers
from fedi.server import Server
from fedi.styles import installing, manifests
from fedi.styles.catalogue import EMBEDDED, MAX_MODEL_BYTES, Catalogue, Manifest, Style
from fedi.styles.engine import StyledPicture, StyleEngine
from fedi.styles.samples import sample

_TRIAL_WIDTH, _TRIAL_HEIGHT = 160, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A style that passed its trial and waits for a yes; `token` names it, `drawn` is what it made."""

    token: str
    manifest: Manifest
    drawn: StyledPicture


async def offer(
    server: Server,
    model: bytes,
    *,
    file: str,
    manifest: bytes | None = None,
    guide: bytes | None = None,
    sha256: str = "",
    told: Mapping[str, Any] | None = None,
) -> Candidate:
    """Check a model in every way that running it would, draw a small picture, and put the style aside.

    `file` is the model's name; without a `manifest` one is guessed from what the model says, and `told` are
    the top-level keys that the owner says. Hashes are compared before anything is read. Raises Invalid,
    Conflict, TooLarge, StyleFailed.
    """
    _compare(model, sha256)
    told = told or {}
    if manifest is not None:
        described = manifests.changed(manifests.read(manifest), told)
        _compare(model, described.sha256)
    else:
        async with _own_engine(server, server.styles.catalogue) as engine:
            facts = await engine.inspect(model)
        described = manifests.guess(facts, file=_plain(file), sha256=_digest(model), told=told)
    _check_complete(described)
    await _check_name(server, described.name)
    files = {described.file: model}
    if described.guide is not None:
        if guide is None:
            raise Invalid("guide", f"is needed: the manifest names {described.guide.file}")
        _compare(guide, described.guide.sha256)
        files[described.guide.file] = guide
    root = folder_of(server)
    try:
        token = await to_thread.run_sync(installing.stage, root, described, files, server.clock.now())
    except OSError as error:
        raise FediError(f"{root}: {error.strerror}") from error
    try:
        drawn = await _trial(server, installing.aside(root, token), described)
    except BaseException:
        await to_thread.run_sync(installing.discard, root, token)
        raise
    return Candidate(token=token, manifest=described, drawn=drawn)


async def waiting(server: Server, token: str) -> Style:
    """A style that was put aside. Raises NotFound."""
    found = Catalogue([installing.aside(folder_of(server), token)])
    styles = await to_thread.run_sync(found.list)
    if not styles:
        raise NotFound("There is no such style in waiting.")
    return styles[0]


async def accept(server: Server, token: str, *, by: Account | None, source_url: str = "") -> Style:
    """Install a style that was put aside: its licence is agreed to. Raises NotFound, Conflict.

    The row comes first: a row without a style is nothing, a style without its agreement would be something.
    """
    style = await waiting(server, token)
    await _check_name(server, style.name)
    now = server.clock.now()
    async with server.db.transaction():
        await StyleChoice.filter(name=style.name).delete()
        await StyleChoice.create(
            id=server.new_id(),
            name=style.name,
            sha256=style.sha256,
            source_url=source_url,
            agreed_by=by,
            agreed_at=now,
            created_at=now,
        )
    root = folder_of(server)
    try:
        await to_thread.run_sync(installing.install, root, token, style.name)
    except OSError as error:
        raise FediError(f"{root}: {error.strerror}") from error
    return await to_thread.run_sync(server.styles.catalogue.get, style.name)


async def decline(server: Server, token: str) -> None:
    """Forget a style that was put aside."""
    await to_thread.run_sync(installing.discard, folder_of(server), token)


async def remove(server: Server, name: str) -> None:
    """Take an installed style away; what was drawn in it stays. Raises NotFound, Forbidden for ours."""
    style = await to_thread.run_sync(server.styles.catalogue.get, name)
    if style.folder.parent == EMBEDDED:
        raise Forbidden(f"{name} ships with the program and cannot be removed; it can be switched off.")
    try:
        await to_thread.run_sync(installing.remove, folder_of(server), style.folder)
    except OSError as error:
        raise FediError(f"{style.folder}: {error.strerror}") from error
    async with server.db.transaction():
        await StyleChoice.filter(name=name).delete()


async def set_enabled(server: Server, name: str, *, enabled: bool) -> None:
    """Offer a style to members, or no more. Raises NotFound; Conflict for the default one."""
    found = {each.style.name: each for each in await offers.everything(server)}
    if name not in found:
        raise NotFound(f"There is no style called {name}.")
    if not enabled and found[name].is_default:
        raise Conflict(f"{name} is the default style: choose another default first.")
    await _decide(server, found[name].style, enabled=enabled)


async def set_default(server: Server, name: str) -> None:
    """Make a style the one that is taken where none was named. Raises NotFound if it is not offered."""
    style = await offers.find(server, name)
    async with server.db.transaction():
        await StyleChoice.filter(is_default=True).update(is_default=False)
        await _decide(server, style, is_default=True)


def folder_of(server: Server) -> Path:
    """Where the styles stand that the owner added."""
    return server.settings.path(server.settings.studio.folder)


async def _decide(server: Server, style: Style, **decision: bool) -> None:
    """Note a decision about this very file; one that ships is decided about by name, whatever its version."""
    sha256 = "" if style.folder.parent == EMBEDDED else style.sha256
    async with server.db.transaction():
        await StyleChoice.filter(name=style.name).exclude(sha256__in=["", style.sha256]).delete()
        row = await StyleChoice.get_or_none(name=style.name)
        if row is None:
            row = StyleChoice(id=server.new_id(), name=style.name, created_at=server.clock.now())
            row.sha256 = sha256
        row.update_from_dict(decision)
        await row.save()


async def _trial(server: Server, folder: Path, manifest: Manifest) -> StyledPicture:
    """Draw a small picture in a worker of its own: the members' worker is not held up, nor ended."""
    picture = await to_thread.run_sync(sample, _TRIAL_WIDTH, _TRIAL_HEIGHT)
    async with _own_engine(server, Catalogue([folder])) as engine:
        return await engine.run(
            manifest.name, picture, size="full", guide=picture if manifest.needs_guide else b""
        )


@asynccontextmanager
async def _own_engine(server: Server, catalogue: Catalogue) -> AsyncIterator[StyleEngine]:
    engine = StyleEngine(catalogue, replace(server.styles.limits, providers=("cpu",)))
    try:
        yield engine
    finally:
        await engine.close()


def _check_complete(manifest: Manifest) -> None:
    """A licence that nobody can read cannot be agreed to."""
    if not manifest.licence_url and not manifest.licence_text:
        raise Invalid("licence_url", "or the licence's text must be told")


async def _check_name(server: Server, name: str) -> None:
    installed = await to_thread.run_sync(server.styles.catalogue.list)
    if name in {style.name for style in installed}:
        raise Conflict(
            f"There is a style called {name} already: remove it first, or name this one otherwise."
        )


def _compare(content: bytes, sha256: str) -> None:
    if len(content) > MAX_MODEL_BYTES:
        raise TooLarge(f"The model is larger than {MAX_MODEL_BYTES // (1024 * 1024)} MiB.")
    if sha256 and _digest(content) != sha256.lower():
        raise Invalid("sha256", f"is not that of the file, which is {_digest(content)}")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _plain(file: str) -> str:
    """A file's name as a manifest takes it."""
    kept = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "-" for each in file)
    return kept.lstrip("._-")[-128:] or "model.onnx"
