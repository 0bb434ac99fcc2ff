"""A new post: written here (`create`) or received from a peer (`receive`)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fedi.actions import (
    contents,
    conversations,
    counters,
    drafting,
    media,
    news,
    notify,
    polls,
    preferences,
    publish,
    quotes,
    reach,
    remixes,
    remixing,
)
from fedi.actions.drafting import VISIBILITIES, Draft, Written
from fedi.errors import Conflict, Forbidden, Gone, Invalid
from fedi.ids import moment_of
from fedi.models.accounts import Account
from fedi.models.media import Remix
from fedi.models.posts import IdempotencyKey, Post
from fedi.models.relationships import Follow
from fedi.models.users import User
from fedi.queries import accounts, permits, snapshots, visibility
from fedi.queries.rows import load
from fedi.server import Server
from fedi.translate import activities
from fedi.translate.notes import ReceivedPost

__all__ = ["VISIBILITIES", "Draft", "Written", "create", "receive"]

IDEMPOTENT_FOR = timedelta(hours=1)
_MAX_KEY_CHARACTERS = 255


async def create(server: Server, author: Account, draft: Draft, *, mentions: Mapping[str, Account]) -> Post:
    """Store, publish and tell of a new post by one of ours; `mentions` maps the handles of its text.

    The same `idempotency_key` within an hour gives the first post again. A reply to a post that is not for
    all is for no more people than that, and what answers or quotes a local-only one is local-only. Raises
    Invalid for an empty or too long text and for files that cannot be attached, NotFound for a parent or a
    quoted post that the author may not see, Forbidden for a suspended author and for what the parent's or
    the quoted post's author does not let them do.
    """
    draft = _acceptable(server, author, draft)
    async with server.db.transaction():
        first = await _earlier(server, author, draft.idempotency_key)
        if first is not None:
            return first
        if await _wants_tag(server, author, draft):
            draft = drafting.tagged(server, draft)
        placed = await _placed(server, author, draft)
        quoted = placed.quoted
        post = await _store_ours(server, author, placed, mentions)
        await contents.claim_media(server, author, post, draft.media)
        if draft.licence is not None:
            await contents.license_media(post, draft.licence)
        if placed.remix is not None:
            await remixing.show(server, placed.remix, post, author)
        if draft.poll is not None:
            await polls.ask(server, post, draft.poll)
        if quoted is not None:
            await quotes.begin(server, author, post, quoted)
        if draft.idempotency_key:
            await _remember(server, author, draft.idempotency_key, post)
        await counters.post_added(server, post)
        await conversations.added(server, author, post)
        await news.added(server, [post.id])
        await _tell_subscribers(server, author, post)
        if reach.goes_out(post):
            await _publish(server, author, post, draft)
    return post


async def rehearse(server: Server, author: Account, draft: Draft) -> None:
    """Raise what `create` would raise for a post that is to be made later."""
    draft = _acceptable(server, author, draft)
    await _placed(server, author, draft)
    await contents.attachable(server, author, draft.media)
    if draft.poll is not None:
        polls.require_end(draft.poll)


async def receive(
    server: Server,
    author: Account,
    received: ReceivedPost,
    *,
    mentions: Sequence[Account],
    parent: Post | None,
    quiet: bool = False,
) -> Post:
    """Store a remote post and tell those whom it names; a second time changes nothing.

    `mentions` are the accounts we know of those that it names or addresses. Its id follows its time of
    publication. `quiet`: it is history that was fetched, and nobody is told. Raises Gone when the post was
    deleted, Conflict when its id is another author's post, Forbidden when whom it answers blocks its author.
    """
    async with server.db.transaction():
        # Peers send hundreds of posts a second, most of them plain: what they lack costs them no query.
        before = await _before(server, author, received.uri, parent)
        if before["known"] is not None:
            known = await Post.get(id=before["known"])
            if known.author_id != author.id:
                raise Conflict("This id belongs to another author's post.")
            return known
        if before["deleted"]:
            raise Gone
        if before["blocked"]:
            # As one of ours could not answer what is hidden from them.
            raise Forbidden("The author of the post that this answers blocks its author.")
        post = await _store_theirs(server, author, received, parent)
        wanted = contents.named_in(received, mentions)
        named = await contents.add_mentions(server, post, wanted) if wanted else []
        if received.tags:
            await contents.set_tags(server, post, received.tags)
        if received.media:
            await contents.set_remote_media(server, author, post, received.media)
        if received.poll is not None:
            await polls.receive(server, post, received.poll, is_edit=False)
        if received.quote is not None:
            await quotes.claimed(server, author, post, received.quote)
        await remixing.claimed(server, author, post, received.remix)
        if before["awaited"]:
            await _adopt_replies(server, post)
        await counters.post_added(server, post)
        await conversations.added(server, author, post)
        await news.added(server, [post.id])
        for account in () if quiet else named:
            await notify.about(server, account, "mention", author, post)
        if before["subscribed"] and not quiet:
            await _tell_subscribers(server, author, post)
    return post


async def free_id(server: Server, published_at: datetime) -> int:
    """Give an unused id for a past moment: peers give whole seconds, so ids of one second may meet."""
    id_ = server.ids.past(published_at)
    while await server.db.rows("SELECT 1 FROM posts WHERE id = ?", [id_]):
        id_ = server.ids.past(published_at)
    return id_


async def _before(server: Server, author: Account, uri: str, parent: Post | None) -> dict[str, Any]:
    """Ask at once what storing a remote post depends on.

    That is: known (an id), deleted, awaited, subscribed, blocked (by whom it answers).
    """
    rows = await server.db.rows(
        "SELECT (SELECT id FROM posts WHERE uri = ?1) AS known,"
        " EXISTS (SELECT 1 FROM tombstones WHERE uri = ?1 AND actor_uri = ?2) AS deleted,"
        " EXISTS (SELECT 1 FROM posts WHERE in_reply_to_uri = ?1 AND in_reply_to_id IS NULL) AS awaited,"
        " EXISTS (SELECT 1 FROM follows WHERE target_id = ?3 AND state = 'accepted' AND notify)"
        " AS subscribed,"
        " EXISTS (SELECT 1 FROM blocks WHERE account_id = ?4 AND target_id = ?3) AS blocked",
        [uri, author.uri, author.id, parent.author_id if parent else 0],
    )
    return rows[0]


async def _wants_tag(server: Server, author: Account, draft: Draft) -> bool:
    if draft.model_tag is not None or not draft.media:
        return bool(draft.model_tag)
    user = await User.get_or_none(account_id=author.id)
    return user is not None and preferences.tags_model_media(server, preferences.of(user))


async def _earlier(server: Server, author: Account, key: str) -> Post | None:
    if not key:
        return None
    known = await IdempotencyKey.get_or_none(account_id=author.id, key=_stored(key)).select_related("post")
    if known is None:
        return None
    if moment_of(known.id) > server.clock.now() - IDEMPOTENT_FOR:
        return known.post
    await IdempotencyKey.filter(id=known.id).delete()
    return None


def _hidden_inboxes(draft: Draft) -> list[str]:
    """Give the own inboxes of hidden recipients: a shared one could not tell whom it is for."""
    return [account.inbox_url for account, hidden in draft.written.named.values() if hidden]


async def _remember(server: Server, author: Account, key: str, post: Post) -> None:
    await IdempotencyKey.create(
        id=server.new_id(),
        account_id=author.id,
        key=_stored(key),
        post_id=post.id,
        created_at=server.clock.now(),
    )


def _stored(key: str) -> str:
    return key if len(key) <= _MAX_KEY_CHARACTERS else hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A draft with what it answers and quotes, and whom these let it be for."""

    draft: Draft
    parent: Post | None
    quoted: Post | None
    visibility: str
    local_only: bool
    remix: Remix | None


def _acceptable(server: Server, author: Account, draft: Draft) -> Draft:
    """Give the checked draft of somebody who may post, or raise as `create` says."""
    if author.suspended_at or author.gone_at:
        raise Forbidden
    accounts.require_here(author)
    draft = drafting.checked(server, draft)
    if draft.visibility not in VISIBILITIES:
        raise Invalid("visibility", "is not one that exists")
    if draft.quote_policy not in quotes.POLICIES:
        raise Invalid("quote_approval_policy", "is not one that exists")
    remixes.check_policy(draft.remix_policy)
    media.check_licence(draft.licence)
    return draft


async def _placed(server: Server, author: Account, draft: Draft) -> _Placed:
    parent = await _parent(server, author, draft)
    quoted = await quotes.quotable(server, author, draft.quoted) if draft.quoted else None
    local_only = draft.local_only or any(post is not None and post.local_only for post in (parent, quoted))
    if quoted is not None:
        quotes.check_reach(quoted, local_only=local_only)
    return _Placed(
        draft=draft,
        parent=parent,
        quoted=quoted,
        visibility=drafting.narrowed(author, draft.visibility, parent, quoted),
        local_only=local_only,
        remix=await remixing.behind(author, draft.media),
    )


async def _publish(server: Server, author: Account, post: Post, draft: Draft) -> None:
    created = activities.create_of(await snapshots.of_post(server, post, author), server.uris)
    await publish.activity(
        server,
        author,
        created,
        named=await reach.addressed(server, post),
        followers=reach.goes_to_followers(post),
        extra_inboxes=[*await reach.relays_for(post), *_hidden_inboxes(draft)],
        object_uri=post.uri,
        priority=publish.PROMPT if post.visibility == "direct" else publish.NORMAL,
    )


async def _parent(server: Server, author: Account, draft: Draft) -> Post | None:
    parent = draft.in_reply_to
    if parent is not None and parent.boost_of_id is not None:
        parent = await Post.get(id=parent.boost_of_id)
    if parent is not None:
        await visibility.require(server, parent, author)
        await permits.require(server, author, parent, "reply")
    return parent


async def _store_ours(
    server: Server, author: Account, placed: _Placed, mentions: Mapping[str, Account]
) -> Post:
    draft, parent, quoted = placed.draft, placed.parent, placed.quoted
    html, named, tags = drafting.composed(server, draft, mentions)
    if quoted is not None:
        spoken = {id_ for id_, (_, silent) in named.items() if not silent}
        quotes.check_named(placed.visibility, quoted, author, spoken)
    remix = placed.remix
    if remix is not None:
        remixing.check_named(
            placed.visibility, remix, author, (id_ for id_, (_, silent) in named.items() if not silent)
        )
        owner = await Account.get(id=remix.original_account_id)
        named = {**named, owner.id: (owner, False)}
    if placed.visibility == "mutuals":
        named = {**await drafting.readers(server, author, parent), **named}
    id_ = server.new_id()
    post = await Post.create(
        id=id_,
        # The yes to a remix was for a post of this id.
        uri=remix.remix_uri if remix is not None else server.uris.post(id_),
        url=server.uris.post_page(author.username, id_),
        author_id=author.id,
        local=True,
        kind="Question" if draft.poll else "Note",
        **_thread(parent, "", server.uris.context(id_)),
        visibility=placed.visibility,
        local_only=placed.local_only,
        quote_policy=draft.quote_policy,
        remix_policy=draft.remix_policy,
        content=html,
        text=draft.text,
        text_type=draft.text_type,
        emojis=await drafting.emojis_of(server, draft),
        summary=draft.summary,
        sensitive=draft.sensitive,
        language=draft.language,
        application_id=draft.application.id if draft.application else None,
        published_at=server.clock.now(),
    )
    await contents.set_tags(server, post, tags)
    hidden = [account for account, is_hidden in draft.written.named.values() if is_hidden]
    for account in [*await contents.add_mentions(server, post, named), *hidden]:
        await notify.about(server, account, "mention", author, post)
    return post


async def _store_theirs(server: Server, author: Account, received: ReceivedPost, parent: Post | None) -> Post:
    id_ = await free_id(server, received.published_at)
    return await Post.create(id=id_, **columns_of(author, received, parent))


def columns_of(author: Account, received: ReceivedPost, parent: Post | None) -> dict[str, Any]:
    """Give the columns of a remote post's row, but for its id."""
    return {
        "uri": received.uri,
        "url": received.url,
        "author_id": author.id,
        "kind": received.kind,
        **_thread(parent, received.in_reply_to_uri, received.context_uri or received.uri),
        "visibility": received.visibility,
        "content": received.content,
        "summary": received.summary,
        "sensitive": received.sensitive,
        "language": received.language,
        "emojis": received.emojis,
        "replies_uri": received.replies_uri,
        "claimed_favourites": received.claimed_favourites,
        "claimed_boosts": received.claimed_boosts,
        "interaction_policy": received.interaction_policy,
        "published_at": received.published_at,
        "edited_at": received.updated_at,
    }


def _thread(parent: Post | None, parent_uri: str, own_context: str) -> dict[str, Any]:
    """Give the columns that place a post in its thread: a reply is in its parent's context."""
    if parent is None:
        return {"in_reply_to_uri": parent_uri, "context_uri": own_context}
    return {
        "in_reply_to_id": parent.id,
        "in_reply_to_uri": parent.uri,
        "in_reply_to_account_id": parent.author_id,
        "context_uri": parent.context_uri or own_context,
    }


async def _adopt_replies(server: Server, post: Post) -> None:
    """Join replies that came before their parent."""
    where = "WHERE r.in_reply_to_uri = ? AND r.in_reply_to_id IS NULL"
    waiting = await load(server, Post, where, [post.uri])
    if not waiting:
        return
    await Post.filter(id__in=[reply.id for reply in waiting]).update(
        in_reply_to_id=post.id, in_reply_to_account_id=post.author_id
    )
    counted = sum(counters.is_open(reply) for reply in waiting)
    await counters.raise_of_post(post.id, "replies_count", counted)


async def _tell_subscribers(server: Server, author: Account, post: Post) -> None:
    """Tell local followers who asked to hear of every post; replies to others are not meant by that."""
    if post.visibility == "direct" or post.in_reply_to_account_id not in {None, author.id}:
        return
    told = set(await reach.mentioned(post, silent=False))
    asked = await Follow.filter(target_id=author.id, state="accepted", notify=True).select_related("follower")
    for follow in asked:
        if follow.follower_id not in told:
            await notify.about(server, follow.follower, "status", author, post)
