"""List (Mastodon API: entities, List)."""

from msgspec import Struct

from fedi.models.lists import List as ListRow


class List(Struct, kw_only=True):
    """A list of accounts with a timeline of its own."""

    id: str
    title: str
    replies_policy: str
    exclusive: bool


def list_(row: ListRow) -> List:
    """Show a list."""
    return List(id=str(row.id), title=row.title, replies_policy=row.replies_policy, exclusive=row.exclusive)
