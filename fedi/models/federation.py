"""Other servers as we know them, and the activities we have sent."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row


class Instance(Row):
    """A remote host: what it runs and how its inboxes have answered lately.

    `failures` counts failed deliveries in a row; while `retry_at` lies ahead nothing is sent there.
    `failing_days` counts distinct days of failure; at seven the host is `dead` until it speaks to us.
    `scheme` is what its inboxes accept, "" while unknown, else cavage or rfc9421, learnt at `scheme_at`
    (federation reference 4.5). `reacts`: it has sent us emoji reactions, so it can read ours.
    """

    host = fields.CharField(max_length=255, unique=True)
    software = fields.CharField(max_length=64, default="")
    failures = fields.IntField(default=0)
    failing_days = fields.IntField(default=0)
    last_failure_at = fields.DatetimeField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    retry_at = fields.DatetimeField(null=True)
    dead = fields.BooleanField(default=False)
    scheme = fields.CharField(max_length=16, default="")
    scheme_at = fields.DatetimeField(null=True)
    reacts = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        """Found by host."""

        table = "instances"


class OutgoingActivity(Row):
    """An activity of ours, `body` byte for byte as it is sent to every inbox.

    `audience` keeps to and cc as sent: who may fetch it again by its id. `synchronise`: it is for
    followers, so each delivery tells the receiver which followers we believe to have there (FEP-8fcf).
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
    synchronise = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        """Found by URI and by what it is about; pruned by age."""

        table = "outgoing_activities"
        indexes = (("object_uri",), ("created_at",), ("actor_id", "id"))


class Relay(Row):
    """A relay we follow (FEP-ae0c). `state`: pending, accepted, rejected.

    `actor_uri` is empty for one of Mastodon's kind: any actor of its inbox's origin speaks for it.
    """

    inbox_url = fields.CharField(max_length=2048, unique=True)
    actor_uri = fields.CharField(max_length=2048, default="")
    state = fields.CharField(max_length=16, default="pending")
    follow_uri = fields.CharField(max_length=2048)
    created_at = fields.DatetimeField()

    class Meta:
        """A handful."""

        table = "relays"
        indexes = (("actor_uri",), ("follow_uri",))


class AsyncRefresh(Row):
    """Work in the background that clients may wait for (`Mastodon-Async-Refresh`); pruned by age.

    `name` says what is refreshed (`thread:42`, `account:42`); `found` counts what it brought.
    """

    name = fields.CharField(max_length=255, unique=True)
    finished_at = fields.DatetimeField(null=True)
    found = fields.IntField(default=0)
    created_at = fields.DatetimeField()

    class Meta:
        """Found by id and by name."""

        table = "async_refreshes"


class InboxItem(Row):
    """An activity as it came, for the inbox of one of ours who reads it by ActivityPub (C2S, section 5.2)."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    uri = fields.CharField(max_length=2048)
    body = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account; read newest first."""

        table = "inbox_items"
        unique_together = (("account_id", "uri"),)
        indexes = (("account_id", "id"),)
