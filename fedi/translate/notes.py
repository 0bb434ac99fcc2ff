"""Between posts and notes on the wire (ActivityPub 4.1, federation reference sections 8, 9 and 19.2)."""

import html
import mimetypes
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

from fedi.activitypub.attachments import AiSystem, Attachment
from fedi.activitypub.audience import Visibility, address, visibility_of
from fedi.activitypub.notes import Note, Source
from fedi.activitypub.policies import Policy
from fedi.activitypub.quotes import QuoteClaim
from fedi.activitypub.remixes import RemixClaim
from fedi.activitypub.tags import Hashtag, Mention
from fedi.activitypub.uris import LocalUris
from fedi.activitypub.vocabulary import PUBLIC, Json, Uri
from fedi.errors import Malformed
from fedi.media.provenance import said_in_words, source_from_iri
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.queries.permits import policy_of
from fedi.queries.quotes import QuoteLink
from fedi.queries.remixes import RemixLink
from fedi.queries.snapshots import PostSnapshot
from fedi.text.compose import MentionTarget, compose_credit, compose_quote
from fedi.text.html import Html, sanitise
from fedi.text.tokens import is_tag
from fedi.translate.actors import emoji_tags, emoji_values
from fedi.translate.polls import ReceivedPoll, poll_of, received_poll

# Shown as they are written; all other types get their title in front and a link to their page behind.
_POST_KINDS = frozenset({"Note", "Question"})
# Ids are made of this time; a year 1 would make a negative one.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_MEDIA_KINDS = frozenset({"image", "video", "audio"})
_MAX_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDraft:
    """A file of a remote post, by the columns of MediaAttachment; sizes and labels are claims."""

    remote_url: str
    kind: str
    media_type: str
    description: str
    width: int | None
    height: int | None
    blurhash: str
    focus_x: float
    focus_y: float
    source_type: str
    ai_system: str
    ai_version: str
    label_origin: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPost:
    """A remote post as we would store it. Times are not in the future; `updated_at` None: never edited.

    `mentions` are the actors that its tags name, `addressed` those that it is sent to; `tags` are as
    written, without `#`; `context_uri`, `in_reply_to_uri` and `replies_uri` are "" where there is none.
    `claimed_favourites` and `claimed_boosts` are what its server says, None where it says nothing.
    """

    uri: str
    url: str
    kind: str
    content: Html
    summary: str
    sensitive: bool
    language: str
    published_at: datetime
    updated_at: datetime | None
    visibility: Visibility
    in_reply_to_uri: str
    context_uri: str
    tags: tuple[str, ...]
    mentions: tuple[Uri, ...]
    addressed: tuple[Uri, ...]
    media: tuple[MediaDraft, ...]
    emojis: list[dict[str, str]]
    replies_uri: str = ""
    claimed_favourites: int | None = None
    claimed_boosts: int | None = None
    poll: ReceivedPoll | None = None
    quote: QuoteClaim | None = None
    remix: RemixClaim | None = None
    interaction_policy: Json | None = None


def note_of(snapshot: PostSnapshot, uris: LocalUris) -> Note:
    """Give a post of ours as it is served and sent."""
    post, author = snapshot.post, snapshot.author
    to, cc = audience_of(snapshot)
    quoted = snapshot.quote.link if snapshot.quote and snapshot.quote.link.stands else None
    remix = snapshot.remix
    return Note(
        id=Uri(post.uri),
        type=post.kind,
        attributed_to=Uri(author.uri),
        url=Uri(post.url),
        content=(compose_quote(quoted.page) if quoted else "") + post.content + credit_of(remix, uris),
        language=post.language or None,
        summary=post.summary or None,
        sensitive=post.sensitive,
        published=post.published_at,
        updated=post.edited_at,
        to=to,
        cc=cc,
        in_reply_to=Uri(post.in_reply_to_uri) if post.in_reply_to_uri else None,
        context=post.context_uri or None,
        mentions=tuple(_mention(named.account, uris) for named in snapshot.mentions if not named.silent),
        hashtags=tuple(Hashtag(name=tag.display, href=uris.tag_page(tag.name)) for tag in snapshot.tags),
        emojis=emoji_tags(post.emojis),
        attachments=tuple(attachment_of(media, uris) for media in snapshot.media),
        replies=uris.replies(post.id),
        likes=uris.likes(post.id),
        likes_count=post.favourites_count,
        shares=uris.shares(post.id),
        shares_count=post.boosts_count,
        source=Source(content=post.text, media_type=post.text_type) if post.text else None,
        poll=poll_of(snapshot.poll) if snapshot.poll is not None else None,
        quote=_claim(quoted) if quoted else None,
        interaction_policy=_policy(snapshot),
        remix=_remix(remix.row) if remix else None,
    )


def credit_of(remix: RemixLink | None, uris: LocalUris) -> Html:
    """Give the line that tells from whose picture a post of ours was made; "" for one that is no remix."""
    return compose_credit(remix.page, target_of(remix.owner, uris)) if remix else Html("")


def target_of(account: Account, uris: LocalUris) -> MentionTarget:
    """Give an account as a mention in a text needs it."""
    page = account.url or (uris.profile_page(account.username) if account.is_local else account.uri)
    return MentionTarget(uri=account.uri, url=page, acct=account.acct)


def audience_of(snapshot: PostSnapshot) -> tuple[tuple[Uri, ...], tuple[Uri, ...]]:
    """Give (to, cc) of a post of ours: who is named in it.

    Silent mentions are of hidden recipients (bto, bcc) and of whom an edit took out: both may read the post,
    and nobody is told so. In a post for mutuals they are its readers, who must be addressed to get it.
    """
    visibility = cast("Visibility", snapshot.post.visibility)  # the column holds nothing else
    is_for_silent = visibility == "mutuals"
    mentioned = [Uri(named.account.uri) for named in snapshot.mentions if is_for_silent or not named.silent]
    return address(visibility, Uri(snapshot.author.followers_url), mentioned)


def attachment_of(media: MediaAttachment, uris: LocalUris) -> Attachment:
    """Give a picture with its alt text and, where a model made it, its label (section 19.2).

    Most servers drop what they do not know: the alt text says it as well.
    """
    system = AiSystem(name=media.ai_system, version=media.ai_version or None) if media.ai_system else None
    return Attachment(
        url=uris.media(media.file_key) if media.file_key else Uri(media.remote_url),
        media_type=media.media_type or None,
        alt=said_in_words(media.description, media.source_type) or None,
        width=media.width,
        height=media.height,
        blurhash=media.blurhash or None,
        focal_point=(media.focus_x, media.focus_y),
        digital_source_type=Uri(media.source_type) if media.source_type else None,
        ai_system=system,
        licence=Uri(media.licence) if media.licence else None,
        based_on=Uri(media.based_on_uri) if media.shows_source and media.based_on_uri else None,
    )


def received(note: Note, *, followers_uri: str, now: datetime) -> ReceivedPost:
    """Read a note as a post to store; `followers_uri` is the author's own collection, as we know it.

    Times before 1990 and in the future are clamped, HTML is sanitised, and what is neither a Note nor a
    Question becomes a title, its text and a link. Raises Malformed for a vote, which nobody may read.
    """
    if note.is_vote:
        raise Malformed("A vote is no post.")
    followers = Uri(followers_uri) if followers_uri else None
    published = min(max(note.published or now, _EARLIEST), now)
    is_post = note.type in _POST_KINDS
    # The summary of an article is its excerpt unless the author says that the whole is sensitive.
    warning = note.summary or "" if is_post or note.sensitive else ""
    return ReceivedPost(
        uri=note.id,
        url=note.url or note.id,
        kind=note.type,
        content=sanitise(note.content) if is_post else _converted(note),
        summary=warning,
        sensitive=note.sensitive or bool(warning),
        language=note.language or "",
        published_at=published,
        updated_at=min(note.updated, now) if note.updated and note.updated > published else None,
        visibility=visibility_of(note.to, note.cc, followers),
        in_reply_to_uri=note.in_reply_to or "",
        context_uri=note.context or "",
        tags=tuple(dict.fromkeys(tag.name for tag in note.hashtags if is_tag(tag.name))),
        mentions=tuple(dict.fromkeys(mention.href for mention in note.mentions)),
        addressed=tuple(uri for uri in dict.fromkeys((*note.to, *note.cc)) if uri not in {PUBLIC, followers}),
        media=tuple(_media_draft(each, note.licence) for each in note.attachments if _kind(each) != "page"),
        emojis=emoji_values(note.emojis),
        poll=received_poll(note.poll, now=now) if note.poll is not None else None,
        quote=note.quote,
        remix=note.remix,
        interaction_policy=note.interaction_policy.to_json() if note.interaction_policy else None,
        replies_uri=note.replies or "",
        claimed_favourites=clamped(note.likes_count),
        claimed_boosts=clamped(note.shares_count),
    )


def clamped(count: int | None) -> int | None:
    """Bring a number that a stranger names within what clients can read (32 bits)."""
    return None if count is None else min(count, _MAX_COUNT)


def _claim(link: QuoteLink) -> QuoteClaim:
    return QuoteClaim(target=Uri(link.row.quoted_uri), stamp=Uri(link.row.stamp_uri) or None)


def _remix(row: Remix) -> RemixClaim | None:
    """Give the claim of a remix that has a stamp; among ourselves none is needed."""
    return RemixClaim(target=Uri(row.original_uri), stamp=Uri(row.stamp_uri)) if row.stamp_uri else None


def _policy(snapshot: PostSnapshot) -> Policy:
    """Give who may do what with a post; nobody restyles what is none, or is a remix itself."""
    policy = policy_of(snapshot.post, snapshot.author)
    has_pictures = any(media.kind == "image" for media in snapshot.media)
    return policy if has_pictures and snapshot.remix is None else replace(policy, remix=None)


def _mention(account: Account, uris: LocalUris) -> Mention:
    name = uris.handle(account.username) if account.is_local else account.acct
    return Mention(href=Uri(account.uri), name=f"@{name}")


def _converted(note: Note) -> Html:
    title = f"<p><strong>{html.escape(note.name)}</strong></p>" if note.name else ""
    excerpt = f"<p>{html.escape(note.summary)}</p>" if note.summary else ""
    return sanitise(title + (note.content or excerpt) + _link(note))


def _link(note: Note) -> str:
    page = html.escape(note.url or note.id)
    return f'<p><a href="{page}">{page}</a></p>'


def _media_draft(attachment: Attachment, licence: Uri | None) -> MediaDraft:
    """Read a file of a note; what has no licence of its own has that of the whole."""
    focus_x, focus_y = attachment.focal_point or (0.0, 0.0)
    system = attachment.ai_system
    # In its one spelling: pictures are looked for by it.
    source = source_from_iri(attachment.digital_source_type or "")
    return MediaDraft(
        remote_url=attachment.url,
        kind=_kind(attachment),
        media_type=(attachment.media_type or "")[:64],
        description=attachment.alt or "",
        width=attachment.width,
        height=attachment.height,
        blurhash=attachment.blurhash or "",
        focus_x=focus_x,
        focus_y=focus_y,
        source_type=source.iri if source else attachment.digital_source_type or "",
        ai_system=system.name if system else "",
        ai_version=(system.version if system else None) or "",
        label_origin="wire" if source and source.is_ai else "",
        licence=attachment.licence or licence or "",
    )


def _kind(attachment: Attachment) -> str:
    """Tell image, video, audio, unknown, or page: a link to one is no media."""
    named = attachment.media_type or mimetypes.guess_type(urlsplit(attachment.url).path)[0] or ""
    kind = named.partition("/")[0] or attachment.type.lower()
    if kind == "text":
        return "page"
    return kind if kind in _MEDIA_KINDS else "unknown"
