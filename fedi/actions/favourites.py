"""Favourite a post, and take it back (ActivityPub 7.10, 7.12).

Whoever reacts to a post with emoji (`actions/reactions.py`) has it among the favourites too, once: that row
is derived, and gone with the last reaction. Its URI is the first reaction's with one of two ends.
"""

from fedi.actions import counters, notify, publish, tombstones
from fedi.errors import Conflict
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite, Reaction
from fedi.models.posts import Post
from fedi.queries import hosts, permits, visibility
from fedi.server import Server
from fedi.translate import activities

# How a derived favourite was sent: not at all, as the reaction says it; or as a Like, where none are read.
UNSENT, SENT = "#favourite-for-reaction", "#like-for-reaction"


async def favourite(server: Server, account: Account, post: Post, *, uri: str | None = None) -> Favourite:
    """Record that `account` likes a post, or what it boosts, and tell its author.

    The second time is the first. `uri` is the Like's id when the account is remote. Raises NotFound if the
    account may not see the post, Gone if this Like was undone before it came, Conflict if its id is taken.
    """
    async with server.db.transaction():
        post = await original_of(post)
        known = await Favourite.get_or_none(account_id=account.id, post_id=post.id)
        if known is not None and not is_derived(known):
            return known
        await visibility.require(server, post, account)
        await permits.require(server, account, post, "like")
        await tombstones.refuse_undone(server, uri, actor_uri=account.uri)
        id_ = server.new_id()
        uri = uri or server.uris.activity(id_)
        if await Favourite.exists(uri=uri):
            raise Conflict("This id belongs to another Like.")
        if known is None:
            known = await keep(server, account, post, id_=id_, uri=uri)
        else:
            # It stood beside a reaction; from now on it stands without one.
            await rename(known, uri)
        await _send(server, account, post, uri)
    return known


async def unfavourite(server: Server, account: Account, post: Post) -> None:
    """Take a favourite back, and with it every reaction to the post; nothing if there is none."""
    async with server.db.transaction():
        post = await original_of(post)
        row = await Favourite.get_or_none(account_id=account.id, post_id=post.id)
        if row is None:
            return
        for reaction in await Reaction.filter(account_id=account.id, post_id=post.id):
            await withdraw(server, account, post, reaction)
        await lose(server, account, post, row)


async def keep(server: Server, account: Account, post: Post, *, id_: int, uri: str) -> Favourite:
    """Store and count a favourite and tell the author, in your transaction; nothing is sent."""
    row = await Favourite.create(
        id=id_, account_id=account.id, post_id=post.id, uri=uri, created_at=server.clock.now()
    )
    await counters.raise_of_post(post.id, "favourites_count")
    author = await Account.get(id=post.author_id)
    await notify.about(server, author, "favourite", account, post)
    return row


async def lose(server: Server, account: Account, post: Post, row: Favourite) -> None:
    """Remove a favourite, in your transaction; if a Like was sent for it, an Undo is sent."""
    await row.delete()
    await counters.lower_of_post(post.id, "favourites_count")
    author = await Account.get(id=post.author_id)
    await notify.withdraw(author, "favourite", account, post)
    if not row.uri.endswith(UNSENT):
        await publish.activity(
            server,
            account,
            activities.undo_like(account, post, uri=row.uri),
            accounts=[author],
            object_uri=post.uri,
            personal=True,
        )


async def withdraw(server: Server, account: Account, post: Post, reaction: Reaction) -> None:
    """Remove a reaction, in your transaction; the server of the author hears of it if it reads reactions."""
    await reaction.delete()
    author = await Account.get(id=post.author_id)
    if await hosts.reads_reactions(server, author):
        await publish.activity(
            server,
            account,
            activities.undo_react(account, post, reaction),
            accounts=[author],
            object_uri=post.uri,
            personal=True,
        )


def is_derived(row: Favourite) -> bool:
    """Say whether a favourite stands only because of a reaction."""
    return row.uri.endswith((UNSENT, SENT))


async def rename(row: Favourite, uri: str) -> None:
    """Give a favourite another id, in your transaction."""
    row.uri = uri
    await row.save(update_fields=["uri"])


async def original_of(post: Post) -> Post:
    """Give what a boost boosts, or the post itself: marks and boosts are of that."""
    return await Post.get(id=post.boost_of_id) if post.boost_of_id is not None else post


async def _send(server: Server, account: Account, post: Post, uri: str) -> None:
    await publish.activity(
        server,
        account,
        activities.like_of(account, post, uri=uri),
        accounts=[await Account.get(id=post.author_id)],
        object_uri=post.uri,
        personal=True,
    )
