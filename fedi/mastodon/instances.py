"""What the server says of itself and its surroundings (Mastodon API: instance)."""

import hashlib
from html import escape

from starlette.responses import Response

from fedi.actions.activity import week_of
from fedi.actions.clips import are_read
from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import Account, account
from fedi.mastodon.entities.instance import instance, instance_v1, rules
from fedi.mastodon.entities.times import stamp
from fedi.memory import Recall
from fedi.models.moderation import DomainRule
from fedi.queries import accounts, directory, documents, domains
from fedi.queries import weeks as week_queries
from fedi.queries.stats import Stats, stats
from fedi.queries.weeks import Week
from fedi.server import VERSION, Server
from fedi.text.languages import languages

_STATS_SECONDS = 300.0
_CACHED = {"Cache-Control": "public, max-age=180"}
_WEEKS, _WEEKS_SECONDS = 12, 3600.0
_MOST_PEERS_FOUND = 10
_MAX_OFFSET = 20_000
_FIRST_MOMENT = "1970-01-01T00:00:00.000Z"


class _Counted(Recall[str, Stats]):
    """The counts, which read whole tables, kept for five minutes."""

    def __init__(self) -> None:
        super().__init__(size=1, seconds=_STATS_SECONDS)


class _Weeks(Recall[str, list[Week]]):
    """The counts of weeks, kept for an hour."""

    def __init__(self) -> None:
        super().__init__(size=1, seconds=_WEEKS_SECONDS)


async def show(call: Call) -> Response:
    """GET /api/v2/instance."""
    server = call.server
    shown = instance(
        server.settings,
        server.uris,
        await _stats(server),
        await _contact(server),
        version=VERSION,
        clips=are_read(),
    )
    return responses.json(shown, headers=_CACHED)


async def show_v1(call: Call) -> Response:
    """GET /api/v1/instance."""
    server = call.server
    shown = instance_v1(
        server.settings,
        server.uris,
        await _stats(server),
        await _contact(server),
        version=VERSION,
        clips=are_read(),
    )
    return responses.json(shown, headers=_CACHED)


async def show_rules(call: Call) -> Response:
    """GET /api/v1/instance/rules."""
    return responses.json(rules(call.server.settings), headers=_CACHED)


async def show_peers(call: Call) -> Response:
    """GET /api/v1/instance/peers: the hosts that we know and have not suspended."""
    return responses.json(await directory.peers(call.server), headers=_CACHED)


async def show_extended_description(call: Call) -> Response:
    """GET /api/v1/instance/extended_description: the owner's page, or else the short description."""
    server = call.server
    page = await documents.page(server, "about")
    if page is None:
        shown = {"updated_at": _FIRST_MOMENT, "content": escape(server.settings.instance.description)}
    else:
        shown = {"updated_at": stamp(page.updated_at), "content": page.content}
    return responses.json(shown, headers=_CACHED)


async def show_privacy_policy(call: Call) -> Response:
    """GET /api/v1/instance/privacy_policy; 404 when the owner has written none."""
    page = await documents.page(call.server, "privacy")
    if page is None:
        raise NotFound
    shown = {"updated_at": stamp(page.updated_at), "content": page.content}
    return responses.json(shown, headers=_CACHED)


async def show_terms(call: Call) -> Response:
    """GET /api/v1/instance/terms_of_service; 404 when the owner has written none. There is one version."""
    page = await documents.page(call.server, "terms")
    if page is None:
        raise NotFound
    shown = {
        "effective_date": page.updated_at.date().isoformat(),
        "effective": True,
        "content": page.content,
        "succeeded_by": None,
    }
    return responses.json(shown, headers=_CACHED)


async def show_activity(call: Call) -> Response:
    """GET /api/v1/instance/activity: the last twelve weeks, the newest first; numbers are texts."""
    server = call.server
    now = server.clock.now()
    kept, first = server.memory.of(_Weeks), week_of(now)
    weeks = kept.get(str(first), now)
    if weeks is None:
        weeks = await week_queries.last(server, first, _WEEKS)
        kept.put(str(first), weeks, now)
    shown = [
        {
            "week": str(week.start),
            "statuses": str(week.posts),
            "logins": str(week.logins),
            "registrations": str(week.registrations),
        }
        for week in weeks
    ]
    return responses.json(shown, headers=_CACHED)


async def show_domain_blocks(call: Call) -> Response:
    """GET /api/v1/instance/domain_blocks, for whom the owner shows them (`publish_blocks`); else 404."""
    shown_to = call.server.settings.instance.publish_blocks
    if shown_to == "nobody" or (shown_to == "people" and call.viewer is None):
        raise NotFound
    rules = await domains.published()
    return responses.json([_domain_block(rule) for rule in rules])


async def show_languages(call: Call) -> Response:
    """GET /api/v1/instance/languages: those that a post can be marked with, by their own names."""
    del call
    shown = [{"code": code, "name": name} for code, name in languages().items()]
    return responses.json(shown, headers=_CACHED)


async def find_peers(call: Call) -> Response:
    """GET /api/v1/peers/search: known hosts that begin with `q`."""
    start = call.params.text("q").strip().lower()
    found = [host for host in await directory.peers(call.server) if host.startswith(start)] if start else []
    return responses.json(found[:_MOST_PEERS_FOUND], headers=_CACHED)


def _domain_block(rule: DomainRule) -> dict[str, str]:
    return {
        "domain": rule.domain,
        "digest": hashlib.sha256(rule.domain.encode()).hexdigest(),
        "severity": rule.severity,
        "comment": rule.public_comment,
    }


async def show_directory(call: Call) -> Response:
    """GET /api/v1/directory: people who want to be found, the last to post first; `local`: only ours."""
    params = call.params
    limit = responses.limit_of(params, default=40, most=80)
    found = await directory.people(
        call.server,
        call.viewer,
        limit=limit,
        offset=min(max(params.number("offset", 0), 0), _MAX_OFFSET),
        local=params.flag("local"),
        newest=params.text("order") == "new",
    )
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
