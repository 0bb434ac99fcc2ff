"""A post that goes: ours or a peer's (ActivityPub 6.4, 7.4, federation reference 10.4)."""

from fedi.actions import (
    boosts,
    conversations,
    counters,
    deliveries,
    media,
    news,
    publish,
    reach,
    remixing,
    tombstones,
)
from fedi.jobs.kinds import RemoveMedia
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.queries import snapshots
from fedi.server import Server
from fedi.translate import activities


async def delete(server: Server, post: Post, *, keep_media: bool = False) -> None:
    """Remove a post with all that hangs on it, leave a Tombstone, and tell everyone who may hold it.

    Gone with it: boosts, marks, mentions, edits, notifications. Its pictures go by a RemoveMedia job, or
    stay with their owner, unattached, when `keep_media` says so (delete and redraft). A boost is taken back
    instead (`boosts.unboost`). A second time changes nothing.
    """
    async with server.db.transaction():
        found = await Post.get_or_none(id=post.id)
        if found is None:
            return
        author = await Account.get(id=found.author_id)
        if found.boost_of_id is not None:
            await boosts.unboost(server, author, found)
            return
        # A Tombstone of ours is served to anybody: of a post that was not for all it would tell too much.
        shown = found.local and counters.is_open(found) and not found.local_only
        uris = {found.uri}
        if found.local:
            # A remix has the URI that was asked for before it was drawn; its page has its own number.
            uris.add(server.uris.post(found.id))
        for uri in uris:
            await tombstones.lay(server, uri, actor_uri=author.uri, former_type=found.kind, local=shown)
        if found.local and reach.goes_out(found):
            await _publish(server, found, author)
        await news.going(server, found)
        await conversations.going(server, found)
        await remixing.post_going(server, found)
        await _release_media(server, found, keep=keep_media)
        for boost in await Post.filter(boost_of_id=found.id):
            await counters.post_removed(boost)
        await counters.post_removed(found)
        await found.delete()


async def remember_deleted(server: Server, uri: str, actor_uri: str, *, former_type: str = "") -> None:
    """Remember that a peer deleted or undid something that we do not know: it may come later.

    A Create of that object is refused for good, a Like, Announce or Follow of that id for six hours.
    """
    async with server.db.transaction():
        await tombstones.lay(server, uri, actor_uri=actor_uri, former_type=former_type)


async def remove_media(server: Server, work: RemoveMedia) -> None:
    """Run the job that a delete leaves behind: files are removed after their rows, so after the commit."""
    detached = await MediaAttachment.filter(id__in=work.media_ids, post_id=None)
    await media.remove_unused(server, detached)


async def _publish(server: Server, post: Post, author: Account) -> None:
    """Send the Delete to whom the post was sent, to followers, and to where boosts and replies took it.

    What of the post was not yet delivered is not sent any more, and who never got it hears nothing of it.
    """
    deleted = activities.delete_of(await snapshots.of_post(server, post, author), server.uris)
    unaware = await deliveries.withdraw(server, post.uri)
    await publish.activity(
        server,
        author,
        deleted,
        accounts=await reach.holders(server, post),
        followers=reach.goes_to_followers(post),
        extra_inboxes=await reach.further_inboxes(server, post),
        object_uri=post.uri,
        priority=publish.BULK,
        without=unaware,
    )


async def _release_media(server: Server, post: Post, *, keep: bool) -> None:
    """Detach the pictures of a post of ours and have them removed; of a remote one only rows are there."""
    if not post.local:
        await MediaAttachment.filter(post_id=post.id).delete()
        return
    rows = await MediaAttachment.filter(post_id=post.id)
    await MediaAttachment.filter(post_id=post.id).update(post_id=None, position=0)
    if rows and not keep:
        await enqueue(server, NewJob(work=RemoveMedia(media_ids=[row.id for row in rows])))
