"""Where notifications are pushed to (Web Push)."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.users import AccessToken


class PushSubscription(Row):
    """A push service's endpoint for one access token, gone with the token.

    `p256dh` and `auth` are the app's keys (base64url); `standard`: RFC 8291, else the older aesgcm. `alerts`
    maps notification types to booleans; `policy` is all, followed, follower or none. `sealed_token` is the
    bearer token itself, which apps want back in the message, encrypted with a key of the server's secret.
    """

    token: fields.OneToOneRelation[AccessToken] = fields.OneToOneField(
        "fedi.AccessToken", related_name=False, on_delete=fields.CASCADE
    )
    token_id: int
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    endpoint = fields.CharField(max_length=2048)
    p256dh = fields.CharField(max_length=128)
    auth = fields.CharField(max_length=64)
    standard = fields.BooleanField(default=False)
    alerts: Any = fields.JSONField(default=dict)
    policy = fields.CharField(max_length=16, default="all")
    sealed_token = fields.TextField(default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """One a token; read by account."""

        table = "push_subscriptions"
        indexes = (("account_id",),)
