"""Polls of other servers: asked for anew when somebody looks or when their time is up (Mastodon's way)."""

import asyncio

from fedi.actions import edits, poll_news
from fedi.activitypub.notes import Note
from fedi.errors import FediError
from fedi.federation import threads
from fedi.federation.fetch import fetch_json
from fedi.jobs.kinds import ClosePoll
from fedi.memory import Recall
from fedi.models.accounts import Account
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from fedi.queries.polls import is_over
from fedi.server import Server

# A poll is asked for once a minute at most, however many look.
_FRESH_SECONDS = 60.0
_POLLS_KEPT = 5_000
# Somebody waits for the page that shows it.
_PATIENCE_SECONDS = 5.0


class Refreshed(Recall[int, bool]):
    """Which polls were asked for lately."""

    def __init__(self) -> None:
        super().__init__(size=_POLLS_KEPT, seconds=_FRESH_SECONDS)


async def refresh(server: Server, post: Post, viewer: Account | None) -> None:
    """Take the counts of a remote poll anew from its server, signed by the viewer of ours who may see it.

    Nothing happens for a poll of ours, one whose result is final, or one that was asked for less than a
    minute ago; a server that does not answer within five seconds leaves the counts as they are.
    """
    poll = None if post.local else await Poll.get_or_none(post_id=post.id)
    lately, now = server.memory.of(Refreshed), server.clock.now()
    if poll is None or poll.closed_at is not None or lately.get(post.id, now):
        return
    lately.put(post.id, True, now)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            note = Note.from_json(await fetch_json(server, post.uri, as_account=viewer))
            author = await Account.get(id=post.author_id)
            if note.id != post.uri or note.attributed_to != author.uri:
                return
            fresh = await threads.received_post(server, note, author)
            named = await threads.named_in(server, fresh)
    except (FediError, TimeoutError):
        return
    await edits.receive(server, post, fresh, mentions=named)


async def close(server: Server, work: ClosePoll) -> None:
    """Run the job that closes a poll; of a remote one the last counts are asked for first."""
    poll = await Poll.get_or_none(id=work.poll_id).select_related("post")
    if poll is not None and is_over(server, poll):
        voters = PollVote.filter(poll_id=poll.id, account__domain="").select_related("account")
        first = await voters.order_by("id").first()
        await refresh(server, poll.post, first.account if first else None)
    await poll_news.close(server, work)
