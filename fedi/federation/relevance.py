"""Whether a post that somebody sent us is anybody's business here; all else is dropped (as Mastodon does)."""

from fedi.activitypub.activities import Create
from fedi.activitypub.notes import Note
from fedi.models.accounts import Account
from fedi.server import Server


async def of_stranger(server: Server, activity: Create) -> bool:
    """Say whether a post by an actor nobody here knows concerns us: it addresses or answers one of ours."""
    note = activity.object
    if not isinstance(note, Note):
        return False
    return _names_us(server, note) or await _answers_known(server, note)


async def of_note(server: Server, note: Note, author: Account) -> bool:
    """Say whether a post by a known account concerns us.

    Its author has a follower here, it addresses one of ours, or it answers a post by one of ours or by
    somebody who is followed from here.
    """
    return (
        _names_us(server, note)
        or await is_followed_here(server, author.id)
        or await _answers_known(server, note)
    )


async def is_followed_here(server: Server, account_id: int) -> bool:
    """Say whether anybody of ours follows an account."""
    return bool(
        await server.db.rows(
            "SELECT 1 FROM follows f JOIN accounts a ON a.id = f.follower_id"
            " WHERE f.target_id = ? AND f.state = 'accepted' AND a.domain = '' LIMIT 1",
            [account_id],
        )
    )


def _names_us(server: Server, note: Note) -> bool:
    named = (*note.to, *note.cc, *(mention.href for mention in note.mentions))
    return any(server.uris.account_id(uri) is not None for uri in named)


async def _answers_known(server: Server, note: Note) -> bool:
    if note.in_reply_to is None:
        return False
    rows = await server.db.rows("SELECT author_id, local FROM posts WHERE uri = ?", [note.in_reply_to])
    return bool(rows) and (bool(rows[0]["local"]) or await is_followed_here(server, rows[0]["author_id"]))
