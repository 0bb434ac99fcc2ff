"""What we have learnt of other servers."""

from fedi.activitypub.reader import host_of
from fedi.models.accounts import Account
from fedi.server import Server


async def reads_reactions(server: Server, account: Account) -> bool:
    """Say whether an account's server reads emoji reactions: it has sent us some, or says so (FEP-844e)."""
    if account.is_local:
        return False
    rows = await server.db.rows("SELECT reacts FROM instances WHERE host = ?", [host_of(account.uri)])
    return bool(rows) and bool(rows[0]["reacts"])
