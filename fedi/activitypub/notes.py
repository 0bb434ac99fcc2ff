"""Posts on the wire: Note and Question as we send them, and others' Article, Page, Video and so on."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from fedi.activitypub.actors import read_page
from fedi.activitypub.attachments import MAX_ATTACHMENTS, Attachment, read_media_type
from fedi.activitypub.audience import read_audience
from fedi.activitypub.collections import CollectionPage
from fedi.activitypub.licences import read_licence
from fedi.activitypub.policies import Policy
from fedi.activitypub.polls import Poll
from fedi.activitypub.quotes import QuoteClaim
from fedi.activitypub.reader import Reader, same_origin, uri_of, write_moment
from fedi.activitypub.remixes import RemixClaim
from fedi.activitypub.tags import Emoji, Hashtag, Mention, read_tags, readable
from fedi.activitypub.vocabulary import (
    NOTE_TYPES,
    Json,
    Uri,
    licence_terms,
    namespace_of,
    note_context,
    remix_terms,
    source_terms,
)
from fedi.errors import Malformed
from fedi.text.html import escape_text

MAX_CONTENT_CHARACTERS = 100_000
MAX_SUMMARY_CHARACTERS = 10_000
MAX_NAME_CHARACTERS = 2048

_MAX_CONTEXT_CHARACTERS = 2048
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}")
_MAX_LANGUAGE_CHARACTERS = 10
_PLAIN = frozenset({"text/plain", "text/markdown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the author typed, before it became HTML (ActivityPub 3.3)."""

    content: str
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A post. `content` is untrusted HTML; `summary` (the content warning) and `name` are plain text.

    `url` is the page, None where it is the id; `context` any opaque string; `likes_count` and
    `shares_count` what the author's own server says; `replies_page` is the first page of `replies` where
    it stands in the post itself; `interaction_policy` is kept as it was given.
    """

    id: Uri
    attributed_to: Uri
    type: str = "Note"
    content: str = ""
    language: str | None = None
    summary: str | None = None
    name: str | None = None
    sensitive: bool = False
    published: datetime | None = None
    updated: datetime | None = None
    to: tuple[Uri, ...] = ()
    cc: tuple[Uri, ...] = ()
    in_reply_to: Uri | None = None
    url: Uri | None = None
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    context: str | None = None
    replies: Uri | None = None
    replies_page: CollectionPage | None = None
    likes: Uri | None = None
    likes_count: int | None = None
    shares: Uri | None = None
    shares_count: int | None = None
    source: Source | None = None
    poll: Poll | None = None
    quote: QuoteClaim | None = None
    interaction_policy: Policy | None = None
    remix: RemixClaim | None = None
    licence: Uri | None = None

    @property
    def is_vote(self) -> bool:
        """Whether this has the shape of a vote: a bare name in reply to something (Mastodon's polls)."""
        has_words = self.content or self.attachments
        return bool(self.name and self.in_reply_to and not has_words and self.type == "Note")

    @classmethod
    def from_json(cls, json: Json) -> Self:
        """Read a post. Raises Malformed without a known type, an id and an author of the same origin."""
        read = Reader(json)
        id_, type_ = read.id(), read.type(NOTE_TYPES)
        content, language = _content(read)
        to, cc = read_audience(read)
        mentions, hashtags, emojis = read_tags(read)
        likes, likes_count = _collection(read, "likes", id_)
        shares, shares_count = _collection(read, "shares", id_)
        replies = _collection(read, "replies", id_)[0]
        in_reply_to = read.find_uri("inReplyTo")
        author = _author(read, id_)
        return cls(
            id=id_,
            attributed_to=author,
            type=type_,
            content=content,
            language=language,
            summary=_worded(read, "summary", MAX_SUMMARY_CHARACTERS),
            name=_worded(read, "name", MAX_NAME_CHARACTERS),
            sensitive=read.flag("sensitive") or False,
            published=read.moment("published"),
            updated=read.moment("updated"),
            to=to,
            cc=cc,
            in_reply_to=in_reply_to if in_reply_to != id_ else None,
            url=read_page(read, id_),
            mentions=mentions,
            hashtags=hashtags,
            emojis=emojis,
            attachments=_attachments(read),
            context=_context(read),
            replies=replies,
            replies_page=_first_page(read) if replies else None,
            likes=likes,
            likes_count=likes_count,
            shares=shares,
            shares_count=shares_count,
            source=_source(read),
            poll=Poll.read(read) if type_ == "Question" else None,
            quote=QuoteClaim.read(read, id_),
            interaction_policy=Policy.read(read, author),
            remix=RemixClaim.read(read, id_),
            licence=read_licence(read),
        )

    def to_json(self) -> Json:
        """Write the post as a document of its own, `@context` first."""
        said: dict[str, object | None] = {
            "@context": self.json_context(),
            "id": self.id,
            "type": self.type,
            "url": self.url,
            "attributedTo": self.attributed_to,
            "published": write_moment(self.published) if self.published else None,
            "updated": write_moment(self.updated) if self.updated else None,
            "to": list(self.to),
            "cc": list(self.cc),
            "context": self.context,
            "conversation": self.context,
            "name": self.name,
            "replies": self._replies_to_json(),
            "likes": _collection_to_json(self.likes, self.likes_count),
            "shares": _collection_to_json(self.shares, self.shares_count),
            "source": {"content": self.source.content, "mediaType": self.source.media_type}
            if self.source
            else None,
            "interactionPolicy": self.interaction_policy.to_json() if self.interaction_policy else None,
        }
        json = {name: value for name, value in said.items() if value is not None}
        return json | self._body_to_json() | (self.poll.to_json() if self.poll else {})

    def _replies_to_json(self) -> object | None:
        if self.replies is None or self.replies_page is None:
            return self.replies
        page = self.replies_page.to_json()
        del page["@context"]
        return {"id": self.replies, "type": "Collection", "first": page}

    def json_context(self) -> list[object]:
        """Give the `@context` this post needs; the terms of AI labels live in its server's namespace."""
        labelled = any(each.digital_source_type or each.ai_system for each in self.attachments)
        more: Json = {}
        if self.remix is not None or (self.interaction_policy and self.interaction_policy.remix):
            more |= remix_terms(self.id)
        if self.licence is not None or any(each.licence for each in self.attachments):
            more |= licence_terms()
        if any(each.based_on for each in self.attachments):
            more |= source_terms()
        namespace = namespace_of(self.id) if labelled else None
        return note_context(namespace, quotes=self.quote is not None, more=more)

    def _body_to_json(self) -> Json:
        tags: tuple[Mention | Hashtag | Emoji, ...] = (*self.mentions, *self.hashtags, *self.emojis)
        # What is not said is left out: null is not what schemas of others allow.
        json: Json = {"inReplyTo": self.in_reply_to} if self.in_reply_to is not None else {}
        if self.summary is not None:
            json["summary"] = self.summary
        json |= {
            "sensitive": self.sensitive,
            "tag": [*(tag.to_json() for tag in tags), *(self.quote.tags_to_json() if self.quote else ())],
            "attachment": [attachment.to_json() for attachment in self.attachments],
        }
        # A vote must not have content, or Mastodon takes it for a reply.
        if not self.is_vote:
            json["content"] = self.content
        if self.language is not None:
            json["contentMap"] = {self.language: self.content}
        if self.licence is not None:
            json["license"] = self.licence
        json |= self.remix.to_json() if self.remix else {}
        return json | (self.quote.to_json() if self.quote else {})


def _content(read: Reader) -> tuple[str, str | None]:
    content = read.string("content", limit=MAX_CONTENT_CHARACTERS)
    by_language = _by_language(read, "contentMap", MAX_CONTENT_CHARACTERS)
    if content is None:
        content = next(iter(by_language.values()), "")
    named = [language for language, words in by_language.items() if words == content]
    # PeerTube describes its videos in Markdown: its lines are kept, its marks shown as they are.
    if read_media_type(read) in _PLAIN:
        content = _paragraphs(content)
    language = next(iter(named or by_language), None)
    known = (
        language not in {None, "und"}
        and len(language) <= _MAX_LANGUAGE_CHARACTERS
        and _LANGUAGE.fullmatch(language)
    )
    return content, language if known else None


def _paragraphs(text: str) -> str:
    parts = re.split(r"\n{2,}", escape_text(text).strip())
    return "".join("<p>" + part.replace("\n", "<br>") + "</p>" for part in parts if part)


def _worded(read: Reader, name: str, limit: int) -> str | None:
    words = read.text(name, limit=limit)
    if words is None and read.one(name) is None:
        words = next(iter(_by_language(read, f"{name}Map", limit).values()), None)
        words = Reader({name: words}).text(name, limit=limit)
    return words


def _by_language(read: Reader, name: str, limit: int) -> dict[str, str]:
    words = read.object(name)
    return {key: text[:limit] for key, text in words.json.items() if isinstance(text, str)} if words else {}


def _author(read: Reader, id_: Uri) -> Uri:
    # PeerTube attributes a video to a Person and a Group; the person wrote it.
    people = [person for person in read.objects("attributedTo") if "Person" in person.types()]
    author = (people[0].find_id() if people else None) or read.uri("attributedTo")
    if not same_origin(author, id_):
        raise Malformed("The post is attributed to another server's actor.")
    return author


def _attachments(read: Reader) -> tuple[Attachment, ...]:
    items = [item.json for item in read.objects("attachment")]
    return tuple(readable(items, Attachment.from_json)[:MAX_ATTACHMENTS])


def _context(read: Reader) -> str | None:
    for value in (read.one("context"), read.one("conversation")):
        named = uri_of(value) if isinstance(value, dict) else value
        if isinstance(named, str) and 0 < len(named) <= _MAX_CONTEXT_CHARACTERS:
            return named
    return None


def _collection(read: Reader, name: str, id_: Uri) -> tuple[Uri | None, int | None]:
    uri = read.find_uri(name)
    if uri is None or not same_origin(uri, id_):
        return None, None
    inner = read.object(name)
    return uri, inner.count("totalItems") if inner else None


def _first_page(read: Reader) -> CollectionPage | None:
    inner = read.object("replies")
    page = inner.object("first") if inner else None
    return next(iter(readable([page.json], CollectionPage.from_json)), None) if page else None


def _collection_to_json(uri: Uri | None, count: int | None) -> object | None:
    return uri if uri is None or count is None else {"id": uri, "type": "Collection", "totalItems": count}


def _source(read: Reader) -> Source | None:
    source = read.object("source")
    content = source.string("content", limit=MAX_CONTENT_CHARACTERS) if source else None
    if source is None or content is None:
        return None
    return Source(content=content, media_type=source.line("mediaType", limit=100) or "text/plain")
