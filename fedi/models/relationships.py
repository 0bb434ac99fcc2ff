"""How two accounts stand."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row


class Follow(Row):
    """A follow, asked for (`pending`) or in force (`accepted`); `uri` is the Follow's id."""

    follower: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    follower_id: int
    target: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    target_id: int
    state = fields.CharField(max_length=16, default="pending")
    uri = fields.CharField(max_length=2048, unique=True)
    show_boosts = fields.BooleanField(default=True)
    notify = fields.BooleanField(default=False)
    languages: Any = fields.JSONField(default=list)
    created_at = fields.DatetimeField()

    class Meta:
        """Once a pair; read from both ends."""

        table = "follows"
        unique_together = (("follower_id", "target_id"),)
        indexes = (("target_id", "state"), ("follower_id", "state"))


class Block(Row):
    """A block; `uri` is the Block's id."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    target: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    target_id: int
    uri = fields.CharField(max_length=2048, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Once a pair; read from both ends."""

        table = "blocks"
        unique_together = (("account_id", "target_id"),)
        indexes = (("target_id",),)


class Mute(Row):
    """A mute: kept from its target, never federated. `expires_at` null means for ever."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    target: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    target_id: int
    hide_notifications = fields.BooleanField(default=True)
    expires_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Once a pair."""

        table = "mutes"
        unique_together = (("account_id", "target_id"),)


class Endorsement(Row):
    """An account that another of ours recommends on its profile."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    target: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    target_id: int
    created_at = fields.DatetimeField()

    class Meta:
        """Once a pair."""

        table = "endorsements"
        unique_together = (("account_id", "target_id"),)
        indexes = (("target_id",),)


class AccountNote(Row):
    """What a person wrote down about an account, for nobody else."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    target: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    target_id: int
    text = fields.TextField(default="")
    updated_at = fields.DatetimeField()

    class Meta:
        """Once a pair."""

        table = "account_notes"
        unique_together = (("account_id", "target_id"),)
        indexes = (("target_id",),)


class AccountDomainBlock(Row):
    """A host that one person does not want to hear of; subdomains are hosts of their own (as on Mastodon)."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    domain = fields.CharField(max_length=255)
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account and host."""

        table = "account_domain_blocks"
        unique_together = (("account_id", "domain"),)
        indexes = (("domain",),)


class DismissedSuggestion(Row):
    """An account that is not to be suggested to a person again."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    target: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    target_id: int

    class Meta:
        """Once a pair."""

        table = "dismissed_suggestions"
        unique_together = (("account_id", "target_id"),)
        indexes = (("target_id",),)
