"""Announcement (Mastodon API: entities, Announcement)."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import CustomEmoji
from fedi.mastodon.entities.status import StatusTag
from fedi.mastodon.entities.times import stamp, stamp_or_none
from fedi.queries.announcements import AnnouncementView, ReactionCount
from fedi.text.compose import compose
from fedi.text.tokens import normalise_tag


class Reaction(Struct, kw_only=True):
    """How many put an emoji under an announcement."""

    name: str
    count: int
    me: bool
    url: str | UnsetType = UNSET
    static_url: str | UnsetType = UNSET


class Announcement(Struct, kw_only=True):
    """What the people who run the server tell everybody."""

    id: str
    content: str
    starts_at: str | None
    ends_at: str | None
    all_day: bool
    published_at: str
    updated_at: str
    read: bool
    mentions: list[Any]
    statuses: list[Any]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    reactions: list[Reaction]


def announcement(view: AnnouncementView, uris: LocalUris) -> Announcement:
    """Show an announcement; people and posts that it names are links in its text."""
    row = view.announcement
    names = compose(row.text, mentioned={}, tag_url=uris.tag_page).tags
    return Announcement(
        id=str(row.id),
        content=row.content,
        starts_at=stamp_or_none(row.starts_at),
        ends_at=stamp_or_none(row.ends_at),
        all_day=row.all_day,
        published_at=stamp(row.published_at or row.created_at),
        updated_at=stamp(row.updated_at),
        read=view.read,
        mentions=[],
        statuses=[],
        tags=[StatusTag(name=normalise_tag(name), url=uris.tag_page(name)) for name in names],
        emojis=[],
        reactions=[_reaction(each, uris) for each in view.reactions],
    )


def _reaction(counted: ReactionCount, uris: LocalUris) -> Reaction:
    shown = Reaction(name=counted.name, count=counted.count, me=counted.is_mine)
    if counted.emoji is not None:
        shown.url = uris.media(counted.emoji.file_key)
        shown.static_url = uris.media(counted.emoji.static_key)
    return shown
