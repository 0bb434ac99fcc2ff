"""Wire values as we may write them, for properties; and JSON as a stranger may send it."""

import unicodedata
from datetime import UTC

from hypothesis import strategies as st

from fedi.activitypub.activities import (
    Accept,
    Add,
    Announce,
    Block,
    Create,
    Delete,
    Flag,
    Follow,
    Like,
    Move,
    QuoteRequest,
    Reject,
    RemixRequest,
    Remove,
    Undo,
    Update,
)
from fedi.activitypub.actors import Actor, Field, PublicKey
from fedi.activitypub.attachments import AiSystem, Attachment, Image
from fedi.activitypub.collections import CollectionPage, OrderedCollection, Tombstone
from fedi.activitypub.discovery import Jrd, Link
from fedi.activitypub.notes import Note, Source
from fedi.activitypub.policies import Policy, Rule
from fedi.activitypub.polls import Poll, PollOption
from fedi.activitypub.quotes import QuoteClaim
from fedi.activitypub.remixes import RemixClaim
from fedi.activitypub.stamps import QuoteAuthorization, RemixAuthorization
from fedi.activitypub.tags import Emoji, Hashtag, Mention
from fedi.activitypub.vocabulary import ACTOR_TYPES, DIGITAL_SOURCE_TYPES, NOTE_TYPES, PUBLIC, Uri

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=12)
hosts = st.sampled_from(
    ["a.example", "b.example:8443", "xn--bcher-kva.example", "127.0.0.1:8000", "[::1]:99"]
)
uris = st.builds(lambda host, path: Uri(f"https://{host}/{path}"), hosts, st.sampled_from("abcdefgh"))
own_uris = st.builds(lambda path: Uri(f"https://a.example/{path}"), names)
maybe_own = st.none() | own_uris
uri_lists = st.lists(uris | st.just(PUBLIC), max_size=4, unique=True).map(tuple)
moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
raw = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
lines = st.text("abc äß漢😀<&>\"'", min_size=1, max_size=30).map(lambda s: " ".join(s.split())).filter(bool)
maybe_lines = st.none() | lines
texts = st.lists(lines, min_size=1, max_size=3).map("\n".join)
counts = st.integers(0, 2**31 - 1)
sizes = st.none() | st.integers(1, 10_000)
media_types = st.sampled_from(["image/webp", "image/png", "video/mp4"])
labels = st.none() | st.just(Uri(DIGITAL_SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"))


def some(strategy: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    return st.lists(strategy, max_size=most).map(tuple)


mentions = st.builds(Mention, href=uris, name=maybe_lines)
hashtags = st.builds(
    Hashtag, name=names.map(lambda name: unicodedata.normalize("NFKC", name)), href=st.none() | uris
)
emojis = st.builds(
    Emoji,
    shortcode=names,
    url=uris,
    id=st.none() | uris,
    media_type=st.none() | media_types,
    updated=st.none() | moments,
)
systems = st.none() | st.builds(AiSystem, name=lines, version=maybe_lines)
images = st.builds(
    Image,
    url=uris,
    media_type=st.none() | media_types,
    alt=st.none() | texts,
    digital_source_type=labels,
    ai_system=systems,
)
attachments = st.builds(
    Attachment,
    url=uris,
    type=st.sampled_from(["Document", "Image", "Video", "Audio", "Link"]),
    media_type=media_types,
    alt=st.none() | texts,
    width=sizes,
    height=sizes,
    blurhash=st.none() | st.just("LEHV6nWB2yk8pyo0adR*.7kCMdnj"),
    focal_point=st.none() | st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    digital_source_type=labels,
    ai_system=systems,
    licence=st.none() | uris,
)
polls = st.builds(
    Poll,
    options=st.lists(st.builds(PollOption, name=lines, votes=counts), min_size=1, max_size=4).map(tuple),
    multiple=st.booleans(),
    end_time=st.none() | moments,
    closed=st.booleans() | moments,
    voters=st.none() | counts,
)
rules = st.builds(Rule, automatic=uri_lists, manual=uri_lists)
policies = st.builds(
    Policy,
    like=st.none() | rules,
    reply=st.none() | rules,
    announce=st.none() | rules,
    quote=st.none() | rules,
    remix=st.none() | rules,
)
quote_claims = st.builds(
    QuoteClaim,
    target=uris.filter(lambda uri: "a.example" not in uri),
    stamp=st.none() | uris,
    older=st.booleans(),
)
stamps = st.builds(QuoteAuthorization, id=uris, attributed_to=uris, quoting=uris, target=uris)
remix_stamps = st.builds(RemixAuthorization, id=uris, attributed_to=uris, quoting=uris, target=uris)
remix_claims = st.builds(RemixClaim, target=uris.filter(lambda uri: "a.example" not in uri), stamp=uris)
notes = st.builds(
    lambda type_, poll, likes, shares, **rest: Note(
        type=type_,
        poll=poll if type_ == "Question" else None,
        likes=likes[0],
        likes_count=likes[1] if likes[0] else None,
        shares=shares[0],
        shares_count=shares[1] if shares[0] else None,
        **rest,
    ),
    type_=st.sampled_from(sorted(NOTE_TYPES)),
    poll=st.none() | polls,
    likes=st.tuples(maybe_own, st.none() | counts),
    shares=st.tuples(maybe_own, st.none() | counts),
    id=own_uris,
    attributed_to=own_uris,
    content=raw,
    language=st.sampled_from([None, "en", "de", "pt-BR", "zh-Hant"]),
    summary=st.none() | texts,
    name=st.none() | texts,
    sensitive=st.booleans(),
    published=st.none() | moments,
    updated=st.none() | moments,
    to=uri_lists,
    cc=uri_lists,
    in_reply_to=st.none() | uris.filter(lambda uri: "a.example" not in uri),
    url=maybe_own,
    mentions=some(mentions),
    hashtags=some(hashtags),
    emojis=some(emojis),
    attachments=some(attachments),
    context=st.none() | own_uris | st.just("tag:a.example,2026:thread=1"),
    replies=maybe_own,
    source=st.none() | st.builds(Source, content=raw, media_type=st.just("text/markdown")),
    quote=st.none() | quote_claims,
    remix=st.none() | remix_claims,
    licence=st.none() | uris,
    interaction_policy=st.none() | policies.filter(lambda policy: policy != Policy()),
)


@st.composite
def actors(draw):
    id_ = draw(own_uris)
    keys = st.builds(PublicKey, id=own_uris, owner=st.just(id_), pem=raw.filter(bool))
    return draw(
        st.builds(
            Actor,
            id=st.just(id_),
            type=st.sampled_from(sorted(ACTOR_TYPES)),
            username=names,
            inbox=uris,
            name=st.just("") | lines,
            summary=raw,
            url=maybe_own,
            outbox=maybe_own,
            followers=maybe_own,
            following=maybe_own,
            liked=maybe_own,
            featured=maybe_own,
            featured_tags=maybe_own,
            shared_inbox=st.none() | uris,
            icon=st.none() | images,
            image=st.none() | images,
            locked=st.none() | st.booleans(),
            discoverable=st.none() | st.booleans(),
            indexable=st.none() | st.booleans(),
            memorial=st.booleans(),
            suspended=st.booleans(),
            also_known_as=st.lists(uris, max_size=3, unique=True).map(tuple),
            moved_to=st.none() | uris,
            published=st.none() | moments,
            fields=some(st.builds(Field, name=lines, value=raw)),
            emojis=some(emojis),
            public_keys=some(keys),
            webfinger=st.none() | st.builds("{}@a.example".format, names),
        )
    )


ids = st.none() | own_uris
plain = {"id": ids, "actor": uris, "object": uris}
addressed = {"to": uri_lists, "cc": uri_lists}
addressed_notes = notes.filter(lambda note: note.to or note.cc)
follows = st.builds(Follow, **plain)
likes = st.builds(Like, **plain, content=maybe_lines, emojis=some(emojis))
announces = st.builds(Announce, **plain, **addressed, published=st.none() | moments)
blocks = st.builds(Block, **plain)
quote_requests = st.builds(QuoteRequest, **plain, instrument=uris)
remix_requests = st.builds(RemixRequest, **plain, instrument=uris)
requests = follows | quote_requests | remix_requests
activities = st.one_of(
    follows,
    likes,
    announces,
    blocks,
    st.builds(Accept, id=ids, actor=uris, object=requests | uris, result=st.none() | uris),
    st.builds(Reject, id=ids, actor=uris, object=requests | uris),
    st.builds(QuoteRequest, **plain, instrument=addressed_notes | uris),
    remix_requests,
    st.builds(
        Create, id=ids, actor=uris, object=addressed_notes | uris, **addressed, published=st.none() | moments
    ),
    st.builds(
        Update,
        id=ids,
        actor=uris,
        object=addressed_notes | actors() | uris,
        **addressed,
        published=st.none() | moments,
    ),
    st.builds(Delete, **plain, former_type=st.sampled_from([None, "Note", "Question"]), **addressed),
    stamps.map(lambda stamp: Delete(id=None, actor=stamp.attributed_to, object=stamp.id, stamp=stamp)),
    st.builds(Undo, id=ids, actor=uris, object=follows | likes | announces | blocks | uris, **addressed),
    st.builds(
        Flag,
        id=ids,
        actor=uris,
        object=st.lists(uris, min_size=1, max_size=4, unique=True).map(tuple),
        content=st.just("") | texts,
    ),
    st.builds(Add, **plain, target=uris),
    st.builds(Remove, **plain, target=uris),
    st.builds(Move, **plain, target=uris),
)

items = some(uris | st.fixed_dictionaries({"id": uris, "type": st.just("Create")}))
pages = st.builds(
    CollectionPage,
    id=st.none() | uris,
    ordered=st.booleans(),
    part_of=st.none() | uris,
    next=st.none() | uris,
    prev=st.none() | uris,
    total_items=st.none() | counts,
    items=items,
)
collections = st.builds(
    OrderedCollection,
    id=uris,
    ordered=st.booleans(),
    total_items=st.none() | counts,
    first=st.none() | uris | pages,
    last=st.none() | uris,
    attributed_to=st.none() | uris,
    items=items,
)
tombstones = st.builds(Tombstone, id=uris, former_type=maybe_lines, deleted=st.none() | moments)
jrds = st.builds(
    Jrd,
    subject=raw,
    aliases=some(raw),
    links=some(
        st.builds(Link, rel=raw, type=st.none() | raw, href=st.none() | raw, template=st.none() | raw)
    ),
)

_KEYS = [
    "id",
    "@id",
    "type",
    "@type",
    "actor",
    "object",
    "target",
    "to",
    "cc",
    "content",
    "contentMap",
    "name",
    "nameMap",
    "summary",
    "attributedTo",
    "inbox",
    "url",
    "preferredUsername",
    "publicKey",
    "publicKeyPem",
    "owner",
    "endpoints",
    "sharedInbox",
    "tag",
    "attachment",
    "icon",
    "image",
    "href",
    "mediaType",
    "published",
    "updated",
    "inReplyTo",
    "oneOf",
    "anyOf",
    "replies",
    "totalItems",
    "closed",
    "endTime",
    "items",
    "orderedItems",
    "first",
    "next",
    "links",
    "rel",
    "subject",
    "aliases",
    "focalPoint",
    "blurhash",
    "width",
    "likes",
    "shares",
    "source",
    "context",
    "interactionPolicy",
    "canQuote",
    "automaticApproval",
    "always",
    "capabilities",
    "quote",
    "quoteAuthorization",
    "_misskey_quote",
    "instrument",
    "isBasedOn",
    "remixAuthorization",
    "license",
    "licence",
    "canRemix",
    "xRobotsTag",
    "result",
    "interactingObject",
    "interactionTarget",
    "digitalSourceType",
    "aiSystem",
    "webfinger",
    "alsoKnownAs",
    "value",
    "formerType",
    "deleted",
    "en",
]
_TYPES = [
    "QuoteRequest",
    "QuoteAuthorization",
    "RemixRequest",
    "RemixAuthorization",
    "Link",
    "Note",
    "Question",
    "Person",
    "Create",
    "Update",
    "Delete",
    "Follow",
    "Accept",
    "Undo",
    "Like",
    "Announce",
    "Flag",
    "Add",
    "Mention",
    "Hashtag",
    "Emoji",
    "Document",
    "Link",
    "PropertyValue",
    "OrderedCollection",
    "OrderedCollectionPage",
    "Collection",
    "Tombstone",
    "Image",
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    uris,
    st.sampled_from(_TYPES),
    st.just("2026-11-22T10:00:00Z"),
)
hostile_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=25,
)
hostile = st.builds(
    lambda base, more: {name: value for name, value in base.items() if value is not ...} | more,
    st.fixed_dictionaries(
        {
            "id": uris | st.just(...),
            "type": st.sampled_from(_TYPES) | st.just(...),
            "actor": uris | st.just(...),
            "attributedTo": uris | st.just(...),
            "inbox": uris | st.just(...),
            "preferredUsername": names | st.just(...),
            "object": hostile_values,
        }
    ),
    st.dictionaries(st.sampled_from(_KEYS), hostile_values, max_size=8),
)
