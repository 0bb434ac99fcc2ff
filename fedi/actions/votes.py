"""Vote in a poll, ours or a peer's, from here or elsewhere (federation reference 9.3)."""

from collections.abc import Collection, Mapping

from fedi.actions import poll_news, publish
from fedi.errors import Conflict, Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from fedi.queries import visibility
from fedi.queries.polls import is_over
from fedi.queries.rows import load
from fedi.server import Server
from fedi.translate import activities


async def vote(server: Server, voter: Account, post: Post, choices: Collection[int]) -> None:
    """Vote for options by their places, from 0; for none of them changes nothing.

    The author's server is sent one vote for each. Raises NotFound where there is no poll that the voter may
    see, Invalid for a poll that is over or the voter's own, for an option that is not there, and for what
    was voted already.
    """
    ids = {choice: server.new_id() for choice in sorted(set(choices))}
    uris = {choice: f"{voter.uri}#votes/{id_}" for choice, id_ in ids.items()}
    await _cast(server, voter, post, uris)


async def receive(server: Server, voter: Account, post: Post, name: str, *, uri: str) -> None:
    """Count a remote voter's vote for the option of that name; `uri` is the id of the vote's note.

    Raises as `vote` does, and Conflict for an id that another vote has.
    """
    poll = await Poll.get_or_none(post_id=post.id)
    if poll is None:
        raise NotFound
    wanted = " ".join(name.split())
    names = [option["name"] for option in poll.options]
    await _cast(server, voter, post, {names.index(wanted) if wanted in names else -1: uri})


async def take_back(server: Server, voter: Account) -> None:
    """Take all votes of an account that is gone out of the counts."""
    async with server.db.transaction():
        voted = "WHERE r.id IN (SELECT poll_id FROM poll_votes WHERE account_id = ?)"
        for poll in await load(server, Poll, voted, [voter.id]):
            for vote in await PollVote.filter(poll_id=poll.id, account_id=voter.id):
                option = poll.options[vote.choice]
                option["votes"] = max(0, option["votes"] - 1)
            poll.voters_count = max(0, poll.voters_count - 1) if poll.voters_count else poll.voters_count
            await poll.save(update_fields=["options", "voters_count"])
        await PollVote.filter(account_id=voter.id).delete()


async def _cast(server: Server, voter: Account, post: Post, uris: Mapping[int, str]) -> None:
    async with server.db.transaction():
        await visibility.require(server, post, voter)
        poll = await Poll.get_or_none(post_id=post.id)
        if poll is None:
            raise NotFound
        if not uris:
            return
        given = await PollVote.filter(poll_id=poll.id, account_id=voter.id)
        before = {each.choice for each in given}
        _check(server, voter, post, poll, before, uris)
        if await PollVote.filter(uri__in=list(uris.values())).exists():
            raise Conflict("This id belongs to another vote.")
        for choice, uri in uris.items():
            await PollVote.create(
                id=server.new_id(),
                poll_id=poll.id,
                account_id=voter.id,
                choice=choice,
                uri=uri,
                created_at=server.clock.now(),
            )
            poll.options[choice]["votes"] += 1
        if not before and poll.voters_count is not None:
            poll.voters_count += 1
        await poll.save(update_fields=["options", "voters_count"])
        await _pass_on(server, voter, post, poll, uris)


def _check(
    server: Server, voter: Account, post: Post, poll: Poll, before: set[int], choices: Collection[int]
) -> None:
    """Raise Invalid, worded as Mastodon words it."""
    if is_over(server, poll):
        raise Invalid("", "Validation failed: The poll has already ended")
    if not all(0 <= choice < len(poll.options) for choice in choices):
        raise Invalid("", "Validation failed: The chosen vote option does not exist")
    if post.author_id == voter.id:
        raise Invalid("", "Validation failed: You cannot vote in your own polls")
    too_many = before.intersection(choices) if poll.multiple else before or len(choices) > 1
    if too_many:
        raise Invalid("", "Validation failed: You have already voted on this poll")


async def _pass_on(server: Server, voter: Account, post: Post, poll: Poll, uris: Mapping[int, str]) -> None:
    if post.local:
        await poll_news.announce_soon(server, poll)
        return
    # The voter is told of the end also when the author's server does not say so.
    await poll_news.close_in_time(server, poll)
    author = await Account.get(id=post.author_id)
    for choice, uri in uris.items():
        await publish.activity(
            server,
            voter,
            activities.vote_of(voter, post, author, uri=uri, option=poll.options[choice]["name"]),
            accounts=[author],
            object_uri=uri,
            personal=True,
            priority=publish.PROMPT,
        )
