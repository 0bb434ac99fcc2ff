"""Accounts: look at them, their posts and ties (Mastodon API: accounts). One's own: profile.py."""

from collections.abc import Sequence

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.federation import profiles, resolve
from fedi.mastodon import refreshes, rendered, responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import Account as AccountEntity
from fedi.mastodon.entities.account import FamiliarFollowers, account, relationship
from fedi.models.accounts import Account
from fedi.queries import accounts, collections, familiar, relationships, rows, search, timelines
from fedi.queries.collections import Listed
from fedi.queries.paging import Page

# How many may be asked about at once; more are left out.
_MOST_AT_ONCE = 100


async def show(call: Call) -> Response:
    """GET /api/v1/accounts/{id}."""
    row = await accounts.account_for(call.server, call.viewer, call.id)
    await profiles.ask(call.server, call.viewer, row)
    return responses.json((await _shown(call, [row]))[0])


async def show_many(call: Call) -> Response:
    """GET /api/v1/accounts; those that are not there are left out."""
    found = await _by_ids(call)
    return responses.json(await _shown(call, found))


async def lookup(call: Call) -> Response:
    """GET /api/v1/accounts/lookup: by handle, among those that are known here."""
    row = await accounts.by_handle(call.server, call.params.text("acct"))
    if row is None:
        raise NotFound
    found = await accounts.account_for(call.server, call.viewer, row.id)
    await profiles.ask(call.server, call.viewer, found)
    return responses.json((await _shown(call, [found]))[0])


async def find(call: Call) -> Response:
    """GET /api/v1/accounts/search."""
    text, limit = call.params.text("q"), responses.limit_of(call.params, default=40, most=80)
    offset = max(call.params.number("offset", 0), 0)
    if call.params.flag("resolve") and offset == 0:
        known = await resolve.anything(call.server, text)
        if isinstance(known, Account) and known.suspended_at is None and known.gone_at is None:
            return responses.json(await _shown(call, [known]))
    found = await search.accounts(
        call.server, call.viewer, text, limit + offset, following=call.params.flag("following")
    )
    return responses.json(await _shown(call, found[offset:]))


async def standings(call: Call) -> Response:
    """GET /api/v1/accounts/relationships, in the order asked for."""
    found = await _by_ids(call)
    stands = await relationships.standings(call.server, call.account, found)
    return responses.json([relationship(each) for each in stands])


async def familiar_followers(call: Call) -> Response:
    """GET /api/v1/accounts/familiar_followers: who of those one follows follows each of these."""
    asked = list(dict.fromkeys(call.params.ids("id", limit=_MOST_AT_ONCE)))
    found = await familiar.followers(call.server, call.account, asked)
    return responses.json(
        [FamiliarFollowers(id=str(id_), accounts=await _shown(call, found[id_])) for id_ in asked]
    )


async def posts(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/statuses."""
    server, params = call.server, call.params
    author = await accounts.account_for(server, call.viewer, call.id)
    page = responses.page_of(params)
    pinned = params.flag("pinned")
    if author.suspended_at is not None:
        return responses.json([])
    refresh = await profiles.ask(server, call.viewer, author)
    ids = await timelines.of_account_ids(
        server,
        author,
        call.viewer,
        page if not pinned else Page(limit=page.limit),
        exclude_replies=params.flag("exclude_replies"),
        exclude_boosts=params.flag("exclude_reblogs"),
        only_media=params.flag("only_media"),
        pinned=pinned,
        tagged=params.text("tagged").removeprefix("#"),
    )
    shown = await rendered.statuses(server, call.viewer, ids)
    if pinned:
        return refreshes.told(responses.json(shown.body), refresh)
    return refreshes.told(responses.page(call.request, shown.body, shown.ids, page), refresh)


async def followers(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/followers; nobody for others when the account hides them."""
    row = await accounts.account_for(call.server, call.viewer, call.id)
    page = responses.page_of(call.params, default=40, most=80)
    found = [] if await _is_hidden(call, row) else await collections.followers(call.server, row, page)
    return listed(call, found, page)


async def following(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/following; nobody for others when the account hides them."""
    row = await accounts.account_for(call.server, call.viewer, call.id)
    page = responses.page_of(call.params, default=40, most=80)
    found = [] if await _is_hidden(call, row) else await collections.following(call.server, row, page)
    return listed(call, found, page)


def listed(call: Call, found: Listed, page: Page) -> Response:
    """Answer with accounts, paged by the rows that name them."""
    shown = [account(row, call.server.uris) for _, row in found]
    return responses.page(call.request, shown, [id_ for id_, _ in found], page)


async def _shown(call: Call, found: Sequence[Account]) -> list[AccountEntity]:
    """Show accounts, each with the one that it has moved to."""
    successors = await accounts.successors(call.server, found)
    return [account(row, call.server.uris, moved_to=successors.get(row.id)) for row in found]


async def _is_hidden(call: Call, row: Account) -> bool:
    if call.viewer is not None and call.viewer.id == row.id:
        return False
    if row.hide_collections or row.suspended_at is not None:
        return True
    return call.viewer is not None and await relationships.either_blocks(call.viewer, row)


async def _by_ids(call: Call) -> list[Account]:
    ids = list(dict.fromkeys(call.params.ids("id", limit=_MOST_AT_ONCE)))
    found = await rows.load_by_id(call.server, Account, ids)
    return [found[id_] for id_ in ids if id_ in found and found[id_].gone_at is None]
