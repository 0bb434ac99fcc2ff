"""Threads of direct posts as their people see them, and threads that somebody mutes."""

import hashlib
from collections.abc import Sequence

from fedi.actions import news
from fedi.actions.news import News
from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.conversations import Conversation, ConversationMute
from fedi.models.posts import Post
from fedi.queries.conversations import previous_post
from fedi.server import Server


async def added(server: Server, author: Account, post: Post) -> None:
    """Put a new direct post into the conversations of those of its people who are ours; in your transaction.

    Its mentions must be stored already. A post of any other visibility changes nothing. Whom it names hears
    of it by a notification, and only then is it put into their conversation (`received`).
    """
    if post.visibility != "direct":
        return
    rows = await server.db.rows(_PEOPLE, [post.id, author.id])
    people = {author.id, *(row["id"] for row in rows)}
    if author.is_local:
        await _put(server, author.id, people, post, unread=False)
    for row in rows:
        if row["addressed"]:
            await _put(server, row["id"], people, post, unread=True)


# `addressed`: of ours, addressed without being named, and willing to hear of the author.
_PEOPLE = """
SELECT a.id, a.domain = '' AND m.silent
  AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = a.id AND target_id = ?2)
  AND NOT EXISTS (SELECT 1 FROM mutes WHERE account_id = a.id AND target_id = ?2) AS addressed
FROM mentions m JOIN accounts a ON a.id = m.account_id WHERE m.post_id = ?1 AND a.id <> ?2
"""


async def received(server: Server, recipient: Account, post: Post) -> None:
    """Put a direct post into the conversation of somebody who hears of it; in your transaction."""
    rows = await server.db.rows("SELECT account_id FROM mentions WHERE post_id = ?", [post.id])
    people = {post.author_id, *(row["account_id"] for row in rows)}
    await _put(server, recipient.id, people, post, unread=True)


async def going(server: Server, post: Post) -> None:
    """Let the conversations that end with a post end with the one before, or take them away.

    In the transaction that deletes the post, while its rows are still there.
    """
    if post.visibility != "direct":
        return
    for row in await Conversation.filter(last_post_id=post.id):
        before = await previous_post(server, row, post)
        if before is None:
            await row.delete()
        else:
            await Conversation.filter(id=row.id).update(last_post_id=before)


async def mark(server: Server, row: Conversation, *, unread: bool) -> None:
    """Mark a conversation read or unread."""
    async with server.db.transaction():
        row.unread = unread
        await row.save(update_fields=["unread"])
        _tell(server, row.id, row.account_id)


async def hide(server: Server, row: Conversation) -> None:
    """Take a conversation from the list of its owner until something new comes."""
    async with server.db.transaction():
        await Conversation.filter(id=row.id).update(hidden_at=server.clock.now(), unread=False)


async def mute(server: Server, account: Account, post: Post) -> None:
    """Have an account hear no more of a post's thread. Raises Invalid for a post that is in no thread."""
    if not post.context_uri:
        raise Invalid("", "This post is in no thread that could be muted.")
    async with server.db.transaction():
        await ConversationMute.get_or_create(
            {"id": server.new_id(), "created_at": server.clock.now()},
            account_id=account.id,
            context_uri=post.context_uri,
        )


async def unmute(server: Server, account: Account, post: Post) -> None:
    """Have an account hear of a post's thread again."""
    async with server.db.transaction():
        await ConversationMute.filter(account_id=account.id, context_uri=post.context_uri).delete()


async def _put(server: Server, owner_id: int, people: set[int], post: Post, *, unread: bool) -> None:
    others = sorted(people - {owner_id})
    now = server.clock.now().isoformat(" ")
    rows = await server.db.execute(
        "INSERT INTO conversations (id, account_id, context_uri, participants, participants_key,"
        " last_post_id, unread, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
        " ON CONFLICT (account_id, context_uri, participants_key) DO UPDATE SET unread = ?7, updated_at = ?8,"
        # A post may arrive late.
        " last_post_id = ?6, hidden_at = NULL"
        " WHERE last_post_id IS NULL OR last_post_id < ?6 RETURNING id",
        [
            server.new_id(),
            owner_id,
            post.context_uri or post.uri,
            ",".join(map(str, others)),
            _key(others),
            post.id,
            unread,
            now,
        ],
    )
    for row in rows:
        _tell(server, row["id"], owner_id)


def _key(others: Sequence[int]) -> str:
    return hashlib.sha256(",".join(map(str, others)).encode()).hexdigest()


def _tell(server: Server, id_: int, owner_id: int) -> None:
    news.tell(server, News(kind="conversation", id=id_, account_id=owner_id))
