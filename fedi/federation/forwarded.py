"""Activities that another server than their actor's passed on (ActivityPub 7.1.2).

Those that carry no proof by their actor (federation/proofs.py). The signature proves who passed it on and
nothing else, so nothing of it is believed: the object is asked for at its origin, and only what stands there
counts. Linked Data signatures are not read.
"""

from fedi.actions import deletes, edits
from fedi.activitypub.activities import Activity, Create, Delete, Update
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import host_of, same_origin
from fedi.errors import Gone, NotFound, TooMany
from fedi.federation import quotes, remixes, threads
from fedi.federation.known import find_post
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.queries import relays
from fedi.security.limits import Limit
from fedi.server import Server

# What one host may make us ask of others.
_FETCHES = Limit(60, 60.0)


async def apply(server: Server, activity: Activity, *, sender_uri: str) -> None:
    """Apply what can be confirmed at the origin; the rest is dropped."""
    match activity:
        case Create(object=Note() as note):
            await _create(server, note, sender_uri)
        case Update(object=Note() as note):
            await refetch(server, note.id)
        case Delete():
            await _delete(server, activity)
        case _:
            logger().info("activity.unconfirmed", kind=type(activity).__name__)


async def remember_deleted(server: Server, activity: Delete) -> None:
    """Remember a Delete of something unknown, signed by its own origin: its Create may come later."""
    if same_origin(activity.object, activity.actor) and activity.object != activity.actor:
        await deletes.remember_deleted(server, activity.object, activity.actor)


async def refetch(server: Server, uri: str) -> None:
    """Take a remote post we know anew from its origin, and delete it when it is gone there."""
    post = await find_post(server, uri)
    if post is None or post.local or not _may_fetch(server, uri):
        return
    try:
        note = await threads.note_at(server, uri)
    except (Gone, NotFound):
        await deletes.delete(server, post)
        return
    author = await Account.get(id=post.author_id)
    if note.id == post.uri and note.attributed_to == author.uri:
        update = await threads.received_post(server, note, author)
        await edits.receive(server, post, update, mentions=await threads.named_in(server, update))


async def _create(server: Server, note: Note, sender_uri: str) -> None:
    """A reply to a thread that is known here, passed on by its server; or any post, by a relay of ours."""
    if server.uris.is_local(note.id):
        return
    answers_known = note.in_reply_to is not None and await Post.exists(uri=note.in_reply_to)
    if (answers_known or await relays.serves_us(sender_uri)) and _may_fetch(server, note.id):
        await threads.post_by_uri(server, note.id)


async def _delete(server: Server, activity: Delete) -> None:
    if server.uris.is_local(activity.object):
        return
    await refetch(server, activity.object)
    if await Quote.exists(stamp_uri=activity.object) and _may_fetch(server, activity.object):
        await quotes.recheck(server, activity.object)
        await remixes.recheck(server, activity.object)


def _may_fetch(server: Server, uri: str) -> bool:
    try:
        server.limits.take(f"forwarded:{host_of(uri)}", _FETCHES)
    except TooMany:
        return False
    return True
