"""Undo received (ActivityPub 7.12)."""

from fedi.actions import blocks, boosts, deletes, favourites, follows, reactions
from fedi.activitypub import activities as wire
from fedi.activitypub.activities import Undo
from fedi.activitypub.reactions import emote_of
from fedi.activitypub.reader import same_origin
from fedi.federation.known import find_account, find_post
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite, Reaction
from fedi.models.posts import Post
from fedi.models.relationships import Block, Follow
from fedi.server import Server


async def receive(server: Server, activity: Undo, sender: Account) -> None:
    """Take back what the sender did, found by its id or by what it was about.

    What is undone before it arrived is remembered for a while, so that it does nothing when it does.
    """
    match activity.object:
        case wire.Follow() | wire.Like() | wire.Announce() | wire.Block() as inner:
            if inner.actor != sender.uri:
                return
            uri = inner.id
            done = await _undo_by_id(server, uri, sender) or await _undo_by_object(server, inner, sender)
        case uri:
            done = await _undo_by_id(server, uri, sender)
    if not done:
        await remember(server, activity)


async def remember(server: Server, activity: Undo) -> None:
    """Remember that an activity was undone, should it come late; its actor need not be known here."""
    inner = activity.object
    uri = inner if isinstance(inner, str) else inner.id
    if uri is not None and same_origin(uri, activity.actor):
        await deletes.remember_deleted(server, uri, activity.actor)


async def _undo_by_id(server: Server, uri: str | None, sender: Account) -> bool:
    if uri is None:
        return False
    if (
        follow := await Follow.get_or_none(uri=uri, follower_id=sender.id).select_related("target")
    ) is not None:
        await follows.unfollow(server, sender, follow.target)
    elif (
        reaction := await Reaction.get_or_none(uri=uri, account_id=sender.id).select_related("post")
    ) is not None:
        await reactions.unreact(server, sender, reaction.post, reaction.emoji)
    elif (
        like := await Favourite.get_or_none(uri=uri, account_id=sender.id).select_related("post")
    ) is not None:
        await reactions.unlike(server, sender, like.post)
    elif (
        boost := await Post.get_or_none(uri=uri, author_id=sender.id, boost_of_id__not_isnull=True)
    ) is not None:
        await boosts.unboost(server, sender, boost)
    elif (
        block := await Block.get_or_none(uri=uri, account_id=sender.id).select_related("target")
    ) is not None:
        await blocks.unblock(server, sender, block.target)
    else:
        return False
    return True


async def _undo_by_object(
    server: Server, inner: wire.Follow | wire.Like | wire.Announce | wire.Block, sender: Account
) -> bool:
    """Undo without a known id: some peers make up a new one for the Undo (Misskey), or give none."""
    if isinstance(inner, wire.Follow | wire.Block):
        target = await find_account(server, inner.object)
        return target is not None and await _undo_about_account(server, inner, sender, target)
    post = await find_post(server, inner.object)
    return post is not None and await _undo_about_post(server, inner, sender, post)


async def _undo_about_account(
    server: Server, inner: wire.Follow | wire.Block, sender: Account, target: Account
) -> bool:
    if isinstance(inner, wire.Follow):
        if not await Follow.exists(follower_id=sender.id, target_id=target.id):
            return False
        await follows.unfollow(server, sender, target)
        return True
    if not await Block.exists(account_id=sender.id, target_id=target.id):
        return False
    await blocks.unblock(server, sender, target)
    return True


async def _undo_about_post(
    server: Server, inner: wire.Like | wire.Announce, sender: Account, post: Post
) -> bool:
    if isinstance(inner, wire.Like):
        return await _undo_like(server, inner, sender, post)
    if not await Post.exists(author_id=sender.id, boost_of_id=post.id):
        return False
    await boosts.unboost(server, sender, post)
    return True


async def _undo_like(server: Server, inner: wire.Like, sender: Account, post: Post) -> bool:
    """Undo a Like, or with an emoji that one reaction; a Like's Undo does not reach reactions."""
    emote = emote_of(inner)
    if emote is not None:
        if not await Reaction.exists(account_id=sender.id, post_id=post.id, emoji=emote.emoji):
            return False
        await reactions.unreact(server, sender, post, emote.emoji)
        return True
    row = await Favourite.get_or_none(account_id=sender.id, post_id=post.id)
    if row is None or favourites.is_derived(row):
        return False
    await reactions.unlike(server, sender, post)
    return True
