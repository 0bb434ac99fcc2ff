"""What stands in `tag`: mentions, hashtags and custom emoji (ActivityStreams 2.0, Mastodon's Emoji)."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeVar

from fedi.activitypub.reader import Reader, write_moment
from fedi.activitypub.vocabulary import Json, Uri
from fedi.errors import Malformed

MAX_MENTIONS = 100
MAX_HASHTAGS = 100
MAX_EMOJIS = 100

_MAX_SHORTCODE_CHARACTERS = 128
_MAX_NAME_CHARACTERS = 500
_SHORTCODE = re.compile(r"[^\s:<>&\"']{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A Mention; `name` is what its author wrote (`@bob@b.example`) and proves nothing."""

    href: Uri
    name: str | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(href=read.uri("href"), name=read.line("name", limit=_MAX_NAME_CHARACTERS))

    def to_json(self) -> Json:
        return {"type": "Mention", "href": self.href} | ({"name": self.name} if self.name else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashtag:
    """A Hashtag; `name` without its `#`, in NFKC, in the case its author chose."""

    name: str
    href: Uri | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        name = unicodedata.normalize("NFKC", read.line("name", limit=_MAX_NAME_CHARACTERS) or "").lstrip("#")
        if not name:
            raise Malformed("A hashtag has no name.")
        return cls(name=name, href=read.find_uri("href"))

    def to_json(self) -> Json:
        return {"type": "Hashtag", "name": f"#{self.name}"} | ({"href": self.href} if self.href else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Emoji:
    """A custom emoji; `shortcode` without colons. Akkoma sends some without an id."""

    shortcode: str
    url: Uri
    id: Uri | None = None
    media_type: str | None = None
    updated: datetime | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        shortcode = (read.line("name", limit=_MAX_SHORTCODE_CHARACTERS + 2) or "").strip(":")
        icon = read.object("icon")
        if icon is None or not _SHORTCODE.fullmatch(shortcode):
            raise Malformed("An emoji has no name or no picture.")
        return cls(
            shortcode=shortcode,
            url=icon.uri("url"),
            id=read.find_id(),
            media_type=icon.line("mediaType", limit=100),
            updated=read.moment("updated"),
        )

    def to_json(self) -> Json:
        icon = {"type": "Image", "url": self.url} | (
            {"mediaType": self.media_type} if self.media_type else {}
        )
        json: Json = {"type": "Emoji", "name": f":{self.shortcode}:", "icon": icon}
        if self.id is not None:
            json["id"] = self.id
        if self.updated is not None:
            json["updated"] = write_moment(self.updated)
        return json


Part = TypeVar("Part")


def read_tags(read: Reader) -> tuple[tuple[Mention, ...], tuple[Hashtag, ...], tuple[Emoji, ...]]:
    """Read an object's `tag`, leaving out what cannot be read and what is beyond the limits above."""
    return (
        _of_type(read, "Mention", Mention.from_json, MAX_MENTIONS),
        _of_type(read, "Hashtag", Hashtag.from_json, MAX_HASHTAGS),
        _of_type(read, "Emoji", Emoji.from_json, MAX_EMOJIS),
    )


def _of_type(read: Reader, name: str, from_json: Callable[[Json], Part], limit: int) -> tuple[Part, ...]:
    tags = [tag for tag in read.objects("tag") if any(kind.endswith(name) for kind in tag.types())]
    return tuple(readable([tag.json for tag in tags], from_json)[:limit])


def readable(items: list[Json], from_json: Callable[[Json], Part]) -> list[Part]:
    """Read each item, leaving out those that are Malformed: one bad tag does not spoil a post."""
    found: list[Part] = []
    for item in items:
        try:
            found.append(from_json(item))
        except Malformed:
            continue
    return found
