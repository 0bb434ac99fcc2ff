"""Move to another server, and let accounts of other servers move here."""

from starlette.responses import Response

from fedi.actions import moves, sessions
from fedi.errors import FediError, Invalid
from fedi.federation import moving
from fedi.models.accounts import Account
from fedi.queries.accounts import successors
from fedi.queries.rows import among, load
from fedi.security.limits import Limit
from fedi.web.forms import Form
from fedi.web.rendering import render
from fedi.web.visits import Visit, see

# Each may ask another server.
_LOOK_UPS = Limit(20, 300)


async def show(visit: Visit) -> Response:
    """GET /settings/moving."""
    return await _page(visit)


async def add_alias(visit: Visit, form: Form) -> Response:
    """POST /settings/moving/aliases: name an account that may move here."""
    try:
        _limit(visit)
        other = await moving.account_named(visit.server, form.text("alias"))
        await moves.add_alias(visit.server, visit.person, other.uri)
    except FediError as error:
        return await _page(visit, problem=str(error), status=error.status_code, alias=form.text("alias"))
    return see("/settings/moving?notice=alias")


async def remove_alias(visit: Visit, form: Form) -> Response:
    """POST /settings/moving/aliases/remove."""
    await moves.remove_alias(visit.server, visit.person, form.text("alias"))
    return see("/settings/moving?notice=alias-removed")


async def move(visit: Visit, form: Form) -> Response:
    """POST /settings/moving: move away, with the password, as followers cannot be brought back."""
    try:
        _limit(visit)
        if not await sessions.has_password(visit.server, visit.login, form.text("password")):
            raise Invalid("", "The password is not right.")
        target = await moving.account_named_now(visit.server, form.text("target"))
        await moves.move(visit.server, visit.person, target)
    except FediError as error:
        return await _page(visit, problem=str(error), status=error.status_code, target=form.text("target"))
    return see("/settings/moving?notice=moved")


async def cancel(visit: Visit, form: Form) -> Response:
    """POST /settings/moving/cancel: use the account again."""
    del form
    await moves.cancel(visit.server, visit.person)
    return see("/settings/moving?notice=move-cancelled")


async def _page(
    visit: Visit, *, problem: str = "", status: int = 200, alias: str = "", target: str = ""
) -> Response:
    person = visit.person
    return render(
        visit,
        "settings_moving.html",
        status,
        problem=problem,
        aliases=await _aliases(visit, person),
        alias=alias,
        target=target,
        moved_to=(await successors(visit.server, [person])).get(person.id),
        days=moves.COOLDOWN.days,
    )


async def _aliases(visit: Visit, person: Account) -> list[tuple[str, str]]:
    """Give each alias with the name to show for it: its handle where the account is known."""
    if not person.also_known_as:
        return []
    condition, values = among("r.uri", list(person.also_known_as))
    known = {row.uri: row for row in await load(visit.server, Account, f"WHERE {condition}", values)}
    return [(uri, f"@{known[uri].acct}" if uri in known else uri) for uri in person.also_known_as]


def _limit(visit: Visit) -> None:
    visit.server.limits.take(f"moving:{visit.person.id}", _LOOK_UPS)
