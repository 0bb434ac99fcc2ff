"""The owner's pages about the studio: its styles, who waits, what was drawn. Nobody else finds them."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import PurePath
from typing import Any

from anyio import to_thread
from starlette.responses import Response

from fedi.actions import style_shelf
from fedi.errors import FediError, Invalid, NotFound
from fedi.queries import offers, studio_use
from fedi.security.limits import Limit
from fedi.server import Server
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.settings import read_file
from fedi.web.visits import Visit, see

_HERE = "/settings/styles"
_DAYS, _MOST = 30, 100
# A trial takes a worker of its own and some seconds of processor time.
_TRIALS = Limit(20, 300)
_FIELDS = ("name", "title", "author", "licence", "licence_url", "licence_text", "description")
_TYPED = (*_FIELDS, "sha256", "range", "channels", "commercial_use")
_RANGES = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}
_CHANNELS = ("rgb", "bgr")
_DEEDS: Mapping[str, Callable[[Server, str], Awaitable[None]]] = {
    "default": style_shelf.set_default,
    "enable": partial(style_shelf.set_enabled, enabled=True),
    "disable": partial(style_shelf.set_enabled, enabled=False),
    "remove": style_shelf.remove,
}


async def show(visit: Visit) -> Response:
    """GET /settings/styles."""
    _check_owner(visit)
    return await _page(visit, {})


async def add(visit: Visit, form: Form) -> Response:
    """POST /settings/styles: try a model, and ask for a yes to its licence."""
    _check_owner(visit)
    visit.server.limits.take(f"style-trial:{visit.person.id}", _TRIALS)
    values = {key: form.text(key).strip() for key in _TYPED}
    try:
        token = await _offer(visit, form, values)
    except FediError as error:
        return await _page(visit, values, problem=_words(error), status=error.status_code)
    return see(f"{_HERE}/waiting/{token}")


async def waiting(visit: Visit) -> Response:
    """GET /settings/styles/waiting/{token}: the licence."""
    _check_owner(visit)
    token = visit.request.path_params["token"]
    return render(
        visit, "settings_style.html", style=await style_shelf.waiting(visit.server, token), token=token
    )


async def answer(visit: Visit, form: Form) -> Response:
    """POST /settings/styles/waiting/{token}/{deed}: agree, or not."""
    _check_owner(visit)
    token, deed = visit.request.path_params["token"], visit.request.path_params["deed"]
    if deed == "decline":
        await style_shelf.decline(visit.server, token)
        return see(f"{_HERE}?notice=style-declined")
    if deed != "agree" or not form.flag("agree"):
        raise NotFound
    try:
        await style_shelf.accept(visit.server, token, by=visit.person)
    except FediError as error:
        return await _page(visit, {}, problem=_words(error), status=error.status_code)
    return see(f"{_HERE}?notice=style-added")


async def change(visit: Visit, form: Form) -> Response:
    """POST /settings/styles/{name}/{deed}."""
    del form
    _check_owner(visit)
    name, deed = visit.request.path_params["name"], visit.request.path_params["deed"]
    do = _DEEDS.get(deed)
    if do is None:
        raise NotFound
    try:
        await do(visit.server, name)
    except NotFound:
        raise
    except FediError as error:
        return await _page(visit, {}, problem=_words(error), status=error.status_code)
    return see(f"{_HERE}?notice=style-{deed}")


def _check_owner(visit: Visit) -> None:
    if visit.user is None or visit.user.role != "owner":
        raise NotFound


async def _offer(visit: Visit, form: Form, values: dict[str, Any]) -> str:
    files = {}
    for field in ("model", "manifest", "guide"):
        for upload in form.files(field)[:1]:
            files[field] = await read_file(upload)
            values.setdefault("file", upload.filename or "") if field == "model" else None
    if "model" not in files:
        raise Invalid("", "Choose the model's file first.")
    told: dict[str, Any] = {key: values[key] for key in _FIELDS if values[key]}
    if values["commercial_use"]:
        told["commercial_use"] = values["commercial_use"] == "yes"
    if values["range"] in _RANGES:
        told["range"] = _RANGES[values["range"]]
    if values["channels"] in _CHANNELS:
        told["channels"] = values["channels"]
    candidate = await style_shelf.offer(
        visit.server,
        files["model"],
        file=PurePath(values.pop("file", "")).name or "model.onnx",
        manifest=files.get("manifest"),
        guide=files.get("guide"),
        sha256=values["sha256"],
        told=told,
    )
    return candidate.token


async def _page(visit: Visit, values: dict[str, Any], *, problem: str = "", status: int = 200) -> Response:
    server = visit.server
    return render(
        visit,
        "settings_styles.html",
        status,
        found=await offers.everything(server),
        problems=await to_thread.run_sync(server.styles.catalogue.problems),
        queue=await studio_use.queue(server, limit=_MOST),
        usage=await studio_use.usage(server, days=_DAYS, limit=_MOST),
        days=_DAYS,
        values=dict.fromkeys(_TYPED, "") | values,
        is_typed=bool(values),
        ranges=list(_RANGES),
        problem=problem,
    )


def _words(error: FediError) -> str:
    words = str(error).removeprefix("Validation failed: ").replace("licence_url", "the licence's address")
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
