"""Which apps and browsers have access to one's account, and the way to take it back."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from starlette.responses import Response

from fedi.actions import oauth, sessions
from fedi.models.users import Session
from fedi.queries import access
from fedi.queries.access import AppAccess
from fedi.security.tokens import stored_form
from fedi.web import scopewords
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.scopewords import Leave
from fedi.web.visits import Visit, see

_HERE = "/settings/apps"
# The first that a browser names itself by counts: they all name several.
_BROWSERS = (
    ("Firefox/", "Firefox"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app as the page shows it; `id` is "" for what was made on the command line."""

    id: str
    name: str
    website: str
    site: str
    leaves: list[Leave]
    since: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """A signed-in browser as the page shows it."""

    id: int
    name: str
    is_here: bool
    since: datetime
    last_used_at: datetime


async def show(visit: Visit) -> Response:
    """GET /settings/apps."""
    apps = [_app(each) for each in await access.apps_of(visit.login)]
    browsers = [_browser(visit, each) for each in await access.sessions_of(visit.login)]
    return render(visit, "settings_apps.html", apps=apps, browsers=browsers)


async def revoke(visit: Visit, form: Form) -> Response:
    """POST /settings/apps/revoke: the app has no access from now on, and its open streams end."""
    await oauth.revoke_app(visit.server, visit.login, form.id("app"))
    return see(f"{_HERE}?notice=app-revoked")


async def sign_out(visit: Visit, form: Form) -> Response:
    """POST /settings/apps/sign-out: end one other session, or all others when none is named."""
    session_id = form.id("session")
    if session_id is None:
        await sessions.end_others(visit.server, visit.login, visit.token)
    else:
        await sessions.end(visit.server, visit.login, session_id)
    return see(f"{_HERE}?notice=browser-out")


def _app(each: AppAccess) -> App:
    application = each.application
    website = application.website if application else ""
    return App(
        id=str(application.id) if application else "",
        name=application.name if application else "The command line",
        website=website,
        site=urlsplit(website).hostname or "" if website else "",
        leaves=scopewords.in_words(each.scopes),
        since=each.since,
        last_used_at=each.last_used_at,
    )


def _browser(visit: Visit, session: Session) -> Browser:
    return Browser(
        id=session.id,
        name=_named(session.user_agent),
        is_here=session.token_hash == stored_form(visit.token),
        since=session.created_at,
        last_used_at=session.last_used_at,
    )


def _named(agent: str) -> str:
    """Say in two words what a browser calls itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser
