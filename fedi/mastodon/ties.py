"""Follow, block, mute and their lists (Mastodon API: accounts, follow_requests, blocks, mutes)."""

from starlette.responses import Response

from fedi.actions import blocks, follows
from fedi.mastodon import responses
from fedi.mastodon.accounts import listed
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import muted_account, relationship
from fedi.models.accounts import Account
from fedi.queries import accounts, collections, relationships

_PEOPLE, _MOST_PEOPLE = 40, 80


async def follow(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/follow; of a follow in force only what is given changes."""
    target = await target_of(call)
    params = call.params
    stands = (await relationships.standings(call.server, call.account, [target]))[0]
    known = stands.following or stands.requested
    await follows.request(
        call.server,
        call.account,
        target,
        show_boosts=params.flag("reblogs", default=stands.showing_boosts if known else True),
        notify=params.flag("notify", default=stands.notifying),
        languages=params.texts("languages") if "languages" in params else stands.languages,
    )
    return await standing(call, target)


async def unfollow(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unfollow."""
    target = await target_of(call)
    await follows.unfollow(call.server, call.account, target)
    return await standing(call, target)


async def remove_follower(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/remove_from_followers."""
    target = await target_of(call)
    await follows.remove_follower(call.server, call.account, target)
    return await standing(call, target)


async def block(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/block."""
    target = await target_of(call)
    await blocks.block(call.server, call.account, target)
    return await standing(call, target)


async def unblock(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unblock."""
    target = await target_of(call)
    await blocks.unblock(call.server, call.account, target)
    return await standing(call, target)


async def mute(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/mute; `duration` in seconds, 0 for ever."""
    target = await target_of(call)
    await blocks.mute(
        call.server,
        call.account,
        target,
        hide_notifications=call.params.flag("notifications", default=True),
        duration_seconds=max(call.params.number("duration", 0), 0),
    )
    return await standing(call, target)


async def unmute(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unmute."""
    target = await target_of(call)
    await blocks.unmute(call.server, call.account, target)
    return await standing(call, target)


async def requests(call: Call) -> Response:
    """GET /api/v1/follow_requests."""
    page = responses.page_of(call.params, default=_PEOPLE, most=_MOST_PEOPLE)
    return listed(call, await collections.asking(call.server, call.account, page), page)


async def authorize(call: Call) -> Response:
    """POST /api/v1/follow_requests/{id}/authorize."""
    follower = await target_of(call)
    await follows.accept(call.server, await collections.request_of(call.account, follower))
    return await standing(call, follower)


async def reject(call: Call) -> Response:
    """POST /api/v1/follow_requests/{id}/reject."""
    follower = await target_of(call)
    await follows.reject(call.server, await collections.request_of(call.account, follower))
    return await standing(call, follower)


async def blocked(call: Call) -> Response:
    """GET /api/v1/blocks."""
    page = responses.page_of(call.params, default=_PEOPLE, most=_MOST_PEOPLE)
    return listed(call, await collections.blocked(call.server, call.account, page), page)


async def muted(call: Call) -> Response:
    """GET /api/v1/mutes, each with when it ends."""
    server, page = call.server, responses.page_of(call.params, default=_PEOPLE, most=_MOST_PEOPLE)
    found = await collections.muted(server, call.account, page)
    ends = await collections.mute_ends(found)
    shown = [muted_account(row, server.uris, ends.get(id_)) for id_, row in found]
    return responses.page(call.request, shown, [id_ for id_, _ in found], page)


async def target_of(call: Call) -> Account:
    """Give the account in the path as the viewer may ask for it. Raises NotFound."""
    return await accounts.account_for(call.server, call.viewer, call.id)


async def standing(call: Call, target: Account) -> Response:
    """Answer with how the asking person stands to an account."""
    stands = await relationships.standings(call.server, call.account, [target])
    return responses.json(relationship(stands[0]))
