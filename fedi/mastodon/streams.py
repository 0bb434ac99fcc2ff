"""Streams by their names, and events as they are written to a WebSocket or as server-sent events.

Mastodon API: streaming.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from fedi.actions.scopes import covers
from fedi.errors import FediError
from fedi.mastodon.params import read_id
from fedi.models.users import AccessToken
from fedi.text.tokens import normalise_tag

_STATUSES, NOTIFICATIONS = "read:statuses", "read:notifications"
SCOPES = (_STATUSES, NOTIFICATIONS)
_MAX_TAG_CHARACTERS = 255


class Kind(StrEnum):
    """What can be listened to."""

    USER = "user"
    USER_NOTIFICATION = "user:notification"
    PUBLIC = "public"
    PUBLIC_MEDIA = "public:media"
    PUBLIC_LOCAL = "public:local"
    PUBLIC_LOCAL_MEDIA = "public:local:media"
    PUBLIC_REMOTE = "public:remote"
    PUBLIC_REMOTE_MEDIA = "public:remote:media"
    HASHTAG = "hashtag"
    HASHTAG_LOCAL = "hashtag:local"
    LIST = "list"
    DIRECT = "direct"


class BadStream(FediError):
    """Unknown stream type."""

    status_code = 400


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream. Of a hashtag's `about` is the normalised tag, of a list's its id as text."""

    kind: Kind
    about: str = ""

    @property
    def scope(self) -> str:
        """The scope that a token needs to listen."""
        return NOTIFICATIONS if self.kind is Kind.USER_NOTIFICATION else _STATUSES

    @property
    def names(self) -> list[str]:
        """How it is called in what is sent."""
        return [self.kind, self.about] if self.about else [self.kind]


def read_stream(kind: str, *, tag: str = "", list_id: str = "", only_media: bool = False) -> Stream:
    """Read which stream is meant. Raises BadStream."""
    if only_media and kind in {Kind.PUBLIC, Kind.PUBLIC_LOCAL, Kind.PUBLIC_REMOTE}:
        kind = f"{kind}:media"
    try:
        known = Kind(kind)
    except ValueError as error:
        raise BadStream from error
    match known:
        case Kind.HASHTAG | Kind.HASHTAG_LOCAL:
            name = normalise_tag(tag.removeprefix("#"))
            if not name or len(name) > _MAX_TAG_CHARACTERS:
                raise BadStream("Missing tag name parameter")
            return Stream(known, name)
        case Kind.LIST:
            id_ = read_id(list_id)
            if not id_:
                raise BadStream("Missing list name parameter")
            return Stream(known, str(id_))
        case _:
            return Stream(known)


def may_listen(token: AccessToken, stream: Stream) -> bool:
    """Say whether a token was given for what a stream tells."""
    return covers(token.scopes, stream.scope)


@dataclass(slots=True)
class Event:
    """Something to tell. Written once however many are told; `payload` is JSON or plain text."""

    name: str
    payload: str | None = None
    _frames: dict[Stream, str] = field(default_factory=dict)
    _lines: bytes = b""

    def frame(self, stream: Stream) -> str:
        """Write it as a WebSocket's message."""
        known = self._frames.get(stream)
        if known is None:
            whole = {"stream": stream.names, "event": self.name, "payload": self.payload}
            if self.payload is None:
                del whole["payload"]
            known = self._frames[stream] = msgspec.json.encode(whole).decode()
        return known

    def lines(self, stream: Stream) -> bytes:
        """Write it as a server-sent event, which does not say of which stream it is."""
        del stream
        if not self._lines:
            self._lines = f"event: {self.name}\ndata: {self.payload or ''}\n\n".encode()
        return self._lines
