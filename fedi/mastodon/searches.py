"""What people look for by typing (Mastodon API: search)."""

from typing import Any

from starlette.responses import Response

from fedi.errors import Unauthorized
from fedi.federation import resolve
from fedi.mastodon import hashtags, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import account
from fedi.mastodon.entities.status import status, statuses
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import search, snapshots, visibility
from fedi.security.limits import Limit

_KINDS = ("accounts", "statuses", "hashtags")
# Each may make us ask another server.
_LOOK_UPS = Limit(60, 300)
# Whoever turns more pages than that has other needs than search.
_MAX_OFFSET = 2000


async def find(call: Call) -> Response:
    """GET /api/v2/search: people, posts, hashtags; with `resolve` also a pasted address or handle."""
    return responses.json(await _found(call))


async def find_v1(call: Call) -> Response:
    """GET /api/v1/search, as it was: hashtags are texts."""
    found = await _found(call)
    return responses.json({**found, "hashtags": [each.name for each in found["hashtags"]]})


async def _found(call: Call) -> dict[str, Any]:
    params, server, uris = call.params, call.server, call.server.uris
    text, kind = params.text("q").strip(), params.text("type")
    limit, offset = responses.limit_of(params), min(max(params.number("offset", 0), 0), _MAX_OFFSET)
    if call.viewer is None and (params.flag("resolve") or offset):
        raise Unauthorized("Searches that look elsewhere or go on need an authenticated user.")
    found: dict[str, Any] = {**{name: [] for name in _KINDS}, "collections": []}
    wanted = [name for name in _KINDS if kind in {"", name}]
    if not text:
        return found
    pasted = await _pasted(call, text) if offset == 0 else None
    if isinstance(pasted, Account) and "accounts" in wanted:
        return {**found, "accounts": [account(pasted, uris)]}
    if isinstance(pasted, Post) and "statuses" in wanted:
        return {**found, "statuses": [status(await snapshots.of_post(server, pasted, call.viewer), uris)]}
    if "accounts" in wanted and not text.startswith("#"):
        people = await search.accounts(
            server, call.viewer, text, limit, offset=offset, following=params.flag("following")
        )
        found["accounts"] = [account(row, uris) for row in people]
    if "statuses" in wanted and call.viewer is not None:
        found["statuses"] = statuses(await _posts(call, call.viewer, text, limit, offset), uris)
    if "hashtags" in wanted and "@" not in text:
        tags = await search.tags(server, text.removeprefix("#"), limit, offset=offset)
        found["hashtags"] = await hashtags.shown(call, tags)
    return found


async def _posts(
    call: Call, viewer: Account, text: str, limit: int, offset: int
) -> list[snapshots.PostSnapshot]:
    return await search.posts(
        call.server,
        viewer,
        text,
        limit,
        offset=offset,
        author_id=call.params.id("account_id"),
        above=call.params.id("min_id"),
        below=call.params.id("max_id"),
    )


async def _pasted(call: Call, text: str) -> Account | Post | None:
    """Look up an address or a handle, on its own server if need be, if the viewer asks for that."""
    if call.viewer is None or not call.params.flag("resolve"):
        return None
    call.server.limits.take(f"look-ups:{call.viewer.id}", _LOOK_UPS)
    known = await resolve.anything(call.server, text)
    if isinstance(known, Post):
        return known if await visibility.may_see(call.server, known, call.viewer) else None
    if known is None or known.gone_at is not None or (known.is_local and known.suspended_at is not None):
        return None
    return known
