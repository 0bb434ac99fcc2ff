"""Hosts that one person does not want to hear of (Mastodon API: domain_blocks)."""

from msgspec import Struct
from starlette.responses import Response

from fedi.actions import domain_blocks
from fedi.actions.moderation import checked_host
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.queries import relationships

_HOSTS, _MOST_HOSTS = 100, 200


class DomainBlockPreview(Struct, kw_only=True):
    """How many follows a block would end."""

    following_count: int
    followers_count: int


async def show_all(call: Call) -> Response:
    """GET /api/v1/domain_blocks, paged by the blocks' own ids."""
    page = responses.page_of(call.params, default=_HOSTS, most=_MOST_HOSTS)
    found = await relationships.blocked_hosts(call.server, call.account, page)
    return responses.page(call.request, [host for _, host in found], [id_ for id_, _ in found], page)


async def block(call: Call) -> Response:
    """POST /api/v1/domain_blocks: `domain`."""
    await domain_blocks.block(call.server, call.account, call.params.text("domain"))
    return responses.nothing()


async def unblock(call: Call) -> Response:
    """DELETE /api/v1/domain_blocks: `domain`, in the query or the body."""
    await domain_blocks.unblock(call.server, call.account, call.params.text("domain"))
    return responses.nothing()


async def preview(call: Call) -> Response:
    """GET /api/v1/domain_blocks/preview: `domain`."""
    host = checked_host(call.server, call.params.text("domain"))
    following, followers = await relationships.ties_with_host(call.server, call.account, host)
    return responses.json(DomainBlockPreview(following_count=following, followers_count=followers))
