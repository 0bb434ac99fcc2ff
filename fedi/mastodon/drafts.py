"""Ours: drafts that are kept on the server, so that another app can go on with them."""

from starlette.responses import Response

from fedi.actions import pending as actions
from fedi.federation import pending as publishing
from fedi.mastodon import forms, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.scheduled import Draft, draft
from fedi.mastodon.statuses import shown as shown_post
from fedi.models.pending import PendingPost
from fedi.queries import pending


async def show_all(call: Call) -> Response:
    """GET /api/fedi/v1/drafts."""
    page = responses.page_of(call.params)
    rows = await pending.drafts(call.server, call.account, page)
    return responses.page(call.request, await _entities(call, rows), [row.id for row in rows], page)


async def create(call: Call) -> Response:
    """POST /api/fedi/v1/drafts: the parameters of a post; only their sizes are checked."""
    form = forms.read(call)
    row = await actions.keep_draft(call.server, call.account, form, application=forms.named_app(call))
    return await _shown(call, row)


async def show(call: Call) -> Response:
    """GET /api/fedi/v1/drafts/{id}."""
    return await _shown(call, await pending.own_draft(call.account, call.id))


async def update(call: Call) -> Response:
    """PUT /api/fedi/v1/drafts/{id}: all of it is replaced."""
    row = await pending.own_draft(call.account, call.id)
    return await _shown(call, await actions.change_draft(call.server, row, forms.read(call)))


async def delete(call: Call) -> Response:
    """DELETE /api/fedi/v1/drafts/{id}."""
    await actions.drop(call.server, await pending.own_draft(call.account, call.id))
    return responses.nothing()


async def publish(call: Call) -> Response:
    """POST /api/fedi/v1/drafts/{id}/publish: answers with the post; what cannot be posted stays a draft."""
    row = await pending.own_draft(call.account, call.id)
    return await shown_post(call, await publishing.publish(call.server, row))


async def _shown(call: Call, row: PendingPost) -> Response:
    return responses.json((await _entities(call, [row]))[0])


async def _entities(call: Call, rows: list[PendingPost]) -> list[Draft]:
    media = await pending.media_of(rows)
    return [draft(row, media[row.id], call.server.uris) for row in rows]
