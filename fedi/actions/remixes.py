"""Who may have a model work on whose pictures: asked, allowed, refused, taken back (federation ref. 19.3).

Silence is no consent: who never chose lets nobody. Nothing of another server is fetched before it said yes.
"""

from dataclasses import dataclass

from fedi.actions import notify, publish, reach, remixing, updates
from fedi.activitypub.licences import forbids_derivatives
from fedi.activitypub.policies import Permission
from fedi.activitypub.vocabulary import Uri
from fedi.errors import Conflict, Forbidden, Invalid, NotFound
from fedi.jobs.kinds import BringRemixSource
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.models.posts import Post
from fedi.models.relationships import Block
from fedi.queries import domains, permits, visibility
from fedi.queries.permits import REMIX_POLICIES
from fedi.security.limits import Limit
from fedi.server import Server
from fedi.translate import activities

POLICIES = REMIX_POLICIES
REQUEST, ANSWER = "remix_request", "remix_accepted"

_ASKED = Limit(60, 3600.0)
_OPEN = ("pending", "accepted")
# Of one account to another; who has so many waiting asks no more.
_MAX_WAITING = 20
_NOT_ALLOWED = "Who made this picture does not let you restyle it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A picture in a post as somebody may know it, whose it is, and what they may do with it."""

    media: MediaAttachment
    post: Post
    owner: Account
    permission: Permission


async def original(server: Server, account: Account, media_id: int) -> Original:
    """Give somebody else's picture that `account` may restyle, or may ask to.

    Raises NotFound for one that it may not see, Forbidden where its author, its licence or the rules about
    its server say no, Invalid for what is the account's own or no picture.
    """
    media = await MediaAttachment.get_or_none(id=media_id)
    if media is None or media.post_id is None:
        raise NotFound
    post = await visibility.post_for(server, account, media.post_id)
    owner = await Account.get(id=post.author_id)
    if owner.id == account.id:
        raise Invalid("media_id", "is your own: the studio takes it without asking")
    if media.kind != "image" or media.state != "ready":
        raise Invalid("media_id", "is not a picture that can be drawn")
    if forbids_derivatives(media.licence):
        raise Forbidden("The licence of this picture allows no derivatives.")
    permission = await permission_of(server, account, post, owner)
    if permission == "denied" or not await _is_welcome(server, owner):
        raise permits.refusal("remix")
    return Original(media=media, post=post, owner=owner, permission=permission)


async def permission_of(server: Server, account: Account, post: Post, owner: Account) -> Permission:
    """Tell what the author of a post that `account` sees lets it do with the pictures."""
    if await _is_blocked(account, owner):
        return "denied"
    if await Remix.exists(post_id=post.id, state="accepted"):
        # Who allowed the remix has not allowed a remix of it.
        return "denied"
    return await permits.permission(server, account, post, owner, "remix")


async def ask(server: Server, account: Account, media_id: int) -> Remix:
    """Ask to restyle a picture in somebody's post: accepted, or pending until who made it says.

    What was asked for already and is not yet used is given again. Raises as `original`, Forbidden for who was
    told no before, TooMany.
    """
    found = await original(server, account, media_id)
    server.limits.take(f"remix:{account.id}", _ASKED)
    earlier = await Remix.filter(account_id=account.id, original_id=found.media.id).order_by("-id").first()
    if earlier is not None and earlier.state in _OPEN and earlier.post_id is None:
        return earlier
    if earlier is not None and earlier.state == "rejected" and found.permission != "automatic":
        raise Forbidden(_NOT_ALLOWED)
    is_granted = found.owner.is_local and found.permission == "automatic"
    async with server.db.transaction():
        remix = await _new(server, account, found.owner, found.post.uri, post=found.post, media=found.media)
        if is_granted:
            await _accept(server, remix, server.uris.remix_stamp(remix.id))
        elif found.owner.is_local:
            await notify.about(server, found.owner, REQUEST, account, found.post)
        else:
            await publish.activity(
                server,
                account,
                activities.remix_request(account, remix),
                accounts=[found.owner],
                object_uri=remix.remix_uri,
                personal=True,
                priority=publish.PROMPT,
            )
    return remix


async def ask_for_avatar(server: Server, account: Account, owner: Account) -> Remix:
    """Ask to restyle somebody's avatar: as it is with their posts. Of people here only; see `ask`.

    An actor on the wire has no policy that section 19.3 knows, so nobody elsewhere can have agreed.
    """
    if owner.id == account.id:
        raise Invalid("account_id", "is your own: the studio takes your picture without asking")
    permission = await avatar_permission(server, account, owner)
    if permission == "denied":
        raise Forbidden(_NOT_ALLOWED)
    server.limits.take(f"remix:{account.id}", _ASKED)
    mine = Remix.filter(account_id=account.id, original_uri=owner.uri)
    earlier = await mine.order_by("-id").first()
    if earlier is not None and earlier.state in _OPEN and earlier.post_id is None:
        return earlier
    if earlier is not None and earlier.state == "rejected" and permission != "automatic":
        raise Forbidden(_NOT_ALLOWED)
    async with server.db.transaction():
        remix = await _new(server, account, owner, owner.uri)
        if permission == "automatic":
            await _accept(server, remix, "")
        else:
            await notify.about(server, owner, REQUEST, account)
    return remix


async def avatar_permission(server: Server, account: Account, owner: Account) -> Permission:
    """Tell whether somebody's avatar may be restyled, or asked for; one's own needs no leave."""
    if owner.id == account.id or not owner.is_local or not owner.avatar_key:
        return "denied"
    if await _is_blocked(account, owner):
        return "denied"
    return await permits.avatar_permission(server, account, owner)


async def answer(server: Server, owner: Account, remix: Remix, *, allowed: bool) -> Remix:
    """Say yes or no to who asked for a picture of `owner`.

    Raises NotFound for another's, Conflict for what was answered before.
    """
    async with server.db.transaction():
        found = await Remix.get_or_none(id=remix.id, original_account_id=owner.id).select_related("account")
        if found is None:
            raise NotFound
        if found.state == ("accepted" if allowed else "rejected"):
            return found
        if found.state != "pending":
            raise Conflict("This was answered before.")
        post = await Post.get_or_none(id=found.original_post_id)
        await notify.withdraw(owner, REQUEST, found.account, post)
        if allowed:
            await _accept(server, found, server.uris.remix_stamp(found.id) if post else "")
            await notify.about(server, found.account, ANSWER, owner, post)
        else:
            await remixing.end(server, found, "rejected")
        await _answer_request(server, owner, found.account, found)
    return found


async def request(
    server: Server, asker: Account, post: Post, *, remix_uri: str, request_uri: str | None
) -> None:
    """Answer a remote request to restyle a picture of a post of ours, or have its author answer it.

    The same request gets the same answer; who was told no by a person is told so again.
    """
    owner = await Account.get(id=post.author_id)
    permission = await permission_of(server, asker, post, owner)
    async with server.db.transaction():
        asked = Remix.filter(account_id=asker.id, original_uri=post.uri)
        known = await asked.filter(remix_uri=remix_uri).first()
        if known is None:
            media = await _first_picture(post)
            was_refused = await asked.filter(state="rejected").exists()
            waiting = await Remix.filter(
                account_id=asker.id, original_account_id=owner.id, state="pending"
            ).count()
            may_ask = permission in {"manual", "unknown"} and not was_refused and waiting < _MAX_WAITING
            if media is None or (permission != "automatic" and not may_ask):
                await _reject(server, owner, asker, post, remix_uri=remix_uri, request_uri=request_uri)
                return
            known = await _new(server, asker, owner, post.uri, post=post, media=media, remix_uri=remix_uri)
            if permission == "automatic":
                await _accept(server, known, server.uris.remix_stamp(known.id))
            else:
                await notify.about(server, owner, REQUEST, asker, post)
        known.request_uri = request_uri or ""
        await known.save(update_fields=["request_uri"])
        if known.state != "pending":
            await _answer_request(server, owner, asker, known)


async def accepted(server: Server, remix: Remix, *, stamp_uri: str) -> None:
    """Take in the yes of a remote author, whose stamp was verified; the picture is fetched now."""
    async with server.db.transaction():
        found = await Remix.get_or_none(id=remix.id, state="pending").select_related(
            "account", "original_account", "original_post"
        )
        if found is None:
            return
        await _accept(server, found, stamp_uri)
        await notify.about(server, found.account, ANSWER, found.original_account, found.original_post)


async def refused(server: Server, remix: Remix) -> None:
    """Take in the no of a remote author, or that they changed their mind; nothing the second time."""
    async with server.db.transaction():
        found = await Remix.get_or_none(id=remix.id)
        if found is not None and found.state in _OPEN:
            await remixing.end(server, found, "revoked" if found.state == "accepted" else "rejected")


async def revoke(server: Server, remix: Remix) -> None:
    """Take a remix's permission back for good; nothing the second time.

    By one of ours it is told to the remixer's server and to our own followers, and the stamp is gone.
    """
    async with server.db.transaction():
        found = await Remix.get_or_none(id=remix.id).select_related("account", "original_account", "post")
        if found is None or found.state not in _OPEN:
            return
        owner, post = found.original_account, found.post
        if owner.is_local and found.stamp_uri:
            is_open = post is not None and post.visibility in {"public", "unlisted"} and reach.goes_out(post)
            await publish.activity(
                server,
                owner,
                activities.revoke_remix(owner, found, is_open=is_open),
                accounts=[] if found.account.is_local else [found.account],
                followers=is_open,
                object_uri=found.stamp_uri,
                priority=publish.PROMPT,
            )
        await remixing.end(server, found, "revoked")


async def set_policy(server: Server, post: Post, policy: str) -> Post:
    """Change who may restyle the pictures of a post of ours from now on; "" is what its author usually wants.

    Raises Invalid for what does not exist.
    """
    check_policy(policy)
    async with server.db.transaction():
        post = await Post.get(id=post.id).select_related("author")
        if post.remix_policy != policy:
            post.remix_policy = policy
            await post.save(update_fields=["remix_policy"])
            now = int(server.clock.now().timestamp() * 1000)
            await updates.send(server, post, post.author, of=f"policies/remix/{now}")
    return post


def check_policy(policy: str) -> None:
    """Raise Invalid for a policy that does not exist; "" is none of a post's own."""
    if policy and policy not in POLICIES:
        raise Invalid("remix_policy", f"must be one of {', '.join(POLICIES)}")


async def _new(
    server: Server,
    asker: Account,
    owner: Account,
    original_uri: str,
    *,
    post: Post | None = None,
    media: MediaAttachment | None = None,
    remix_uri: str = "",
) -> Remix:
    id_, now = server.new_id(), server.clock.now()
    return await Remix.create(
        id=id_,
        account_id=asker.id,
        original_id=media.id if media else None,
        original_post_id=post.id if post else None,
        original_account_id=owner.id,
        original_uri=original_uri,
        remix_uri=remix_uri or server.uris.post(id_),
        request_uri="" if owner.is_local else server.uris.activity(id_),
        created_at=now,
        updated_at=now,
    )


async def _accept(server: Server, remix: Remix, stamp_uri: str) -> None:
    remix.state, remix.stamp_uri, remix.updated_at = "accepted", stamp_uri, server.clock.now()
    await remix.save(update_fields=["state", "stamp_uri", "updated_at"])
    asker = await Account.get(id=remix.account_id)
    if asker.is_local:
        work = BringRemixSource(remix_id=remix.id)
        await enqueue(server, NewJob(work=work, unique_key=f"remix-source:{remix.id}"))


async def _answer_request(server: Server, owner: Account, asker: Account, remix: Remix) -> None:
    """Send a remote asker what became of their request."""
    if asker.is_local:
        return
    asked, id_ = activities.remix_request(asker, remix), server.uris.new_activity()
    answered = (
        activities.accept_remix(owner, asked, stamp=Uri(remix.stamp_uri), id_=id_)
        if remix.state == "accepted"
        else activities.reject_remix(owner, asked, id_=id_)
    )
    await publish.activity(server, owner, answered, accounts=[asker], personal=True, priority=publish.PROMPT)


async def _reject(
    server: Server, owner: Account, asker: Account, post: Post, *, remix_uri: str, request_uri: str | None
) -> None:
    """Say no without keeping anything."""
    asked = Remix(original_uri=post.uri, remix_uri=remix_uri, request_uri=request_uri or "", state="rejected")
    await _answer_request(server, owner, asker, asked)


async def _first_picture(post: Post) -> MediaAttachment | None:
    pictures = await MediaAttachment.filter(post_id=post.id, kind="image", state="ready").order_by(
        "position", "id"
    )
    return next((each for each in pictures if not forbids_derivatives(each.licence)), None)


async def _is_blocked(account: Account, owner: Account) -> bool:
    if await Block.exists(account_id=account.id, target_id=owner.id):
        return True
    return await Block.exists(account_id=owner.id, target_id=account.id)


async def _is_welcome(server: Server, owner: Account) -> bool:
    """Say whether pictures of somebody's server are taken at all."""
    if owner.is_local:
        return True
    is_limited = owner.silenced_at is not None or await domains.is_silenced(server, owner.domain)
    return not is_limited and not await domains.rejects_media(owner.domain)
