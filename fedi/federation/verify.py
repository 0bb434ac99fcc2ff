"""Who sent this request: the signature checked with the key of the actor who claims it.

Bytes and schemes are activitypub/signatures' matter, keys are federation/keys'. Checks that cost nothing come
before those that cost a request.
"""

from fedi.activitypub.reader import host_of
from fedi.activitypub.signatures import requests
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.signatures.requests import Signature
from fedi.activitypub.signatures.rfc9421 import MessageSignature
from fedi.activitypub.vocabulary import Uri
from fedi.errors import Blocked, Unsigned
from fedi.federation import keys, schemes
from fedi.federation.actors import actor_at
from fedi.federation.keys import ActorKey
from fedi.federation.people import keep_key
from fedi.queries import domains
from fedi.server import Server


async def sender(server: Server, message: SignedMessage, *, address: str) -> Uri:
    """Give the actor who signed a request, in either scheme, that came from `address`.

    Raises Unsigned; Blocked for a suspended host, before anything is fetched; Unreachable when the key
    cannot be had now; TooMany when the address or the key's host has made us fetch too many keys.
    """
    signature = requests.parse(message)
    check_receiver(server, message)
    if server.uris.is_local(signature.key_id):
        raise Unsigned("Nobody else signs with our keys.")
    if await domains.is_suspended(server, host_of(signature.key_id)):
        raise Blocked
    owner = await _owner(server, message, signature, address)
    if isinstance(signature, MessageSignature):
        await schemes.learn(server, host_of(owner), schemes.RFC9421)
    return owner


async def _owner(server: Server, message: SignedMessage, signature: Signature, address: str) -> Uri:
    key_id = signature.key_id
    known = await keys.known(server, key_id)
    if known is None:
        # What no key can mend costs no request.
        requests.check_request(message, signature, now=server.clock.now())
    key = known or await keys.fetch(server, key_id, address=address)
    try:
        _check(server, message, signature, key)
    except Unsigned:
        requests.check_request(message, signature, now=server.clock.now())
        was_known = known is not None
        fresh = await keys.fetch_again(server, key_id, key, address=address, was_known=was_known)
        if fresh is None:
            raise
        _check(server, message, signature, fresh)
        await keep_key(server, await actor_at(server, fresh.owner))
        return fresh.owner
    return key.owner


def check_receiver(server: Server, message: SignedMessage) -> None:
    """Raise Unsigned for what was signed for another server and only passed on to us."""
    host = (message.header("host") or "").lower()
    is_trial = server.uris.base_url.startswith("http:")
    ours = {server.uris.host}
    if is_trial:
        # Takahē leaves the port out; in public there is none to leave out.
        ours.add(server.uris.host.rsplit(":", 1)[0])
    if host.removesuffix(":80" if is_trial else ":443") not in ours:
        raise Unsigned("The request was made for another host.")


def _check(server: Server, message: SignedMessage, signature: Signature, key: ActorKey) -> None:
    loaded = keys.loaded(server, key.pem)
    requests.check(message, signature, loaded, base_url=server.uris.base_url, now=server.clock.now())
