"""What the server says of itself and its surroundings (Mastodon API: instance)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import Account, account
from fedi.mastodon.entities.instance import instance, instance_v1, rules
from fedi.memory import Recall
from fedi.queries import accounts, directory
from fedi.queries.stats import Stats, stats
from fedi.server import VERSION, Server

_STATS_SECONDS = 300.0
_CACHED = {"Cache-Control": "public, max-age=180"}
_FIRST_MOMENT = "1970-01-01T00:00:00.000Z"


class _Counted(Recall[str, Stats]):
    """The counts, which read whole tables, kept for five minutes."""

    def __init__(self) -> None:
        super().__init__(size=1, seconds=_STATS_SECONDS)


async def show(call: Call) -> Response:
    """GET /api/v2/instance."""
    server = call.server
    shown = instance(
        server.settings, server.uris, await _stats(server), await _contact(server), version=VERSION
    )
    return responses.json(shown, headers=_CACHED)


async def show_v1(call: Call) -> Response:
    """GET /api/v1/instance."""
    server = call.server
    shown = instance_v1(
        server.settings, server.uris, await _stats(server), await _contact(server), version=VERSION
    )
    return responses.json(shown, headers=_CACHED)


async def show_rules(call: Call) -> Response:
    """GET /api/v1/instance/rules."""
    return responses.json(rules(call.server.settings), headers=_CACHED)


async def show_peers(call: Call) -> Response:
    """GET /api/v1/instance/peers: the hosts that we know and have not suspended."""
    return responses.json(await directory.peers(call.server), headers=_CACHED)


async def show_extended_description(call: Call) -> Response:
    """GET /api/v1/instance/extended_description: there is none but the description."""
    about = call.server.settings.instance.description
    return responses.json({"updated_at": _FIRST_MOMENT, "content": about}, headers=_CACHED)


async def show_directory(call: Call) -> Response:
    """GET /api/v1/directory: local people who want to be found, the last to post first."""
    params = call.params
    limit, offset = responses.limit_of(params, default=40, most=80), max(params.number("offset", 0), 0)
    newest = params.text("order") == "new"
    found = await directory.people(call.server, limit=limit, offset=offset, newest=newest)
    return responses.json([account(row, call.server.uris) for row in found])


async def _stats(server: Server) -> Stats:
    kept, now = server.memory.of(_Counted), server.clock.now()
    known = kept.get("", now)
    if known is None:
        known = await stats(server)
        kept.put("", known, now)
    return known


async def _contact(server: Server) -> Account | None:
    name = server.settings.instance.contact_account
    row = await accounts.local_by_username(name) if name else None
    return account(row, server.uris) if row is not None and row.gone_at is None else None


async def show_activity(call: Call) -> Response:
    """GET /api/v1/instance/activity."""
    del call
    return responses.json([])


async def show_domain_blocks(call: Call) -> Response:
    """GET /api/v1/instance/domain_blocks."""
    del call
    return responses.json([])


async def show_privacy_policy(call: Call) -> Response:
    """GET /api/v1/instance/privacy_policy."""
    del call
    raise NotFound


async def show_terms(call: Call) -> Response:
    """GET /api/v1/instance/terms_of_service."""
    del call
    raise NotFound


async def show_languages(call: Call) -> Response:
    """GET /api/v1/instance/languages."""
    del call
    return responses.json([])


async def find_peers(call: Call) -> Response:
    """GET /api/v1/peers/search."""
    del call
    raise NotFound
