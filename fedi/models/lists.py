"""Lists: timelines of chosen accounts (Mastodon API: lists)."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row


class List(Row):
    """A person's list. `replies_policy`: followed, list or none. `exclusive`: its members leave the home."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    title = fields.CharField(max_length=256)
    replies_policy = fields.CharField(max_length=16, default="list")
    exclusive = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        """Read by owner."""

        table = "lists"
        indexes = (("account_id", "id"),)


class ListMember(Row):
    """An account on a list; its owner follows it, or is it."""

    list: fields.ForeignKeyRelation[List] = fields.ForeignKeyField(
        "fedi.List", related_name=False, on_delete=fields.CASCADE
    )
    list_id: int
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    created_at = fields.DatetimeField()

    class Meta:
        """Once a list; read from both ends."""

        table = "list_members"
        unique_together = (("list_id", "account_id"),)
        indexes = (("account_id",),)
