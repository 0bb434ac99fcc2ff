"""Posts that others' collections list, fetched at their own servers, and put where they belong in a thread.

A collection may list anything. What is stored is only what answers a post of the thread, as its own server
gives it; a parent that is missing between is fetched like a member, and counts like one.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from fedi.actions import refreshes
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import is_http_uri
from fedi.activitypub.vocabulary import Uri
from fedi.errors import FediError, TooMany
from fedi.federation.known import find_account
from fedi.federation.people import account_by_uri
from fedi.federation.threads import keep_note, note_at
from fedi.federation.walks import Budget, Turns, member_ids
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries.rows import load, marks
from fedi.server import Server

MAX_NEW: Final = 500
MAX_FETCHED: Final = 1000
MAX_AUTHORS: Final = 400

_AT_ONCE = 8
_MEMBERS_OF_ONE = 1000
_VALUES_OF_A_QUERY = 500
_NEXT_HOST_SECONDS = 300


async def fetch_notes(server: Server, uris: Sequence[Uri], budget: Budget) -> list[Note]:
    """Fetch posts at their own servers, two at once of one host; those that cannot be had are left out."""
    slots = asyncio.Semaphore(_AT_ONCE)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_note(server, uri, budget, slots)) for uri in uris]
    return [note for task in tasks if (note := task.result()) is not None]


async def _note(server: Server, uri: Uri, budget: Budget, slots: asyncio.Semaphore) -> Note | None:
    try:
        async with asyncio.timeout_at(budget.until), server.memory.of(Turns).of(uri), slots:
            return await note_at(server, uri)
    except TimeoutError:
        budget.stop("seconds")
    except FediError as error:
        budget.stop(type(error).__name__)
    return None


@dataclass(slots=True, kw_only=True)
class Gathering:
    """One search for the missing parts of a thread.

    `inside` holds the posts of the thread that are stored, by URI; `context` is what its root calls it, ""
    if it has no name. `new` counts what was stored.
    """

    server: Server
    budget: Budget
    inside: dict[str, Post]
    context: str = ""
    refresh_id: int | None = None
    new: int = 0
    fetched: int = 0
    authors: int = 0
    asked: set[str] = field(default_factory=set)
    fresh: deque[tuple[Post, Note]] = field(default_factory=deque)
    waiting: defaultdict[str, list[Note]] = field(default_factory=lambda: defaultdict(list))

    def is_over(self) -> bool:
        """Whether nothing more is to be looked for; why is noted in the budget."""
        reason = "posts" if self.new >= MAX_NEW else "fetches" if self.fetched >= MAX_FETCHED else ""
        if reason:
            self.budget.stop(reason)
        return bool(reason) or self.budget.is_over

    async def take(self, uris: Iterable[Uri]) -> None:
        """Fetch posts, and whatever of the thread stands between them and what we have, and store them."""
        wave, before = list(dict.fromkeys(uris)), self.new
        while wave and not self.is_over():
            wanted = (await self._unknown(wave))[: MAX_FETCHED - self.fetched]
            self.fetched += len(wanted)
            self.asked.update(wanted)
            for note in await fetch_notes(self.server, wanted, self.budget):
                await self._place(note)
            wave = [Uri(uri) for uri in self.waiting if uri not in self.asked and uri not in self.inside]
        if self.refresh_id is not None and self.new > before:
            await refreshes.count(self.server, self.refresh_id, self.new)

    async def walk(self) -> None:
        """Ask every post of the thread for its answers, and these for theirs, from the root down."""
        notes = {post.uri: note for post, note in self.fresh}
        self.fresh.clear()
        todo = deque((post, notes.get(post.uri)) for post in self.inside.values())
        while todo and not self.is_over():
            batch = [todo.popleft() for _ in range(min(_AT_ONCE, len(todo)))]
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._listed(post, note)) for post, note in batch]
            await self.take(uri for task in tasks for uri in task.result())
            while self.fresh:
                todo.append(self.fresh.popleft())

    async def _listed(self, post: Post, note: Note | None) -> list[Uri]:
        if post.local or not is_http_uri(post.replies_uri):
            return []
        first = note.replies_page if note else None
        collection = Uri(post.replies_uri)
        return await member_ids(self.server, collection, self.budget, most=_MEMBERS_OF_ONE, first=first)

    async def _unknown(self, uris: Sequence[Uri]) -> list[Uri]:
        """Leave out what was asked for before, what is ours, and what is stored: it may be of the thread."""
        wanted = [uri for uri in uris if uri not in self.asked and not self.server.uris.is_local(uri)]
        known: set[str] = set()
        for start in range(0, len(wanted), _VALUES_OF_A_QUERY):
            part = wanted[start : start + _VALUES_OF_A_QUERY]
            for post in await load(self.server, Post, f"WHERE r.uri IN ({marks(part)}) ORDER BY r.id", part):
                known.add(post.uri)
                if post.in_reply_to_uri in self.inside and post.uri not in self.inside:
                    self.inside[post.uri] = post
        return [uri for uri in wanted if uri not in known]

    async def _place(self, note: Note) -> None:
        """Store a post under its parent, with those that waited for it; else let it wait, or forget it."""
        todo = deque([note])
        while todo and self.new < MAX_NEW:
            note = todo.popleft()
            if note.in_reply_to is None or note.is_vote or note.id in self.inside:
                continue
            parent = self.inside.get(note.in_reply_to)
            if parent is not None:
                if await self._keep(note, parent):
                    todo.extend(self.waiting.pop(note.id, ()))
            elif note.in_reply_to in self.asked or (self.context and note.context == self.context):
                self.waiting[note.in_reply_to].append(note)

    async def _keep(self, note: Note, parent: Post) -> bool:
        try:
            author = await self._author(note.attributed_to)
            post = await keep_note(self.server, note, author, parent)
        except TimeoutError:
            self.budget.stop("seconds")
            return False
        except FediError as error:
            self.budget.stop(type(error).__name__)
            return False
        self.inside[post.uri] = post
        self.fresh.append((post, note))
        self.new += 1
        return True

    async def _author(self, uri: Uri) -> Account:
        known = await find_account(self.server, uri)
        if known is None:
            if self.authors >= MAX_AUTHORS:
                raise TooMany("Too many unknown authors.", retry_after_seconds=_NEXT_HOST_SECONDS)
            self.authors += 1
        async with asyncio.timeout_at(self.budget.until), self.server.memory.of(Turns).of(uri):
            return await account_by_uri(self.server, uri)
