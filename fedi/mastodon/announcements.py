"""What the people who run the server tell everybody (Mastodon API: announcements)."""

from starlette.responses import Response

from fedi.actions import announcements as actions
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.announcement import announcement
from fedi.queries import announcements


async def show_all(call: Call) -> Response:
    """GET /api/v1/announcements: those that one has not put away, with `with_dismissed` all of them."""
    found = await announcements.current(
        call.server, call.account, with_read=call.params.flag("with_dismissed")
    )
    return responses.json([announcement(view, call.server.uris) for view in found])


async def dismiss(call: Call) -> Response:
    """POST /api/v1/announcements/{id}/dismiss."""
    view = await announcements.one(call.server, call.account, call.id)
    await actions.dismiss(call.server, call.account, view.announcement)
    return responses.nothing()


async def react(call: Call) -> Response:
    """PUT /api/v1/announcements/{id}/reactions/{name}: an emoji, or the shortcode of one of ours."""
    view = await announcements.one(call.server, call.account, call.id)
    await actions.react(call.server, call.account, view.announcement, call.path["name"])
    return responses.nothing()


async def unreact(call: Call) -> Response:
    """DELETE /api/v1/announcements/{id}/reactions/{name}."""
    view = await announcements.one(call.server, call.account, call.id)
    await actions.unreact(call.server, call.account, view.announcement, call.path["name"])
    return responses.nothing()
