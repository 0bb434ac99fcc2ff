"""Actors' documents as their own servers give them, remembered for a few minutes.

So one event costs one request: the signature, the account and the mention all want the same document.
"""

import asyncio
from weakref import WeakValueDictionary

from fedi.activitypub.actors import Actor
from fedi.activitypub.reader import Reader, same_origin
from fedi.activitypub.vocabulary import Json
from fedi.errors import Gone, WrongOrigin
from fedi.federation.fetch import fetch_json
from fedi.memory import Recall
from fedi.server import Server

_DOCUMENTS_KEPT = 500
_KEPT_SECONDS = 300.0


class Documents(Recall[str, Json]):
    """Documents of actors and keys fetched lately, by the address asked for."""

    def __init__(self) -> None:
        super().__init__(size=_DOCUMENTS_KEPT, seconds=_KEPT_SECONDS)
        self.turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


async def document(server: Server, uri: str, *, anew: bool = False) -> Json:
    """Give the document of an actor or a key, fetched at most once by all who ask at the same time.

    `anew` asks its server even if the document is remembered. Raises as `fetch_json` does.
    """
    where = uri.partition("#")[0]
    documents = server.memory.of(Documents)
    turn = documents.turns.setdefault(where, asyncio.Lock())
    async with turn:
        found = None if anew else documents.get(where, server.clock.now())
        if found is None:
            found = await fetch_json(server, where)
            documents.put(where, found, server.clock.now())
    return found


def forget(server: Server, uri: str) -> None:
    """Forget the document of an actor that has said something newer of itself."""
    server.memory.of(Documents).forget(uri)


async def actor_at(server: Server, uri: str, *, anew: bool = False) -> Actor:
    """Give the actor at `uri`; its id may be another of the same origin.

    Raises Malformed for no actor, Gone for what stands where one was, and what a fetch may raise.
    """
    json = await document(server, uri, anew=anew)
    if "Tombstone" in Reader(json).types():
        # Some serve it with 200 instead of 410.
        raise Gone
    actor = Actor.from_json(json)
    if not same_origin(actor.id, uri):
        raise WrongOrigin
    return actor
