"""OAuth for apps, the JSON part (Mastodon API: apps, oauth; RFC 6749, RFC 7009, RFC 8414).

The page on which a person consents is the web face's; what both do stands in fedi/actions/oauth.py.
"""

import base64
import binascii
from collections.abc import Sequence
from urllib.parse import unquote_plus

from starlette.responses import Response

from fedi.actions import oauth, scopes, signup
from fedi.actions.oauth import GrantRefused, Issued
from fedi.actions.signup import Unfit
from fedi.errors import FediError, Forbidden
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import avatar_url
from fedi.mastodon.entities.oauth import application, credential_application
from fedi.mastodon.entities.oauth import token as token_of
from fedi.security import webpush


async def register(call: Call) -> Response:
    """POST /api/v1/apps."""
    given = call.params.texts("redirect_uris")
    # One text may hold several, one a line or with spaces between them.
    uris = [uri for text in given for uri in text.split()]
    row, secret = await oauth.register_application(
        call.server,
        name=call.params.text("client_name"),
        redirect_uris=uris,
        scopes=call.params.text("scopes"),
        website=call.params.text("website"),
    )
    return responses.json(credential_application(row, secret, _vapid_key(call)))


async def verify(call: Call) -> Response:
    """GET /api/v1/apps/verify_credentials."""
    if call.application is None:
        raise responses.InvalidToken
    return responses.json(application(call.application, _vapid_key(call)))


async def token(call: Call) -> Response:
    """POST /oauth/token: authorization_code and client_credentials."""
    client_id, secret = _client(call)
    match call.params.text("grant_type"):
        case "authorization_code":
            issued = await oauth.exchange_code(
                call.server,
                client_id=client_id,
                client_secret=secret,
                code=call.params.text("code"),
                redirect_uri=call.params.text("redirect_uri"),
                code_verifier=call.params.text("code_verifier"),
            )
        case "client_credentials":
            issued = await oauth.client_credentials(
                call.server, client_id=client_id, client_secret=secret, scope=call.params.text("scope")
            )
        case "":
            raise GrantRefused("invalid_request", "Missing required parameter: grant_type.")
        case _:
            raise GrantRefused(
                "unsupported_grant_type", "The authorization grant type is not supported by this server."
            )
    return _told(issued)


async def revoke(call: Call) -> Response:
    """POST /oauth/revoke; a token that is not known is no error."""
    client_id, secret = _client(call)
    client = await oauth.authenticate_client(client_id, secret)
    try:
        await oauth.revoke(call.server, call.params.text("token"), client)
    except Forbidden as error:
        raise GrantRefused("unauthorized_client", str(error), status_code=403) from error
    return responses.nothing()


async def userinfo(call: Call) -> Response:
    """GET and POST /oauth/userinfo."""
    account, uris = call.account, call.server.uris
    return responses.json(
        {
            "iss": uris.base_url + "/",
            "sub": account.uri,
            "name": account.display_name or account.username,
            "preferred_username": account.username,
            "profile": account.url,
            "picture": avatar_url(account, uris),
        }
    )


async def discovery(call: Call) -> Response:
    """GET /.well-known/oauth-authorization-server (RFC 8414 section 3)."""
    base = call.server.uris.base_url
    unknown = set() if call.server.settings.federation.clients else {scopes.ACTIVITYPUB, scopes.SAME_ORIGIN}
    return responses.json(
        {
            "issuer": base + "/",
            "service_documentation": "https://docs.joinmastodon.org/",
            "authorization_endpoint": base + "/oauth/authorize",
            "token_endpoint": base + "/oauth/token",
            "app_registration_endpoint": base + "/api/v1/apps",
            "revocation_endpoint": base + "/oauth/revoke",
            "userinfo_endpoint": base + "/oauth/userinfo",
            "scopes_supported": [name for name in scopes.KNOWN if name not in unknown],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
        },
        headers={"Cache-Control": "public, max-age=300"},
    )


async def sign_up(call: Call) -> Response:
    """POST /api/v1/accounts, with a client's own token; only while registrations are open."""
    server, params = call.server, call.params
    if call.viewer is not None or call.application is None or call.token is None:
        raise Forbidden
    if server.settings.instance.registrations != "open":
        raise Forbidden("This server does not take new members at the moment.")
    wanted = {
        "username": params.text("username").strip(),
        "password": params.text("password"),
        "email": params.text("email").strip().lower(),
    }
    problems = await signup.problems(server, **wanted)
    if not params.flag("agreement"):
        problems.append(Unfit("agreement", "ERR_ACCEPTED", "must be accepted"))
    if problems:
        return _refused_sign_up(problems)
    try:
        user = await signup.register(server, **wanted, locale=params.text("locale"))
    except Unfit as error:
        # Somebody was quicker.
        return _refused_sign_up([error])
    granted = call.token.scopes
    text = await oauth.issue_token(server, call.application, user, granted)
    return responses.json(token_of(text, granted, server.clock.now()))


def _told(issued: Issued) -> Response:
    told = token_of(issued.token, issued.scopes, issued.created_at)
    return responses.json(told, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _client(call: Call) -> tuple[str, str | None]:
    """Find the client's id and secret, in the header or in the body (RFC 6749 section 2.3.1).

    Some apps send both; that is let pass when they say the same.
    """
    by_body = (call.params.text("client_id"), call.params.optional_text("client_secret"))
    scheme, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return by_body
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _bad_client() from error
    client = unquote_plus(name), unquote_plus(secret)
    if (by_body[0] and by_body[0] != client[0]) or (by_body[1] and by_body[1] != client[1]):
        raise _bad_client()
    return client


def _bad_client() -> FediError:
    return GrantRefused("invalid_client", "Client authentication failed.", status_code=401)


def _refused_sign_up(problems: Sequence[Unfit]) -> Response:
    """Name each field with a code that apps have words for (Mastodon API: accounts, create)."""
    words = ", ".join(f"{each.field.capitalize()} {each.reason}" for each in problems)
    details = {each.field: [{"error": each.code, "description": each.reason}] for each in problems}
    return responses.json({"error": f"Validation failed: {words}", "details": details}, status=422)


def _vapid_key(call: Call) -> str:
    return webpush.public_key(call.server.settings.server.secret)
