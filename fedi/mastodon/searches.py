"""Search, and hashtags by name (Mastodon API: search, tags)."""

from typing import Any

from starlette.responses import Response

from fedi.errors import Unauthorized
from fedi.federation import resolve
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import account
from fedi.mastodon.entities.status import status, statuses, tag
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import search, snapshots, visibility
from fedi.security.limits import Limit

_KINDS = ("accounts", "statuses", "hashtags")
# Each may make us ask another server.
_LOOK_UPS = Limit(60, 300)


async def find(call: Call) -> Response:
    """GET /api/v2/search: people, hashtags, own posts; with `resolve` also a pasted address or handle."""
    return responses.json(await _found(call))


async def find_v1(call: Call) -> Response:
    """GET /api/v1/search, as it was: hashtags are texts."""
    found = await _found(call)
    return responses.json({**found, "hashtags": [each.name for each in found["hashtags"]]})


async def _found(call: Call) -> dict[str, Any]:
    params, server, uris = call.params, call.server, call.server.uris
    text, kind = params.text("q").strip(), params.text("type")
    limit, offset = responses.limit_of(params), max(params.number("offset", 0), 0)
    if call.viewer is None and (params.flag("resolve") or offset):
        raise Unauthorized("Searches that look elsewhere or go on need an authenticated user.")
    found: dict[str, Any] = {name: [] for name in _KINDS}
    wanted = [name for name in _KINDS if kind in {"", name}]
    if not text:
        return found
    pasted = await _pasted(call, text) if offset == 0 else None
    if isinstance(pasted, Account) and "accounts" in wanted:
        return {**found, "accounts": [account(pasted, uris)]}
    if isinstance(pasted, Post) and "statuses" in wanted:
        return {**found, "statuses": [status(await snapshots.of_post(server, pasted, call.viewer), uris)]}
    if "accounts" in wanted:
        people = await search.accounts(
            server, call.viewer, text, limit + offset, following=params.flag("following")
        )
        found["accounts"] = [account(row, uris) for row in people[offset:]]
    if "statuses" in wanted and call.viewer is not None:
        posts = await search.posts(server, call.viewer, text, limit + offset)
        found["statuses"] = statuses(posts[offset:], uris)
    if "hashtags" in wanted:
        tags = await search.tags(text.removeprefix("#"), limit + offset)
        found["hashtags"] = [tag(row, uris, signed_in=call.viewer is not None) for row in tags[offset:]]
    return found


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
