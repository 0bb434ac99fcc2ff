"""What a local account is told."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Post


class Notification(Row):
    """Something that happened to `account`. `kind` is a Mastodon API notification type.

    `dedupe_key` names the event (kind, actor, post), so that the same event never tells twice.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    from_account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    from_account_id: int
    post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.CASCADE
    )
    post_id: int | None
    kind = fields.CharField(max_length=32)
    dedupe_key = fields.CharField(max_length=128, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Read by recipient, newest first."""

        table = "notifications"
        indexes = (("account_id", "id"), ("post_id",))
