"""Templates to HTML. Everything is escaped but what `fedi.text.html` has sanitised."""

import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from fedi.actions.clips import are_read
from fedi.web import views
from fedi.web.visits import Visit

_TEMPLATES = Path(__file__).parent / "templates"
_PACKAGE = Path(__file__).parents[1]

# What a page says once after a form led to it; the address carries the name, never words.
NOTICES = {
    "posted": "Posted.",
    "remix-asked": "Asked for. You are told when there is an answer.",
    "remix-answered": "Saved.",
    "edited": "Your changes are saved.",
    "deleted": "The post is deleted.",
    "draft": "The draft is saved.",
    "scheduled": "It will be posted in its time.",
    "draft-gone": "It is deleted.",
    "profile": "Your profile is saved.",
    "avatar": "This is your avatar now. Your followers are being told.",
    "header": "This is your header now. Your followers are being told.",
    "password": "Your password is changed. Every other browser and app was signed out.",
    "preferences": "Saved.",
    "app-revoked": "The app has no access any more.",
    "browser-out": "Signed out there.",
    "signed-out": "You are signed out.",
    "cancelled": "The drawing is cancelled.",
    "reported": "Thank you. The people who run this server will look at your report.",
    "alias": "The alias is added. Now move from the settings of the old account.",
    "alias-removed": "The alias is removed.",
    "moved": "You have moved. Your followers are being told.",
    "move-cancelled": "This account is yours to use again.",
    "style-added": "The style is added. Members can draw in it now.",
    "style-declined": "Nothing was added.",
    "style-default": "This is the default style now.",
    "style-enable": "Members are offered the style again.",
    "style-disable": "Members are not offered the style any more.",
    "prompt-added": "The prompt is made.",
    "prompt-ended": "The prompt has ended. Its answers stay.",
    "style-remove": "The style is gone. What was drawn in it stays.",
}


def static_folder() -> Path:
    """Where the files of pages lie: beside `fedi` in a checkout, inside it in an installed wheel."""
    packed = _PACKAGE / "static"
    return packed if packed.is_dir() else _PACKAGE.parent / "static"


def render(visit: Visit, template: str, status: int = 200, /, **values: Any) -> Response:
    """Answer with a page, made from a template and its values."""
    html = _environment_of(visit).get_template(template).render(_context(visit) | values)
    return HTMLResponse(html, status)


def render_part(visit: Visit, template: str, macro: str, *values: object, status: int = 200) -> Response:
    """Answer with one part of a page, made by a macro of a template."""
    module = _environment_of(visit).get_template(template).make_module(_context(visit))
    return HTMLResponse(str(getattr(module, macro)(*values)), status)


def _context(visit: Visit) -> dict[str, Any]:
    settings = visit.server.settings
    return {
        "visit": visit,
        "viewer": visit.account,
        "site": settings.instance,
        "settings": settings,
        "base_url": settings.base_url,
        "now": visit.server.clock.now(),
        "takes_clips": are_read(),
        "notice": NOTICES.get(visit.request.query_params.get("notice", ""), ""),
    }


def _environment_of(visit: Visit) -> Environment:
    return visit.server.memory.of(_environment)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {name: getattr(views, name) for name in views.__all__}
    environment.globals["static"] = _Versions(static_folder())
    return environment


class _Versions:
    """Gives the address of a static file with its content's hash, so that browsers may keep it for ever."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        if name not in self._known:
            content = (self._folder / name).read_bytes()
            self._known[name] = f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
        return self._known[name]
