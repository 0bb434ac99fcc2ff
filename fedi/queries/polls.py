"""Polls with what a viewer chose, as posts show them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.polls import Poll
from fedi.models.posts import Post
from fedi.queries import visibility
from fedi.queries.rows import among, load
from fedi.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class PollView:
    """A poll as somebody sees it now; `own_votes` are the places of the options that they chose."""

    poll: Poll
    expired: bool
    own_votes: tuple[int, ...] = ()

    @property
    def tells_totals(self) -> bool:
        """Whether the counts of the options may be told: the author can hide them until the end."""
        return self.expired or not self.poll.hide_totals

    @property
    def votes(self) -> int:
        """How many votes there are, of all options."""
        return sum(option["votes"] for option in self.poll.options)


async def of_posts(server: Server, posts: Iterable[Post], viewer: Account | None) -> dict[int, PollView]:
    """Load the polls of posts by the posts' ids; posts without one cost no query."""
    asking = [post.id for post in posts if post.kind == "Question"]
    if not asking:
        return {}
    condition, values = among("r.post_id", asking)
    polls = await load(server, Poll, f"WHERE {condition}", values)
    chosen = await _chosen(server, polls, viewer)
    return {
        poll.post_id: PollView(poll=poll, expired=is_over(server, poll), own_votes=tuple(chosen[poll.id]))
        for poll in polls
    }


async def poll_for(server: Server, viewer: Account | None, id_: int) -> tuple[Poll, Post]:
    """Give the poll with this id and its post; NotFound when there is none or `viewer` may not see it."""
    poll = await Poll.get_or_none(id=id_)
    if poll is None:
        raise NotFound
    return poll, await visibility.post_for(server, viewer, poll.post_id)


def is_over(server: Server, poll: Poll) -> bool:
    """Say whether nobody can vote any more."""
    return poll.closed_at is not None or (poll.ends_at is not None and poll.ends_at <= server.clock.now())


async def _chosen(
    server: Server, polls: Iterable[Poll], viewer: Account | None
) -> defaultdict[int, list[int]]:
    chosen: defaultdict[int, list[int]] = defaultdict(list)
    ids = [poll.id for poll in polls]
    if viewer is not None and ids:
        condition, values = among("poll_id", ids)
        rows = await server.db.rows(
            f"SELECT poll_id, choice FROM poll_votes WHERE {condition} AND account_id = ? ORDER BY choice",
            [*values, viewer.id],
        )
        for row in rows:
            chosen[row["poll_id"]].append(row["choice"])
    return chosen
