"""Read collections of other servers, page by page, however they are written and however long they are.

What a page says is believed of nothing but its own host: every page must be of the collection's origin, and
members are taken as ids, to be fetched at their own (FEP-fe34). Each walk ends: no page is read twice, of one
no more than 200 members are taken, and pages and seconds are counted for all that one piece of work reads.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias
from weakref import WeakValueDictionary

from fedi.activitypub.collections import CollectionPage, OrderedCollection
from fedi.activitypub.reader import Reader, host_of, parse_document, same_origin, uri_of
from fedi.activitypub.vocabulary import ACTIVITY_ACCEPT, Json, Uri, is_activity_type
from fedi.errors import FediError, WrongOrigin
from fedi.federation.fetch import fetch_document
from fedi.server import Server

Page: TypeAlias = OrderedCollection | CollectionPage

MAX_ITEMS_A_PAGE: Final = 200
MAX_PAGES_A_WALK: Final = 50
TOTAL_SECONDS: Final = 60.0

_REQUESTS_A_HOST = 2
_COLLECTIONS = frozenset({"OrderedCollection", "Collection"})


class Turns:
    """Who may ask a host now: two at once, however many walks want to."""

    def __init__(self) -> None:
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, uri: str) -> asyncio.Semaphore:
        """Give the turns of the host that a URI is of."""
        return self._hosts.setdefault(host_of(uri), asyncio.Semaphore(_REQUESTS_A_HOST))


@dataclass(slots=True, kw_only=True)
class Budget:
    """What a piece of work may still read; shared by all of its walks.

    `until` is a moment of the running loop's clock. `stopped` says why a walk ended before its collection
    did, by reason the number of times: loop, origin, pages, seconds, or the class of an error.
    """

    pages: int
    until: float
    read: int = 0
    seen: set[str] = field(default_factory=set)
    stopped: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, *, pages: int, seconds: float = TOTAL_SECONDS) -> Self:
        """Give a budget that begins now."""
        return cls(pages=pages, until=asyncio.get_running_loop().time() + seconds)

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return asyncio.get_running_loop().time() >= self.until

    def stop(self, reason: str) -> None:
        """Note why a walk ended."""
        self.stopped[reason] = self.stopped.get(reason, 0) + 1

    def take_page(self, uri: str) -> bool:
        """Let one more page be read, unless it was read before or nothing is left."""
        reason = (
            "loop" if uri in self.seen else "pages" if not self.pages else "seconds" if self.is_over else ""
        )
        if reason:
            self.stop(reason)
            return False
        self.seen.add(uri)
        self.pages -= 1
        self.read += 1
        return True


async def members(
    server: Server,
    collection: Uri,
    budget: Budget,
    *,
    first: Page | None = None,
    most_a_page: int = MAX_ITEMS_A_PAGE,
) -> AsyncIterator[Json | Uri]:
    """Give what a collection lists: ids, or objects to be trusted in nothing but their ids.

    `first` is where to begin: the collection if it was read before, or a page that stands in another document
    of its origin. Errors end the walk; why it ended
    early is noted in the budget.
    """
    page = first or await _read(server, collection, collection, budget)
    for _ in range(MAX_PAGES_A_WALK):
        if page is None:
            return
        for item in page.items[:most_a_page]:
            yield item
        following = page.first if isinstance(page, OrderedCollection) else page.next
        if isinstance(following, CollectionPage):
            page = following
        else:
            page = await _read(server, following, collection, budget) if following else None
    budget.stop("pages")


async def member_ids(
    server: Server,
    collection: Uri,
    budget: Budget,
    *,
    most: int,
    first: Page | None = None,
    most_a_page: int = MAX_ITEMS_A_PAGE,
) -> list[Uri]:
    """Give the ids of the first `most` different members."""
    found: dict[Uri, None] = {}
    async for item in members(server, collection, budget, first=first, most_a_page=most_a_page):
        if (uri := uri_of(item)) is not None:
            found[uri] = None
        if len(found) >= most:
            break
    return list(found)


async def collection_at(server: Server, uri: Uri, budget: Budget) -> OrderedCollection | None:
    """Give a collection for what it says of itself, None when it cannot be had."""
    found = await _read(server, uri, uri, budget)
    return found if isinstance(found, OrderedCollection) else None


async def _read(server: Server, uri: Uri, collection: Uri, budget: Budget) -> Page | None:
    if not same_origin(uri, collection):
        budget.stop("origin")
        return None
    if not budget.take_page(uri):
        return None
    try:
        async with asyncio.timeout_at(budget.until), server.memory.of(Turns).of(uri):
            document = await fetch_document(server, uri, accept=ACTIVITY_ACCEPT, accepts=is_activity_type)
        if not same_origin(document.url, collection):
            raise WrongOrigin
        json = parse_document(document.body)
        is_whole = not _COLLECTIONS.isdisjoint(Reader(json).types())
        return OrderedCollection.from_json(json) if is_whole else CollectionPage.from_json(json)
    except TimeoutError:
        budget.stop("seconds")
    except FediError as error:
        budget.stop(type(error).__name__)
    return None
