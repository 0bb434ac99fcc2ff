"""Filters: what a person does not want to read, and where (Mastodon API: filters)."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Post


class CustomFilter(Row):
    """A filter: `contexts` lists home, notifications, public, thread, account; `action`: warn, hide, blur.

    `model_media`: it catches posts with pictures that are labelled as made or changed with a model.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    title = fields.CharField(max_length=256)
    contexts: Any = fields.JSONField(default=list)
    action = fields.CharField(max_length=8, default="warn")
    model_media = fields.BooleanField(default=False)
    expires_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Read by owner."""

        table = "custom_filters"
        indexes = (("account_id", "id"),)


class FilterKeyword(Row):
    """A word or phrase of a filter; `whole_word`: only where no letter or digit adjoins it."""

    custom_filter: fields.ForeignKeyRelation[CustomFilter] = fields.ForeignKeyField(
        "fedi.CustomFilter", related_name=False, on_delete=fields.CASCADE
    )
    custom_filter_id: int
    keyword = fields.CharField(max_length=512)
    whole_word = fields.BooleanField(default=True)

    class Meta:
        """Read by filter."""

        table = "filter_keywords"
        indexes = (("custom_filter_id",),)


class FilterPost(Row):
    """A single post that a filter catches."""

    custom_filter: fields.ForeignKeyRelation[CustomFilter] = fields.ForeignKeyField(
        "fedi.CustomFilter", related_name=False, on_delete=fields.CASCADE
    )
    custom_filter_id: int
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int

    class Meta:
        """Once a filter."""

        table = "filter_posts"
        unique_together = (("custom_filter_id", "post_id"),)
        indexes = (("post_id",),)
