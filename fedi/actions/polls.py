"""The poll of a post: asked here or elsewhere, asked anew by an edit (federation reference 9.3).

All but `checked` belong into the transaction of the post's change. Voting is in votes.py, what is told of
a poll as it goes on in poll_news.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from fedi.actions import poll_news
from fedi.errors import Invalid
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from fedi.queries.polls import is_over
from fedi.server import Server
from fedi.text.compose import count_characters
from fedi.text.html import clean_line
from fedi.translate.polls import ReceivedPoll

# Mastodon's own: apps show them before they ask a server.
MAX_OPTIONS, MAX_OPTION_CHARACTERS = 4, 50
MIN_SECONDS, MAX_SECONDS = 300, 2_629_746

# What is longer than this has too many characters however they are counted.
_MAX_OPTION_CODES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDraft:
    """What somebody wants to ask. `seconds` from now until the end; None in an edit: the end stays."""

    options: Sequence[str]
    seconds: int | None
    multiple: bool = False
    hide_totals: bool = False


def checked(draft: PollDraft) -> PollDraft:
    """Give the draft with its options ready to be stored. Raises Invalid, worded as Mastodon words it."""
    options = [clean_line(option, _MAX_OPTION_CODES) for option in draft.options]
    options = [option for option in options if option]
    if len(options) < 2:
        raise Invalid("Choices", "must have more than one item")
    if len(options) > MAX_OPTIONS:
        raise Invalid("Choices", f"can't contain more than {MAX_OPTIONS} items")
    if any(count_characters(option) > MAX_OPTION_CHARACTERS for option in options):
        raise Invalid("Choices", f"cannot be longer than {MAX_OPTION_CHARACTERS} characters each")
    if len(set(options)) < len(options):
        raise Invalid("Choices", "contain duplicate items")
    if draft.seconds is not None and draft.seconds < MIN_SECONDS:
        raise Invalid("Deadline", "is too soon")
    if draft.seconds is not None and draft.seconds > MAX_SECONDS:
        raise Invalid("Deadline", "is too far into the future")
    return replace(draft, options=options)


def require_end(draft: PollDraft) -> int:
    """Give how long the poll of a new post is open, in seconds. Raises Invalid where nothing says so."""
    if draft.seconds is None:
        raise Invalid("Deadline", "can't be blank")
    return draft.seconds


async def options_of(post: Post) -> list[str] | None:
    """Give the options of a post's poll, None where it asks nothing."""
    if post.kind != "Question":
        return None
    poll = await Poll.get_or_none(post_id=post.id)
    return None if poll is None else _names(poll)


async def ask(server: Server, post: Post, draft: PollDraft) -> None:
    """Give a post of ours its poll. Raises Invalid without an end."""
    seconds = require_end(draft)
    poll = await Poll.create(
        id=server.new_id(),
        post_id=post.id,
        options=_fresh(draft.options),
        multiple=draft.multiple,
        hide_totals=draft.hide_totals,
        ends_at=_ends_at(server, seconds),
        voters_count=0,
    )
    await poll_news.close_in_time(server, poll)


async def ask_anew(server: Server, post: Post, draft: PollDraft | None) -> bool:
    """Make the poll of a post of ours what an edit says, and say whether anything changed.

    Other options, or another way to choose, take all votes away; without a draft the poll goes (Mastodon).
    """
    poll = await Poll.get_or_none(post_id=post.id)
    if poll is None or draft is None:
        if poll is not None:
            await poll.delete()
        elif draft is not None:
            await ask(server, post, draft)
        return poll is not None or draft is not None
    values: dict[str, Any] = {
        "multiple": draft.multiple,
        "hide_totals": draft.hide_totals,
        "ends_at": poll.ends_at if draft.seconds is None else _ends_at(server, draft.seconds),
    }
    anew = _names(poll) != list(draft.options) or poll.multiple != draft.multiple
    if not anew and all(getattr(poll, name) == value for name, value in values.items()):
        return False
    if anew:
        await _take_votes(poll)
        values |= {"options": _fresh(draft.options), "voters_count": 0}
    if values["ends_at"] is not None and values["ends_at"] > server.clock.now():
        values["closed_at"] = None
    await poll.update_from_dict(values).save()
    await poll_news.close_in_time(server, poll)
    return True


async def receive(server: Server, post: Post, received: ReceivedPoll | None, *, is_edit: bool) -> bool:
    """Store what a remote post's server says of its poll, and say whether the question itself changed.

    Without an edit only counts and times may change. Other options, or another way to choose, take the
    votes away that were given here. Local voters are told of the end.
    """
    if post.kind != "Question" and (received is None or not is_edit):
        return False
    poll = await Poll.get_or_none(post_id=post.id)
    if poll is None and received is not None:
        await _store(server, post, received)
        return is_edit
    if poll is None or received is None:
        return is_edit and await _remove(poll)
    anew = _names(poll) != [name for name, _ in received.options] or poll.multiple != received.multiple
    if anew and not is_edit:
        return False
    if anew:
        await _take_votes(poll)
        poll.closed_at = None
    if poll.closed_at is not None and not received.closed:
        # An older count that was overtaken by the last one.
        return False
    poll.update_from_dict(_claimed(received))
    await poll.save()
    if (received.closed or is_over(server, poll)) and poll.closed_at is None:
        await poll_news.finish(server, poll)
    return anew


async def _store(server: Server, post: Post, received: ReceivedPoll) -> None:
    closed_at = (received.ends_at or server.clock.now()) if received.closed else None
    await Poll.create(id=server.new_id(), post_id=post.id, closed_at=closed_at, **_claimed(received))


async def _remove(poll: Poll | None) -> bool:
    if poll is not None:
        await poll.delete()
    return poll is not None


async def _take_votes(poll: Poll) -> None:
    await PollVote.filter(poll_id=poll.id).delete()


def _claimed(received: ReceivedPoll) -> dict[str, Any]:
    return {
        "options": [{"name": name, "votes": votes} for name, votes in received.options],
        "multiple": received.multiple,
        "ends_at": received.ends_at,
        "voters_count": received.voters,
    }


def _names(poll: Poll) -> list[str]:
    return [option["name"] for option in poll.options]


def _fresh(options: Sequence[str]) -> list[dict[str, Any]]:
    return [{"name": name, "votes": 0} for name in options]


def _ends_at(server: Server, seconds: int) -> datetime:
    # Times travel as whole seconds: the end is the same moment everywhere.
    return server.clock.now().replace(microsecond=0) + timedelta(seconds=seconds)
