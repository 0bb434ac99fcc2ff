"""Pages of home timelines, as ids, kept until anything changes that stands in them.

A home changes when somebody whom its owner follows posts, boosts or deletes, when a post with a hashtag that
they follow comes or goes, when they are named, and when anything is changed that decides whom they hear of.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from fedi.changes import Note
from fedi.models.accounts import Account
from fedi.queries import homes, snapshots
from fedi.queries.paging import Page
from fedi.server import Server

_MOST_HOMES = 500
_MOST_PAGES = 16


async def home(server: Server, viewer: Account, page: Page) -> list[int]:
    """Give the ids of a page of the home timeline, newest first, as `homes.ids` does."""
    if not server.db.keeps():
        return await homes.ids(server, viewer, page)
    kept = server.memory.of(Homes)
    if not kept.listens:
        kept.listens = True
        server.db.changes.listen(kept.changed)
    return await kept.page(server, viewer, page)


@dataclass(slots=True)
class _Home:
    """The pages of one home, whose posts stand there, and until when (seconds since 1970) that is so."""

    sources: frozenset[int]
    tags: frozenset[int]
    until: float
    pages: dict[Page, list[int]] = field(default_factory=dict)


class Homes:
    """The homes that were read lately; the one read longest ago gives way."""

    def __init__(self) -> None:
        self.listens = False
        self._homes: OrderedDict[int, _Home] = OrderedDict()

    async def page(self, server: Server, viewer: Account, page: Page) -> list[int]:
        """Give a page of somebody's home."""
        version = server.db.changes.version
        home = self._homes.get(viewer.id)
        if home is None or home.until <= server.clock.now().timestamp():
            home = await _sources(server, viewer)
            if version == server.db.changes.version:
                self._homes[viewer.id] = home
        elif (ids := home.pages.get(page)) is not None:
            self._homes.move_to_end(viewer.id)
            return ids
        ids = await homes.ids(server, viewer, page)
        if version == server.db.changes.version:
            home.pages[page] = ids
            if len(home.pages) > _MOST_PAGES:
                del home.pages[next(iter(home.pages))]
            if len(self._homes) > _MOST_HOMES:
                self._homes.popitem(last=False)
        return ids

    def changed(self, notes: frozenset[Note]) -> None:
        """Forget the pages that may be different now."""
        if not self._homes:
            return
        new = {note.other for note in notes if note.kind == "arrival"}
        for note in notes:
            match note.kind:
                case "everything" | "reshaped":
                    self._homes.clear()
                # Who was named in a post that is known already stands there because somebody edited it.
                case "named" if note.other not in new:
                    self._homes.clear()
                case "viewer":
                    self._homes.pop(note.id, None)
                case _:
                    pass
        came = {note.id for note in notes if note.kind in {"arrival", "named"}}
        tagged = {note.id for note in notes if note.kind == "tagged"}
        for home in self._homes.values():
            if not (home.sources.isdisjoint(came) and home.tags.isdisjoint(tagged)):
                home.pages.clear()


async def _sources(server: Server, viewer: Account) -> _Home:
    rows = await server.db.rows(
        "SELECT 0 AS is_tag, target_id AS id FROM follows WHERE follower_id = ? AND state = 'accepted'"
        " UNION ALL SELECT 1, tag_id FROM followed_tags WHERE account_id = ?",
        [viewer.id, viewer.id],
    )
    until, _ = await snapshots.standing_until(server, viewer)
    return _Home(
        sources=frozenset([viewer.id, *(row["id"] for row in rows if not row["is_tag"])]),
        tags=frozenset(row["id"] for row in rows if row["is_tag"]),
        until=until or float("inf"),
    )
