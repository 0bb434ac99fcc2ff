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
_MODEL_MEDIA = {
    "show": "Show them, with their label",
    "blur": "Blur them until I look",
    "hide": "Hide the posts that have them",
}


async def show(visit: Visit) -> Response:
    """GET /settings/preferences."""
    return _page(visit)


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
            model_media=form.text("model_media"),
            model_tag=form.flag("model_tag") if form.flag("model_tag_asked") else None,
        )
    except Invalid as error:
        return _again(visit, error)
    return see("/settings/preferences?notice=preferences")


def _again(visit: Visit, error: FediError) -> Response:
    problem = str(error).removeprefix("Validation failed: ").capitalize() + "."
    return _page(visit, error.status_code, problem=problem)


def _page(visit: Visit, status: int = 200, *, problem: str = "") -> Response:
    chosen = preferences.of(visit.login)
    usual = _MODEL_MEDIA[visit.server.settings.studio.model_media]
    return render(
        visit,
        "settings_preferences.html",
        status,
        chosen=chosen,
        tags=preferences.tags_model_media(visit.server, chosen),
        media=_MEDIA,
        model_media={"": f"As on this server: {usual.lower()}", **_MODEL_MEDIA},
        problem=problem,
    )
