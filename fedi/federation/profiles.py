"""Profiles that are not half empty: what a remote account posted, pinned and counts before we knew it.

Looked for at the first follow that is accepted and when somebody here opens the profile, once a day. Boosts
are left out: an old one is no news, and each would cost a third server a request.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from fedi.actions import counters, pins, refreshes
from fedi.activitypub.collections import Item, OrderedCollection
from fedi.activitypub.reader import Reader, same_origin, uri_of
from fedi.activitypub.vocabulary import Uri
from fedi.errors import FediError
from fedi.federation.gathering import fetch_notes
from fedi.federation.known import find_post
from fedi.federation.people import account_by_uri, is_stale
from fedi.federation.threads import keep_note
from fedi.federation.walks import Budget, collection_at, member_ids, members
from fedi.jobs.kinds import BackfillAccount
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.models.federation import AsyncRefresh
from fedi.models.posts import Post
from fedi.queries import domains
from fedi.server import Server
from fedi.translate.notes import clamped

MAX_POSTS: Final = 20
MAX_PINS: Final = 20

_PAGES_OF_OUTBOX = 3
_PAGES_OF_PINS = 4
_AGAIN_AFTER = timedelta(days=1)


async def ask(server: Server, viewer: Account | None, account: Account) -> AsyncRefresh | None:
    """Have more of a remote account looked for, if that is due; gives the search that runs, if one does."""
    if viewer is None or account.is_local or not server.settings.federation.backfill:
        return None
    if account.suspended_at is not None or account.gone_at is not None:
        return None
    running = await refreshes.running(server, refreshes.account_name(account))
    if running is not None:
        return running
    now = server.clock.now()
    if account.backfilled_at is not None and now - account.backfilled_at < _AGAIN_AFTER:
        return None
    if await domains.is_suspended(server, account.domain):
        return None
    return await refreshes.begin_account(server, account)


async def run(server: Server, job: BackfillAccount) -> None:
    """Run a BackfillAccount job. What is not found is no error: why it was not is logged."""
    try:
        account = await Account.get_or_none(id=job.account_id)
        if account is not None and account.gone_at is None and server.settings.federation.backfill:
            await _fill(server, await _renewed(server, account), job.refresh_id)
    finally:
        await refreshes.finish(server, job.refresh_id)


async def _renewed(server: Server, account: Account) -> Account:
    if not is_stale(server, account):
        return account
    try:
        return await account_by_uri(server, account.uri, refresh=True)
    except FediError as error:
        logger().info("backfill.actor_missing", account=account.uri, reason=type(error).__name__)
        return account


async def _fill(server: Server, account: Account, refresh_id: int) -> None:
    # What counts first, and a budget for each list: none can use up what the others need.
    heads, listing, pinning = (Budget.of(pages=pages) for pages in (4, _PAGES_OF_OUTBOX, _PAGES_OF_PINS))
    outbox = await _collection(server, account, account.outbox_url, heads)
    featured = await _collection(server, account, account.featured_url, heads)
    followers = await _collection(server, account, account.followers_url, heads)
    following = await _collection(server, account, account.following_url, heads)
    found = await _posted(server, account, outbox, listing) if outbox else []
    posts = await _posts(server, account, found, listing)
    await refreshes.count(server, refresh_id, len(posts))
    pinned = await _pin(server, account, featured, pinning) if featured else None
    # Last, for what was stored has been counted as well.
    await counters.claim_of_account(
        server,
        account.id,
        followers=clamped(followers.total_items) if followers else None,
        following=clamped(following.total_items) if following else None,
        posts=clamped(outbox.total_items) if outbox else None,
        hidden=_is_hidden([each for each in (followers, following) if each is not None]),
    )
    logger().info(
        "backfill.account",
        account=account.uri,
        found=len(posts),
        pinned=pinned,
        pages=sum(budget.read for budget in (heads, listing, pinning)),
        stopped={"counts": heads.stopped, "outbox": listing.stopped, "featured": pinning.stopped},
    )


async def _collection(server: Server, account: Account, url: str, budget: Budget) -> OrderedCollection | None:
    """Give a collection of the account's own server, None when there is none or it cannot be had."""
    return await collection_at(server, Uri(url), budget) if same_origin(url, account.uri) else None


async def _posted(server: Server, account: Account, outbox: OrderedCollection, budget: Budget) -> list[Uri]:
    """Give the ids of the newest posts in an outbox."""
    found: dict[Uri, None] = {}
    seen = 0
    async for item in members(server, Uri(account.outbox_url), budget, first=outbox):
        uri, seen = _post_id(item), seen + 1
        if uri is not None and same_origin(uri, account.uri):
            found[uri] = None
        if seen >= MAX_POSTS:
            break
    return list(found)


def _post_id(item: Item) -> Uri | None:
    """Give the post that an item of an outbox leads to; None for what is no post of one's own."""
    if not isinstance(item, dict) or "object" not in item:
        return uri_of(item)
    read = Reader(item)
    return read.find_uri("object") if "Create" in read.types() else None


async def _posts(server: Server, account: Account, uris: Sequence[Uri], budget: Budget) -> list[Post]:
    """Store those posts of the account that we lack, and give these; what they answer is not fetched."""
    missing = [uri for uri in uris if await find_post(server, uri) is None]
    stored = []
    for note in await fetch_notes(server, missing, budget):
        if note.attributed_to != account.uri or note.is_vote:
            continue
        try:
            parent = await find_post(server, note.in_reply_to) if note.in_reply_to else None
            if await find_post(server, note.id) is None:
                stored.append(await keep_note(server, note, account, parent))
        except FediError as error:
            budget.stop(type(error).__name__)
    return stored


async def _pin(server: Server, account: Account, featured: OrderedCollection, budget: Budget) -> int | None:
    """Make the account's pins what its `featured` lists; gives how many, None if that cannot be read."""
    listed = await member_ids(server, Uri(account.featured_url), budget, most=MAX_PINS, first=featured)
    if budget.stopped and not listed:
        return None
    own = [uri for uri in listed[:MAX_PINS] if same_origin(uri, account.uri)]
    await _posts(server, account, own, budget)
    found = [post for uri in own if (post := await find_post(server, uri)) is not None]
    kept = [post for post in found if post.author_id == account.id and post.boost_of_id is None]
    await pins.replace_remote(server, account, kept)
    return len(kept)


def _is_hidden(read: Sequence[OrderedCollection]) -> bool | None:
    """Whether members are kept from others: there is no way into a collection (Mastodon reads it so)."""
    return any(each.first is None and not each.items for each in read) if read else None
