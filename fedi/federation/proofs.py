"""Whether an activity that somebody else passes on is its actor's own: its proof, checked (FEP-8b32)."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fedi.activitypub.reader import Reader, same_origin
from fedi.activitypub.signatures import proofs
from fedi.activitypub.signatures.proofs import Proof
from fedi.activitypub.vocabulary import Json, Uri
from fedi.errors import FediError, TooMany, Unreachable, Unsigned
from fedi.federation import keys
from fedi.federation.actors import actor_at
from fedi.federation.keys import ActorKey
from fedi.federation.people import keep_key
from fedi.logs import logger
from fedi.server import Server


def is_carried(document: Json) -> bool:
    """Say whether a document has a proof, whatever it is worth."""
    return document.get("proof") is not None


async def holds(server: Server, document: Json, *, passed_on_by: str) -> bool:
    """Say whether an activity was proven by its actor, with a key that the actor lists for that now.

    What an actor says of itself counts never: an old Update would bring old keys back. Keys are fetched on
    the account of the host that passed it on. Raises Unreachable or TooMany when the key cannot be had now.
    """
    read = Reader(document)
    actor = read.uri("actor")
    if not is_carried(document) or read.find_uri("object") == actor:
        return False
    try:
        proof = proofs.read(document, server.clock.now())
        await _check(server, proof, actor, f"proof:{passed_on_by}")
    except (Unreachable, TooMany):
        raise
    except FediError as error:
        logger().info("proof.refused", actor=actor, reason=str(error))
        return False
    return True


async def _check(server: Server, proof: Proof, actor: Uri, address: str) -> None:
    """Raise Unsigned unless the proof was made by `actor`; a key that no longer fits is fetched once more."""
    if not same_origin(proof.key_id, actor):
        raise Unsigned("The proof's key is of another server than the actor.")
    known = await keys.known(server, proof.key_id)
    key = known or await keys.fetch(server, proof.key_id, address=address)
    try:
        _check_with(server, proof, actor, key)
    except Unsigned:
        was_known = known is not None
        fresh = await keys.fetch_again(server, proof.key_id, key, address=address, was_known=was_known)
        if fresh is None:
            raise
        _check_with(server, proof, actor, fresh)
        await keep_key(server, await actor_at(server, fresh.owner))


def _check_with(server: Server, proof: Proof, actor: Uri, key: ActorKey) -> None:
    loaded = keys.loaded(server, key.pem)
    if key.owner != actor or not key.proves or not isinstance(loaded, Ed25519PublicKey):
        raise Unsigned("The proof's key is none with which the actor proves documents.")
    proof.check(loaded)
