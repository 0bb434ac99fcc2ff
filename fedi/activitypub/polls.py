"""Polls: the options and the end of a Question (ActivityStreams 2.0, Mastodon's votersCount)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from fedi.activitypub.reader import Reader, read_moment, write_moment
from fedi.activitypub.vocabulary import Json

MAX_OPTIONS = 100
MAX_OPTION_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOption:
    """One answer and how many chose it; None where that is not told before the end."""

    name: str
    votes: int | None = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The poll of a Question; `voters` is how many people voted, where the author's server tells.

    `closed` is True, or the moment of closing, which Pleroma names while it still lies ahead.
    """

    options: tuple[PollOption, ...]
    multiple: bool = False
    end_time: datetime | None = None
    closed: datetime | bool = False
    voters: int | None = None

    @classmethod
    def read(cls, read: Reader) -> Self | None:
        """Read the poll of a Question; without options there is none."""
        multiple = not read.objects("oneOf")
        options = [_option(option) for option in read.objects("anyOf" if multiple else "oneOf")[:MAX_OPTIONS]]
        known = tuple(option for option in options if option is not None)
        if not known:
            return None
        closed = read.one("closed")
        return cls(
            options=known,
            multiple=multiple,
            end_time=read.moment("endTime"),
            closed=read_moment(closed) or closed is True,
            voters=read.count("votersCount"),
        )

    def to_json(self) -> Json:
        """Write the properties that a Question has beyond a Note's."""
        json: Json = {"anyOf" if self.multiple else "oneOf": [_option_json(each) for each in self.options]}
        if self.end_time is not None:
            json["endTime"] = write_moment(self.end_time)
        if self.closed:
            json["closed"] = True if self.closed is True else write_moment(self.closed)
        if self.voters is not None:
            json["votersCount"] = self.voters
        return json


def _option(read: Reader) -> PollOption | None:
    name = read.line("name", limit=MAX_OPTION_CHARACTERS)
    replies = read.object("replies")
    return PollOption(name=name, votes=(replies.count("totalItems") or 0) if replies else 0) if name else None


def _option_json(option: PollOption) -> Json:
    replies: Json = {"type": "Collection"}
    if option.votes is not None:
        replies["totalItems"] = option.votes
    return {"type": "Note", "name": option.name, "replies": replies}
