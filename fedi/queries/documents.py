"""The owner's own pages, read from files beside the configuration."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread

from fedi.logs import logger
from fedi.memory import Recall
from fedi.server import Server
from fedi.text.documents import document
from fedi.text.html import Html

NAMES = ("about", "privacy", "terms")
_MAX_BYTES = 1024 * 1024
_KEPT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersPage:
    """A page of the owner's as HTML, and when its file was last changed."""

    content: Html
    updated_at: datetime


class _Pages(Recall[str, OwnersPage]):
    """Pages by file; a change shows after a few seconds."""

    def __init__(self) -> None:
        super().__init__(size=len(NAMES), seconds=_KEPT_SECONDS)


async def page(server: Server, name: str) -> OwnersPage | None:
    """Give the page of a name of `NAMES`; None when no file is set, or it cannot be read (that is logged)."""
    about = server.settings.instance
    file = {"about": about.about_file, "privacy": about.privacy_file, "terms": about.terms_file}[name]
    if not file:
        return None
    kept, now = server.memory.of(_Pages), server.clock.now()
    found = kept.get(file, now)
    if found is None:
        found = await to_thread.run_sync(_read, server.settings.path(file))
        if found is not None:
            kept.put(file, found, now)
    return found


def _read(file: Path) -> OwnersPage | None:
    try:
        with file.open("rb") as opened:
            text = opened.read(_MAX_BYTES).decode("utf-8", "replace")
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError as error:
        logger().warning("a page of the owner's cannot be read", file=str(file), error=str(error))
        return None
    return OwnersPage(content=document(text), updated_at=changed)
