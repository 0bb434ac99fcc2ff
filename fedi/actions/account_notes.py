"""What a person writes down about an account, for nobody else (Mastodon API: accounts, note)."""

from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.relationships import AccountNote
from fedi.server import Server

_MAX_CHARACTERS = 2000


async def save(server: Server, account: Account, target: Account, text: str) -> None:
    """Write a note down instead of the one before; blank text deletes it.

    Raises Invalid for more than 2000 characters.
    """
    if len(text) > _MAX_CHARACTERS:
        raise Invalid("Comment", f"is too long (maximum is {_MAX_CHARACTERS} characters)")
    async with server.db.transaction():
        noted = AccountNote.filter(account_id=account.id, target_id=target.id)
        now = server.clock.now()
        if not text.strip():
            await noted.delete()
        elif not await noted.update(text=text, updated_at=now):
            await AccountNote.create(
                id=server.new_id(), account_id=account.id, target_id=target.id, text=text, updated_at=now
            )
