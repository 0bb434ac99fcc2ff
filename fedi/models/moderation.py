"""What the people who run the server decided, and the record of it."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row


class DomainRule(Row):
    """What we do with another host and its subdomains. `severity`: suspend, silence or none.

    The domain "*" stands for every host; it is there, and suspends, while only allowed hosts are dealt with.
    """

    domain = fields.CharField(max_length=255, unique=True)
    severity = fields.CharField(max_length=16, default="suspend")
    reject_media = fields.BooleanField(default=False)
    reject_reports = fields.BooleanField(default=False)
    public_comment = fields.TextField(default="")
    private_comment = fields.TextField(default="")
    created_at = fields.DatetimeField()

    class Meta:
        """Found by domain."""

        table = "domain_rules"


class AuditEntry(Row):
    """One act of moderation: who, what, on whom, why."""

    actor = fields.CharField(max_length=255)
    action = fields.CharField(max_length=64)
    target = fields.CharField(max_length=2048)
    reason = fields.TextField(default="")
    created_at = fields.DatetimeField()

    class Meta:
        """Read newest first."""

        table = "audit_entries"


class Report(Row):
    """A report (Flag) of an account and some of its posts, made here or received.

    `reporter` is null for one that another server sent: it comes from that server's own actor, `domain`.
    """

    uri = fields.CharField(max_length=2048, unique=True)
    reporter: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, null=True, on_delete=fields.CASCADE
    )
    reporter_id: int | None
    target: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    target_id: int
    domain = fields.CharField(max_length=255, default="")
    post_ids: Any = fields.JSONField(default=list)
    comment = fields.TextField(default="")
    category = fields.CharField(max_length=16, default="other")
    rule_ids: Any = fields.JSONField(default=list)
    forwarded = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()
    resolved_at = fields.DatetimeField(null=True)
    resolved_by = fields.CharField(max_length=255, default="")

    class Meta:
        """Open ones newest first; by whom they are about."""

        table = "reports"
        indexes = (("resolved_at", "id"), ("target_id",))
