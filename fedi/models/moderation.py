"""What the people who run the server decided, and the record of it."""

from tortoise import fields

from fedi.models.base import Row


class DomainRule(Row):
    """What we do with another host and its subdomains. `severity`: suspend, silence or none."""

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
