"""What is told of a poll as it goes on: new counts every few minutes, and its end (Mastodon's way)."""

from fedi.actions import notify, publish, reach
from fedi.activitypub.vocabulary import Uri
from fedi.errors import Postponed
from fedi.jobs.kinds import AnnouncePoll, ClosePoll
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.accounts import Account
from fedi.models.polls import Poll
from fedi.models.posts import Post
from fedi.queries import snapshots
from fedi.queries.rows import load
from fedi.server import Server
from fedi.translate import activities

# Votes come in bursts: their sum is told this often at most.
TURN_SECONDS = 180


async def close_in_time(server: Server, poll: Poll) -> None:
    """Have a poll closed when its time is up, in your transaction; one without an end stays open."""
    if poll.ends_at is None or poll.closed_at is not None:
        return
    ends = int(poll.ends_at.timestamp())
    wait = max(0.0, (poll.ends_at - server.clock.now()).total_seconds())
    job = NewJob(
        work=ClosePoll(poll_id=poll.id), unique_key=f"close-poll:{poll.id}:{ends}", wait_seconds=wait
    )
    await enqueue(server, job)


async def announce_soon(server: Server, poll: Poll) -> None:
    """Have the counts of a poll of ours told at the end of the running three minutes, in your transaction."""
    turn, spent = divmod(server.clock.now().timestamp(), TURN_SECONDS)
    job = NewJob(
        work=AnnouncePoll(poll_id=poll.id, turn=int(turn)),
        unique_key=f"announce-poll:{poll.id}:{int(turn)}",
        wait_seconds=TURN_SECONDS - spent,
    )
    await enqueue(server, job)


async def announce(server: Server, work: AnnouncePoll) -> None:
    """Run the job that tells everybody who has a poll of ours how the votes stand."""
    async with server.db.transaction():
        poll = await Poll.get_or_none(id=work.poll_id)
        # The end was told with the last counts.
        if poll is not None and poll.closed_at is None:
            await _publish(server, poll, f"tallies/{work.turn}")


async def close(server: Server, work: ClosePoll) -> None:
    """Run the job that closes a poll. Raises Postponed when an edit has given it more time."""
    async with server.db.transaction():
        poll = await Poll.get_or_none(id=work.poll_id)
        if poll is None or poll.closed_at is not None or poll.ends_at is None:
            return
        left = (poll.ends_at - server.clock.now()).total_seconds()
        if left > 0:
            raise Postponed("The poll goes on.", wait_seconds=left)
        await finish(server, poll)


async def finish(server: Server, poll: Poll) -> None:
    """Make a poll's result final, tell local voters and a local author, and send the last counts of ours."""
    now = server.clock.now()
    poll.closed_at = min(poll.ends_at or now, now)
    await poll.save(update_fields=["closed_at"])
    post = await Post.get(id=poll.post_id).select_related("author")
    voted = "WHERE r.domain = '' AND r.id IN (SELECT account_id FROM poll_votes WHERE poll_id = ?)"
    voters = await load(server, Account, voted, [poll.id])
    for person in {account.id: account for account in (post.author, *voters)}.values():
        await notify.about(server, person, "poll", post.author, post)
    if post.local:
        await _publish(server, poll, f"tallies/end-{int(poll.closed_at.timestamp())}")


async def _publish(server: Server, poll: Poll, name: str) -> None:
    """Send a poll of ours as it stands; for its readers the post itself is not edited by that."""
    post = await Post.get(id=poll.post_id).select_related("author")
    if not reach.goes_out(post):
        return
    is_open = post.visibility in {"public", "unlisted"}
    snapshot = await snapshots.of_post(server, post, post.author)
    await publish.activity(
        server,
        post.author,
        activities.update_quietly(snapshot, server.uris, id_=Uri(f"{post.uri}#{name}")),
        accounts=await (reach.holders(server, post) if is_open else reach.addressed(server, post)),
        followers=reach.goes_to_followers(post),
        object_uri=post.uri,
        priority=publish.BULK,
    )
