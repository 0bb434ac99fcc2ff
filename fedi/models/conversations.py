"""Conversations: direct posts by thread and by who takes part (Mastodon API: conversations)."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Post


class Conversation(Row):
    """A thread of direct posts as one of its people sees it.

    `participants` lists the ids of the others, sorted, with commas between. `last_post` is null when all of
    its posts are gone; `hidden_at` when its owner took it from the list, until something new comes.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    context_uri = fields.CharField(max_length=2048)
    participants = fields.TextField(default="")
    participants_key = fields.CharField(max_length=64)
    last_post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    last_post_id: int | None
    unread = fields.BooleanField(default=False)
    hidden_at = fields.DatetimeField(null=True)
    updated_at = fields.DatetimeField()

    class Meta:
        """Once an account, thread and set of people; read by the last post."""

        table = "conversations"
        unique_together = (("account_id", "context_uri", "participants_key"),)
        indexes = (
            ("account_id", "last_post_id"),
            ("last_post_id",),
            ("context_uri",),
        )


class ConversationMute(Row):
    """A thread that a person wants no more notifications of."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    context_uri = fields.CharField(max_length=2048)
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account and thread."""

        table = "conversation_mutes"
        unique_together = (("account_id", "context_uri"),)
