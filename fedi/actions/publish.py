"""Send an activity of ours: its exact bytes and one delivery an inbox, in your transaction."""

from collections.abc import Collection, Iterable, Sequence

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fedi.actions import deliveries
from fedi.actions.inboxes import Activity, published
from fedi.activitypub.signatures import proofs
from fedi.activitypub.vocabulary import PUBLIC, Json
from fedi.errors import FediError
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.queries import accounts as account_queries
from fedi.security.keys import load_private
from fedi.server import Server

# What a person waits for, what a timeline waits for, what can wait, what is passed on (federation reference
# 13.4).
PROMPT, NORMAL, BULK, LAST = 1, 5, 8, 9

# With these, a receiver compares whom we believe to follow from there (FEP-8fcf).
_SYNCHRONISED = frozenset({"Create", "Update", "Announce"})


async def activity(
    server: Server,
    actor: Account,
    activity: Activity,
    *,
    accounts: Sequence[Account] = (),
    followers: bool = False,
    extra_inboxes: Iterable[str] = (),
    object_uri: str = "",
    personal: bool = False,
    priority: int = NORMAL,
    named: Sequence[Account] = (),
    without: Collection[str] = (),
) -> None:
    """Store an activity and its deliveries, if the actor is ours and anybody elsewhere is to have it.

    It goes to `accounts` and `named` (their own inboxes when `personal`, else shared ones), to the actor's
    followers and to `extra_inboxes`; each inbox once, never our own, a suspended or a dead host's, nor one of
    `without`. Whom it names has it first, extra inboxes have it last. Deliveries that concern one
    `object_uri` reach an inbox in order. Publishing the same id again adds only inboxes.
    """
    if not actor.is_local or actor.gone_at is not None:
        return
    groups = [
        (_inboxes(named, personal=personal), PROMPT),
        (_inboxes(accounts, personal=personal), priority),
        (await account_queries.inboxes_of_followers(server, actor) if followers else (), priority),
        (extra_inboxes, priority if priority == PROMPT else LAST),
    ]
    wanted: dict[str, int] = {}
    for inboxes, place in groups:
        for inbox in inboxes:
            wanted.setdefault(inbox, place)
    reachable = await deliveries.reachable(server, [inbox for inbox in wanted if inbox not in without])
    # Who reads their own outbox by ActivityPub finds there what nobody elsewhere was to have.
    is_kept = await published(server, actor, activity)
    if not reachable and not is_kept:
        return
    stored = await _store(server, actor, activity, object_uri)
    await deliveries.send(server, stored, {inbox: wanted[inbox] for inbox in reachable})


def _inboxes(accounts: Sequence[Account], *, personal: bool) -> list[str]:
    present = (account for account in accounts if account.gone_at is None)
    return [account.inbox_url if personal else account.delivery_inbox_url for account in present]


def _proven(server: Server, actor: Account, json: Json) -> Json:
    """Add the actor's proof, last of all, so that others may pass the activity on (FEP-8b32)."""
    if not actor.ed25519_private_pem:
        return json
    key = load_private(actor.ed25519_private_pem)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("accounts prove with Ed25519 keys")
    return proofs.sign(json, key=key, key_id=actor.ed25519_key_id, now=server.clock.now())


async def _store(server: Server, actor: Account, activity: Activity, object_uri: str) -> OutgoingActivity:
    if not activity.id:
        raise FediError("An activity of ours has no id.")
    known = await OutgoingActivity.get_or_none(uri=activity.id)
    if known is not None:
        return known
    json = _proven(server, actor, activity.to_json())
    audience = [*json.get("to", []), *json.get("cc", [])]
    is_for_followers = actor.followers_url in audience and PUBLIC not in audience
    return await OutgoingActivity.create(
        id=server.new_id(),
        uri=activity.id,
        actor_id=actor.id,
        kind=json["type"],
        object_uri=object_uri,
        audience=audience,
        synchronise=is_for_followers and json["type"] in _SYNCHRONISED,
        body=orjson.dumps(json).decode(),
        created_at=server.clock.now(),
    )
