"""Emoji reactions (FEP-c0e0): Misskey's and Pleroma's finer favourites.

To Mastodon's API one favourite a person stands for all of them. On the wire an EmojiReact goes to servers
that have sent us one or say that they read them (FEP-844e), to others a plain Like.
"""

from fedi.actions import favourites, publish, tombstones
from fedi.activitypub.reactions import Emote
from fedi.errors import Conflict, Invalid
from fedi.models.accounts import Account
from fedi.models.federation import Instance
from fedi.models.interactions import Favourite, Reaction
from fedi.models.posts import Post
from fedi.queries import hosts, permits, visibility
from fedi.server import Server
from fedi.translate import activities

# Distinct emoji of one person on one post (federation reference 10.5).
MAX_A_PERSON = 20


async def react(
    server: Server, account: Account, post: Post, emote: Emote, *, uri: str | None = None
) -> Reaction:
    """React to a post, or what it boosts, with an emoji, and tell its author; the second time is the first.

    `uri` is the activity's id when the account is remote. Raises NotFound if the account may not see the
    post, Invalid beyond 20 emoji, Gone if it was undone before it came, Conflict if its id is taken.
    """
    async with server.db.transaction():
        post = await favourites.original_of(post)
        own = Reaction.filter(account_id=account.id, post_id=post.id)
        known = await own.get_or_none(emoji=emote.emoji)
        if known is not None:
            return known
        await visibility.require(server, post, account)
        await permits.require(server, account, post, "like")
        await tombstones.refuse_undone(server, uri, actor_uri=account.uri)
        if await own.count() >= MAX_A_PERSON:
            raise Invalid("", f"You can react with {MAX_A_PERSON} emoji at most")
        id_ = server.new_id()
        uri = uri or server.uris.activity(id_)
        if await Reaction.exists(uri=uri):
            raise Conflict("This id belongs to another reaction.")
        row = await Reaction.create(
            id=id_,
            account_id=account.id,
            post_id=post.id,
            emoji=emote.emoji,
            image_url=emote.image_url,
            uri=uri,
            created_at=server.clock.now(),
        )
        await _count_and_send(server, account, post, row)
    return row


async def unreact(server: Server, account: Account, post: Post, emoji: str) -> None:
    """Take a reaction back, with the last one also the favourite that it stood for; nothing if none."""
    async with server.db.transaction():
        post = await favourites.original_of(post)
        own = Reaction.filter(account_id=account.id, post_id=post.id)
        row = await own.get_or_none(emoji=emoji)
        if row is None:
            return
        await favourites.withdraw(server, account, post, row)
        favourite = await Favourite.get_or_none(account_id=account.id, post_id=post.id)
        if favourite is not None and favourites.is_derived(favourite) and not await own.exists():
            await favourites.lose(server, account, post, favourite)


async def unlike(server: Server, account: Account, post: Post) -> None:
    """Take a peer's Like back; where it reacted to the post as well, the favourite stands for that alone."""
    async with server.db.transaction():
        row = await Favourite.get_or_none(account_id=account.id, post_id=post.id)
        first = await Reaction.filter(account_id=account.id, post_id=post.id).order_by("id").first()
        if row is not None and first is not None:
            await favourites.rename(row, first.uri + favourites.UNSENT)
            return
        await favourites.unfavourite(server, account, post)


async def remember_reader(server: Server, host: str) -> None:
    """Remember that a host reads reactions: it sends them, or says so (FEP-844e)."""
    if await Instance.exists(host=host, reacts=True):
        return
    async with server.db.transaction():
        values = {"id": server.new_id(), "created_at": server.clock.now()}
        await Instance.get_or_create(values, host=host)
        await Instance.filter(host=host).update(reacts=True)


async def _count_and_send(server: Server, account: Account, post: Post, row: Reaction) -> None:
    author = await Account.get(id=post.author_id)
    is_read = await hosts.reads_reactions(server, author)
    activity = activities.react_of(account, post, row) if is_read else None
    if not await Favourite.exists(account_id=account.id, post_id=post.id):
        is_sent = account.is_local and not is_read
        uri = row.uri + (favourites.SENT if is_sent else favourites.UNSENT)
        await favourites.keep(server, account, post, id_=server.new_id(), uri=uri)
        activity = activity or activities.like_of(account, post, uri=uri)
    if activity is not None:
        await publish.activity(
            server, account, activity, accounts=[author], object_uri=post.uri, personal=True
        )
