"""The keys of other actors: known, fetched within budgets, remembered, and fetched once more.

A key counts only where its actor's own document lists it, and both are of one origin (FEP-521a, FEP-fe34).
The first RSA and the first Ed25519 key of an account stand in its row, all others are remembered here.
"""

import asyncio
from dataclasses import dataclass
from weakref import WeakValueDictionary

from fedi.actions import reactions
from fedi.activitypub.actors import Actor
from fedi.activitypub.keys import Key, Multikey, read_key
from fedi.activitypub.reader import Reader, host_of, same_origin
from fedi.activitypub.signatures.verifying import VerifyingKey
from fedi.activitypub.vocabulary import ACTOR_TYPES, REACTIONS, RFC_9421, Json, Uri
from fedi.errors import FediError, Malformed, TooMany, Unreachable, Unsigned
from fedi.federation import schemes
from fedi.federation.actors import actor_at, document
from fedi.memory import Recall
from fedi.security.keys import load_public
from fedi.security.limits import Limit
from fedi.server import Server

# A burst of new actors is normal; a stream of ever new keys is somebody making us send requests.
_FETCHES_FOR_ADDRESS = Limit(20, 60.0)
_FETCHES_FROM_HOST = Limit(60, 60.0)
_FAILURES = Limit(10, 300.0)
_FAILURE_SECONDS = 300.0
_REFETCH = Limit(1, 300.0)
_KEYS_KEPT = 2_000
_KEY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorKey:
    """A key and the actor it speaks for; `proves` if it may prove documents too (assertionMethod)."""

    owner: Uri
    pem: str
    proves: bool


class Keys(Recall[str, ActorKey]):
    """Keys of actors that have no row (yet), and further keys of those that have, by key id."""

    def __init__(self) -> None:
        super().__init__(size=_KEYS_KEPT, seconds=_KEY_SECONDS)
        self.ids_of: Recall[str, tuple[str, ...]] = Recall(size=_KEYS_KEPT, seconds=_KEY_SECONDS)
        self.turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class LoadedKeys(Recall[str, VerifyingKey]):
    """Keys ready for use, by their PEM."""

    def __init__(self) -> None:
        super().__init__(size=_KEYS_KEPT, seconds=_KEY_SECONDS)


class Failing(Recall[str, bool]):
    """Source addresses whose keys could not be had too often lately.

    Key hosts are not judged so: whoever names keys that do not exist would lock an innocent host out.
    """

    def __init__(self) -> None:
        super().__init__(size=_KEYS_KEPT, seconds=_FAILURE_SECONDS)


async def known(server: Server, key_id: str) -> ActorKey | None:
    """Give a key without asking anybody."""
    rows = await server.db.rows(
        "SELECT uri, public_key_pem AS pem, 0 AS proves FROM accounts WHERE key_id = ? AND domain <> ''"
        " UNION ALL SELECT uri, ed25519_public_pem, 1 FROM accounts WHERE ed25519_key_id = ? AND domain <> ''"
        " LIMIT 1",
        [key_id, key_id],
    )
    if rows and rows[0]["pem"]:
        return ActorKey(owner=Uri(rows[0]["uri"]), pem=rows[0]["pem"], proves=bool(rows[0]["proves"]))
    return server.memory.of(Keys).get(key_id, server.clock.now())


async def note(server: Server, actor: Actor) -> None:
    """Take note of an actor's document: its keys, no others any more, and what its server can read."""
    _remember(server, actor.id, {key.id: _actor_key(key) for key in actor.keys if _is_readable(key)})
    if RFC_9421 in actor.implements:
        await schemes.learn(server, host_of(actor.id), schemes.RFC9421)
    if REACTIONS in actor.implements:
        await reactions.remember_reader(server, host_of(actor.id))


async def fetch(server: Server, key_id: str, *, address: str, anew: bool = False) -> ActorKey:
    """Fetch a key on behalf of whoever asked from `address`; `anew` even if its actor is remembered.

    Raises Unsigned where there is no such key, Unreachable when it cannot be had now, TooMany when the
    address or the key's host has made us fetch too many keys.
    """
    remembered = server.memory.of(Keys)
    turn = remembered.turns.setdefault(key_id, asyncio.Lock())
    async with turn:
        # Whoever asked first has paid for all who ask at the same time.
        found = None if anew else remembered.get(key_id, server.clock.now())
        if found is not None:
            return found
        _spend(server, address, host_of(key_id))
        try:
            return await _key_at(server, key_id, anew=anew)
        except Unreachable:
            _count_failure(server, address)
            raise
        except FediError as error:
            _count_failure(server, address)
            raise Unsigned(f"The key of the signature cannot be had: {error}") from error


async def fetch_again(
    server: Server, key_id: str, key: ActorKey, *, address: str, was_known: bool
) -> ActorKey | None:
    """Give the key anew if it was replaced; asked for at most once in five minutes an actor, else None.

    A key that was only just fetched counts as asked for again: forgers do not make us ask twice.
    """
    try:
        server.limits.take(f"refetch:{key.owner}", _REFETCH)
    except TooMany:
        return None
    if not was_known:
        return None
    fresh = await fetch(server, key_id, address=address, anew=True)
    return fresh if fresh.pem != key.pem else None


def loaded(server: Server, pem: str) -> VerifyingKey:
    """Give a key ready for use. Raises Unsigned for one that is not accepted."""
    loaded_keys, now = server.memory.of(LoadedKeys), server.clock.now()
    key = loaded_keys.get(pem, now)
    if key is None:
        try:
            key = load_public(pem)
        except FediError as error:
            raise Unsigned(str(error)) from error
        loaded_keys.put(pem, key, now)
    return key


async def _key_at(server: Server, key_id: str, *, anew: bool) -> ActorKey:
    json = await document(server, key_id, anew=anew)
    if ACTOR_TYPES.isdisjoint(Reader(json).types()):
        return await _standing_alone(server, key_id, json, anew=anew)
    actor = Actor.from_json(json)
    await note(server, actor)
    return _listed(actor, key_id)


async def _standing_alone(server: Server, key_id: str, json: Json, *, anew: bool) -> ActorKey:
    """Read a key from a document of its own: its actor must list it, whole or by its id."""
    key = read_key(json)
    if key.id != key_id or not same_origin(key.owner, key_id):
        raise Unsigned("The key belongs to an actor of another server.")
    actor = await actor_at(server, key.owner, anew=anew)
    await note(server, actor)
    named = actor.named_methods if isinstance(key, Multikey) else actor.named_keys
    if actor.id != key.owner or key.id not in named:
        return _listed(actor, key_id)
    found = _actor_key(key)
    ids = server.memory.of(Keys).ids_of.get(actor.id, server.clock.now()) or ()
    server.memory.of(Keys).put(key_id, found, server.clock.now())
    server.memory.of(Keys).ids_of.put(actor.id, (*ids, key_id), server.clock.now())
    return found


def _listed(actor: Actor, key_id: str) -> ActorKey:
    for key in actor.keys:
        if key.id == key_id:
            return _actor_key(key)
    raise Unsigned("The actor has no such key.")


def _actor_key(key: Key) -> ActorKey:
    return ActorKey(owner=key.owner, pem=key.pem, proves=isinstance(key, Multikey))


def _is_readable(key: Key) -> bool:
    try:
        return bool(key.pem)
    except Malformed:
        return False


def _remember(server: Server, actor: str, found: dict[Uri, ActorKey]) -> None:
    keys, now = server.memory.of(Keys), server.clock.now()
    for key_id in keys.ids_of.get(actor, now) or ():
        keys.forget(key_id)
    for key_id, key in found.items():
        # Of two actors of a server that list the same key, the second does not push the first out.
        if (other := keys.get(key_id, now)) is None or other.owner == actor:
            keys.put(key_id, key, now)
    keys.ids_of.put(actor, tuple(found), now)


def _spend(server: Server, address: str, host: str) -> None:
    if server.memory.of(Failing).get(address, server.clock.now()):
        raise TooMany("Too many keys could not be had.", retry_after_seconds=int(_FAILURE_SECONDS))
    server.limits.take(f"key:address:{address}", _FETCHES_FOR_ADDRESS)
    server.limits.take(f"key:host:{host}", _FETCHES_FROM_HOST)


def _count_failure(server: Server, address: str) -> None:
    try:
        server.limits.take(f"key:failed:{address}", _FAILURES)
    except TooMany:
        server.memory.of(Failing).put(address, True, server.clock.now())
