"""Create received (ActivityPub 7.2)."""

from fedi.actions import votes
from fedi.activitypub.activities import Create
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import same_origin
from fedi.errors import WrongOrigin
from fedi.federation import relevance, threads
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.server import Server


async def receive(server: Server, activity: Create, sender: Account) -> None:
    """Store a post that concerns somebody here; it must be the sender's own, of the sender's origin."""
    note = activity.object
    if not isinstance(note, Note):
        if not same_origin(note, sender.uri):
            raise WrongOrigin
        note = await threads.note_at(server, note)
    check_own(note, sender)
    if note.is_vote:
        await _vote(server, note, sender)
    elif await relevance.of_note(server, note, sender):
        await threads.store_note(server, note, sender)


async def _vote(server: Server, note: Note, sender: Account) -> None:
    """Count a vote in a poll of ours; whatever else has its shape says nothing and is dropped."""
    post = await find_post(server, note.in_reply_to or "")
    if post is not None and post.local:
        await votes.receive(server, sender, post, note.name or "", uri=note.id)


def check_own(note: Note, sender: Account) -> None:
    """Raise WrongOrigin unless the note is the sender's own and of the sender's origin (FEP-fe34)."""
    if note.attributed_to != sender.uri or not same_origin(note.id, sender.uri):
        raise WrongOrigin("The post is not its sender's own.")
