"""Suggestions of whom to follow: those that a person wants to see no more."""

from fedi.models.accounts import Account
from fedi.models.relationships import DismissedSuggestion
from fedi.server import Server


async def dismiss(server: Server, account: Account, target: Account) -> None:
    """Suggest `target` to `account` no more. Idempotent."""
    async with server.db.transaction():
        await DismissedSuggestion.get_or_create(
            {"id": server.new_id()}, account_id=account.id, target_id=target.id
        )
