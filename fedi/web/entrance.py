"""The door: sign in, sign up where that is open, sign out."""

from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from fedi.actions import sessions, signup
from fedi.errors import FediError, Forbidden, Invalid
from fedi.models.users import User
from fedi.security.limits import Limit
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.visits import Visit, forget, keep_signed_in, local_path, see

_SIGN_UP_SECONDS = 1800


async def show_sign_in(visit: Visit) -> Response:
    """GET /sign-in?next=."""
    goal = local_path(visit.request.query_params.get("next", ""), "/home")
    if visit.account is not None:
        return RedirectResponse(goal, 303)
    return render(visit, "sign_in.html", next=goal, name="", problem="")


async def sign_in(visit: Visit, form: Form) -> Response:
    """POST /sign-in: begin a session and go on to `next`."""
    goal = local_path(form.text("next"), "/home")
    try:
        return await _let_in(visit, form.text("name"), form.text("password"), goal)
    except FediError as error:
        return render(
            visit,
            "sign_in.html",
            error.status_code,
            next=goal,
            name=form.text("name"),
            problem=_worded(error),
        )


async def sign_out(visit: Visit, form: Form) -> Response:
    """POST /sign-out: end this browser's session."""
    del form
    await sessions.sign_out(visit.server, visit.token)
    response = see("/?notice=signed-out")
    forget(response, visit.server)
    return response


async def show_sign_up(visit: Visit) -> Response:
    """GET /sign-up, where the settings let people in."""
    _check_open(visit)
    if visit.account is not None:
        return RedirectResponse("/home", 303)
    return render(visit, "sign_up.html", name="", email="", problem="", field="")


async def sign_up(visit: Visit, form: Form) -> Response:
    """POST /sign-up: make an account and sign it in."""
    _check_open(visit)
    name, email, password = form.text("name"), form.text("email"), form.text("password")
    try:
        # Counted with those of apps: each makes a pair of RSA keys, half a second of a processor.
        often = Limit(visit.server.settings.limits.sign_ups_per_half_hour, _SIGN_UP_SECONDS)
        visit.server.limits.take(f"sign-up:{sessions.network_of(visit.address)}", often)
        if not form.flag("rules"):
            raise Invalid("rules", "must be agreed to")
        await signup.register(visit.server, username=name, password=password, email=email)
        return await _let_in(visit, name, password, "/settings/profile")
    except FediError as error:
        field = error.field if isinstance(error, Invalid) else ""
        problem = f"{field.capitalize()} {error.reason}." if isinstance(error, Invalid) else _worded(error)
        return render(
            visit, "sign_up.html", error.status_code, name=name, email=email, problem=problem, field=field
        )


async def change_password(visit: Visit, user: User, password: str, goal: str) -> Response:
    """Set a password, which ends every session, and begin a new one in this browser."""
    await sessions.set_password(visit.server, user, password)
    return await _let_in(visit, user.account.username, password, goal)


def sign_in_path(visit: Visit) -> str:
    """Give the address of the door for somebody who wanted to be where they are now."""
    return f"/sign-in?next={quote(visit.here, safe='')}"


async def _let_in(visit: Visit, name: str, password: str, goal: str) -> Response:
    _, token = await sessions.sign_in(
        visit.server,
        name,
        password,
        user_agent=visit.request.headers.get("user-agent", ""),
        address=visit.address,
    )
    response = see(goal)
    keep_signed_in(response, visit.server, token)
    return response


def _worded(error: FediError) -> str:
    if error.status_code == 429:
        return "Too many tries. Wait a few minutes, then try again."
    return str(error)


def _check_open(visit: Visit) -> None:
    if visit.server.settings.instance.registrations != "open":
        raise Forbidden("New accounts are made by whoever runs this server.")
