"""What somebody has written and not posted yet."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.users import Application


class PendingPost(Row):
    """A post to come: scheduled (`scheduled_at`), or a draft that its author keeps on the server (null).

    `params` is what was sent, checked, in the words of Mastodon's ScheduledStatus; `media_ids` are the
    author's files that wait with it, and are not swept meanwhile. `error` says why a scheduled one could not
    be posted when its time came.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    scheduled_at = fields.DatetimeField(null=True)
    params: Any = fields.JSONField(default=dict)
    media_ids: Any = fields.JSONField(default=list)
    application: fields.ForeignKeyNullableRelation[Application] = fields.ForeignKeyField(
        "fedi.Application", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    application_id: int | None
    error = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """Read by owner; the due ones by time."""

        table = "pending_posts"
        indexes = (
            ("account_id", "scheduled_at"),
            ("scheduled_at",),
        )
