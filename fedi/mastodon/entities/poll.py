"""Poll (Mastodon API: entities, Poll)."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from fedi.mastodon.entities.account import CustomEmoji, emojis
from fedi.mastodon.entities.times import stamp_or_none
from fedi.models.posts import Post
from fedi.queries.polls import PollView


class PollOption(Struct, kw_only=True):
    """One answer; how many chose it is null while the author hides that."""

    title: str
    votes_count: int | None


class Poll(Struct, kw_only=True):
    """What is asked, and how the votes stand; `own_votes` are the places of the viewer's choices."""

    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: list[PollOption]
    emojis: list[CustomEmoji]
    voted: bool | UnsetType = UNSET
    own_votes: list[int] | UnsetType = UNSET


def poll(view: PollView, post: Post, viewer_id: int | None) -> Poll:
    """Show a poll; authors count as having voted, as on Mastodon: they see the result."""
    row = view.poll
    shown = Poll(
        id=str(row.id),
        expires_at=stamp_or_none(row.ends_at),
        expired=view.expired,
        multiple=row.multiple,
        votes_count=view.votes,
        voters_count=row.voters_count,
        options=[_option(option, view) for option in row.options],
        emojis=emojis(post.emojis),
    )
    if viewer_id is not None:
        shown.voted = bool(view.own_votes) or viewer_id == post.author_id
        shown.own_votes = list(view.own_votes)
    return shown


def _option(option: dict[str, Any], view: PollView) -> PollOption:
    return PollOption(title=option["name"], votes_count=option["votes"] if view.tells_totals else None)
