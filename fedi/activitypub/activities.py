"""Activities: one frozen dataclass each, read from a stranger's JSON and written as Mastodon reads them.

Who may say what (origins, authors) is not judged here but in federation/inbox.py; `id` is None where a
peer sent none (Akkoma and Pleroma do so for some Accepts and Undos).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Self, TypeAlias

from fedi.activitypub.actors import Actor
from fedi.activitypub.audience import read_audience
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import Reader, same_origin, write_moment
from fedi.activitypub.stamps import QuoteAuthorization, RemixAuthorization
from fedi.activitypub.tags import Emoji, read_tags
from fedi.activitypub.vocabulary import (
    ACTOR_TYPES,
    AS2,
    NOTE_TYPES,
    QUOTE_REQUEST_TERMS,
    REACTION_TERMS,
    Json,
    Uri,
    remix_request_terms,
)
from fedi.errors import Malformed

MAX_AUTHORS = 20
MAX_FLAGGED = 100
MAX_FLAG_CHARACTERS = 5000

_MAX_REACTION_CHARACTERS = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """ActivityPub 7.5; to a relay, `object` is PUBLIC."""

    id: Uri | None
    actor: Uri
    object: Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(id=read.find_id(), actor=read.uri("actor"), object=read.uri("object"))

    def to_json(self) -> Json:
        return _json(self, "Follow", self.object)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """FEP-044f: may `instrument`, a post of the actor's, quote `object`? The post may stand inside."""

    id: Uri | None
    actor: Uri
    object: Uri
    instrument: Note | Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        actor, note = read.uri("actor"), read.object("instrument")
        is_whole = note is not None and not NOTE_TYPES.isdisjoint(note.types())
        return cls(
            id=read.find_id(),
            actor=actor,
            object=read.uri("object"),
            instrument=_note(note, actor, (), ()) if note and is_whole else read.uri("instrument"),
        )

    def to_json(self) -> Json:
        inner = _inner(self.instrument)
        context: list[object] = [AS2]
        if isinstance(inner, dict):
            inner = dict(inner)
            context = inner.pop("@context")
        json = _json(self, "QuoteRequest", self.object)
        return json | {"@context": [*context, dict(QUOTE_REQUEST_TERMS)], "instrument": inner}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemixRequest:
    """The actor asks to have a model work on a picture of the post `object` (federation reference 19.3).

    `instrument` is the id of the post that is to show what comes of it, which may not be there yet.
    """

    id: Uri | None
    actor: Uri
    object: Uri
    instrument: Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(
            id=read.find_id(),
            actor=read.uri("actor"),
            object=read.uri("object"),
            instrument=read.uri("instrument"),
        )

    def to_json(self) -> Json:
        json = _json(self, "RemixRequest", self.object)
        return json | {"@context": [AS2, remix_request_terms(self.actor)], "instrument": self.instrument}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """ActivityPub 7.6. We always send what was asked itself, with its own id (Mastodon needs it).

    `result` is what the yes made: the stamp of a quote or a remix.
    """

    id: Uri | None
    actor: Uri
    object: Follow | QuoteRequest | RemixRequest | Uri
    result: Uri | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(
            id=read.find_id(),
            actor=read.uri("actor"),
            object=_asked(read),
            result=read.find_uri("result"),
        )

    def to_json(self) -> Json:
        return _json(self, "Accept", _inner(self.object)) | ({"result": self.result} if self.result else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """ActivityPub 7.7; after an Accept it removes the follower, or the quote."""

    id: Uri | None
    actor: Uri
    object: Follow | QuoteRequest | RemixRequest | Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(id=read.find_id(), actor=read.uri("actor"), object=_asked(read))

    def to_json(self) -> Json:
        return _json(self, "Reject", _inner(self.object))


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """ActivityPub 7.2. A note without addresses or author takes those of the activity."""

    id: Uri | None
    actor: Uri
    object: Note | Uri
    to: tuple[Uri, ...] = ()
    cc: tuple[Uri, ...] = ()
    published: datetime | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        actor = read.uri("actor")
        to, cc = read_audience(read)
        note = read.object("object")
        return cls(
            id=read.find_id(),
            actor=actor,
            object=_note(note, actor, to, cc) if note and note.types() else read.uri("object"),
            to=to,
            cc=cc,
            published=read.moment("published"),
        )

    def to_json(self) -> Json:
        return _json(self, "Create", _inner(self.object), **_addresses(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """ActivityPub 7.3: the whole object anew, never a patch."""

    id: Uri | None
    actor: Uri
    object: Note | Actor | Uri
    to: tuple[Uri, ...] = ()
    cc: tuple[Uri, ...] = ()
    published: datetime | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        actor = read.uri("actor")
        to, cc = read_audience(read)
        return cls(
            id=read.find_id(),
            actor=actor,
            object=_note_actor_or_uri(read, actor, to, cc),
            to=to,
            cc=cc,
            published=read.moment("published"),
        )

    def to_json(self) -> Json:
        return _json(self, "Update", _inner(self.object), **_addresses(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """ActivityPub 7.4. `former_type` is what the object was, where told; of an actor, `object` is `actor`.

    `stamp` is the object where a quote (FEP-044f) or a remix is no longer allowed.
    """

    id: Uri | None
    actor: Uri
    object: Uri
    former_type: str | None = None
    stamp: QuoteAuthorization | RemixAuthorization | None = None
    to: tuple[Uri, ...] = ()
    cc: tuple[Uri, ...] = ()

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        to, cc = read_audience(read)
        inner = read.object("object")
        types = [name for name in inner.types() if name != "Tombstone"] if inner else []
        former = inner.line("formerType", limit=100) if inner else None
        stamp = _stamp(inner) if inner else None
        former = former or (types[0][:100].strip() or None if types else None)
        return cls(
            id=read.find_id(),
            actor=read.uri("actor"),
            object=read.uri("object"),
            former_type=None if stamp else former,
            stamp=stamp,
            to=to,
            cc=cc,
        )

    def to_json(self) -> Json:
        tombstone: Json = {"id": self.object, "type": "Tombstone"}
        if self.former_type is not None:
            tombstone["formerType"] = self.former_type
        is_actor = self.object == self.actor and self.former_type is None
        what = self.object if is_actor else tombstone
        json = _json(self, "Delete", self.stamp.to_json() if self.stamp else what)
        return json | {"to": list(self.to), "cc": list(self.cc)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """ActivityPub 7.10. With `content` it is an emoji reaction (Misskey; EmojiReact, FEP-c0e0).

    It is written as an EmojiReact when it `reacts`; both types with content read as reactions.
    """

    id: Uri | None
    actor: Uri
    object: Uri
    content: str | None = None
    emojis: tuple[Emoji, ...] = ()
    reacts: bool = False

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        limit = _MAX_REACTION_CHARACTERS
        return cls(
            id=read.find_id(),
            actor=read.uri("actor"),
            object=read.uri("object"),
            content=read.line("content", limit=limit) or read.line("_misskey_reaction", limit=limit),
            emojis=read_tags(read)[2],
            reacts="EmojiReact" in read.types(),
        )

    def to_json(self) -> Json:
        json = _json(self, "EmojiReact" if self.reacts else "Like", self.object)
        if self.reacts:
            json["@context"] = [AS2, dict(REACTION_TERMS)]
        if self.content is not None:
            json["content"] = self.content
        if self.emojis:
            json["tag"] = [emoji.to_json() for emoji in self.emojis]
        return json


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """ActivityPub 7.11. Only the id of what is boosted counts: an inlined copy proves nothing.

    `passed_on` is what a group tells its followers of (FEP-1b12); `object` is then what that is about.
    """

    id: Uri | None
    actor: Uri
    object: Uri
    to: tuple[Uri, ...] = ()
    cc: tuple[Uri, ...] = ()
    published: datetime | None = None
    passed_on: Create | Update | Delete | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        to, cc = read_audience(read)
        passed_on = _passed_on(read)
        return cls(
            id=read.find_id(),
            actor=read.uri("actor"),
            object=_id_of(passed_on.object) if passed_on else read.uri("object"),
            to=to,
            cc=cc,
            published=read.moment("published"),
            passed_on=passed_on,
        )

    def to_json(self) -> Json:
        return _json(self, "Announce", _inner(self.passed_on or self.object), **_addresses(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """ActivityPub 6.9, delivered to whom it concerns as Mastodon does."""

    id: Uri | None
    actor: Uri
    object: Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(id=read.find_id(), actor=read.uri("actor"), object=read.uri("object"))

    def to_json(self) -> Json:
        return _json(self, "Block", self.object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """ActivityPub 7.12; an activity of a type not listed here reads as its id."""

    id: Uri | None
    actor: Uri
    object: Follow | Like | Announce | Block | Uri
    to: tuple[Uri, ...] = ()
    cc: tuple[Uri, ...] = ()

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        to, cc = read_audience(read)
        return cls(id=read.find_id(), actor=read.uri("actor"), object=_undone(read), to=to, cc=cc)

    def to_json(self) -> Json:
        json = _json(self, "Undo", _inner(self.object))
        return json | ({"to": list(self.to), "cc": list(self.cc)} if self.to or self.cc else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A report: of an account and of posts, by their ids, from a server's own actor."""

    id: Uri | None
    actor: Uri
    object: tuple[Uri, ...]
    content: str = ""

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        reported = read.uris("object", limit=MAX_FLAGGED)
        if not reported:
            raise Malformed("The report names nothing.")
        content = read.text("content", limit=MAX_FLAG_CHARACTERS) or ""
        return cls(id=read.find_id(), actor=read.uri("actor"), object=reported, content=content)

    def to_json(self) -> Json:
        return _json(self, "Flag", list(self.object)) | {"content": self.content}


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """ActivityPub 7.8: pins `object` when `target` is the actor's featured collection."""

    id: Uri | None
    actor: Uri
    object: Uri
    target: Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        object_, target = read.uri("object"), read.uri("target")
        return cls(id=read.find_id(), actor=read.uri("actor"), object=object_, target=target)

    def to_json(self) -> Json:
        return _json(self, "Add", self.object) | {"target": self.target}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """ActivityPub 7.9: unpins what Add pinned."""

    id: Uri | None
    actor: Uri
    object: Uri
    target: Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        object_, target = read.uri("object"), read.uri("target")
        return cls(id=read.find_id(), actor=read.uri("actor"), object=object_, target=target)

    def to_json(self) -> Json:
        return _json(self, "Remove", self.object) | {"target": self.target}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An account moved: `object` (the actor itself) now lives at `target` (FEP-7628)."""

    id: Uri | None
    actor: Uri
    object: Uri
    target: Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        object_, target = read.uri("object"), read.uri("target")
        return cls(id=read.find_id(), actor=read.uri("actor"), object=object_, target=target)

    def to_json(self) -> Json:
        return _json(self, "Move", self.object) | {"target": self.target}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An activity, or the use of one, that is not spoken here: answered 202, counted by type, ignored."""

    id: Uri | None
    type: str
    actor: Uri | None


Activity: TypeAlias = (
    Accept
    | Add
    | Announce
    | Block
    | Create
    | Delete
    | Flag
    | Follow
    | Like
    | Move
    | QuoteRequest
    | Reject
    | RemixRequest
    | Remove
    | Undo
    | Update
    | Unknown
)

_READERS: Final[MappingProxyType[str, Callable[[Json], Activity]]] = MappingProxyType(
    {
        "Accept": Accept.from_json,
        "Add": Add.from_json,
        "Announce": Announce.from_json,
        "Block": Block.from_json,
        "Create": Create.from_json,
        "Delete": Delete.from_json,
        "EmojiReact": Like.from_json,
        "Flag": Flag.from_json,
        "Follow": Follow.from_json,
        "Like": Like.from_json,
        "Move": Move.from_json,
        "QuoteRequest": QuoteRequest.from_json,
        "Reject": Reject.from_json,
        "RemixRequest": RemixRequest.from_json,
        "Remove": Remove.from_json,
        "fedi:RemixRequest": RemixRequest.from_json,
        "Undo": Undo.from_json,
        "Update": Update.from_json,
    }
)
_UNDOABLE: Final[MappingProxyType[str, Callable[[Json], Follow | Like | Announce | Block]]] = (
    MappingProxyType(
        {
            "Announce": Announce.from_json,
            "Block": Block.from_json,
            "EmojiReact": Like.from_json,
            "Follow": Follow.from_json,
            "Like": Like.from_json,
        }
    )
)
_PASSED_ON: Final[MappingProxyType[str, Callable[[Json], Create | Update | Delete]]] = MappingProxyType(
    {"Create": Create.from_json, "Delete": Delete.from_json, "Update": Update.from_json}
)
# What these may hold beyond what we know (ChatMessage, EncryptedMessage, CacheFile) is no fault of the peer.
_HOLDERS: Final = MappingProxyType({"Create": NOTE_TYPES, "Update": NOTE_TYPES | ACTOR_TYPES})


def parse_activity(json: Json) -> Activity:
    """Read an activity of any type. Raises Malformed for one that its type's reader cannot make sense of."""
    read = Reader(json)
    types = read.types()
    if not types:
        raise Malformed("The document has no type.")
    name = next((name for name in types if name in _READERS), None)
    if name is None or _holds_unknown(name, read):
        return Unknown(id=read.find_id(), type=types[0][:100], actor=read.find_uri("actor"))
    return _READERS[name](json)


def _holds_unknown(name: str, read: Reader) -> bool:
    inner = read.object("object")
    if name in {"Add", "Remove"}:
        # Featured hashtags are added without an id.
        return inner is not None and "Hashtag" in inner.types()
    if name == "Announce":
        # Votes and locks in a group; nobody vouches for them but the group.
        told = _told(inner)
        return inner is not None and _is_activity(inner) and (told is None or _holds_unknown(told, inner))
    return bool(name in _HOLDERS and inner and inner.types() and _HOLDERS[name].isdisjoint(inner.types()))


def _passed_on(read: Reader) -> Create | Update | Delete | None:
    inner = read.object("object")
    told = _told(inner)
    return _PASSED_ON[told](inner.json) if inner and told else None


def _told(inner: Reader | None) -> str | None:
    return next((name for name in inner.types() if name in _PASSED_ON), None) if inner else None


def _is_activity(inner: Reader) -> bool:
    return "actor" in inner.json and bool(inner.types()) and NOTE_TYPES.isdisjoint(inner.types())


def _asked(read: Reader) -> Follow | QuoteRequest | RemixRequest | Uri:
    inner = read.object("object")
    if inner is None or not (inner.find_uri("object") and inner.find_uri("actor")):
        return read.uri("object")
    if "Follow" in inner.types():
        return Follow.from_json(inner.json)
    if "QuoteRequest" in inner.types() and inner.find_uri("instrument"):
        return replace(QuoteRequest.from_json(inner.json), instrument=inner.uri("instrument"))
    if not {"RemixRequest", "fedi:RemixRequest"}.isdisjoint(inner.types()) and inner.find_uri("instrument"):
        return RemixRequest.from_json(inner.json)
    return read.uri("object")


def _stamp(inner: Reader) -> QuoteAuthorization | RemixAuthorization | None:
    for kind in (QuoteAuthorization, RemixAuthorization):
        if not set(kind.names).isdisjoint(inner.types()):
            try:
                return kind.from_json(inner.json)
            except Malformed:
                return None
    return None


def _undone(read: Reader) -> Follow | Like | Announce | Block | Uri:
    inner = read.object("object")
    name = next((name for name in inner.types() if name in _UNDOABLE), None) if inner else None
    if inner is None or name is None or inner.find_uri("object") is None:
        return read.uri("object")
    # Some name the actor once only, on the outside.
    by = {} if inner.json.get("actor") else {"actor": read.uri("actor")}
    return _UNDOABLE[name](inner.json | by)


def _note(read: Reader, actor: Uri, to: tuple[Uri, ...], cc: tuple[Uri, ...]) -> Note:
    json, authors = read.json, read.json.get("attributedTo")
    # Of several authors it is the one who sends it.
    is_among = isinstance(authors, list) and actor in read.uris("attributedTo", limit=MAX_AUTHORS)
    if is_among or (not authors and same_origin(read.id(), actor)):
        json = json | {"attributedTo": actor}
    note = Note.from_json(json)
    return note if note.to or note.cc else replace(note, to=to, cc=cc)


def _note_actor_or_uri(
    read: Reader, actor: Uri, to: tuple[Uri, ...], cc: tuple[Uri, ...]
) -> Note | Actor | Uri:
    inner = read.object("object")
    if inner is None or not inner.types():
        return read.uri("object")
    if not ACTOR_TYPES.isdisjoint(inner.types()):
        return Actor.from_json(inner.json)
    return _note(inner, actor, to, cc)


def _json(activity: Activity, name: str, what: object, **more: object) -> Json:
    """Write an activity; the context of what it holds becomes the context of the whole."""
    context: object = AS2
    if isinstance(what, dict) and "@context" in what:
        what = dict(what)
        context = what.pop("@context")
    said = {"@context": context, "id": activity.id, "type": name, "actor": activity.actor}
    return {key: value for key, value in said.items() if value is not None} | more | {"object": what}


def _addresses(activity: Create | Update | Announce) -> Json:
    published = {"published": write_moment(activity.published)} if activity.published else {}
    return published | {"to": list(activity.to), "cc": list(activity.cc)}


def _inner(
    value: Follow
    | QuoteRequest
    | RemixRequest
    | Create
    | Update
    | Delete
    | Like
    | Announce
    | Block
    | Note
    | Actor
    | Uri,
) -> Json | Uri:
    return value if isinstance(value, str) else value.to_json()


def _id_of(value: Note | Actor | Uri) -> Uri:
    return value if isinstance(value, str) else value.id
