"""Remixes between servers: stamps verified, and pictures fetched once their author agreed (19.3)."""

from fedi.actions import remix_sources, remixing
from fedi.activitypub.reader import host_of
from fedi.activitypub.stamps import RemixAuthorization
from fedi.activitypub.vocabulary import Uri
from fedi.errors import Blocked, FediError, Gone, Malformed, NotFound, StorageFull, Unreachable
from fedi.federation import threads
from fedi.federation.fetch import fetch_file
from fedi.federation.vouching import stamp_at
from fedi.jobs.kinds import BringRemixSource, VerifyRemix
from fedi.jobs.queue import NewJob, enqueue
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.models.posts import Post
from fedi.queries import domains
from fedi.server import Server

_ACCEPT = {"Accept": "image/webp, image/png, image/jpeg, image/gif"}


async def verify(server: Server, job: VerifyRemix) -> None:
    """Run a VerifyRemix job. Raises Unreachable, to be tried again; what is forged is not believed."""
    post = await Post.get_or_none(id=job.post_id)
    if post is None:
        return
    try:
        stamp = await stamp_at(
            server, RemixAuthorization, Uri(job.stamp), quoting=Uri(post.uri), target=Uri(job.target)
        )
        original = await threads.post_by_uri(server, job.target)
    except Unreachable:
        raise
    except FediError as error:
        logger().info("remix.unproven", post=post.uri, reason=str(error))
        return
    await original.fetch_related("author")
    if (
        original.boost_of_id is None
        and original.uri == job.target
        and stamp.attributed_to == original.author.uri
    ):
        await remixing.verified(server, post.id, original, stamp.id)


async def recheck(server: Server, stamp_uri: str) -> None:
    """Look whether a stamp still stands that somebody else than its author says is gone."""
    for remix in await Remix.filter(stamp_uri=stamp_uri, state="accepted"):
        if server.uris.is_local(stamp_uri):
            return
        try:
            await stamp_at(
                server,
                RemixAuthorization,
                Uri(stamp_uri),
                quoting=Uri(remix.remix_uri),
                target=Uri(remix.original_uri),
            )
        except (Gone, NotFound):
            async with server.db.transaction():
                await remixing.end(server, remix, "revoked")


async def bring(server: Server, job: BringRemixSource) -> None:
    """Run a BringRemixSource job: give the remixer a copy of the picture to work on.

    Raises Unreachable and StorageFull, to be tried again. A picture that cannot be had leaves the yes without
    one; whoever asks again has it tried again.
    """
    remix = await Remix.get_or_none(id=job.remix_id).select_related("original", "original_account")
    if remix is None or remix.state != "accepted" or remix.source_id is not None:
        return
    try:
        data = await _bytes_of(server, remix)
        alt = remix.original.description if remix.original else remix.original_account.avatar_alt
        await remix_sources.keep(server, remix, data, description=alt)
    except (Unreachable, StorageFull):
        raise
    except FediError as error:
        logger().info("remix.no_source", remix=remix.id, reason=str(error))


async def bring_now(server: Server, remix: Remix) -> Remix:
    """Give the remixer a picture of this server at once, for they wait for it; gives the row as it is now.

    What is elsewhere a job gets; one that could not be had before is tried again.
    """
    if remix.state != "accepted" or remix.source_id is not None:
        return remix
    job = BringRemixSource(remix_id=remix.id)
    owner = await Account.get(id=remix.original_account_id)
    if owner.is_local:
        await bring(server, job)
        return await Remix.get(id=remix.id)
    async with server.db.transaction():
        await enqueue(server, NewJob(work=job, unique_key=f"remix-source:{remix.id}"))
    return remix


async def _bytes_of(server: Server, remix: Remix) -> bytes:
    media = remix.original
    if media is None:
        if remix.original_post_id is not None or not remix.original_account.avatar_key:
            raise NotFound
        return await server.store.read(remix.original_account.avatar_key)
    if media.original_key:
        return await server.store.read(media.original_key)
    return await _fetched(server, media)


async def _fetched(server: Server, media: MediaAttachment) -> bytes:
    # The author's server spoke for them; where the file lies is another matter, and may be no host of ours.
    if await domains.rejects_media(host_of(media.remote_url)):
        raise Blocked
    answer = await fetch_file(server, media.remote_url, _ACCEPT, server.settings.media.max_bytes)
    if not answer.headers.get("content-type", "").lower().startswith("image/"):
        raise Malformed("The address holds no picture.")
    return answer.body
