"""A person's lists, who is on them, and what these post."""

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.lists import List, ListMember
from fedi.queries import homes, snapshots
from fedi.queries.collections import Listed, listed
from fedi.queries.paging import Page
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server


async def of_owner(owner: Account) -> list[List]:
    """Load a person's lists, by their titles."""
    rows = await List.filter(account_id=owner.id)
    return sorted(rows, key=lambda row: (row.title.casefold(), row.id))


async def one(owner: Account, id_: int) -> List:
    """Give a list of a person's own. Raises NotFound for another's and for none."""
    row = await List.get_or_none(id=id_, account_id=owner.id)
    if row is None:
        raise NotFound
    return row


async def holding(owner: Account, member: Account) -> list[List]:
    """Load those lists of a person on which an account is."""
    ids = await ListMember.filter(account_id=member.id, list__account_id=owner.id).values_list(
        "list_id", flat=True
    )
    return [row for row in await of_owner(owner) if row.id in ids]


async def members(server: Server, row: List, page: Page) -> Listed:
    """Load who is on a list, each with the membership's id, by which they are paged."""
    return await listed(server, "list_members k", "account_id", "k.list_id = ?", row.id, page)


async def timeline(server: Server, viewer: Account, row: List, page: Page) -> list[PostSnapshot]:
    """Load what the members post and boost (`fedi.queries.homes` says what of it)."""
    return await snapshots.by_ids(server, await homes.ids_of_list(server, viewer, row, page), viewer)
