"""How one posts and reads unless one says otherwise; apps ask for it as well."""

from starlette.responses import Response

from fedi.actions import preferences
from fedi.actions.drafting import MARKDOWN, PLAIN
from fedi.errors import FediError, Invalid
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.visits import Visit, see

_MEDIA = {
    "default": "Hide what is marked sensitive",
    "show_all": "Show everything",
    "hide_all": "Hide everything",
}


async def show(visit: Visit) -> Response:
    """GET /settings/preferences."""
    chosen = preferences.of(visit.login)
    return render(visit, "settings_preferences.html", chosen=chosen, media=_MEDIA, problem="")


async def save(visit: Visit, form: Form) -> Response:
    """POST /settings/preferences."""
    try:
        await preferences.change(
            visit.server,
            visit.login,
            visibility=form.text("visibility"),
            sensitive=form.flag("sensitive"),
            language=form.text("language").strip(),
            quote_policy=form.text("quote_policy"),
            expand_media=form.text("expand_media"),
            expand_warnings=form.flag("expand_warnings"),
            text_type=MARKDOWN if form.flag("markdown") else PLAIN,
            show_application=not form.flag("hide_application"),
        )
    except Invalid as error:
        return _again(visit, error)
    return see("/settings/preferences?notice=preferences")


def _again(visit: Visit, error: FediError) -> Response:
    problem = str(error).removeprefix("Validation failed: ").capitalize() + "."
    chosen = preferences.of(visit.login)
    return render(
        visit,
        "settings_preferences.html",
        error.status_code,
        chosen=chosen,
        media=_MEDIA,
        problem=problem,
    )
