"""Who wants notifications pushed, and where."""

from fedi.models.push import PushSubscription
from fedi.models.users import AccessToken
from fedi.queries.rows import load
from fedi.server import Server


async def of_token(server: Server, token: AccessToken) -> PushSubscription | None:
    """Load what an access token subscribed, None when it did not."""
    found = await load(server, PushSubscription, "WHERE r.token_id = ?", [token.id])
    return found[0] if found else None


async def one(server: Server, id_: int) -> tuple[PushSubscription, str] | None:
    """Load a subscription with its reader's language; None when it or its token is in force no more."""
    found = await load(
        server,
        PushSubscription,
        "JOIN access_tokens t ON t.id = r.token_id JOIN users u ON u.id = t.user_id"
        " JOIN accounts a ON a.id = u.account_id"
        " WHERE r.id = ? AND (t.expires_at IS NULL OR t.expires_at > ?)"
        " AND u.disabled_at IS NULL AND a.suspended_at IS NULL AND a.gone_at IS NULL",
        [id_, server.clock.now()],
    )
    if not found:
        return None
    rows = await server.db.rows("SELECT locale FROM users WHERE account_id = ?", [found[0].account_id])
    return found[0], rows[0]["locale"]
