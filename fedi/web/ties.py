"""What people do with another account by a button: follow, block, mute, let in, and take each back."""

from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from fedi.actions import blocks, follows
from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.queries import accounts
from fedi.server import Server
from fedi.web import views
from fedi.web.forms import Form
from fedi.web.posts import id_in_path
from fedi.web.visits import Visit, local_path, see

Deed = Callable[[Server, Account, Account], Awaitable[object]]


async def _accept(server: Server, account: Account, follower: Account) -> None:
    follow = await Follow.get_or_none(follower_id=follower.id, target_id=account.id)
    if follow is not None:
        await follows.accept(server, follow)


DEEDS: Final = MappingProxyType[str, Deed](
    {
        "follow": follows.request,
        "unfollow": follows.unfollow,
        "block": blocks.block,
        "unblock": blocks.unblock,
        "mute": blocks.mute,
        "unmute": blocks.unmute,
        "accept": _accept,
        "reject": follows.remove_follower,
    }
)


async def tie(visit: Visit, form: Form) -> Response:
    """POST /accounts/{id}/{deed}: do it, then go back to where the person was."""
    deed = DEEDS.get(visit.request.path_params["deed"])
    if deed is None:
        raise NotFound
    server, person = visit.server, visit.person
    account = await accounts.account_for(server, person, id_in_path(visit))
    await deed(server, person, account)
    return see(local_path(form.text("back"), views.profile_path(account)))
