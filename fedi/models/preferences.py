"""What a person's apps remember on the server."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row


class Marker(Row):
    """How far an account has read a timeline: `home` or `notifications`. `version` counts the changes."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    timeline = fields.CharField(max_length=16)
    last_read_id = fields.BigIntField(default=0)
    version = fields.IntField(default=0)
    updated_at = fields.DatetimeField()

    class Meta:
        """One an account and timeline."""

        table = "markers"
        unique_together = (("account_id", "timeline"),)
