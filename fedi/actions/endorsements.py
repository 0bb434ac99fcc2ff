"""Accounts that a person recommends on the profile (Mastodon API: accounts, endorse)."""

from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.relationships import Endorsement, Follow
from fedi.server import Server


async def endorse(server: Server, account: Account, target: Account) -> None:
    """Recommend an account; the second time is the first. Raises Invalid for who is not followed."""
    async with server.db.transaction():
        followed = Follow.filter(follower_id=account.id, target_id=target.id, state="accepted")
        if not await followed.exists():
            raise Invalid("", "You must be already following the person you want to endorse")
        await Endorsement.get_or_create(
            {"id": server.new_id(), "created_at": server.clock.now()},
            account_id=account.id,
            target_id=target.id,
        )


async def unendorse(server: Server, account: Account, target: Account) -> None:
    """Recommend an account no longer; nothing if it is not recommended."""
    async with server.db.transaction():
        await forget(account.id, target.id)


async def forget(account_id: int, target_id: int) -> None:
    """Take a recommendation away, as when the follow ends; in your transaction."""
    await Endorsement.filter(account_id=account_id, target_id=target_id).delete()
