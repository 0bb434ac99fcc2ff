"""Whether a post that somebody sent us is anybody's business here; all else is dropped (as Mastodon does).

Whom nobody here follows may still write to ours, but not without end: accounts cost a spammer nothing.
"""

from typing import Final

from fedi.activitypub.activities import Create
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import host_of
from fedi.activitypub.vocabulary import Uri
from fedi.errors import TooMany
from fedi.logs import logger
from fedi.memory import Recall
from fedi.models.accounts import Account
from fedi.security.limits import Limit
from fedi.server import Server

# What authors whom nobody here follows may send: each of them, and all of a host. What answers a post known
# here counts for the author alone: many may answer at once.
_OF_AUTHOR: Final = Limit(20, 300.0)
_OF_HOST: Final = Limit(100, 300.0)
_POSTS_KEPT = 10_000
_KEPT_SECONDS = 3600.0


class Admitted(Recall[str, bool]):
    """Posts of strangers that were counted lately: what is tried again counts once."""

    def __init__(self) -> None:
        super().__init__(size=_POSTS_KEPT, seconds=_KEPT_SECONDS)


async def of_stranger(server: Server, activity: Create) -> bool:
    """Say whether a post by an actor nobody here knows concerns us: it addresses or answers one of ours.

    Also no for one more than a stranger may send.
    """
    note = activity.object
    return isinstance(note, Note) and await _is_for_us(server, note, activity.actor)


async def of_note(server: Server, note: Note, author: Account) -> bool:
    """Say whether a post by a known account concerns us.

    Its author has a follower here, it addresses one of ours, or it answers a post by one of ours or by
    somebody who is followed from here. Whom nobody here follows is heard so often and no more.
    """
    return await is_followed_here(server, author.id) or await _is_for_us(server, note, Uri(author.uri))


async def is_followed_here(server: Server, account_id: int) -> bool:
    """Say whether anybody of ours follows an account."""
    return bool(
        await server.db.rows(
            "SELECT 1 FROM follows f JOIN accounts a ON a.id = f.follower_id"
            " WHERE f.target_id = ? AND f.state = 'accepted' AND a.domain = '' LIMIT 1",
            [account_id],
        )
    )


async def _is_for_us(server: Server, note: Note, author: Uri) -> bool:
    is_answer = await _answers_known(server, note)
    return (is_answer or _names_us(server, note)) and _may_write(server, note, author, is_answer=is_answer)


def _may_write(server: Server, note: Note, author: Uri, *, is_answer: bool) -> bool:
    admitted, now = server.memory.of(Admitted), server.clock.now()
    if admitted.get(note.id, now):
        return True
    try:
        server.limits.take(f"stranger:{author}", _OF_AUTHOR)
        if not is_answer:
            server.limits.take(f"strangers:{host_of(author)}", _OF_HOST)
    except TooMany:
        logger().info("post.too_many", author=author)
        return False
    admitted.put(note.id, True, now)
    return True


def _names_us(server: Server, note: Note) -> bool:
    named = (*note.to, *note.cc, *(mention.href for mention in note.mentions))
    return any(server.uris.account_id(uri) is not None for uri in named)


async def _answers_known(server: Server, note: Note) -> bool:
    if note.in_reply_to is None:
        return False
    rows = await server.db.rows("SELECT author_id, local FROM posts WHERE uri = ?", [note.in_reply_to])
    return bool(rows) and (bool(rows[0]["local"]) or await is_followed_here(server, rows[0]["author_id"]))
