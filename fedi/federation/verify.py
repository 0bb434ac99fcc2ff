"""Who sent this request: the signature checked with the key of the actor who claims it.

Bytes and schemes are activitypub/signatures' matter; here keys are found, fetched within budgets, kept, and
fetched once more when one no longer fits. Checks that cost nothing come before those that cost a request.
"""

from dataclasses import dataclass

from fedi.activitypub.actors import Actor, PublicKey
from fedi.activitypub.reader import Reader, host_of, same_origin
from fedi.activitypub.signatures import cavage
from fedi.activitypub.signatures.cavage import CavageSignature, VerifyingKey
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import ACTOR_TYPES, Uri
from fedi.errors import Blocked, FediError, TooMany, Unreachable, Unsigned
from fedi.federation.actors import actor_at, document
from fedi.federation.people import keep_key
from fedi.memory import Recall
from fedi.queries import domains
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
    """A key and the actor it speaks for."""

    owner: Uri
    pem: str


class Keys(Recall[str, ActorKey]):
    """Keys of actors that have no row (yet), by key id."""

    def __init__(self) -> None:
        super().__init__(size=_KEYS_KEPT, seconds=_KEY_SECONDS)


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


async def sender(server: Server, message: SignedMessage, *, address: str) -> Uri:
    """Give the actor who signed a request that came from `address`.

    Raises Unsigned; Blocked for a suspended host, before anything is fetched; Unreachable when the key
    cannot be had now; TooMany when the address or the key's host has made us fetch too many keys.
    """
    signature = cavage.parse(message)
    _check_host(server, message)
    if server.uris.is_local(signature.key_id):
        raise Unsigned("Nobody else signs with our keys.")
    if await domains.is_suspended(server, host_of(signature.key_id)):
        raise Blocked
    cavage.check_request(message, signature, now=server.clock.now())

    known = await _known_key(server, signature.key_id)
    key = known or await _fetch_key(server, signature.key_id, address)
    try:
        _check(server, message, signature, key)
    except Unsigned:
        fresh = await _fetch_again(server, signature.key_id, key, address, was_known=known is not None)
        if fresh is None or fresh.pem == key.pem:
            raise
        _check(server, message, signature, fresh)
        await keep_key(server, await actor_at(server, fresh.owner))
        return fresh.owner
    return key.owner


def _check_host(server: Server, message: SignedMessage) -> None:
    """Refuse what was signed for another server and only passed on to us."""
    host = (message.header("host") or "").lower()
    default_port = ":80" if server.uris.base_url.startswith("http:") else ":443"
    if host.removesuffix(default_port) != server.uris.host:
        raise Unsigned("The request was made for another host.")


def _check(server: Server, message: SignedMessage, signature: CavageSignature, key: ActorKey) -> None:
    now, loaded_keys = server.clock.now(), server.memory.of(LoadedKeys)
    loaded = loaded_keys.get(key.pem, now)
    if loaded is None:
        try:
            loaded = load_public(key.pem)
        except FediError as error:
            raise Unsigned(str(error)) from error
        loaded_keys.put(key.pem, loaded, now)
    cavage.check(message, signature, loaded, now=now)


async def _known_key(server: Server, key_id: str) -> ActorKey | None:
    rows = await server.db.rows(
        "SELECT uri, public_key_pem FROM accounts WHERE key_id = ? AND domain <> '' LIMIT 1", [key_id]
    )
    if rows and rows[0]["public_key_pem"]:
        return ActorKey(owner=Uri(rows[0]["uri"]), pem=rows[0]["public_key_pem"])
    return server.memory.of(Keys).get(key_id, server.clock.now())


async def _fetch_again(
    server: Server, key_id: str, key: ActorKey, address: str, *, was_known: bool
) -> ActorKey | None:
    """Give the key anew, at most once in five minutes an actor; None when it is too soon.

    A key that was only just fetched counts as asked for again: forgers do not make us ask twice.
    """
    try:
        server.limits.take(f"refetch:{key.owner}", _REFETCH)
    except TooMany:
        return None
    if not was_known:
        return None
    return await _fetch_key(server, key_id, address, anew=True)


async def _fetch_key(server: Server, key_id: str, address: str, *, anew: bool = False) -> ActorKey:
    _spend(server, address, host_of(key_id))
    try:
        key = await _key_at(server, key_id, anew=anew)
    except Unreachable:
        _count_failure(server, address)
        raise
    except FediError as error:
        _count_failure(server, address)
        raise Unsigned(f"The key of the signature cannot be had: {error}") from error
    server.memory.of(Keys).put(key_id, key, server.clock.now())
    return key


async def _key_at(server: Server, key_id: str, *, anew: bool) -> ActorKey:
    """Read a key where its id says, and as its owner's own document lists it (FEP-521a, FEP-fe34)."""
    json = await document(server, key_id, anew=anew)
    if ACTOR_TYPES.isdisjoint(Reader(json).types()):
        owner = PublicKey.from_json(json).owner
        if not same_origin(owner, key_id):
            raise Unsigned("The key belongs to an actor of another server.")
        actor = await actor_at(server, owner, anew=anew)
    else:
        actor = Actor.from_json(json)
    for key in actor.public_keys:
        if key.id == key_id:
            return ActorKey(owner=actor.id, pem=key.pem)
    raise Unsigned("The actor has no such key.")


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
