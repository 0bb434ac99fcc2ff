"""What people do with hashtags: follow them, show them on a profile."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Tag


class FollowedTag(Row):
    """A hashtag whose public posts stand in the follower's home."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField(
        "fedi.Tag", related_name=False, on_delete=fields.CASCADE
    )
    tag_id: int
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account; read from both ends."""

        table = "followed_tags"
        unique_together = (("account_id", "tag_id"),)
        indexes = (
            ("tag_id",),
            ("account_id", "id"),
        )


class FeaturedTag(Row):
    """A hashtag that an account of ours shows on its profile; `name` in the spelling it chose."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField(
        "fedi.Tag", related_name=False, on_delete=fields.CASCADE
    )
    tag_id: int
    name = fields.CharField(max_length=255)
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account."""

        table = "featured_tags"
        unique_together = (("account_id", "tag_id"),)
