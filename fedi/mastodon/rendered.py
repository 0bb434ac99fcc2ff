"""Statuses as the bytes they are sent as, kept until anything changes that they are made of.

What is kept is what `entities.status` made, for one viewer, with the accounts cut out: these change with
every post of theirs and stand in many statuses, and are kept by themselves. Who has nothing to do with a post
is shown the same as anybody else who has not; that they have not is asked in one query for a whole page.

Nothing here decides who may see a post: ids come from lists and rules that have.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fedi.changes import Note
from fedi.errors import NotFound
from fedi.mastodon.entities.account import Account as AccountEntity
from fedi.mastodon.entities.account import account
from fedi.mastodon.entities.status import status
from fedi.models.accounts import Account
from fedi.queries import permits, snapshots
from fedi.queries.rows import load_by_id
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server

_STATUS_BYTES = 14 * 1024 * 1024
_ACCOUNT_BYTES = 4 * 1024 * 1024
_MOST_VIEWERS = 1000
# What Python needs for an entry beside its bytes, about.
_OVERHEAD_BYTES = 600
# Stands in no JSON: control characters are written as escapes there.
_CUT = b"\0"
_NOBODY = 0
_NEVER = float("inf")

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Shown:
    """Statuses as a JSON array: of which posts, in this order, and until when (seconds since 1970) it holds.

    `until` is 0 where nothing may be kept.
    """

    ids: list[int]
    body: Raw
    until: float


async def statuses(server: Server, viewer: Account | None, ids: Sequence[int]) -> Shown:
    """Show the posts with these ids, in this order; what is not there is left out."""
    if not server.db.keeps():
        found = await snapshots.by_ids(server, ids, viewer)
        shown = [status(each, server.uris) for each in found]
        return Shown([each.post.id for each in found], Raw(_encoder.encode(shown)), 0.0)
    kept = of(server)
    cuts = await kept.cuts(server, viewer, ids)
    listed = [id_ for id_ in ids if id_ in cuts]
    body = Raw(b"[" + b",".join(await kept.filled(server, [cuts[id_] for id_ in listed])) + b"]")
    return Shown(listed, body, kept.until(viewer, cuts.values()))


async def one(server: Server, viewer: Account | None, id_: int) -> Raw:
    """Show one post. Raises NotFound when it is not there any more."""
    shown = await statuses(server, viewer, [id_])
    if not shown.ids:
        raise NotFound
    return Raw(bytes(shown.body)[1:-1])


async def holds_until(server: Server, viewer: Account, posts: Sequence[PostSnapshot]) -> float:
    """Give when what a viewer is shown of posts is not so any more although nothing was written."""
    ends_at, _ = await snapshots.standing_until(server, viewer)
    return min([ends_at or _NEVER, *(_until(part) for post in posts for part in _parts(post))])


def of(server: Server) -> "Rendered":
    """Give what a server keeps."""
    rendered = server.memory.of(Rendered)
    if not rendered.listens:
        rendered.listens = True
        server.db.changes.listen(rendered.changed)
    return rendered


@dataclass(frozen=True, slots=True)
class Cut:
    """A status in pieces: bytes, and at each odd place the id of the account that stands there.

    It holds until a moment (seconds since 1970), and as long as nothing of `posts` and `card` changes.
    """

    pieces: tuple[bytes, ...]
    until: float
    posts: frozenset[int]
    card: int
    # Whether everybody who has nothing to do with it is shown the same.
    is_common: bool

    @property
    def size(self) -> int:
        """How much memory it takes, about."""
        return sum(map(len, self.pieces)) + _OVERHEAD_BYTES


@dataclass(slots=True)
class _Entry:
    """One post: as it is common to those who have nothing to do with it, and by viewer."""

    common: Cut | None = None
    own: dict[int, Cut] = field(default_factory=dict)
    # What was ever shown in it, since it is kept.
    posts: set[int] = field(default_factory=set)
    cards: set[int] = field(default_factory=set)
    size: int = _OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class _Viewer:
    """What is true of all that somebody sees, until a moment."""

    until: float
    has_filters: bool


class Rendered:
    """The statuses and accounts that one server keeps, within bounds; the ones used longest ago give way."""

    def __init__(self) -> None:
        self.listens = False
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self._size = 0
        # Which posts are shown inside which, which have a card, what was made for whom.
        self._within: defaultdict[int, set[int]] = defaultdict(set)
        self._with_card: defaultdict[int, set[int]] = defaultdict(set)
        self._for_viewer: defaultdict[int, set[int]] = defaultdict(set)
        self._viewers: OrderedDict[int, _Viewer] = OrderedDict()
        self._accounts: OrderedDict[bytes, bytes] = OrderedDict()
        self._accounts_size = 0

    def __len__(self) -> int:
        """How many posts are kept."""
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """How much is kept, about."""
        return self._size + self._accounts_size

    def changed(self, notes: frozenset[Note]) -> None:
        """Forget what is not so any more."""
        for note in notes:
            match note.kind:
                case "everything":
                    self.forget_all()
                    return
                case "post":
                    self._forget_post(note.id)
                case "arrival":
                    self._forget_post(note.other)
                case "mark":
                    self._forget_mark(note.id, note.other)
                case "account":
                    self._forget_account(b"%d" % note.id)
                case "viewer":
                    self._forget_viewer(note.id)
                case "card":
                    for post_id in list(self._with_card.get(note.id, ())):
                        self._drop(post_id)
                case _:
                    pass

    def forget_all(self) -> None:
        """Forget everything."""
        for kept in (self._entries, self._within, self._with_card, self._for_viewer, self._viewers):
            kept.clear()
        self._accounts.clear()
        self._size = self._accounts_size = 0

    async def cuts(self, server: Server, viewer: Account | None, ids: Sequence[int]) -> dict[int, Cut]:
        """Give statuses by their posts' ids, making those that are not there."""
        key = viewer.id if viewer else _NOBODY
        now = server.clock.now().timestamp()
        version = server.db.changes.version
        if viewer is not None:
            await self._know(server, viewer, now)
        found, missing = {}, []
        for id_ in ids:
            cut = self._own(id_, key, now)
            if cut is None:
                missing.append(id_)
            else:
                found[id_] = cut
        if viewer is not None and missing and not self._viewers[key].has_filters:
            found |= await self._common(server, viewer, missing, now)
            missing = [id_ for id_ in missing if id_ not in found]
        if missing:
            for snapshot in await snapshots.by_ids(server, missing, viewer):
                cut, people = _cut(snapshot, server)
                found[snapshot.post.id] = cut
                if version == server.db.changes.version:
                    self._keep(snapshot.post.id, key, cut)
                    for account_id, shown in people.items():
                        self._keep_account(account_id, shown)
        return found

    def until(self, viewer: Account | None, cuts: Iterable[Cut]) -> float:
        """Give when statuses that were just made or found for a viewer are not so any more."""
        known = self._viewers.get(viewer.id) if viewer else None
        ends = [cut.until for cut in cuts]
        return min([known.until if known else 0.0 if viewer else _NEVER, *ends])

    async def filled(self, server: Server, cuts: Iterable[Cut]) -> list[bytes]:
        """Put the accounts into statuses."""
        cuts, accounts = list(cuts), self._accounts
        wanted = {account_id for cut in cuts for account_id in cut.pieces[1::2]}
        people = {id_: accounts[id_] for id_ in wanted if id_ in accounts}
        for id_ in people:
            accounts.move_to_end(id_)
        if missing := wanted - people.keys():
            version = server.db.changes.version
            rows = await load_by_id(server, Account, [int(id_) for id_ in missing])
            for row in rows.values():
                shown = _encoder.encode(account(row, server.uris))
                people[b"%d" % row.id] = shown
                if version == server.db.changes.version:
                    self._keep_account(b"%d" % row.id, shown)
        return [b"".join(_pieces(cut, people)) for cut in cuts]

    def _own(self, id_: int, key: int, now: float) -> Cut | None:
        entry = self._entries.get(id_)
        if entry is None:
            return None
        self._entries.move_to_end(id_)
        cut = entry.own.get(key)
        return cut if cut is not None and cut.until > now else None

    async def _common(
        self, server: Server, viewer: Account, ids: Iterable[int], now: float
    ) -> dict[int, Cut]:
        """Give what is common to those who have nothing to do with it, where this is true of the viewer."""
        common = {
            id_: entry.common
            for id_ in ids
            if (entry := self._entries.get(id_)) and entry.common and entry.common.until > now
        }
        if not common:
            return {}
        version = server.db.changes.version
        concerned = await snapshots.concerning(
            server, viewer, sorted({id_ for cut in common.values() for id_ in cut.posts})
        )
        found = {id_: cut for id_, cut in common.items() if not cut.posts & concerned}
        if version == server.db.changes.version:
            for id_, cut in found.items():
                self._keep(id_, viewer.id, cut)
        return found

    async def _know(self, server: Server, viewer: Account, now: float) -> None:
        """Know what is true of all that somebody sees; what was made before it ended is forgotten."""
        known = self._viewers.get(viewer.id)
        if known is not None and known.until > now:
            self._viewers.move_to_end(viewer.id)
            return
        self._forget_viewer(viewer.id)
        until, has_filters = await snapshots.standing_until(server, viewer)
        self._viewers[viewer.id] = _Viewer(until=until or _NEVER, has_filters=has_filters)
        if len(self._viewers) > _MOST_VIEWERS:
            self._forget_viewer(next(iter(self._viewers)))

    def _keep(self, id_: int, key: int, cut: Cut) -> None:
        entry = self._entries.get(id_)
        if entry is None:
            entry = self._entries[id_] = _Entry()
            self._size += entry.size
        elif key in entry.own:
            self._drop_own(id_, entry, key)
        if cut is not entry.common:
            entry.size += cut.size
            self._size += cut.size
        entry.own[key] = cut
        self._for_viewer[key].add(id_)
        if cut.is_common and entry.common is None:
            entry.common = cut
        for other in cut.posts - {id_}:
            entry.posts.add(other)
            self._within[other].add(id_)
        if cut.card:
            entry.cards.add(cut.card)
            self._with_card[cut.card].add(id_)
        while self._size > _STATUS_BYTES:
            self._drop(next(iter(self._entries)))

    def _drop(self, id_: int) -> None:
        entry = self._entries.pop(id_, None)
        if entry is None:
            return
        self._size -= entry.size
        for key in entry.own:
            _discard(self._for_viewer, key, id_)
        for other in entry.posts:
            _discard(self._within, other, id_)
        for card in entry.cards:
            _discard(self._with_card, card, id_)

    def _forget_post(self, id_: int) -> None:
        self._drop(id_)
        for holder in list(self._within.get(id_, ())):
            self._drop(holder)

    def _forget_mark(self, viewer_id: int, post_id: int) -> None:
        for id_ in (post_id, *self._within.get(post_id, ())):
            entry = self._entries.get(id_)
            if entry is not None and viewer_id in entry.own:
                self._drop_own(id_, entry, viewer_id)

    def _forget_viewer(self, viewer_id: int) -> None:
        self._viewers.pop(viewer_id, None)
        for id_ in self._for_viewer.pop(viewer_id, ()):
            self._drop_own(id_, self._entries[id_], viewer_id)

    def _drop_own(self, id_: int, entry: _Entry, key: int) -> None:
        cut = entry.own.pop(key)
        _discard(self._for_viewer, key, id_)
        if cut is not entry.common:
            entry.size -= cut.size
            self._size -= cut.size

    def _keep_account(self, id_: bytes, shown: bytes) -> None:
        self._forget_account(id_)
        self._accounts[id_] = shown
        self._accounts_size += len(shown) + _OVERHEAD_BYTES
        while self._accounts_size > _ACCOUNT_BYTES:
            self._forget_account(next(iter(self._accounts)))

    def _forget_account(self, id_: bytes) -> None:
        shown = self._accounts.pop(id_, None)
        if shown is not None:
            self._accounts_size -= len(shown) + _OVERHEAD_BYTES


def _discard(index: defaultdict[int, set[int]], key: int, id_: int) -> None:
    ids = index.get(key)
    if ids is not None:
        ids.discard(id_)
        if not ids:
            del index[key]


def _pieces(cut: Cut, people: dict[bytes, bytes]) -> Iterator[bytes]:
    for place, piece in enumerate(cut.pieces):
        yield people[piece] if place % 2 else piece


def _cut(snapshot: PostSnapshot, server: Server) -> tuple[Cut, dict[bytes, bytes]]:
    """Show a post in pieces; gives the accounts that were cut out as well."""
    shown, people = status(snapshot, server.uris), {}
    for id_, person in _lifted(shown):
        people[id_] = _encoder.encode(person)
    parts = list(_parts(snapshot))
    cut = Cut(
        pieces=tuple(_encoder.encode(shown).split(_CUT)),
        until=min((_until(part) for part in parts), default=_NEVER),
        posts=frozenset(id_ for part in parts for id_ in _named(part)),
        card=snapshot.shown.post.card_id or 0,
        is_common=snapshot.viewer_id is not None and all(_is_common(part) for part in parts),
    )
    return cut, people


def _lifted(struct: Struct) -> Iterator[tuple[bytes, AccountEntity]]:
    """Put a mark in the place of each account that stands anywhere in a struct."""
    for name in struct.__struct_fields__:
        value: Any = getattr(struct, name)
        if isinstance(value, AccountEntity):
            id_ = value.id.encode()
            setattr(struct, name, Raw(_CUT + id_ + _CUT))
            yield id_, value
        elif isinstance(value, Struct):
            yield from _lifted(value)
        elif isinstance(value, list):
            for each in value:
                if isinstance(each, Struct):
                    yield from _lifted(each)


def _parts(snapshot: PostSnapshot) -> Iterator[PostSnapshot]:
    """Give a post and all that is shown in it."""
    yield snapshot
    if snapshot.boost_of is not None:
        yield from _parts(snapshot.boost_of)
    if snapshot.quote is not None and snapshot.quote.quoted is not None:
        yield from _parts(snapshot.quote.quoted)


def _named(snapshot: PostSnapshot) -> Iterator[int]:
    yield snapshot.post.id
    if snapshot.quote is not None and snapshot.quote.link.row.quoted_id is not None:
        yield snapshot.quote.link.row.quoted_id
    if snapshot.remix is not None and snapshot.remix.row.original_post_id is not None:
        yield snapshot.remix.row.original_post_id


def _until(snapshot: PostSnapshot) -> float:
    """Give when a post is shown differently although nothing was written: when its poll ends."""
    view = snapshot.poll
    ends_at = view.poll.ends_at if view is not None and not view.expired else None
    return ends_at.timestamp() if ends_at is not None else _NEVER


def _is_common(snapshot: PostSnapshot) -> bool:
    """Say whether nothing of a post is shown as it is because of who looks."""
    return not (
        snapshot.author.id == snapshot.viewer_id
        or snapshot.favourited
        or snapshot.boosted
        or snapshot.bookmarked
        or snapshot.pinned
        or snapshot.muted
        or snapshot.filtered
        or snapshot.quote is not None
        or (snapshot.poll is not None and snapshot.poll.own_votes)
        or any(reaction.is_mine for reaction in snapshot.reactions)
        or permits.depends(snapshot.post, snapshot.author)
        or snapshot.remix is not None
        or any(named.account.id == snapshot.viewer_id for named in snapshot.mentions)
    )
