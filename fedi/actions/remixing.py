"""Remixes as posts show them: the credit that comes with one, and what ends it (federation reference 19.3).

Whether somebody may restyle a picture is decided in remixes.py. Of what one of ours asked for, the row stays
for good: by it a picture is known to be made from somebody else's.
"""

from collections.abc import Iterable, Sequence

from fedi.actions import counters, notify, updates
from fedi.activitypub.reader import host_of, same_origin
from fedi.activitypub.remixes import RemixClaim
from fedi.errors import Forbidden, Invalid
from fedi.jobs.kinds import RemoveMedia, VerifyRemix
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.models.posts import Mention, Post
from fedi.queries import remixes as queries
from fedi.server import Server
from fedi.text.html import Html, without_credit
from fedi.translate.notes import target_of

_NO_CONSENT = "Who made the original does not allow this remix (any more)."
# By then the author of the original has the remix, and gives its stamp to everybody.
_VERIFY_AFTER_SECONDS = 60.0


async def consent_to(account: Account, source: MediaAttachment) -> Remix | None:
    """Give the consent by which an account draws a picture anew; None for one that is all its own.

    Raises Forbidden when it was not given, or was taken back.
    """
    remix = await queries.of_picture(account, source)
    if remix is not None and remix.state != "accepted":
        raise Forbidden(_NO_CONSENT)
    return remix


async def require_own_guide(account: Account, guide: MediaAttachment | None) -> None:
    """Raise Invalid for somebody else's picture to draw like: a yes is to restyle it, and no more."""
    if guide is not None and await queries.of_picture(account, guide) is not None:
        raise Invalid("guide_media_id", "rests on somebody else's picture, which must not be drawn like")


async def behind(author: Account, media: Sequence[MediaAttachment]) -> Remix | None:
    """Give the consent that a new post with these pictures rests on; None if they are all its author's own.

    Raises Forbidden for one that was not given or was taken back, Invalid for a consent that another post
    uses, for remixes of several posts in one, and for a copy that was given to work on.
    """
    await require_no_sources(media)
    found: dict[int, Remix] = {}
    for each in media:
        remix = await queries.of_picture(author, each)
        if remix is not None:
            found[remix.id] = remix
    for remix in found.values():
        if remix.state != "accepted":
            raise Forbidden(_NO_CONSENT)
        if remix.post_id is not None:
            raise Invalid("", "This yes was for another post. Ask once more to post another remix.")
    if len(found) > 1:
        raise Invalid("", "A post can show remixes of one post only.")
    return next(iter(found.values()), None)


async def after_edit(author: Account, post: Post, media: Sequence[MediaAttachment]) -> Remix | None:
    """Give the remix that a post still shows after an edit; None when it shows none (any more).

    Raises Invalid for a remix that the post did not show before: the yes was for a post of its own.
    """
    await require_no_sources(media)
    shown = await Remix.get_or_none(post_id=post.id, state="accepted")
    found = None
    for each in media:
        remix = await queries.of_picture(author, each)
        if remix is not None and (shown is None or each.based_on_uri != shown.original_uri):
            if each.post_id != post.id:
                raise Invalid("", "A remix can only be posted in a new post.")
        elif remix is not None:
            found = shown
    return found


async def require_no_sources(media: Iterable[MediaAttachment]) -> None:
    """Raise Invalid for a copy of somebody else's picture: it is there to be worked on, not to be shown."""
    if await Remix.exists(source_id__in=[0, *(each.id for each in media)]):
        raise Invalid("", "This picture is somebody else's. Post what the studio makes of it.")


async def require_wearable(account: Account, media: MediaAttachment) -> None:
    """Raise Invalid for a remix as avatar or header: there is no room for the credit."""
    await require_no_sources([media])
    if await queries.of_picture(account, media) is not None:
        raise Invalid("", "A remix of somebody else's picture can be posted with its credit, not worn.")


def check_named(visibility: str, remix: Remix, author: Account, named: Iterable[int]) -> None:
    """Raise Invalid for a remix that is shown to a few behind the back of whose picture it was."""
    if visibility == "direct" and remix.original_account_id not in {author.id, *named}:
        raise Invalid(
            "", "A post for those named in it can show a remix only to whose picture it was as well."
        )


async def show(server: Server, remix: Remix, post: Post, author: Account) -> None:
    """Have a post show the remix that was allowed; in your transaction. Whose picture it was is told."""
    remix.post_id, remix.updated_at = post.id, server.clock.now()
    await remix.save(update_fields=["post_id", "updated_at"])
    if counters.is_open(post):
        owner = await Account.get(id=remix.original_account_id)
        await notify.about(server, owner, "mention", author, post)


async def claimed(server: Server, author: Account, post: Post, claim: RemixClaim | None) -> None:
    """Take in that a remote post says what it was made from; in your transaction.

    What we stamped ourselves we know; the stamp of another server is looked at. Anything else says nothing.
    """
    if claim is None:
        return
    known = await Remix.get_or_none(stamp_uri=claim.stamp)
    if known is not None:
        said = (author.id, post.uri, claim.target)
        is_meant = said == (known.account_id, known.remix_uri, known.original_uri)
        if is_meant and known.state == "accepted" and known.post_id is None:
            await show(server, known, post, author)
        return
    if server.uris.is_local(claim.target) or not same_origin(claim.stamp, claim.target):
        return
    work = VerifyRemix(post_id=post.id, target=claim.target, stamp=claim.stamp)
    await enqueue(
        server,
        NewJob(
            work=work,
            unique_key=f"remix:{post.id}:{claim.stamp}"[:255],
            group_key=host_of(claim.stamp),
            wait_seconds=_VERIFY_AFTER_SECONDS,
        ),
    )


async def claimed_again(server: Server, author: Account, post: Post, claim: RemixClaim | None) -> None:
    """Take in what an edit of a remote post says it was made from; in your transaction."""
    shown = await Remix.get_or_none(post_id=post.id, state="accepted")
    if shown is not None and (
        claim is None or (claim.target, claim.stamp) != (shown.original_uri, shown.stamp_uri)
    ):
        await _forget(server, shown, post)
        shown = None
    if shown is None:
        await claimed(server, author, post, claim)


async def verified(server: Server, post_id: int, original: Post, stamp_uri: str) -> None:
    """Keep that the remix which a remote post shows is allowed: its stamp was verified."""
    async with server.db.transaction():
        post = await Post.get_or_none(id=post_id)
        if post is None or await Remix.exists(post_id=post_id, state="accepted"):
            return
        now = server.clock.now()
        await Remix.create(
            id=server.new_id(),
            account_id=post.author_id,
            original_post_id=original.id,
            original_account_id=original.author_id,
            original_uri=original.uri,
            post_id=post.id,
            remix_uri=post.uri,
            state="accepted",
            stamp_uri=stamp_uri,
            created_at=now,
            updated_at=now,
        )


async def end(server: Server, remix: Remix, state: str) -> None:
    """End a remix that was asked for or shown; in your transaction.

    Its credit goes, and a post of ours that shows it stands on public timelines no more and is sent anew.
    """
    remix.state, remix.updated_at = state, server.clock.now()
    await remix.save(update_fields=["state", "updated_at"])
    await _drop_source(server, remix)
    post = await Post.get_or_none(id=remix.post_id) if remix.post_id is not None else None
    if post is None:
        return
    author = await Account.get(id=post.author_id)
    await _unname(server, remix, post, author)
    if post.local:
        await Post.filter(id=post.id, visibility="public").update(visibility="unlisted")
        await updates.send(server, await Post.get(id=post.id), author, of=f"remixes/{remix.id}/{state}")


async def taken_out(server: Server, remix: Remix, post: Post) -> None:
    """Take in that an edit took the remix out of a post: the yes is used up; in your transaction."""
    remix.state, remix.updated_at = "revoked", server.clock.now()
    await remix.save(update_fields=["state", "updated_at"])
    await _drop_source(server, remix)
    await _unname(server, remix, post, await Account.get(id=post.author_id))


async def post_going(server: Server, post: Post) -> None:
    """End what hangs on a post that is about to be deleted: remixes of its pictures, and its own credit."""
    for remix in await Remix.filter(original_post_id=post.id).select_related("account"):
        await _without_original(server, remix)
    for remix in await Remix.filter(post_id=post.id).select_related("account"):
        if remix.account.is_local:
            remix.state, remix.post_id, remix.updated_at = "revoked", None, server.clock.now()
            await remix.save(update_fields=["state", "post_id", "updated_at"])
            await _drop_source(server, remix)
        else:
            await remix.delete()


async def pictures_changed(server: Server, post: Post) -> None:
    """End remixes of pictures that an edit took out of a post; in your transaction."""
    for remix in await Remix.filter(original_post_id=post.id).select_related("account", "original"):
        # Of a remix on two other servers nobody said which picture it was.
        is_told = remix.account.is_local or server.uris.is_local(remix.original_uri)
        if is_told and (remix.original is None or remix.original.post_id != post.id):
            await _without_original(server, remix)


async def _without_original(server: Server, remix: Remix) -> None:
    if remix.account.is_local:
        if remix.state in {"pending", "accepted"}:
            await end(server, remix, "revoked")
        return
    if remix.state == "accepted" and remix.post_id is not None:
        post = await Post.get(id=remix.post_id)
        await _unname(server, remix, post, await Account.get(id=post.author_id))
    await remix.delete()


async def _forget(server: Server, remix: Remix, post: Post) -> None:
    await _unname(server, remix, post, await Account.get(id=post.author_id))
    await remix.delete()


async def _unname(server: Server, remix: Remix, post: Post, author: Account) -> None:
    """Take back that whose picture it was is told and named, unless the text names them itself."""
    owner = await Account.get(id=remix.original_account_id)
    if target_of(owner, server.uris).url in without_credit(Html(post.content)):
        return
    await notify.withdraw(owner, "mention", author, post)
    if post.local:
        await Mention.filter(post_id=post.id, account_id=owner.id).update(silent=True)


async def _drop_source(server: Server, remix: Remix) -> None:
    if remix.source_id is None:
        return
    await enqueue(server, NewJob(work=RemoveMedia(media_ids=[remix.source_id])))
    await Remix.filter(id=remix.id).update(source_id=None)
    remix.source_id = None
