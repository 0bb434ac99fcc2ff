"""What the people who run the server tell everybody (Mastodon API: announcements)."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row


class Announcement(Row):
    """An announcement: `text` as typed, `content` its HTML. Shown while published, and until it ends."""

    text = fields.TextField()
    content = fields.TextField()
    all_day = fields.BooleanField(default=False)
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    published_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """A handful."""

        table = "announcements"


class AnnouncementRead(Row):
    """That somebody has read an announcement and wants it out of sight."""

    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "fedi.Announcement", related_name=False, on_delete=fields.CASCADE
    )
    announcement_id: int
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int

    class Meta:
        """Once a pair."""

        table = "announcement_reads"
        unique_together = (("announcement_id", "account_id"),)
        indexes = (("account_id",),)


class AnnouncementReaction(Row):
    """An emoji that somebody put under an announcement: one of Unicode, or a shortcode of ours."""

    announcement: fields.ForeignKeyRelation[Announcement] = fields.ForeignKeyField(
        "fedi.Announcement", related_name=False, on_delete=fields.CASCADE
    )
    announcement_id: int
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    name = fields.CharField(max_length=130)
    created_at = fields.DatetimeField()

    class Meta:
        """Each emoji once a pair."""

        table = "announcement_reactions"
        unique_together = (("announcement_id", "account_id", "name"),)
        indexes = (("account_id",),)
