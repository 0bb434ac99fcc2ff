"""Lists: make and change them, and say who is on them (Mastodon API: lists)."""

from collections.abc import Collection

from fedi.errors import Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.lists import List, ListMember
from fedi.models.relationships import Follow
from fedi.server import Server

POLICIES = ("followed", "list", "none")
MAX_LISTS = 50
MAX_MEMBERS = 2000
_MAX_TITLE_CHARACTERS = 256


async def create(
    server: Server, account: Account, *, title: str, replies_policy: str = "list", exclusive: bool = False
) -> List:
    """Make a list.

    Raises Invalid for a title that is blank or longer than 256 characters, for a policy that is not one of
    `POLICIES`, and when the person has 50 lists already.
    """
    checked_title, checked_policy = _checked_title(title), _checked_policy(replies_policy)
    async with server.db.transaction():
        if await List.filter(account_id=account.id).count() >= MAX_LISTS:
            raise Invalid("", "You have reached the maximum number of lists")
        return await List.create(
            id=server.new_id(),
            account_id=account.id,
            title=checked_title,
            replies_policy=checked_policy,
            exclusive=exclusive,
            created_at=server.clock.now(),
        )


async def update(
    server: Server,
    row: List,
    *,
    title: str | None = None,
    replies_policy: str | None = None,
    exclusive: bool | None = None,
) -> None:
    """Change what is given of a list. Raises Invalid as `create` does."""
    if title is not None:
        row.title = _checked_title(title)
    if replies_policy is not None:
        row.replies_policy = _checked_policy(replies_policy)
    if exclusive is not None:
        row.exclusive = exclusive
    async with server.db.transaction():
        await row.save(update_fields=["title", "replies_policy", "exclusive"])


async def delete(server: Server, row: List) -> None:
    """Delete a list; who was on it is followed as before."""
    async with server.db.transaction():
        await row.delete()


async def add(server: Server, row: List, account_ids: Collection[int]) -> None:
    """Put accounts on a list: all or, when one may not, none. Who is on it already stays.

    Raises NotFound for who is neither followed (or asked to be) by the list's owner nor the owner, Invalid
    for more than 2000 on a list.
    """
    wanted = list(dict.fromkeys(account_ids))
    if not wanted:
        return
    async with server.db.transaction():
        if await _allowed(row.account_id, wanted) != set(wanted):
            raise NotFound
        there = {member.account_id for member in await ListMember.filter(list_id=row.id)}
        new = [id_ for id_ in wanted if id_ not in there]
        if len(there) + len(new) > MAX_MEMBERS:
            raise Invalid("", f"A list holds at most {MAX_MEMBERS} accounts")
        now = server.clock.now()
        await ListMember.bulk_create(
            ListMember(id=server.new_id(), list_id=row.id, account_id=id_, created_at=now) for id_ in new
        )


async def remove(server: Server, row: List, account_ids: Collection[int]) -> None:
    """Take accounts off a list; who is not on it is passed over."""
    async with server.db.transaction():
        await ListMember.filter(list_id=row.id, account_id__in=[0, *account_ids]).delete()


async def forget(server: Server, owner_id: int, account_id: int) -> None:
    """Take an account off all lists of a person who follows it no longer; in your transaction."""
    await server.db.execute(
        "DELETE FROM list_members WHERE account_id = ? AND list_id IN"
        " (SELECT id FROM lists WHERE account_id = ?)",
        [account_id, owner_id],
    )


async def replace(server: Server, owner: Account, old: Account, new: Account) -> None:
    """Put an account on the lists of `owner` on which the one is that it was before; in your transaction."""
    for member in await ListMember.filter(account_id=old.id, list__account_id=owner.id):
        if not await ListMember.filter(list_id=member.list_id, account_id=new.id).exists():
            member.account_id = new.id
            await member.save(update_fields=["account_id"])


async def _allowed(owner_id: int, account_ids: Collection[int]) -> set[int]:
    followed = await Follow.filter(follower_id=owner_id, target_id__in=list(account_ids))
    return {follow.target_id for follow in followed} | ({owner_id} & set(account_ids))


def _checked_title(title: str) -> str:
    stripped = title.strip()
    if not stripped:
        raise Invalid("Title", "can't be blank")
    if len(stripped) > _MAX_TITLE_CHARACTERS:
        raise Invalid("Title", f"is too long (maximum is {_MAX_TITLE_CHARACTERS} characters)")
    return stripped


def _checked_policy(policy: str) -> str:
    if policy not in POLICIES:
        raise Invalid("Replies policy", f"must be one of {', '.join(POLICIES)}")
    return policy
