"""What a local account is told."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Post


class Notification(Row):
    """Something that happened to `account`. `kind` is a Mastodon API notification type.

    `dedupe_key` names the event (kind, actor, post), so that the same event never tells twice. `group_key`
    is shared by those that are shown as one. `filtered`: the account's policy keeps it back, in a
    NotificationRequest.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    from_account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    from_account_id: int
    post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.CASCADE
    )
    post_id: int | None
    kind = fields.CharField(max_length=32)
    dedupe_key = fields.CharField(max_length=128, unique=True)
    group_key = fields.CharField(max_length=128, default="")
    filtered = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()

    class Meta:
        """Read by recipient, newest first."""

        table = "notifications"
        indexes = (
            ("account_id", "id"),
            ("post_id",),
            ("account_id", "group_key"),
            ("account_id", "from_account_id"),
        )


class NotificationPolicy(Row):
    """Whose notifications an account keeps back: for each kind of stranger accept, filter or drop."""

    account: fields.OneToOneRelation[Account] = fields.OneToOneField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    for_not_following = fields.CharField(max_length=8, default="accept")
    for_not_followers = fields.CharField(max_length=8, default="accept")
    for_new_accounts = fields.CharField(max_length=8, default="accept")
    for_private_mentions = fields.CharField(max_length=8, default="filter")
    for_limited_accounts = fields.CharField(max_length=8, default="filter")
    for_bots = fields.CharField(max_length=8, default="accept")

    class Meta:
        """One an account; none means the defaults."""

        table = "notification_policies"


class NotificationPermission(Row):
    """That an account wants to hear of somebody whatever its policy says."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    from_account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    from_account_id: int
    created_at = fields.DatetimeField()

    class Meta:
        """Once a pair."""

        table = "notification_permissions"
        unique_together = (("account_id", "from_account_id"),)
        indexes = (("from_account_id",),)


class NotificationRequest(Row):
    """Somebody whose notifications were kept back, to be let in or sent away."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    from_account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    from_account_id: int
    last_post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    last_post_id: int | None
    notifications_count = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """Once a pair; read by owner."""

        table = "notification_requests"
        unique_together = (("account_id", "from_account_id"),)
        indexes = (
            ("from_account_id",),
            ("last_post_id",),
            ("account_id", "id"),
        )
