"""Ours: restyling other people's pictures with their leave, /api/fedi/v1 (docs/api.md)."""

from collections.abc import Sequence

from starlette.responses import Response

from fedi.actions import remixes
from fedi.errors import Invalid, NotFound
from fedi.federation.remixes import bring_now
from fedi.mastodon import rendered, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.remix import Remix, remix
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.media import Remix as Row
from fedi.queries import remixes as queries
from fedi.queries import rows, visibility

_STATES = ("pending", "accepted", "rejected", "revoked")


async def create(call: Call) -> Response:
    """POST /api/fedi/v1/remixes: ask for a picture by `media_id`, or for the avatar of `account_id`.

    200 when it may be worked on at once, 202 while somebody has to answer.
    """
    if "account_id" in call.params:
        owner = await Account.get_or_none(id=call.params.id("account_id") or 0, gone_at=None)
        if owner is None:
            raise NotFound
        row = await remixes.ask_for_avatar(call.server, call.account, owner)
    else:
        row = await remixes.ask(call.server, call.account, call.params.id("media_id") or 0)
    row = await bring_now(call.server, row)
    return responses.json((await _shown(call, [row]))[0], status=200 if row.source_id is not None else 202)


async def show_all(call: Call) -> Response:
    """GET /api/fedi/v1/remixes: what one asked for, or was asked (`received`), by `state`; newest first."""
    page, state = responses.page_of(call.params), call.params.text("state")
    if state and state not in _STATES:
        raise Invalid("state", f"must be one of {', '.join(_STATES)}")
    found = await queries.of_account(
        call.server,
        call.account,
        page,
        received=call.params.flag("received"),
        states=[state] if state else [],
    )
    listed = [view.row for view in found]
    return responses.page(call.request, await _shown(call, listed), [row.id for row in listed], page)


async def show(call: Call) -> Response:
    """GET /api/fedi/v1/remixes/{id}: for who asked and who was asked."""
    return responses.json((await _shown(call, [await _row(call)]))[0])


async def accept(call: Call) -> Response:
    """POST /api/fedi/v1/remixes/{id}/accept: say yes to what one was asked."""
    return await _answered(call, allowed=True)


async def reject(call: Call) -> Response:
    """POST /api/fedi/v1/remixes/{id}/reject: say no; the same person's next request is refused as well."""
    return await _answered(call, allowed=False)


async def revoke(call: Call) -> Response:
    """POST /api/fedi/v1/remixes/{id}/revoke: take a yes back; the remix loses its credit and its place."""
    row = await _row(call)
    if row.original_account_id != call.account.id:
        raise NotFound
    await remixes.revoke(call.server, row)
    return responses.json((await _shown(call, [await Row.get(id=row.id)]))[0])


async def show_made_from(call: Call) -> Response:
    """GET /api/fedi/v1/statuses/{id}/remixes: the posts that show remixes of a post's pictures."""
    server, page = call.server, responses.page_of(call.params)
    post = await visibility.post_for(server, call.viewer, call.id)
    found = await queries.made_from(server, post, call.viewer, page)
    shown = await rendered.statuses(server, call.viewer, [post_id for _, post_id in found])
    return responses.page(call.request, shown.body, [id_ for id_, _ in found], page)


async def _answered(call: Call, *, allowed: bool) -> Response:
    row = await _row(call)
    if row.original_account_id != call.account.id:
        raise NotFound
    row = await remixes.answer(call.server, call.account, row, allowed=allowed)
    return responses.json((await _shown(call, [row]))[0])


async def _row(call: Call) -> Row:
    row = await Row.get_or_none(id=call.id)
    if row is None or call.account.id not in {row.account_id, row.original_account_id}:
        raise NotFound
    return row


async def _shown(call: Call, asked: Sequence[Row]) -> list[Remix]:
    server = call.server
    mine = {row.source_id for row in asked if row.source_id and row.account_id == call.account.id}
    sources = await rows.load_by_id(server, MediaAttachment, mine)
    return [
        remix(view, sources.get(view.row.source_id or 0), server.uris)
        for view in await queries.views(server, asked)
    ]
