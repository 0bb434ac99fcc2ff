"""The page on which a person lets an app in (RFC 6749 section 4.1.1), and what follows from the answer."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse, Response

from fedi.actions import oauth, sessions
from fedi.actions.oauth import OOB, Grant, GrantRefused
from fedi.errors import NotFound
from fedi.federation import client_documents
from fedi.web import scopewords
from fedi.web.entrance import sign_in_path
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.visits import Visit, forget, see

_ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
_LONGEST_CODE = 128


async def show(visit: Visit) -> Response:
    """GET /oauth/authorize."""
    asked = {name: visit.request.query_params.get(name, "") for name in _ASKED}
    if oauth.is_document(asked["client_id"]):
        if visit.account is None:
            return RedirectResponse(sign_in_path(visit), 303)
        try:
            await client_documents.learn(visit.server, visit.account, asked["client_id"])
        except GrantRefused as error:
            return _refused(visit, error)
    grant = await _grant(visit, asked)
    if isinstance(grant, Response):
        return grant
    if visit.account is None:
        return RedirectResponse(sign_in_path(visit), 303)
    return render(
        visit,
        "authorise.html",
        grant=grant,
        asked=asked,
        allowed=scopewords.in_words(grant.scopes),
        site_of_app=urlsplit(grant.application.website).hostname or grant.application.website,
        goal=_goal(grant.redirect_uri),
    )


async def decide(visit: Visit, form: Form) -> Response:
    """POST /oauth/authorize: send the app its code, or that the person said no; or let another sign in."""
    asked = {name: form.text(name) for name in _ASKED}
    if form.text("decision") == "switch":
        return await _switch(visit, asked)
    grant = await _grant(visit, asked)
    if isinstance(grant, Response):
        return grant
    if form.text("decision") != "allow":
        return _back(visit, asked, {"error": "access_denied", "error_description": "The person said no."})
    code = await oauth.grant_code(visit.server, visit.login, grant)
    return _back(visit, asked, {"code": code})


async def show_code(visit: Visit) -> Response:
    """GET /oauth/authorize/native?code=: the code of an app that cannot be sent it, to be copied."""
    _ = visit.person
    code = visit.request.query_params.get("code", "")
    if not code or len(code) > _LONGEST_CODE:
        raise NotFound
    return render(visit, "code.html", code=code)


async def _switch(visit: Visit, asked: Mapping[str, str]) -> Response:
    """Sign this browser out and begin anew: whoever signs in is asked the same."""
    await sessions.sign_out(visit.server, visit.token)
    again = urlencode({name: value for name, value in asked.items() if value})
    response = see(f"/sign-in?{urlencode({'next': f'/oauth/authorize?{again}'})}")
    forget(response, visit.server)
    return response


async def _grant(visit: Visit, asked: Mapping[str, str]) -> Grant | Response:
    """Check what an app asks for; what is wrong goes to the person, or to the app once it is known."""
    try:
        application = await oauth.client_for(asked["client_id"], asked["redirect_uri"])
    except GrantRefused as error:
        return _refused(visit, error)
    try:
        return oauth.read_grant(
            application,
            redirect_uri=asked["redirect_uri"],
            response_type=asked["response_type"],
            scope=asked["scope"],
            code_challenge=asked["code_challenge"],
            code_challenge_method=asked["code_challenge_method"],
        )
    except GrantRefused as error:
        if asked["redirect_uri"] == OOB:
            return _refused(visit, error)
        return _back(visit, asked, {"error": error.error, "error_description": str(error)})


def _refused(visit: Visit, error: GrantRefused) -> Response:
    return render(
        visit,
        "error.html",
        error.status_code,
        title="This app cannot be let in",
        words=f"{error} Tell whoever makes the app: {error.error}.",
        status=error.status_code,
    )


def _back(visit: Visit, asked: Mapping[str, str], answer: dict[str, str]) -> Response:
    """Send the answer to the app, with the state it gave (RFC 6749 sections 4.1.2 and 4.1.2.1)."""
    if asked["state"]:
        answer["state"] = asked["state"]
    uri = asked["redirect_uri"]
    if uri != OOB:
        return see(f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}")
    if "code" in answer:
        return see(f"/oauth/authorize/native?{urlencode({'code': answer['code']})}")
    words = "The app was not let in. You can close this page."
    return render(visit, "error.html", 403, title="You said no", words=words, status=403)


def _goal(redirect_uri: str) -> str:
    """Say where the person is led after the answer."""
    if redirect_uri == OOB:
        return "You will get a code to copy into it."
    parts = urlsplit(redirect_uri)
    if parts.scheme in {"http", "https"}:
        return f"You will be led to {parts.hostname}."
    return f"You will be led back to the app ({parts.scheme}:)."
