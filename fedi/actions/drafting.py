"""What one of ours wants to post: checked, composed, and whom it may reach. Stores nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fedi.actions import counters, polls
from fedi.actions.polls import PollDraft
from fedi.errors import Invalid
from fedi.media.provenance import is_model_made
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Mention, Post
from fedi.models.relationships import Block
from fedi.models.users import Application
from fedi.queries import emojis
from fedi.queries.rows import load
from fedi.server import Server
from fedi.text.compose import CODES_A_CHARACTER, compose, count_characters
from fedi.text.html import Html, clean_text
from fedi.text.markdown import MAX_MARKDOWN, compose_markdown
from fedi.text.tokens import is_tag, normalise_tag
from fedi.translate.notes import target_of

PLAIN, MARKDOWN = "text/plain", "text/markdown"
TEXT_TYPES = (PLAIN, MARKDOWN)
# From the loudest to the quietest.
VISIBILITIES = ("public", "unlisted", "followers", "mutuals", "direct")
# A post for mutuals is addressed to each of them: peers read so many addresses of one post.
MAX_MUTUALS = 1000

# A post of a warning alone is refused by Mastodon's readers; it writes the same for its own.
_UNSAID, _UNSAID_WITH_MEDIA = ".", "🖼"
_MUTUALS = (
    "WHERE r.gone_at IS NULL AND r.suspended_at IS NULL AND r.id IN (SELECT f.follower_id FROM follows f"
    " JOIN follows b ON b.follower_id = f.target_id AND b.target_id = f.follower_id AND b.state = 'accepted'"
    " WHERE f.target_id = ? AND f.state = 'accepted') LIMIT ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a client of ActivityPub says of its post beside the text, which may be HTML already (`html`).

    `named` maps the id of each account to (account, hidden): hidden ones get the post, and nobody is told
    so (bto, bcc). `tags` are hashtags without `#`.
    """

    html: Html | None = None
    named: Mapping[int, tuple[Account, bool]] = field(default_factory=dict)
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants to post: `text` and `summary` (the content warning, plain), files in order.

    `text_type` says how to read the text. `local_only`: it shall never leave this server. `remix_policy` ""
    is what the author usually wants; `licence` the word for that of all its pictures, None leaves each as is.
    `model_tag`: whether it gets the server's hashtag if a model made one of its pictures, None as the author
    usually wants. An edit takes text, text_type, summary, sensitive, language, media, licence and poll from
    it, no more.
    """

    text: str
    text_type: str = "text/plain"
    visibility: str = "public"
    local_only: bool = False
    summary: str = ""
    sensitive: bool = False
    language: str = ""
    in_reply_to: Post | None = None
    media: Sequence[MediaAttachment] = ()
    poll: PollDraft | None = None
    quoted: Post | None = None
    quote_policy: str = "public"
    remix_policy: str = ""
    licence: str | None = None
    model_tag: bool | None = None
    idempotency_key: str = ""
    application: Application | None = None
    written: Written = Written()


def checked(server: Server, draft: Draft) -> Draft:
    """Give the draft with its text ready to be stored. Raises Invalid when it is empty or too long."""
    text, summary = clean_text(draft.text).strip(), clean_text(draft.summary).strip()
    if draft.text_type not in TEXT_TYPES:
        raise Invalid("content_type", "is not one that can be posted here")
    if not text and not draft.media and not summary and draft.quoted is None:
        raise Invalid("text", "can't be blank")
    limit = server.settings.posts.max_characters
    is_huge = len(text) + len(summary) > limit * CODES_A_CHARACTER
    if is_huge or count_characters(text) + count_characters(summary) > limit:
        raise Invalid("text", f"character limit of {limit} exceeded")
    if draft.text_type == MARKDOWN and len(text) > MAX_MARKDOWN:
        raise Invalid("text", f"is too long for Markdown (the most is {MAX_MARKDOWN} characters)")
    if not text and summary:
        text = _UNSAID_WITH_MEDIA if draft.media else _UNSAID
    return replace(
        draft,
        text=text,
        summary=summary,
        poll=polls.checked(draft.poll) if draft.poll is not None else None,
        sensitive=draft.sensitive or bool(summary),
        language=draft.language[:16],
    )


def tagged(server: Server, draft: Draft) -> Draft:
    """Give a draft with the server's hashtag for what models make, once, and only if such a picture is in it.

    It stands in the text, where people of all servers read it and its author can take it out again. Where
    there is no room, or the text is HTML already, it is a tag alone.
    """
    tag = server.settings.studio.tag
    is_made = any(is_model_made(each.source_type) for each in draft.media)
    if not tag or not is_made or not is_tag(tag):
        return draft
    given = draft.written
    if draft.written.html is None:
        known = compose(draft.text, mentioned={}, tag_url=server.uris.tag_page).tags
        text = f"{draft.text}\n\n#{tag}".strip()
        taken = count_characters(text) + count_characters(draft.summary)
        fits = taken <= server.settings.posts.max_characters
    else:
        known, text, fits = [], draft.text, False
    if normalise_tag(tag) in {normalise_tag(name) for name in (*known, *given.tags)}:
        return draft
    if fits:
        return replace(draft, text=text)
    return replace(draft, written=replace(given, tags=[*given.tags, tag]))


def composed(
    server: Server, draft: Draft, mentions: Mapping[str, Account]
) -> tuple[str, dict[int, tuple[Account, bool]], list[str]]:
    """Give a draft as HTML, whom it names (account id to (account, silent)), and its hashtags."""
    given = draft.written
    if given.html is not None:
        return given.html, dict(given.named), list(given.tags)
    targets = {handle: target_of(account, server.uris) for handle, account in mentions.items()}
    write = compose_markdown if draft.text_type == MARKDOWN else compose
    written = write(draft.text, mentioned=targets, tag_url=server.uris.tag_page)
    named = [mentions[handle] for handle in written.mentions if mentions[handle].gone_at is None]
    names = {**given.named, **{account.id: (account, False) for account in named}}
    return written.html, names, [*written.tags, *given.tags]


async def emojis_of(server: Server, draft: Draft) -> list[dict[str, Any]]:
    """Give the custom emoji that a draft names, in its text, warning or poll."""
    options = draft.poll.options if draft.poll is not None else ()
    return await emojis.named_in(server, draft.text, draft.summary, *options)


def narrowed(author: Account, wanted: str, *shown: Post | None) -> str:
    """Give the visibility of a post that shows others, its parent, say: no louder than any of them.

    A silenced author's public post is unlisted.
    """
    if author.silenced_at is not None and wanted == "public":
        wanted = "unlisted"
    for post in shown:
        if post is not None and not counters.is_open(post):
            wanted = VISIBILITIES[max(VISIBILITIES.index(wanted), VISIBILITIES.index(post.visibility))]
    return wanted


async def readers(server: Server, author: Account, parent: Post | None) -> dict[int, tuple[Account, bool]]:
    """Give who a post for mutuals is for besides those it names, as mentions nobody is told of.

    They are the author's mutuals of this moment; of an answer to such a post, those who read that one, so
    that nobody hears an answer to what they were not told. Raises Invalid for more than 1000.
    """
    if parent is not None and parent.visibility == "mutuals":
        ids = [
            parent.author_id,
            *await Mention.filter(post_id=parent.id).values_list("account_id", flat=True),
        ]
        shut = await Block.filter(account_id=author.id).values_list("target_id", flat=True)
        found = await Account.filter(id__in=set(ids) - {author.id, *shut}, gone_at=None)
    else:
        found = await load(server, Account, _MUTUALS, [author.id, MAX_MUTUALS + 1])
    if len(found) > MAX_MUTUALS:
        raise Invalid("visibility", f"mutuals can be chosen by people with up to {MAX_MUTUALS} of them")
    return {account.id: (account, True) for account in found}
