"""The inboxes of those of ours who read by ActivityPub (C2S, ActivityPub 5.2): what came is kept, and pruned.

On most servers nobody reads so: whoever applies or publishes an activity asks a set in memory first.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import orjson

from fedi.activitypub.reader import Reader, same_origin, uri_of
from fedi.activitypub.vocabulary import Json, Uri
from fedi.models.accounts import Account
from fedi.models.federation import InboxItem
from fedi.queries.rows import among, marks
from fedi.server import Server


class Activity(Protocol):
    """Any of `fedi.activitypub.activities` that we send: it has an id and can be written."""

    @property
    def id(self) -> str | None: ...  # noqa: D102

    def to_json(self) -> Json: ...  # noqa: D102


ITEM_LIFE = timedelta(days=30)
ITEMS_KEPT = 1000

# The longest that a token given or taken by another process of ours goes unnoticed.
_KNOWN_FOR = timedelta(seconds=60)
_LATELY = timedelta(days=1)
# A thousand items of the largest documents would be a gigabyte: of a larger one its names are kept.
_MAX_BODY_BYTES = 128 * 1024
_MAX_ADDRESSES = 1000
_MAX_ABOUT = 100
# Nobody is told who blocked or reported them (ActivityPub 6.9).
_UNTOLD = frozenset({"Block", "Flag"})
_ADDRESSES = ("to", "cc", "bto", "bcc", "audience")
_HIDDEN = frozenset({"bto", "bcc"})
_READERS = (
    "SELECT DISTINCT u.account_id AS id FROM access_tokens t JOIN users u ON u.id = t.user_id"
    " LEFT JOIN applications p ON p.id = t.application_id"
    " WHERE (t.expires_at IS NULL OR t.expires_at > ?) AND u.disabled_at IS NULL"
    " AND (' ' || t.scopes || ' ' LIKE '% activitypub %' OR p.client_id LIKE 'url:%')"
)
_FOLLOWING = (
    "SELECT f.follower_id AS id FROM follows f JOIN accounts a ON a.id = f.target_id"
    " WHERE a.uri = ? AND a.followers_url IN ({addresses}) AND f.state = 'accepted' AND {readers}"
)


class Readers:
    """Which accounts read by ActivityPub, as far as is known."""

    def __init__(self) -> None:
        self.ids: frozenset[int] = frozenset()
        self.until: datetime | None = None
        self.lately: dict[int, datetime] = {}

    def forget(self) -> None:
        """Have it looked up anew: a token was given or taken."""
        self.until = None


async def readers(server: Server) -> frozenset[int]:
    """Give the accounts whose inboxes are kept.

    They are those with a token for ActivityPub (its scope, or of a client that is an ActivityPub object),
    and whoever asked here with another token within a day.
    """
    if not server.settings.federation.clients:
        return frozenset()
    known, now = server.memory.of(Readers), server.clock.now()
    if known.until is None or now >= known.until:
        rows = await server.db.rows(_READERS, [now])
        known.lately = {id_: until for id_, until in known.lately.items() if until > now}
        known.ids = frozenset([*(row["id"] for row in rows), *known.lately])
        known.until = now + _KNOWN_FOR
    return known.ids


def reads(server: Server, account: Account) -> None:
    """Note that an account has asked by ActivityPub just now."""
    known = server.memory.of(Readers)
    known.lately[account.id] = server.clock.now() + _LATELY
    known.ids |= {account.id}


def tokens_changed(server: Server) -> None:
    """Note, once it is committed, that a token was given or taken."""
    server.db.after_commit(server.memory.of(Readers).forget)


async def keep(server: Server, activity: Json, *, also: Iterable[int] = ()) -> None:
    """Put an activity into the inboxes of the readers it is for, once each; joins your transaction.

    It is for whom it addresses (their followers' collection too), for the owner of what it is about, and
    for the accounts `also`. Nothing is done, and nothing asked of the database, where nobody reads.
    """
    reading = await readers(server)
    if not reading:
        return
    read = Reader(activity)
    uri, actor = read.find_id(), read.find_uri("actor")
    if uri is None or actor is None or _is_untold(read):
        return
    found = await _recipients(server, read, actor, reading)
    wanted = (found | {id_ for id_ in also if id_ in reading}) - {server.uris.account_id(actor)}
    if not wanted:
        return
    body, now = _body(_own_words(activity, read, actor), uri, actor), server.clock.now()
    async with server.db.transaction():
        await InboxItem.bulk_create(
            [
                InboxItem(id=server.new_id(), account_id=id_, uri=uri, body=body, created_at=now)
                for id_ in sorted(wanted)
            ],
            ignore_conflicts=True,
        )


async def published(server: Server, actor: Account, activity: Activity) -> bool:
    """Keep an activity of ours for the readers here whom it is for; says whether its actor is one of them."""
    reading = await readers(server)
    if reading:
        await keep(server, activity.to_json())
    return actor.id in reading


async def prune(server: Server) -> int:
    """Remove what is older than a month, or beyond the last thousand of its inbox; gives how many."""
    async with server.db.transaction():
        gone = await server.db.execute(
            "DELETE FROM inbox_items WHERE id < ? OR id IN (SELECT id FROM (SELECT id, row_number()"
            " OVER (PARTITION BY account_id ORDER BY id DESC) AS place FROM inbox_items) WHERE place > ?)"
            " RETURNING id",
            [server.ids.past(server.clock.now() - ITEM_LIFE), ITEMS_KEPT],
        )
    return len(gone)


def _is_untold(read: Reader) -> bool:
    inner = read.object("object")
    return not _UNTOLD.isdisjoint((*read.types(), *(inner.types() if inner else ())))


async def _recipients(server: Server, read: Reader, actor: Uri, reading: frozenset[int]) -> set[int]:
    inner = read.object("object")
    addresses = [uri for part in (read, inner) if part is not None for uri in _addressed(part)]
    about = _about(read, inner)
    found = {server.uris.account_id(uri) for uri in (*addresses, *about)}
    ours = [uri for uri in about if server.uris.post_id(uri) is not None]
    if ours:
        rows = await server.db.rows(f"SELECT author_id AS id FROM posts WHERE uri IN ({marks(ours)})", ours)  # noqa: S608
        found |= {row["id"] for row in rows}
    if addresses:
        named, values = among("f.follower_id", list(reading))
        sql = _FOLLOWING.format(addresses=marks(addresses), readers=named)
        found |= {row["id"] for row in await server.db.rows(sql, [actor, *addresses, *values])}
    return {id_ for id_ in found if id_ in reading}


def _addressed(read: Reader) -> Sequence[Uri]:
    return [uri for name in _ADDRESSES for uri in read.uris(name, limit=_MAX_ADDRESSES)][:_MAX_ADDRESSES]


def _about(read: Reader, inner: Reader | None) -> Sequence[Uri]:
    """Give what an activity acts upon, and what that acts upon or answers in turn."""
    parts: list[tuple[Reader, tuple[str, ...]]] = [(read, ("object", "target"))]
    if inner is not None:
        parts.append((inner, ("actor", "object", "inReplyTo")))
    return [uri for part, names in parts for name in names for uri in part.uris(name, limit=_MAX_ABOUT)]


def _own_words(activity: Json, read: Reader, actor: Uri) -> Json:
    """Leave out what an activity quotes of other servers, which proves nothing, and its hidden addresses."""
    kept = {name: value for name, value in activity.items() if name not in _HIDDEN}
    inner = read.object("object")
    if inner is not None:
        id_ = inner.find_id()
        is_anothers = id_ is not None and not same_origin(id_, actor) and "Follow" not in inner.types()
        hidden = {name: value for name, value in inner.json.items() if name not in _HIDDEN}
        kept["object"] = id_ if is_anothers else hidden
    return kept


def _body(activity: Json, uri: Uri, actor: Uri) -> str:
    body = orjson.dumps(activity)
    if len(body) > _MAX_BODY_BYTES:
        about = uri_of(activity.get("object"))
        kept = {"id": uri, "type": activity.get("type"), "actor": actor, "object": about}
        body = orjson.dumps({name: value for name, value in kept.items() if value is not None})
    return body.decode()
