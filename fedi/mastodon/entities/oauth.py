"""Application, CredentialApplication, Token (Mastodon API: entities; RFC 6749 section 5.1)."""

from datetime import datetime

from msgspec import Struct

from fedi.models.users import Application as ApplicationRow


class Application(Struct, kw_only=True):
    """A client program."""

    id: str
    name: str
    website: str | None
    scopes: list[str]
    redirect_uris: list[str]
    redirect_uri: str
    # Older apps look here for the key of Web Push.
    vapid_key: str


class CredentialApplication(Application, kw_only=True):
    """A client program with its secret, which is told once."""

    client_id: str
    client_secret: str
    client_secret_expires_at: int = 0


class Token(Struct, kw_only=True):
    """An access token; `created_at` in seconds since 1970."""

    access_token: str
    scope: str
    created_at: int
    token_type: str = "Bearer"  # noqa: S105  the kind of token


def application(row: ApplicationRow, vapid_key: str) -> Application:
    """Show a client program; the key is ours for Web Push."""
    return Application(
        id=str(row.id),
        name=row.name,
        website=row.website or None,
        scopes=row.scopes.split(),
        redirect_uris=list(row.redirect_uris),
        redirect_uri="\n".join(row.redirect_uris),
        vapid_key=vapid_key,
    )


def credential_application(row: ApplicationRow, secret: str, vapid_key: str) -> CredentialApplication:
    """Show a client program that was registered just now."""
    public = application(row, vapid_key)
    return CredentialApplication(
        **{name: getattr(public, name) for name in Application.__struct_fields__},
        client_id=row.client_id,
        client_secret=secret,
    )


def token(text: str, scopes: str, created_at: datetime) -> Token:
    """Show a token."""
    return Token(access_token=text, scope=scopes, created_at=int(created_at.timestamp()))
