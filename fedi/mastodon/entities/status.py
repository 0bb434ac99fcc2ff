"""Status and what belongs to it (Mastodon API: entities, Status), made from a PostSnapshot, no query."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Account, CustomEmoji, account, emojis
from fedi.mastodon.entities.card import PreviewCard, preview_card
from fedi.mastodon.entities.filter import FilterResult, filter_result
from fedi.mastodon.entities.media import MediaAttachment, media_attachment
from fedi.mastodon.entities.poll import Poll, poll
from fedi.mastodon.entities.quote import QuoteApproval, ShallowQuote, quote_approval, shallow_quote
from fedi.mastodon.entities.remix import RemixOf, remix_approval, remix_of
from fedi.mastodon.entities.times import stamp, stamp_or_none
from fedi.media.provenance import said_in_words
from fedi.models.posts import Post, PostEdit
from fedi.models.posts import Tag as TagRow
from fedi.queries.snapshots import PostSnapshot, QuoteView
from fedi.text.html import Html, without_quote
from fedi.translate.notes import credit_of

# Inside it is called by what it is; this is Mastodon's word for it.
_WORDS = {"followers": "private", "mutuals": "private"}
_INSIDE = {"private": "followers", "mutual": "mutuals"}


class StatusMention(Struct, kw_only=True):
    """Somebody whom a post names."""

    id: str
    username: str
    url: str
    acct: str


class StatusTag(Struct, kw_only=True):
    """A hashtag of a post."""

    name: str
    url: str


class StatusApplication(Struct, kw_only=True):
    """The app that a post was written with."""

    name: str
    website: str | None


class Quote(Struct, kw_only=True):
    """What a post quotes; the quoted post is there when it is to be shown."""

    state: str
    quoted_status: "Status | None"


class EmojiReaction(Struct, kw_only=True):
    """How many reacted with an emoji, as Pleroma and Akkoma show it; `url` is a custom one's picture."""

    name: str
    count: int
    me: bool
    url: str | None


class PleromaStatus(Struct, kw_only=True):
    """What Pleroma says of a post beyond Mastodon, as far as it is here."""

    local: bool
    emoji_reactions: list[EmojiReaction]


class StatusExtras(Struct, kw_only=True):
    """Ours: what the viewer wants of its pictures, when a model made one: show, blur or hide; else null."""

    model_media: str | None


class Status(Struct, kw_only=True):
    """A post, or a boost of one, whose own text is empty."""

    id: str
    uri: str
    url: str
    created_at: str
    account: Account
    content: str
    visibility: str
    sensitive: bool
    spoiler_text: str
    media_attachments: list[MediaAttachment]
    mentions: list[StatusMention]
    tags: list[StatusTag]
    emojis: list[CustomEmoji]
    reblogs_count: int
    favourites_count: int
    replies_count: int
    quotes_count: int
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    reblog: "Status | None"
    language: str | None
    edited_at: str | None
    application: StatusApplication | UnsetType = UNSET
    text: str | UnsetType = UNSET
    favourited: bool | UnsetType = UNSET
    reblogged: bool | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    filtered: list[FilterResult] | UnsetType = UNSET
    poll: Poll | None = None
    card: PreviewCard | None = None
    quote: Quote | ShallowQuote | None = None
    local_only: bool = False
    content_type: str | UnsetType = UNSET
    quote_approval: QuoteApproval
    remix_approval: QuoteApproval
    remix_of: RemixOf | None = None
    remixes_count: int = 0
    tagged_collections: list[Any] = []
    emoji_reactions: list[EmojiReaction] = []
    pleroma: PleromaStatus | UnsetType = UNSET
    fedi: StatusExtras


class Context(Struct, kw_only=True):
    """What stands above and below a post."""

    ancestors: list[Status]
    descendants: list[Status]


class StatusSource(Struct, kw_only=True):
    """What was typed."""

    id: str
    text: str
    spoiler_text: str
    content_type: str


class EditOption(Struct, kw_only=True):
    """An option that a poll had."""

    title: str


class EditPoll(Struct, kw_only=True):
    """The poll that a post had."""

    options: list[EditOption]


class StatusEdit(Struct, kw_only=True):
    """What a post said for some time."""

    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Account
    media_attachments: list[MediaAttachment]
    emojis: list[CustomEmoji]
    poll: EditPoll | UnsetType = UNSET
    quote: Quote | ShallowQuote | None = None


class Tag(Struct, kw_only=True):
    """A hashtag by itself, with how often it was used on each of the last days."""

    id: str
    name: str
    url: str
    history: list[Any] = []
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


def status(snapshot: PostSnapshot, uris: LocalUris, *, is_quoted: bool = False) -> Status:
    """Show a post as its snapshot's viewer sees it; what the viewer did is told only when there is one.

    `is_quoted`: it stands in another post, and of what it quotes itself no more than the id is shown.
    """
    post = snapshot.post
    shown = Status(
        id=str(post.id),
        uri=post.uri,
        url=post.url or post.uri,
        created_at=stamp(post.published_at),
        account=account(snapshot.author, uris),
        content=_content(snapshot, uris),
        visibility=visibility_word(post.visibility),
        sensitive=post.sensitive,
        spoiler_text=post.summary,
        media_attachments=[media_attachment(row, uris) for row in snapshot.media],
        mentions=_mentions(snapshot, uris),
        tags=[StatusTag(name=tag.name, url=uris.tag_page(tag.name)) for tag in snapshot.tags],
        emojis=emojis(post.emojis),
        reblogs_count=snapshot.shown.post.boosts_shown,
        favourites_count=snapshot.shown.post.favourites_shown,
        replies_count=snapshot.shown.post.replies_count,
        quotes_count=snapshot.shown.post.quotes_count,
        in_reply_to_id=_id(post.in_reply_to_id),
        in_reply_to_account_id=_id(post.in_reply_to_account_id),
        reblog=status(snapshot.boost_of, uris) if snapshot.boost_of is not None else None,
        language=post.language or None,
        edited_at=stamp_or_none(post.edited_at),
        poll=poll(snapshot.poll, post, snapshot.viewer_id) if snapshot.poll is not None else None,
        quote=_quote(snapshot.quote, uris, is_quoted=is_quoted) if snapshot.quote is not None else None,
        quote_approval=quote_approval(snapshot),
        remix_approval=remix_approval(snapshot),
        remix_of=remix_of(snapshot.remix, uris) if snapshot.remix is not None else None,
        remixes_count=snapshot.shown.remixes_count,
        card=preview_card(snapshot.card, uris) if snapshot.card is not None else None,
        local_only=post.local_only,
        fedi=StatusExtras(model_media=snapshot.model_media),
    )
    _add_reactions(shown, snapshot)
    _add_application(shown, snapshot)
    _add_marks(shown, snapshot)
    return shown


def statuses(snapshots: Iterable[PostSnapshot], uris: LocalUris) -> list[Status]:
    """Show posts in their order."""
    return [status(snapshot, uris) for snapshot in snapshots]


def history(
    edits: Sequence[PostEdit], snapshot: PostSnapshot, media: dict[int, MediaAttachment], uris: LocalUris
) -> list[StatusEdit]:
    """Show what a post said, the first version first and the one that stands last.

    `media` holds the pictures that are still there, by id; alt texts are those of their time.
    """
    author = account(snapshot.author, uris)
    quote = _quote(snapshot.quote, uris, is_quoted=False) if snapshot.quote is not None else None
    shown = [
        StatusEdit(
            content=edit.content,
            spoiler_text=edit.summary,
            sensitive=edit.sensitive,
            created_at=stamp(edit.created_at),
            account=author,
            media_attachments=_media_then(edit, media),
            emojis=emojis(edit.emojis),
            poll=_poll_then(edit.poll_options),
            quote=quote,
        )
        for edit in edits
    ]
    post = snapshot.post
    now = StatusEdit(
        content=post.content,
        spoiler_text=post.summary,
        sensitive=post.sensitive,
        created_at=stamp(post.edited_at or post.published_at),
        account=author,
        media_attachments=[media_attachment(row, uris) for row in snapshot.media],
        emojis=emojis(post.emojis),
        poll=_poll_then([each["name"] for each in snapshot.poll.poll.options] if snapshot.poll else None),
        quote=quote,
    )
    return [*shown, now]


def source(post: Post) -> StatusSource:
    """Show what was typed."""
    return StatusSource(
        id=str(post.id), text=post.text, spoiler_text=post.summary, content_type=post.text_type
    )


def tag(row: TagRow, uris: LocalUris, *, signed_in: bool) -> Tag:
    """Show a hashtag."""
    shown = Tag(id=str(row.id), name=row.display, url=uris.tag_page(row.name))
    if signed_in:
        shown.following = shown.featuring = False
    return shown


def visibility_word(inside: str) -> str:
    """Give the API's word for a visibility."""
    return _WORDS.get(inside, inside)


def visibility_inside(word: str) -> str:
    """Give our word for a visibility of the API; unknown ones as they are."""
    return _INSIDE.get(word, word)


def _content(snapshot: PostSnapshot, uris: LocalUris) -> str:
    """Give the text; what tells of a quote in words is for readers that are not shown it.

    Whose picture a remix was made from all readers are told in words: no app shows it otherwise.
    """
    if snapshot.boost_of is not None:
        return ""
    content = Html(snapshot.post.content)
    if snapshot.post.local:
        content = Html(content + credit_of(snapshot.remix, uris))
    return without_quote(content) if snapshot.quote and snapshot.quote.quoted else content


def _quote(view: QuoteView, uris: LocalUris, *, is_quoted: bool) -> Quote | ShallowQuote:
    if is_quoted:
        return shallow_quote(view.link)
    quoted = status(view.quoted, uris, is_quoted=True) if view.quoted else None
    return Quote(state=view.link.state, quoted_status=quoted)


def _mentions(snapshot: PostSnapshot, uris: LocalUris) -> list[StatusMention]:
    return [
        StatusMention(
            id=str(each.account.id),
            username=each.account.username,
            url=each.account.url
            or (uris.profile_page(each.account.username) if each.account.is_local else each.account.uri),
            acct=each.account.acct,
        )
        for each in snapshot.mentions
        if not each.silent
    ]


def _add_reactions(shown: Status, snapshot: PostSnapshot) -> None:
    """Akkoma names them on the post itself, Pleroma inside; apps read one or the other."""
    shown.emoji_reactions = [
        EmojiReaction(name=each.name, count=each.count, me=each.is_mine, url=each.image_url or None)
        for each in snapshot.shown.reactions
    ]
    shown.pleroma = PleromaStatus(local=snapshot.post.local, emoji_reactions=shown.emoji_reactions)


def _add_application(shown: Status, snapshot: PostSnapshot) -> None:
    application = snapshot.application
    if application is not None and snapshot.post.local:
        shown.application = StatusApplication(name=application.name, website=application.website or None)


def _add_marks(shown: Status, snapshot: PostSnapshot) -> None:
    if snapshot.viewer_id is None:
        if snapshot.filtered:
            shown.filtered = [filter_result(match) for match in snapshot.filtered]
        return
    shown.favourited = snapshot.favourited
    shown.reblogged = snapshot.boosted
    shown.bookmarked = snapshot.bookmarked
    shown.muted = snapshot.muted
    shown.filtered = [filter_result(match) for match in snapshot.filtered]
    post = snapshot.post
    if post.author_id == snapshot.viewer_id and post.boost_of_id is None and post.visibility != "direct":
        shown.pinned = snapshot.pinned


def _media_then(edit: PostEdit, media: dict[int, MediaAttachment]) -> list[MediaAttachment]:
    found = []
    for each in edit.media:
        now = media.get(each["id"])
        if now is not None:
            then = {name: getattr(now, name) for name in MediaAttachment.__struct_fields__}
            said = said_in_words(each["description"], now.fedi.source_type or "")
            found.append(MediaAttachment(**{**then, "description": said or None}))
    return found


def _poll_then(options: Sequence[str] | None) -> EditPoll | UnsetType:
    return UNSET if options is None else EditPoll(options=[EditOption(title=title) for title in options])


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)
