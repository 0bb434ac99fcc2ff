"""OAuth 2: client programs, grants and tokens as rows; no requests, no pages (mastodon/oauth.py).

The authorization code grant (RFC 6749 section 4.1) with PKCE (RFC 7636, S256 only) and the client
credentials grant (section 4.4), as Mastodon offers them: tokens do not expire and are not refreshed. Why
this is not a library's: docs/decisions/0010-oauth.md.
"""

import asyncio
import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from fedi.actions import activity, inboxes
from fedi.actions.scopes import ACTIVITYPUB, ALL, ALL_THERE_IS, UnknownScope, check_scopes, covers
from fedi.actions.sessions import access_topic, refusal
from fedi.activitypub.reader import is_http_uri
from fedi.errors import FediError, Forbidden, Invalid
from fedi.models.users import AccessToken, Application, AuthorizationCode, User
from fedi.queries import tokens
from fedi.security.tokens import new_token, same_token, stored_form
from fedi.server import Server
from fedi.text.html import clean_line

__all__ = ["ALL_SCOPES", "OOB", "check_scopes", "covers"]

ALL_SCOPES = ALL
OOB = "urn:ietf:wg:oauth:2.0:oob"
CODE_LIFE = timedelta(minutes=10)

_DOCUMENT = "url:"
_DIGEST_CHARACTERS = 60
_NAME_CHARACTERS = 255
_URL_CHARACTERS = 2000
_MAX_REDIRECT_URIS = 20
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,63}")
# What a browser would run or open as a document of ours.
_FORBIDDEN_SCHEMES = {"javascript", "data", "vbscript", "file", "blob", "about", "view-source"}
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\\]")
# RFC 7636 section 4.2: a SHA-256 in base64url without padding; section 4.1: 43 to 128 of these.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_TOUCH_EVERY = timedelta(days=1)
_UNUSED_LIFE = timedelta(days=1)
_UNUSED_A_RUN = 100


class GrantRefused(FediError):
    """A grant or token was refused; `error` is the code of RFC 6749 sections 4.1.2.1 and 5.2."""

    def __init__(self, error: str, description: str, *, status_code: int = 400) -> None:
        super().__init__(description)
        self.error, self.status_code = error, status_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a client asks a person for, checked. `code_challenge` is "" without PKCE."""

    application: Application
    redirect_uri: str
    scopes: str
    code_challenge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token as it is told once; `user` is None for a client on its own."""

    token: str
    scopes: str
    created_at: datetime
    user: User | None


async def register_application(
    server: Server, *, name: str, redirect_uris: Sequence[str], scopes: str = "", website: str = ""
) -> tuple[Application, str]:
    """Register a client program; gives it and its secret, which is not stored (POST /api/v1/apps).

    Raises Invalid naming what is wrong.
    """
    shown = clean_line(name, _NAME_CHARACTERS)
    if not shown:
        raise Invalid("client_name", "can't be blank")
    website = website.strip()
    if website and (len(website) > _URL_CHARACTERS or not website.startswith(("http://", "https://"))):
        raise Invalid("website", "must be a valid URL")
    uris = list(dict.fromkeys(redirect_uris))
    if not uris or len(uris) > _MAX_REDIRECT_URIS:
        raise Invalid("redirect_uris", f"must be 1 to {_MAX_REDIRECT_URIS} URIs")
    for uri in uris:
        _check_redirect_uri(uri)
    secret = new_token()
    application = await Application.create(
        id=server.new_id(),
        client_id=new_token(),
        client_secret_hash=stored_form(secret),
        name=shown,
        website=website,
        redirect_uris=uris,
        scopes=check_scopes(scopes, ALL_THERE_IS),
        created_at=server.clock.now(),
    )
    return application, secret


def is_document(client_id: str) -> bool:
    """Say whether a client is an ActivityPub object, found at its id, and not one that was registered."""
    return is_http_uri(client_id)


def home_of(application: Application | None) -> str:
    """Give the address that a client is proven to be of; "" for a registered one, which may say anything."""
    is_known = application is not None and application.client_id.startswith(_DOCUMENT)
    return application.website if application is not None and is_known else ""


async def store_client(server: Server, uri: str, *, name: str, redirect_uris: Sequence[str]) -> None:
    """Store a client that is an ActivityPub object, as it says now (FEP-d8c2).

    It has no secret, so it needs PKCE. Raises Invalid for an address that nobody can be sent back to.
    """
    for redirect_uri in redirect_uris:
        _check_redirect_uri(redirect_uri)
    values = {
        "name": clean_line(name, _NAME_CHARACTERS),
        "website": uri,
        "redirect_uris": list(redirect_uris),
        "scopes": f"{ALL} {ACTIVITYPUB}",
    }
    async with server.db.transaction():
        row, created = await Application.get_or_create(
            {
                "id": server.new_id(),
                "client_secret_hash": stored_form(new_token()),
                "created_at": server.clock.now(),
                **values,
            },
            client_id=_stored_id(uri),
        )
        if not created:
            await row.update_from_dict(values).save(update_fields=list(values))


async def client_for(client_id: str, redirect_uri: str) -> Application:
    """Find the client that asks for a grant, its redirect URI equal to a registered one, byte for byte.

    Raises GrantRefused, which is shown to the person and never sent to `redirect_uri` (section 4.1.2.1).
    """
    application = await Application.get_or_none(client_id=_stored_id(client_id))
    if application is None:
        raise GrantRefused("invalid_client", "This application is not known here.", status_code=401)
    if redirect_uri not in application.redirect_uris:
        raise GrantRefused("invalid_redirect_uri", "The redirect URI is not one that was registered.")
    return application


def read_grant(
    application: Application,
    *,
    redirect_uri: str,
    response_type: str,
    scope: str,
    code_challenge: str = "",
    code_challenge_method: str = "",
) -> Grant:
    """Check what a known client asks for. Raises GrantRefused, which may be sent to its redirect URI."""
    if response_type != "code":
        raise GrantRefused("unsupported_response_type", "Only response_type=code is offered.")
    try:
        scopes = check_scopes(scope, application.scopes)
    except UnknownScope as error:
        raise GrantRefused("invalid_scope", str(error)) from error
    # RFC 7636 section 4.3: no method means plain, which protects nothing against whoever sees the request.
    if (code_challenge or code_challenge_method) and (
        code_challenge_method != "S256" or not _CHALLENGE.fullmatch(code_challenge)
    ):
        raise GrantRefused("invalid_request", "The code challenge method must be S256.")
    if application.client_id.startswith(_DOCUMENT) and not code_challenge:
        raise GrantRefused("invalid_request", "A client without a secret must use PKCE.")
    return Grant(
        application=application, redirect_uri=redirect_uri, scopes=scopes, code_challenge=code_challenge
    )


async def grant_code(server: Server, user: User, grant: Grant) -> str:
    """Record that a person granted what was asked; gives the code, good for one use within ten minutes."""
    code, now = new_token(), server.clock.now()
    await AuthorizationCode.create(
        id=server.new_id(),
        application=grant.application,
        user=user,
        code_hash=stored_form(code),
        redirect_uri=grant.redirect_uri,
        scopes=grant.scopes,
        code_challenge=grant.code_challenge,
        code_challenge_method="S256" if grant.code_challenge else "",
        created_at=now,
        expires_at=now + CODE_LIFE,
    )
    return code


async def authenticate_client(client_id: str, client_secret: str | None) -> Application:
    """Find a client by id and secret; without a secret it is a public one. Raises GrantRefused.

    The secret of one that is an ActivityPub object counts for nothing (FEP-d8c2).
    """
    application = await Application.get_or_none(client_id=_stored_id(client_id))
    if application is None or (
        client_secret is not None
        and not is_document(client_id)
        and not same_token(stored_form(client_secret), application.client_secret_hash)
    ):
        raise GrantRefused(
            "invalid_client",
            "Client authentication failed: unknown client, or a secret that is not the client's.",
            status_code=401,
        )
    return application


async def exchange_code(
    server: Server,
    *,
    client_id: str,
    client_secret: str | None,
    code: str,
    redirect_uri: str,
    code_verifier: str = "",
) -> Issued:
    """Turn a code into a token, once (RFC 6749 section 4.1.3).

    A client without its secret must have begun with PKCE. A second use of the code revokes the token that
    the first one gave (section 4.1.2). Raises GrantRefused.
    """
    application = await authenticate_client(client_id, client_secret)
    is_public = client_secret is None or is_document(client_id)
    # The refusal is raised after the commit: the revocation that goes with it must stay.
    async with server.db.transaction():
        grant = (
            await AuthorizationCode.filter(code_hash=stored_form(code), application_id=application.id)
            .select_related("user", "user__account")
            .first()
        )
        refused = _refusal_of(
            server, grant, redirect_uri=redirect_uri, verifier=code_verifier, is_public=is_public
        )
        if grant is not None and refused is None:
            issued, row = await _issue(server, application, grant.user, grant.scopes)
            await AuthorizationCode.filter(id=grant.id).update(used_at=issued.created_at, token_id=row.id)
            return issued
        if grant is not None and grant.used_at is not None and grant.token_id is not None:
            await _revoke(server, grant.token_id, grant.user_id)
    raise refused or _no_such_grant()


async def client_credentials(
    server: Server, *, client_id: str, client_secret: str | None, scope: str
) -> Issued:
    """Give a client a token of its own, without a person (RFC 6749 section 4.4). Raises GrantRefused."""
    if client_secret is None or is_document(client_id):
        raise GrantRefused("invalid_client", "This grant needs the client's secret.", status_code=401)
    application = await authenticate_client(client_id, client_secret)
    try:
        scopes = check_scopes(scope, application.scopes)
    except UnknownScope as error:
        raise GrantRefused("invalid_scope", str(error)) from error
    async with server.db.transaction():
        issued, _ = await _issue(server, application, None, scopes)
    return issued


async def issue_token(server: Server, application: Application | None, user: User, scopes: str) -> str:
    """Give a token without asking anybody: for the shell, tests, and sign-up through an app."""
    async with server.db.transaction():
        issued, _ = await _issue(server, application, user, scopes)
    return issued.token


async def revoke(server: Server, token: str, application: Application | None = None) -> None:
    """Forget a token; one that is not known is no error (RFC 7009 section 2.2).

    Raises Forbidden when it belongs to another client than `application` (None: whoever holds it may).
    """
    row = await AccessToken.get_or_none(token_hash=stored_form(token))
    if row is None:
        return
    if application is not None and row.application_id != application.id:
        raise Forbidden("You are not authorized to revoke this token.")
    async with server.db.transaction():
        await _revoke(server, row.id, row.user_id)


async def revoke_app(server: Server, user: User, application_id: int | None) -> None:
    """Take every token and grant of a login's back from an app (None: those of the command line)."""
    async with server.db.transaction():
        await AuthorizationCode.filter(user_id=user.id, application_id=application_id).delete()
        if await AccessToken.filter(user_id=user.id, application_id=application_id).delete():
            _tell_ended(server, user.id)


async def forget_unused(server: Server) -> int:
    """Delete apps that registered over a day ago and have neither a token nor a grant nor a post.

    Anybody may register one. Deleting one has the database look for its posts, so a run deletes but a few.
    """
    rows = await server.db.rows(_UNUSED, [server.clock.now() - _UNUSED_LIFE, _UNUSED_A_RUN])
    for row in rows:
        async with server.db.transaction():
            await Application.filter(id=row["id"]).delete()
        # Requests come first.
        await asyncio.sleep(0)
    return len(rows)


_UNUSED = """
SELECT a.id FROM applications a WHERE a.created_at < ?
AND NOT EXISTS (SELECT 1 FROM access_tokens t WHERE t.application_id = a.id)
AND NOT EXISTS (SELECT 1 FROM authorization_codes c WHERE c.application_id = a.id)
AND a.id NOT IN (SELECT application_id FROM posts WHERE application_id IS NOT NULL)
LIMIT ?
"""


async def find_token(server: Server, token: str) -> AccessToken | None:
    """Find a token that is in force, with its application, user and account loaded where it has them.

    None when it was revoked, has expired, or its owner may not act (disabled, suspended, deleted).
    """
    row = await tokens.by_hash(server, stored_form(token))
    now = server.clock.now()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.user is not None and refusal(row.user):
        return None
    if row.last_used_at is None or row.last_used_at + _TOUCH_EVERY < now:
        async with server.db.transaction():
            await AccessToken.filter(id=row.id).update(last_used_at=now)
            if row.user_id is not None:
                await activity.seen(server, row.user_id, now)
    return row


def _stored_id(client_id: str) -> str:
    """Give what a client's id is stored as: an address may be longer than the column."""
    if not is_document(client_id):
        return client_id
    return _DOCUMENT + hashlib.sha256(client_id.encode()).hexdigest()[:_DIGEST_CHARACTERS]


def _check_redirect_uri(uri: str) -> None:
    if uri == OOB:
        return
    problem, parts = "", None
    if len(uri) <= _URL_CHARACTERS and not _UNSAFE.search(uri):
        # A bracket that is no IPv6 address raises.
        with suppress(ValueError):
            parts = urlsplit(uri)
    if parts is None:
        problem = "must be an absolute URI without spaces, of at most 2000 characters"
    elif not _SCHEME.fullmatch(parts.scheme) or parts.scheme in _FORBIDDEN_SCHEMES:
        problem = "must have a scheme that an app can be opened by"
    elif "#" in uri:
        # RFC 6749 section 3.1.2
        problem = "must not contain a fragment"
    elif parts.scheme in ("http", "https") and (not parts.hostname or "@" in parts.netloc):
        problem = "must name a host"
    if problem:
        raise Invalid("redirect_uri", problem)


def _refusal_of(
    server: Server, grant: AuthorizationCode | None, *, redirect_uri: str, verifier: str, is_public: bool
) -> GrantRefused | None:
    """Say why a code is not turned into a token; None when it is."""
    if (
        grant is None
        or grant.used_at is not None
        or grant.expires_at <= server.clock.now()
        or grant.redirect_uri != redirect_uri
        or refusal(grant.user)
    ):
        return _no_such_grant()
    if is_public and not grant.code_challenge:
        return GrantRefused("invalid_client", "A client without a secret must use PKCE.", status_code=401)
    if grant.code_challenge and not _is_verified(grant.code_challenge, verifier):
        return _no_such_grant()
    # A verifier for a grant without a challenge is a downgrade (RFC 9700 section 2.1.1).
    if verifier and not grant.code_challenge:
        return _no_such_grant()
    return None


def _no_such_grant() -> GrantRefused:
    return GrantRefused(
        "invalid_grant",
        "The authorization code is unknown, expired, used, or was given for another client or redirect URI.",
    )


def _is_verified(challenge: str, verifier: str) -> bool:
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


async def _issue(
    server: Server, application: Application | None, user: User | None, scopes: str
) -> tuple[Issued, AccessToken]:
    token, now = new_token(), server.clock.now()
    row = await AccessToken.create(
        id=server.new_id(),
        application=application,
        user=user,
        token_hash=stored_form(token),
        scopes=scopes,
        created_at=now,
    )
    inboxes.tokens_changed(server)
    return Issued(token=token, scopes=scopes, created_at=now, user=user), row


async def _revoke(server: Server, token_id: int, user_id: int | None) -> None:
    await AccessToken.filter(id=token_id).delete()
    _tell_ended(server, user_id)


def _tell_ended(server: Server, user_id: int | None) -> None:
    inboxes.tokens_changed(server)
    if user_id is not None:
        server.db.after_commit(partial(server.pubsub.publish, access_topic(user_id), "ended"))
