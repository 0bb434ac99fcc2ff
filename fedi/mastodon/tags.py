"""Hashtags: one by itself, followed ones, those on a profile (Mastodon API: tags, featured_tags)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.status import Tag, tag
from fedi.queries import accounts as account_queries
from fedi.queries import search
from fedi.text.tokens import is_tag, normalise_tag


async def show(call: Call) -> Response:
    """GET /api/v1/tags/{name}; one that nobody has used yet is shown as well."""
    name = call.path["name"].removeprefix("#")
    if not is_tag(name):
        raise NotFound
    normal, uris = normalise_tag(name), call.server.uris
    row = next((each for each in await search.tags(call.server, normal, 1) if each.name == normal), None)
    signed_in = call.viewer is not None
    if row is not None:
        return responses.json(tag(row, uris, signed_in=signed_in))
    shown = Tag(id="0", name=normal, url=uris.tag_page(normal))
    if signed_in:
        shown.following = shown.featuring = False
    return responses.json(shown)


async def follow(call: Call) -> Response:
    """POST /api/v1/tags/{name}/follow."""
    del call
    raise NotFound


async def unfollow(call: Call) -> Response:
    """POST /api/v1/tags/{name}/unfollow."""
    del call
    raise NotFound


async def feature(call: Call) -> Response:
    """POST /api/v1/tags/{name}/feature."""
    del call
    raise NotFound


async def unfeature(call: Call) -> Response:
    """POST /api/v1/tags/{name}/unfeature."""
    del call
    raise NotFound


async def followed(call: Call) -> Response:
    """GET /api/v1/followed_tags."""
    del call
    return responses.json([])


async def featured(call: Call) -> Response:
    """GET /api/v1/featured_tags."""
    del call
    return responses.json([])


async def feature_by_name(call: Call) -> Response:
    """POST /api/v1/featured_tags."""
    del call
    raise NotFound


async def remove_featured(call: Call) -> Response:
    """DELETE /api/v1/featured_tags/{id}."""
    del call
    raise NotFound


async def suggestions(call: Call) -> Response:
    """GET /api/v1/featured_tags/suggestions."""
    del call
    return responses.json([])


async def featured_of_account(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/featured_tags."""
    await account_queries.account_for(call.server, call.viewer, call.id)
    return responses.json([])
