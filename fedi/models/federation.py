"""Other servers as we know them, and the activities we have sent."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row


class Instance(Row):
    """A remote host: what it runs and how its inboxes have answered lately.

    `failures` counts failed deliveries in a row; while `retry_at` lies ahead nothing is sent there.
    `failing_days` counts distinct days of failure; at seven the host is `dead` until it speaks to us.
    """

    host = fields.CharField(max_length=255, unique=True)
    software = fields.CharField(max_length=64, default="")
    failures = fields.IntField(default=0)
    failing_days = fields.IntField(default=0)
    last_failure_at = fields.DatetimeField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    retry_at = fields.DatetimeField(null=True)
    dead = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        """Found by host."""

        table = "instances"


class OutgoingActivity(Row):
    """An activity of ours, `body` byte for byte as it is sent to every inbox.

    `audience` keeps to and cc as sent: who may fetch it again by its id.
    """

    uri = fields.CharField(max_length=2048, unique=True)
    actor: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    actor_id: int
    kind = fields.CharField(max_length=32)
    object_uri = fields.CharField(max_length=2048, default="")
    audience: Any = fields.JSONField(default=list)
    body = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        """Found by URI and by what it is about; pruned by age."""

        table = "outgoing_activities"
        indexes = (("object_uri",), ("created_at",))
