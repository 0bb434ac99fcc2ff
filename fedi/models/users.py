"""Who may act here: the login of a local account, its browser sessions, client programs and their tokens.

Tokens and codes are stored as SHA-256 only (`fedi.security.tokens`): a stolen database logs nobody in.
"""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row


class User(Row):
    """The login of a local account. `role` is owner, moderator or member."""

    account: fields.OneToOneRelation[Account] = fields.OneToOneField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    email = fields.CharField(max_length=320, default="")
    password_hash = fields.CharField(max_length=255, default="")
    role = fields.CharField(max_length=16, default="member")
    locale = fields.CharField(max_length=16, default="en")
    preferences: Any = fields.JSONField(default=dict)
    created_at = fields.DatetimeField()
    last_active_at = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)

    class Meta:
        """One login an account."""

        table = "users"
        indexes = (("email",),)


class Session(Row):
    """A signed-in browser."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "fedi.User", related_name=False, on_delete=fields.CASCADE
    )
    user_id: int
    token_hash = fields.CharField(max_length=64, unique=True)
    user_agent = fields.CharField(max_length=512, default="")
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField()

    class Meta:
        """Found by the hash of its cookie."""

        table = "sessions"


class Application(Row):
    """A client program registered through POST /api/v1/apps (RFC 6749 section 2)."""

    client_id = fields.CharField(max_length=64, unique=True)
    client_secret_hash = fields.CharField(max_length=64)
    name = fields.CharField(max_length=255)
    website = fields.CharField(max_length=2048, default="")
    redirect_uris: Any = fields.JSONField(default=list)
    scopes = fields.CharField(max_length=1024, default="read")
    created_at = fields.DatetimeField()

    class Meta:
        """Found by its client id."""

        table = "applications"


class AuthorizationCode(Row):
    """A grant to be turned into a token, once (RFC 6749 section 4.1, RFC 7636).

    A used one stays for a while with the token it became, which a second use revokes.
    """

    application: fields.ForeignKeyRelation[Application] = fields.ForeignKeyField(
        "fedi.Application", related_name=False, on_delete=fields.CASCADE
    )
    application_id: int
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "fedi.User", related_name=False, on_delete=fields.CASCADE
    )
    user_id: int
    code_hash = fields.CharField(max_length=64, unique=True)
    redirect_uri = fields.CharField(max_length=2048)
    scopes = fields.CharField(max_length=1024)
    code_challenge = fields.CharField(max_length=128, default="")
    code_challenge_method = fields.CharField(max_length=8, default="")
    nonce = fields.CharField(max_length=255, default="")
    used_at = fields.DatetimeField(null=True)
    token: fields.ForeignKeyNullableRelation["AccessToken"] = fields.ForeignKeyField(
        "fedi.AccessToken", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    token_id: int | None
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        """Found by the hash of the code."""

        table = "authorization_codes"


class AccessToken(Row):
    """A bearer token of a person (`user`) or of a client program alone. Gone means revoked."""

    application: fields.ForeignKeyNullableRelation[Application] = fields.ForeignKeyField(
        "fedi.Application", related_name=False, null=True, on_delete=fields.CASCADE
    )
    application_id: int | None
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "fedi.User", related_name=False, null=True, on_delete=fields.CASCADE
    )
    user_id: int | None
    token_hash = fields.CharField(max_length=64, unique=True)
    scopes = fields.CharField(max_length=1024)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        """Found by the hash of the token."""

        table = "access_tokens"
