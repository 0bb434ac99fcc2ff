"""Update received (ActivityPub 7.3)."""

from datetime import timedelta

from fedi.actions import edits
from fedi.activitypub.activities import Update
from fedi.activitypub.actors import Actor
from fedi.activitypub.notes import Note
from fedi.federation import actors, forwarded, people, relevance, threads
from fedi.federation.handlers.create import check_own
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.server import Server

_UNKNOWN_FOR = timedelta(days=1)


async def receive(server: Server, activity: Update, sender: Account) -> None:
    """Take in the sender's new profile, or a new version of the sender's own post."""
    match activity.object:
        case Actor() as actor:
            if actor.id == sender.uri:
                actors.forget(server, actor.id)
                await people.store_actor(server, actor)
        case Note() as note:
            await _note(server, note, sender)
        case uri:
            if uri == sender.uri:
                await people.account_by_uri(server, uri, refresh=True)
            else:
                await forwarded.refetch(server, uri)


async def _note(server: Server, note: Note, sender: Account) -> None:
    check_own(note, sender)
    post = await find_post(server, note.id)
    if post is None:
        await _unknown(server, note, sender)
    elif post.author_id == sender.id:
        update = await threads.received_post(server, note, sender)
        await edits.receive(server, post, update, mentions=await threads.named_in(server, update))


async def _unknown(server: Server, note: Note, sender: Account) -> None:
    """An edit that overtook its Create, or whose Create was lost; of what is older we hear no more."""
    is_recent = note.published is not None and server.clock.now() - note.published < _UNKNOWN_FOR
    is_ours_to_hear = sender.suspended_at is None and sender.gone_at is None
    if is_recent and is_ours_to_hear and await relevance.of_note(server, note, sender):
        await threads.store_note(server, note, sender)
