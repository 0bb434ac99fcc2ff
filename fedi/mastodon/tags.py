"""Hashtags: one by itself, followed ones, those on a profile (Mastodon API: tags, featured_tags)."""

from starlette.responses import Response

from fedi.actions import featured_tags, followed_tags
from fedi.errors import NotFound
from fedi.mastodon import hashtags, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.tag import FeaturedTag, featured_tag
from fedi.models.accounts import Account
from fedi.models.posts import Tag
from fedi.queries import accounts as account_queries
from fedi.queries import tags
from fedi.text.tokens import is_tag, normalise_tag

_TAGS, _MOST_TAGS = 100, 200
_SUGGESTED = 10


async def show(call: Call) -> Response:
    """GET /api/v1/tags/{name}; one that nobody has used yet is shown as well."""
    return await _shown(call, await _tag(call))


async def follow(call: Call) -> Response:
    """POST /api/v1/tags/{name}/follow."""
    return await _shown(call, await followed_tags.follow(call.server, call.account, _name(call)))


async def unfollow(call: Call) -> Response:
    """POST /api/v1/tags/{name}/unfollow."""
    found = await _tag(call)
    await followed_tags.unfollow(call.server, call.account, found)
    return await _shown(call, found)


async def feature(call: Call) -> Response:
    """POST /api/v1/tags/{name}/feature."""
    await featured_tags.feature(call.server, call.account, _name(call))
    return await _shown(call, await _tag(call))


async def unfeature(call: Call) -> Response:
    """POST /api/v1/tags/{name}/unfeature."""
    found = await _tag(call)
    await featured_tags.unfeature(call.server, call.account, found)
    return await _shown(call, found)


async def followed(call: Call) -> Response:
    """GET /api/v1/followed_tags, paged by the follows' own ids."""
    page = responses.page_of(call.params, default=_TAGS, most=_MOST_TAGS)
    found = await tags.followed(call.server, call.account, page)
    shown = await hashtags.shown(call, [row for _, row in found])
    return responses.page(call.request, shown, [id_ for id_, _ in found], page)


async def featured(call: Call) -> Response:
    """GET /api/v1/featured_tags."""
    return responses.json(await _featured(call, call.account))


async def feature_by_name(call: Call) -> Response:
    """POST /api/v1/featured_tags: `name`."""
    row = await featured_tags.feature(call.server, call.account, call.params.text("name"))
    return responses.json(
        next(each for each in await _featured(call, call.account) if each.id == str(row.id))
    )


async def remove_featured(call: Call) -> Response:
    """DELETE /api/v1/featured_tags/{id}."""
    await featured_tags.remove(call.server, await tags.featured_one(call.account, call.id))
    return responses.nothing()


async def suggestions(call: Call) -> Response:
    """GET /api/v1/featured_tags/suggestions: what one uses most and does not feature."""
    found = await tags.suggested(call.server, call.account, _SUGGESTED)
    return responses.json(await hashtags.shown(call, found))


async def featured_of_account(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/featured_tags."""
    account = await account_queries.account_for(call.server, call.viewer, call.id)
    return responses.json(await _featured(call, account))


async def _featured(call: Call, account: Account) -> list[FeaturedTag]:
    return [featured_tag(each, call.server.uris) for each in await tags.featured(call.server, account)]


def _name(call: Call) -> str:
    """Give the name in the path without its #. Raises NotFound for what cannot be a hashtag."""
    name = call.path["name"].removeprefix("#")
    if not is_tag(name):
        raise NotFound
    return name


async def _tag(call: Call) -> Tag:
    """Give the hashtag in the path; the id 0 is that of one that nobody has used."""
    name = _name(call)
    return await tags.by_name(name) or Tag(id=0, name=normalise_tag(name), display=name)


async def _shown(call: Call, found: Tag) -> Response:
    return responses.json((await hashtags.shown(call, [found]))[0])
