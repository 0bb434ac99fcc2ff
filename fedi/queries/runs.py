"""The studio's runs of an account."""

from fedi.models.accounts import Account
from fedi.models.media import StyleRun
from fedi.queries.paging import Page
from fedi.queries.rows import load
from fedi.server import Server


async def of(server: Server, account: Account, page: Page) -> list[StyleRun]:
    """Load a page of an account's runs, newest first."""
    bounds, values = page.clause("r.id")
    where = f"WHERE r.account_id = ? AND {bounds} ORDER BY {page.order('r.id')} LIMIT ?"
    return page.arrange(await load(server, StyleRun, where, [account.id, *values, page.limit]))
