"""Actors on the wire: people, bots, groups and servers, with their keys (ActivityPub 4.1, security/v1)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from fedi.activitypub.attachments import Image
from fedi.activitypub.keys import Key, Multikey, PublicKey, multikeys_of, named_keys_of, public_keys_of
from fedi.activitypub.reader import Reader, host_of, same_origin, write_moment
from fedi.activitypub.tags import Emoji, read_tags, readable
from fedi.activitypub.vocabulary import (
    ACTOR_TYPES,
    CAPABILITIES,
    Json,
    Uri,
    actor_context,
    namespace_of,
)
from fedi.errors import Malformed

MAX_FIELDS = 50
MAX_FIELD_CHARACTERS = 2047
MAX_CAPABILITIES = 50
MAX_ALIASES = 100
MAX_DOMAINS = 100
MAX_NAME_CHARACTERS = 500
MAX_SUMMARY_CHARACTERS = 20_000
MAX_USERNAME_CHARACTERS = 2048

# A server's own actor is named like its host, in development with a port.
DOMAIN = re.compile(r"(?=[a-z0-9.-]{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_USERNAME = re.compile(r"[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*(?::[0-9]{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One row of a profile's table: a name and untrusted HTML."""

    name: str
    value: str

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        name = read.line("name", limit=MAX_FIELD_CHARACTERS)
        if "PropertyValue" not in (kind.removeprefix("schema:") for kind in read.types()) or name is None:
            raise Malformed("This is no profile field.")
        return cls(name=name, value=read.string("value", limit=MAX_FIELD_CHARACTERS) or "")

    def to_json(self) -> Json:
        return {"type": "PropertyValue", "name": self.name, "value": self.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An actor. `name` is plain text, `summary` untrusted HTML; what may be left unsaid is None.

    What names another origin than `id` where it must not (collections, keys' owners, the page) reads as
    absent (FEP-fe34). `webfinger` is `user@domain` (FEP-2c59). `named_keys` and `named_methods` are keys that
    publicKey and assertionMethod give by their ids alone; `implements` is said of its server (FEP-844e).
    """

    id: Uri
    type: str
    username: str
    inbox: Uri
    name: str = ""
    summary: str = ""
    url: Uri | None = None
    outbox: Uri | None = None
    followers: Uri | None = None
    following: Uri | None = None
    liked: Uri | None = None
    featured: Uri | None = None
    featured_tags: Uri | None = None
    shared_inbox: Uri | None = None
    icon: Image | None = None
    image: Image | None = None
    locked: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    memorial: bool = False
    suspended: bool = False
    also_known_as: tuple[Uri, ...] = ()
    attribution_domains: tuple[str, ...] = ()
    moved_to: Uri | None = None
    published: datetime | None = None
    fields: tuple[Field, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    public_keys: tuple[PublicKey, ...] = ()
    assertion_methods: tuple[Multikey, ...] = ()
    named_keys: tuple[Uri, ...] = ()
    named_methods: tuple[Uri, ...] = ()
    implements: tuple[Uri, ...] = ()
    webfinger: str | None = None
    # Only of ours, and only told: others' are none of our business.
    client_endpoints: tuple[tuple[str, Uri], ...] = ()

    @classmethod
    def from_json(cls, json: Json) -> Self:
        """Read an actor. Raises Malformed without a known type, id, inbox and usable name."""
        read = Reader(json)
        id_ = read.id()
        webfinger = _webfinger(read)
        endpoints = read.object("endpoints")
        return cls(
            id=id_,
            type=read.type(ACTOR_TYPES),
            username=_username(read, webfinger),
            inbox=read.uri("inbox"),
            name=read.line("name", limit=MAX_NAME_CHARACTERS) or "",
            summary=read.string("summary", limit=MAX_SUMMARY_CHARACTERS) or "",
            url=read_page(read, id_),
            outbox=_own(read, "outbox", id_),
            followers=_own(read, "followers", id_),
            following=_own(read, "following", id_),
            liked=_own(read, "liked", id_),
            featured=_own(read, "featured", id_),
            featured_tags=_own(read, "featuredTags", id_),
            shared_inbox=endpoints.find_uri("sharedInbox") if endpoints else None,
            icon=Image.read(read, "icon"),
            image=Image.read(read, "image"),
            locked=read.flag("manuallyApprovesFollowers"),
            discoverable=read.flag("discoverable"),
            indexable=read.flag("indexable"),
            memorial=read.flag("memorial") or False,
            suspended=read.flag("suspended") or False,
            also_known_as=read.uris("alsoKnownAs", limit=MAX_ALIASES),
            attribution_domains=_domains(read),
            moved_to=read.find_uri("movedTo"),
            published=read.moment("published"),
            fields=_fields(read),
            emojis=read_tags(read)[2],
            public_keys=public_keys_of(read, id_),
            assertion_methods=multikeys_of(read, id_),
            named_keys=named_keys_of(read, "publicKey", id_),
            named_methods=named_keys_of(read, "assertionMethod", id_),
            implements=_capabilities(read),
            webfinger=webfinger,
        )

    def to_json(self) -> Json:
        """Write the actor as Mastodon and its peers read it; what is None is left out."""
        said: dict[str, object | None] = {
            "@context": self.json_context(),
            "id": self.id,
            "type": self.type,
            "webfinger": self.webfinger,
            "preferredUsername": self.username,
            "name": self.name,
            "summary": self.summary,
            "url": self.url,
            "inbox": self.inbox,
            "outbox": self.outbox,
            "followers": self.followers,
            "following": self.following,
            "liked": self.liked,
            "featured": self.featured,
            "featuredTags": self.featured_tags,
            "endpoints": self._endpoints_to_json() or None,
            "manuallyApprovesFollowers": self.locked,
            "discoverable": self.discoverable,
            "indexable": self.indexable,
            "memorial": self.memorial,
            "suspended": True if self.suspended else None,
            "alsoKnownAs": list(self.also_known_as),
            "attributionDomains": list(self.attribution_domains) or None,
            "movedTo": self.moved_to,
            "published": write_moment(self.published) if self.published else None,
            "publicKey": self._keys_to_json(),
            "assertionMethod": [key.to_json() for key in self.assertion_methods] or None,
            "generator": self._generator(),
            "tag": [emoji.to_json() for emoji in self.emojis],
            "attachment": [field.to_json() for field in self.fields],
            "icon": self.icon.to_json() if self.icon else None,
            "image": self.image.to_json() if self.image else None,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _endpoints_to_json(self) -> Json:
        shared = {"sharedInbox": self.shared_inbox} if self.shared_inbox else {}
        return shared | dict(self.client_endpoints)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that stand in this document."""
        return (*self.public_keys, *self.assertion_methods)

    def json_context(self) -> list[object]:
        """Give the `@context` this actor needs; what names a model lives in its server's namespace."""
        named = any(picture is not None and picture.ai_system for picture in (self.icon, self.image))
        return actor_context(namespace_of(self.id) if named else None)

    def _generator(self) -> Json | None:
        implemented = [{"href": uri, "name": CAPABILITIES.get(uri, uri)} for uri in self.implements]
        return {"type": "Application", "implements": implemented} if implemented else None

    def _keys_to_json(self) -> object | None:
        keys = [key.to_json() for key in self.public_keys]
        # Older readers take a single object only, so a list is written for several keys alone.
        return keys if len(keys) > 1 else next(iter(keys), None)


def read_page(read: Reader, id_: Uri) -> Uri | None:
    """Read `url`: the first HTML page on the host of the id, from strings and Links; else None."""
    found: list[tuple[bool, Uri]] = []
    for value in read.many("url"):
        link = Reader(value if isinstance(value, dict) else {"href": value})
        page = link.find_uri("href")
        if page is not None and host_of(page) == host_of(id_):
            found.append(((link.string("mediaType", limit=200) or "text/html").startswith("text/html"), page))
    # Of equals max gives the first.
    return max(found, key=lambda choice: choice[0], default=(False, None))[1]


def _webfinger(read: Reader) -> str | None:
    handle = (read.line("webfinger", limit=MAX_USERNAME_CHARACTERS) or "").removeprefix("acct:").lstrip("@")
    name, _, domain = handle.partition("@")
    return handle if name and domain and "@" not in domain else None


def _username(read: Reader, webfinger: str | None) -> str:
    name = (
        read.string("preferredUsername", limit=MAX_USERNAME_CHARACTERS) or (webfinger or "").partition("@")[0]
    )
    if not _USERNAME.fullmatch(name):
        raise Malformed("The actor has no usable name.")
    return name


def _own(read: Reader, name: str, id_: Uri) -> Uri | None:
    uri = read.find_uri(name)
    return uri if uri is not None and same_origin(uri, id_) else None


def _domains(read: Reader) -> tuple[str, ...]:
    """Read who may credit the actor in link previews (Mastodon); what is no domain is left out."""
    said = [name.lower() for name in read.many("attributionDomains") if isinstance(name, str)]
    return tuple(dict.fromkeys(name for name in said if DOMAIN.fullmatch(name)))[:MAX_DOMAINS]


def _fields(read: Reader) -> tuple[Field, ...]:
    items = [item.json for item in read.objects("attachment")]
    return tuple(readable(items, Field.from_json)[:MAX_FIELDS])


def _capabilities(read: Reader) -> tuple[Uri, ...]:
    """Read what the actor's server implements, said of its program or, by that, of itself (FEP-844e)."""
    speakers = [*read.objects("generator")[:1], read]
    found = [
        capability.find_uri("href")
        for speaker in speakers
        for capability in speaker.objects("implements")[:MAX_CAPABILITIES]
    ]
    return tuple(dict.fromkeys(uri for uri in found if uri is not None))
