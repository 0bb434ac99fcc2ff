"""Between polls and Questions on the wire (federation reference 9.3)."""

from dataclasses import dataclass
from datetime import datetime

from fedi.activitypub.polls import Poll, PollOption
from fedi.queries.polls import PollView

# More than there are people in the fediverse; apps count in 32 bits.
MAX_VOTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPoll:
    """A remote poll as we would store it: options with the votes that their server claims, within bounds."""

    options: tuple[tuple[str, int], ...]
    multiple: bool
    ends_at: datetime | None
    closed: bool
    voters: int | None


def poll_of(view: PollView) -> Poll:
    """Give a poll of ours as it is sent: without the counts that its author hides until the end."""
    poll = view.poll
    return Poll(
        options=tuple(
            PollOption(name=option["name"], votes=option["votes"] if view.tells_totals else None)
            for option in poll.options
        ),
        multiple=poll.multiple,
        end_time=poll.ends_at,
        closed=(poll.ends_at or poll.closed_at or True) if view.expired else False,
        voters=poll.voters_count,
    )


def received_poll(poll: Poll, *, now: datetime) -> ReceivedPoll:
    """Read a poll as a row to store. A time of closing that lies ahead is the end (Pleroma)."""
    ends_at = poll.end_time if isinstance(poll.closed, bool) else poll.closed
    over = poll.closed is True or (not isinstance(poll.closed, bool) and poll.closed <= now)
    return ReceivedPoll(
        options=tuple((option.name, min(option.votes or 0, MAX_VOTES)) for option in poll.options),
        multiple=poll.multiple,
        ends_at=ends_at,
        closed=over,
        voters=None if poll.voters is None else min(poll.voters, MAX_VOTES),
    )
