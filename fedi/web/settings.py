"""What people change about themselves: profile, pictures, password."""

from collections.abc import Sequence

from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from fedi.actions import accounts, media, sessions
from fedi.actions.accounts import MAX_FIELDS, ProfileChanges
from fedi.errors import FediError, Invalid
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.web import entrance
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.visits import Visit, see

_NAMES = {
    "display_name": "The name",
    "note": "The text about you",
    "fields": "A field",
    "description": "The description",
}


async def index(visit: Visit) -> Response:
    """GET /settings."""
    del visit
    return RedirectResponse("/settings/profile", 303)


async def show_profile(visit: Visit) -> Response:
    """GET /settings/profile."""
    return _profile_page(visit, _values(visit.person))


async def profile(visit: Visit, form: Form) -> Response:
    """POST /settings/profile: words first, then pictures; what is refused leaves all of them as they were."""
    try:
        pictures = {name: await _picture(visit, form, name) for name in ("avatar", "header")}
        account = await accounts.update_profile(visit.server, visit.person, _changes(visit, form))
        for name, change in (("avatar", accounts.set_avatar), ("header", accounts.set_header)):
            if pictures[name] is not None or form.flag(f"{name}_remove"):
                account = await change(visit.server, account, pictures[name])
    except FediError as error:
        return _profile_page(visit, _typed(visit, form), problem=_worded(error), status=error.status_code)
    return see("/settings/profile?notice=profile")


async def show_password(visit: Visit) -> Response:
    """GET /settings/password."""
    _ = visit.person
    return render(visit, "settings_password.html", problem="")


async def password(visit: Visit, form: Form) -> Response:
    """POST /settings/password: every other session ends."""
    try:
        if not await sessions.has_password(visit.server, visit.login, form.text("current")):
            raise Invalid("", "The current password is not right.")
        if form.text("password") != form.text("again"):
            raise Invalid("", "The new password was not the same both times.")
        return await entrance.change_password(
            visit, visit.login, form.text("password"), "/settings/password?notice=password"
        )
    except FediError as error:
        problem = str(error).removeprefix("Validation failed: ").capitalize()
        return render(visit, "settings_password.html", error.status_code, problem=problem)


async def read_file(upload: UploadFile) -> bytes:
    """Give the content of an uploaded file; the size of the whole request was bounded before."""
    return await upload.read()


def _profile_page(
    visit: Visit, values: dict[str, object], *, problem: str = "", status: int = 200
) -> Response:
    return render(
        visit, "settings_profile.html", status, values=values, problem=problem, account=visit.person
    )


async def _picture(visit: Visit, form: Form, name: str) -> MediaAttachment | None:
    for upload in form.files(name)[:1]:
        alt = form.text(f"{name}_alt")
        return await media.upload(visit.server, visit.person, await read_file(upload), description=alt)
    return None


def _changes(visit: Visit, form: Form) -> ProfileChanges:
    return ProfileChanges(
        display_name=form.text("display_name"),
        note=form.text("note"),
        fields=[(form.text(f"field_name_{n}"), form.text(f"field_value_{n}")) for n in range(MAX_FIELDS)],
        locked=form.flag("locked"),
        discoverable=form.flag("discoverable"),
        indexable=form.flag("indexable"),
        hide_collections=form.flag("hide_collections"),
        is_bot=form.flag("is_bot"),
        remix_policy=form.text("remix_policy") or None,
        # Where there is no gallery the form does not ask.
        in_gallery=form.flag("in_gallery") if visit.server.settings.studio.gallery else None,
    )


def _values(account: Account) -> dict[str, object]:
    pairs = [(field["name"], field.get("text", "")) for field in account.fields_list]
    return {
        "display_name": account.display_name,
        "note": account.note_text,
        "fields": _padded(pairs),
        "locked": account.locked,
        "discoverable": account.discoverable,
        "indexable": account.indexable,
        "hide_collections": account.hide_collections,
        "is_bot": account.is_bot,
        "remix_policy": account.remix_policy,
        "in_gallery": account.in_gallery,
        "avatar_alt": "",
        "header_alt": "",
    }


def _typed(visit: Visit, form: Form) -> dict[str, object]:
    changes = _changes(visit, form)
    return {
        **{name: getattr(changes, name) or "" for name in ProfileChanges.__slots__},
        "fields": _padded(changes.fields or ()),
        "avatar_alt": form.text("avatar_alt"),
        "header_alt": form.text("header_alt"),
    }


def _padded(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    kept = list(pairs)[:MAX_FIELDS]
    return kept + [("", "")] * (MAX_FIELDS - len(kept))


def _worded(error: FediError) -> str:
    if isinstance(error, Invalid) and error.field:
        return f"{_NAMES.get(error.field, error.field.capitalize())} {error.reason}."
    return str(error)
