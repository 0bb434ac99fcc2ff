"""A new name for an account of ours: its id stays, its handle and its pages follow the name.

Who looks for the old name is led to the new one, for ever: WebFinger answers with the handle of today, as
peers that confirm handles expect (federation reference 2.2), and pages redirect. Nobody else gets the name.
"""

from fedi.actions import accounts, moderation, signup
from fedi.errors import Conflict, Invalid
from fedi.models.accounts import Account, FormerName
from fedi.server import Server


async def rename(server: Server, account: Account, name: str, *, by: str) -> Account:
    """Give an account of ours another name and tell its followers.

    A name that it had before may be taken again. Raises Invalid for a name that cannot be, or that somebody
    else has or had, Conflict for an account that is not ours to rename.
    """
    name = name.strip()
    if not account.is_local or account.gone_at is not None or account.uri == server.uris.instance_actor:
        raise Conflict("This account cannot be renamed.")
    signup.check_username(server, name)
    async with server.db.transaction():
        account = await Account.get(id=account.id)
        before = account.username
        if name == before:
            return account
        if name.lower() != account.username_lower:
            await _take(server, account, name.lower())
        url = server.uris.profile_page(name)
        await Account.filter(id=account.id).update(username=name, username_lower=name.lower(), url=url)
        await _move_pages(server, account.id, before=account.url, after=url)
        account = await Account.get(id=account.id)
        await accounts.publish_profile(server, account)
        await moderation.record(server, by, "rename", account.uri, f"from {before} to {name}")
    return account


async def _take(server: Server, account: Account, name_lower: str) -> None:
    if await Account.exists(username_lower=name_lower, domain=""):
        raise Invalid("username", "has already been taken")
    former = await FormerName.get_or_none(username_lower=name_lower)
    if former is not None and former.account_id != account.id:
        raise Invalid("username", "has already been taken")
    if former is not None:
        await former.delete()
    await FormerName.create(
        id=server.new_id(),
        username_lower=account.username_lower,
        account_id=account.id,
        created_at=server.clock.now(),
    )


async def _move_pages(server: Server, account_id: int, *, before: str, after: str) -> None:
    """Make the pages of posts follow the name; their ids on the wire do not have it."""
    await server.db.execute(
        "UPDATE posts SET url = ? || substr(url, ?) WHERE author_id = ? AND local AND boost_of_id IS NULL"
        " AND substr(url, 1, ?) = ?",
        [after, len(before) + 1, account_id, len(before) + 1, f"{before}/"],
    )
