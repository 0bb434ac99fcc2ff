"""The owner's page about prompts: what members are given to draw. Nobody else finds it."""

from starlette.responses import Response

from fedi.actions import prompts
from fedi.errors import FediError, Invalid, NotFound
from fedi.queries import prompts as queries
from fedi.web.compositions import read_moment
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.visits import Visit, see

_HERE = "/settings/prompts"
_TYPED = ("title", "tag", "text", "starts", "days")
_NAMES = {"title": "The title", "text": "The text", "tag": "The tag", "days": "The days", "starts_at": "It"}


async def show(visit: Visit) -> Response:
    """GET /settings/prompts."""
    _require_owner(visit)
    return await _page(visit, {})


async def add(visit: Visit, form: Form) -> Response:
    """POST /settings/prompts."""
    _require_owner(visit)
    values = {name: form.text(name).strip() for name in _TYPED}
    try:
        await prompts.add(
            visit.server,
            values["title"],
            values["tag"],
            by=visit.person.username,
            text=values["text"],
            starts_at=read_moment(values["starts"]) if values["starts"] else None,
            days=int(values["days"])
            if values["days"].isdecimal() and len(values["days"]) < len("1000")
            else 0,
        )
    except FediError as error:
        return await _page(visit, values, problem=_words(error), status=error.status_code)
    return see(f"{_HERE}?notice=prompt-added")


async def end(visit: Visit, form: Form) -> Response:
    """POST /settings/prompts/{id}/end."""
    del form
    _require_owner(visit)
    await prompts.end(visit.server, visit.request.path_params["id"], by=visit.person.username)
    return see(f"{_HERE}?notice=prompt-ended")


def _require_owner(visit: Visit) -> None:
    if visit.user is None or visit.user.role != "owner":
        raise NotFound


async def _page(visit: Visit, values: dict[str, str], *, problem: str = "", status: int = 200) -> Response:
    return render(
        visit,
        "settings_prompts.html",
        status,
        prompts=await queries.every(visit.server),
        is_on=queries.is_on(visit.server),
        values=dict.fromkeys(_TYPED, "") | {"days": str(prompts.USUAL_DAYS)} | values,
        problem=problem,
    )


def _words(error: FediError) -> str:
    if isinstance(error, Invalid):
        return f"{_NAMES[error.field]} {error.reason}." if error.field in _NAMES else error.reason
    return str(error)
