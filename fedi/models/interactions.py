"""What accounts do with posts."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Post


class Favourite(Row):
    """A favourite; `uri` is the Like's id."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    uri = fields.CharField(max_length=2048, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account and post."""

        table = "favourites"
        unique_together = (("account_id", "post_id"),)
        indexes = (("post_id",), ("account_id", "id"))


class Bookmark(Row):
    """A bookmark: seen by its owner alone, never federated."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account and post."""

        table = "bookmarks"
        unique_together = (("account_id", "post_id"),)
        indexes = (("account_id", "id"),)


class Pin(Row):
    """A post that its author keeps on top of the profile (the `featured` collection)."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account and post."""

        table = "pins"
        unique_together = (("account_id", "post_id"),)
