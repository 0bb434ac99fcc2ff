"""Threads of direct posts, and threads that somebody mutes (Mastodon API: conversations)."""

from starlette.responses import Response

from fedi.actions import conversations as actions
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.conversation import conversation
from fedi.mastodon.entities.status import statuses
from fedi.mastodon.statuses import shown
from fedi.models.posts import Post
from fedi.queries import conversations, visibility


async def show_all(call: Call) -> Response:
    """GET /api/v1/conversations, paged by the ids of their last posts."""
    page = responses.page_of(call.params)
    found = await conversations.page(call.server, call.account, page)
    entities = [conversation(view, call.server.uris) for view in found]
    return responses.page(
        call.request, entities, [view.conversation.last_post_id or 0 for view in found], page
    )


async def remove(call: Call) -> Response:
    """DELETE /api/v1/conversations/{id}."""
    view = await conversations.one(call.server, call.account, call.id)
    await actions.hide(call.server, view.conversation)
    return responses.nothing()


async def read(call: Call) -> Response:
    """POST /api/v1/conversations/{id}/read."""
    return await _marked(call, unread=False)


async def unread(call: Call) -> Response:
    """POST /api/v1/conversations/{id}/unread."""
    return await _marked(call, unread=True)


async def timeline(call: Call) -> Response:
    """GET /api/v1/timelines/direct."""
    page = responses.page_of(call.params)
    found = await conversations.direct(call.server, call.account, page)
    entities = statuses(found, call.server.uris)
    return responses.page(call.request, entities, [each.post.id for each in found], page)


async def mute(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/mute."""
    post = await _post(call)
    await actions.mute(call.server, call.account, await _original(call, post))
    return await shown(call, post)


async def unmute(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unmute."""
    post = await _post(call)
    await actions.unmute(call.server, call.account, await _original(call, post))
    return await shown(call, post)


async def _marked(call: Call, *, unread: bool) -> Response:
    view = await conversations.one(call.server, call.account, call.id)
    await actions.mark(call.server, view.conversation, unread=unread)
    return responses.json(conversation(view, call.server.uris))


async def _post(call: Call) -> Post:
    return await visibility.post_for(call.server, call.viewer, call.id)


async def _original(call: Call, post: Post) -> Post:
    if post.boost_of_id is None:
        return post
    return await visibility.post_for(call.server, call.viewer, post.boost_of_id)
