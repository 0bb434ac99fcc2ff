"""What people do with posts: favourite, boost, bookmark, pin (Mastodon API: statuses). All idempotent."""

from starlette.responses import Response

from fedi.actions import bookmarks, boosts, favourites, pins
from fedi.mastodon import responses
from fedi.mastodon.accounts import listed
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.status import visibility_inside
from fedi.mastodon.statuses import shown
from fedi.models.posts import Post
from fedi.queries import collections, visibility

_PEOPLE, _MOST_PEOPLE = 40, 80


async def favourite(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/favourite."""
    post = await _post(call)
    await favourites.favourite(call.server, call.account, post)
    return await _changed(call, post)


async def unfavourite(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unfavourite."""
    post = await _post(call)
    await favourites.unfavourite(call.server, call.account, post)
    return await _changed(call, post)


async def boost(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/reblog: answers with the boost, a new post around the original."""
    word = call.params.text("visibility") or "public"
    made = await boosts.boost(
        call.server, call.account, await _post(call), visibility=visibility_inside(word)
    )
    return await shown(call, made)


async def unboost(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unreblog: answers with the original."""
    post = await favourites.original_of(await _post(call))
    await boosts.unboost(call.server, call.account, post)
    return await _changed(call, post)


async def bookmark(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/bookmark."""
    post = await _post(call)
    await bookmarks.add(call.server, call.account, post)
    return await _changed(call, post)


async def unbookmark(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unbookmark."""
    post = await _post(call)
    await bookmarks.remove(call.server, call.account, post)
    return await _changed(call, post)


async def pin(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/pin."""
    post = await _post(call)
    await pins.pin(call.server, call.account, post)
    return await _changed(call, post)


async def unpin(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unpin."""
    post = await _post(call)
    await pins.unpin(call.server, call.account, post)
    return await _changed(call, post)


async def favourited_by(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/favourited_by."""
    page = responses.page_of(call.params, default=_PEOPLE, most=_MOST_PEOPLE)
    return listed(call, await collections.favourited_by(call.server, await _post(call), page), page)


async def boosted_by(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/reblogged_by."""
    page = responses.page_of(call.params, default=_PEOPLE, most=_MOST_PEOPLE)
    return listed(call, await collections.boosted_by(call.server, await _post(call), page), page)


async def _post(call: Call) -> Post:
    return await visibility.post_for(call.server, call.viewer, call.id)


async def _changed(call: Call, post: Post) -> Response:
    """Answer with a post as it is now, its counts changed."""
    return await shown(call, await visibility.post_for(call.server, call.viewer, post.id))
