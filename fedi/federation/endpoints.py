"""What other servers may fetch from us (ActivityPub 3.2, 5); the inboxes are doorway.py's.

What may not be seen is not found; what was deleted is gone, with a Tombstone.
"""

from dataclasses import replace

import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedi.activitypub import vocabulary
from fedi.activitypub.actors import Actor
from fedi.activitypub.collections import Tombstone
from fedi.activitypub.vocabulary import PUBLIC, Json, Uri
from fedi.errors import Forbidden, Gone, NotFound
from fedi.federation import bearers, conversations, documents
from fedi.federation.answering import activity, admit, asker, id_of
from fedi.federation.documents import About
from fedi.models import posts
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.posts import Post
from fedi.queries import accounts, snapshots, visibility
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server, server_of
from fedi.translate.activities import announce_of, create_of
from fedi.translate.actors import actor_of
from fedi.translate.notes import note_of


def wants_activity(request: Request) -> bool:
    """Say whether a request for a page would rather have the ActivityPub document (ActivityPub 3.2)."""
    return vocabulary.wants_activity(request.headers.get("accept", ""))


async def instance_actor(request: Request) -> Response:
    """GET /ap/actor: the server's own actor, for everybody at all times, or no key could ever be fetched."""
    server = server_of(request)
    account = await accounts.instance_actor(server)
    return activity(actor_of(account, server.uris, instance_title=server.settings.instance.title).to_json())


async def actor(request: Request) -> Response:
    """GET /ap/u/{id}."""
    server = server_of(request)
    version = documents.version_of(server)
    account = await accounts.by_id(id_of(request))
    return await actor_answer(request, server, account, version=version)


async def actor_answer(
    request: Request, server: Server, account: Account | None, *, version: int = -1
) -> Response:
    """Answer with an account of ours: its document, only its key (unsigned), or its Tombstone.

    `version` is from before it was loaded: then the document is kept.
    """
    account = present(account)
    if account.gone_at is not None:
        return _tombstone(Uri(account.uri), account.actor_type, account)
    if account.suspended_at is not None:
        raise Forbidden("This account is suspended.")
    if account.uri == server.uris.instance_actor:
        return await instance_actor(request)
    document = actor_of(account, server.uris)
    reader = await bearers.reader(request)
    if reader is not None and reader.id == account.id:
        return activity(document.to_json() | {"blocked": server.uris.blocked(account.id)}, private=True)
    is_signed = "signature" in request.headers or reader is not None
    if server.settings.federation.demands_signatures and not is_signed:
        return activity(_key_only(document))
    await admit(request)
    answer = activity(document.to_json())
    return documents.kept(request, server, answer, About(account_id=account.id), version=version)


async def post(request: Request) -> Response:
    """GET /ap/o/{id}."""
    server = server_of(request)
    version = documents.version_of(server)
    row = await local_post(server, id_of(request))
    return await post_answer(request, server, row, version=version)


async def post_answer(request: Request, server: Server, row: Post | None, *, version: int = -1) -> Response:
    """Answer with a post of ours to whom it is for, or with its Tombstone. `version`: as above."""
    if row is None or row.boost_of_id is not None:
        return await _deleted_post(request, server, id_of(request))
    viewer, private = await reader_of(request, server, row)
    snapshot = await snapshots.of_post(server, row, viewer)
    note = note_of(snapshot, server.uris)
    if private:
        return activity(note.to_json(), private=True)
    note = replace(note, replies_page=await conversations.own_replies(server, row))
    return documents.kept(request, server, activity(note.to_json()), _about(snapshot), version=version)


async def post_activity(request: Request) -> Response:
    """GET /ap/o/{id}/activity: the Create of a post, the Announce of a boost."""
    server = server_of(request)
    row = await local_post(server, id_of(request))
    if row is None:
        raise NotFound
    viewer, private = await reader_of(request, server, row)
    snapshot = await snapshots.of_post(server, row, viewer)
    if snapshot.boost_of is None:
        return activity(create_of(snapshot, server.uris).to_json(), private=private)
    original = snapshot.boost_of
    announce = announce_of(row, snapshot.author, original.post, original.author)
    return activity(announce.to_json(), private=private)


async def sent_activity(request: Request) -> Response:
    """GET /ap/a/{name}: an activity as it was sent, to all if it is public, else to those it concerns."""
    server = server_of(request)
    found = await OutgoingActivity.get_or_none(uri=server.uris.activity(request.path_params["name"]))
    if found is None:
        raise NotFound
    json: Json = orjson.loads(found.body)
    if PUBLIC in found.audience:
        await admit(request)
        return activity(json)
    viewer = await asker(request)
    # A report names several objects, none of which is to read it.
    concerned = [*found.audience, json.get("actor"), json.get("object"), _inner_actor(json)]
    if viewer is None or viewer.uri not in concerned or _is_kept_from(viewer, found, server):
        raise NotFound
    return activity(json, private=True)


async def local_post(server: Server, id_: int) -> Post | None:
    """Find a post or boost of ours, whoever may see it; a remix by the number that was kept for it."""
    found = await Post.get_or_none(id=id_, local=True)
    return found or await Post.get_or_none(uri=server.uris.post(id_), local=True)


async def reader_of(request: Request, server: Server, row: Post) -> tuple[Account | None, bool]:
    """Give who reads a post, and whether it is for them alone. Raises NotFound when they may not."""
    if await visibility.may_see(server, row, None):
        await admit(request)
        return None, False
    viewer = await asker(request)
    if viewer is None or not await visibility.may_see(server, row, viewer):
        raise NotFound
    return viewer, True


def _about(snapshot: PostSnapshot) -> About:
    """Tell what a post's document is made of, and that it says whether a poll has ended."""
    quoted = snapshot.quote.link.row.quoted_id if snapshot.quote else None
    original = snapshot.remix.row.original_post_id if snapshot.remix else None
    ends_at = snapshot.poll.poll.ends_at if snapshot.poll and not snapshot.poll.expired else None
    return About(
        post_ids=frozenset({snapshot.post.id, *(id_ for id_ in (quoted, original) if id_)}),
        until=ends_at.timestamp() if ends_at else float("inf"),
    )


def present(account: Account | None) -> Account:
    """Give a local account. Raises NotFound for anything else."""
    if account is None or not account.is_local:
        raise NotFound
    return account


def _key_only(document: Actor) -> Json:
    """What a key look-up needs, and nothing that a blocked server should not read (GoToSocial does so)."""
    json = document.to_json()
    kept = ("@context", "id", "type", "preferredUsername", "inbox", "publicKey", "assertionMethod")
    return {name: json[name] for name in kept if name in json}


async def _deleted_post(request: Request, server: Server, id_: int) -> Response:
    tombstone = await posts.Tombstone.get_or_none(uri=server.uris.post(id_))
    if tombstone is None or not (tombstone.local or await _is_own(request, tombstone)):
        raise NotFound
    document = Tombstone(
        id=Uri(tombstone.uri), former_type=tombstone.former_type or None, deleted=tombstone.deleted_at
    )
    return activity(document.to_json(), status=Gone.status_code)


async def _is_own(request: Request, tombstone: posts.Tombstone) -> bool:
    """Say whether the author asks: of what was not for all nobody else is told that it was there."""
    reader = await bearers.reader(request)
    return reader is not None and reader.uri == tombstone.actor_uri


def _tombstone(uri: Uri, former_type: str, account: Account) -> Response:
    document = Tombstone(id=uri, former_type=former_type, deleted=account.gone_at)
    return activity(document.to_json(), status=Gone.status_code)


def _is_kept_from(viewer: Account, found: OutgoingActivity, server: Server) -> bool:
    """Say whether this is a block or a report of the viewer that nobody told them of (ActivityPub 6.9)."""
    is_told = found.kind == "Block" and server.settings.federation.send_blocks and not viewer.is_local
    return found.kind in {"Block", "Flag"} and viewer.id != found.actor_id and not is_told


def _inner_actor(json: Json) -> object:
    inner = json.get("object")
    return inner.get("actor") if isinstance(inner, dict) else None
