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


class Reaction(Row):
    """An emoji reaction (FEP-c0e0); beside it stands one Favourite a pair, as which clients count it.

    `emoji` is one Unicode emoji, or `:shortcode:` with `image_url`; `uri` is the EmojiReact's or Like's id.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    emoji = fields.CharField(max_length=130)
    image_url = fields.CharField(max_length=2048, default="")
    uri = fields.CharField(max_length=2048, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Each emoji once an account and post."""

        table = "reactions"
        unique_together = (("account_id", "post_id", "emoji"),)
        indexes = (("post_id",),)
