"""What people do with a post by a button: favourite, boost, bookmark, pin, and take each back."""

from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from fedi.actions import bookmarks, boosts, favourites, pins, quotes
from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import snapshots, visibility
from fedi.server import Server
from fedi.web.forms import Form
from fedi.web.posts import id_in_path
from fedi.web.rendering import render_part
from fedi.web.visits import Visit, local_path, see

Deed = Callable[[Server, Account, Post], Awaitable[object]]

DEEDS: Final = MappingProxyType[str, Deed](
    {
        "favourite": favourites.favourite,
        "unfavourite": favourites.unfavourite,
        "boost": boosts.boost,
        "unboost": boosts.unboost,
        "bookmark": bookmarks.add,
        "unbookmark": bookmarks.remove,
        "pin": pins.pin,
        "unpin": pins.unpin,
        "unquote": quotes.take_out,
    }
)


async def mark(visit: Visit, form: Form) -> Response:
    """POST /posts/{id}/{deed}: do it, then show the post again, where the person was.

    `row` names what stood in the list (a boost of the post, say); a script asks for that part alone.
    """
    deed = DEEDS.get(visit.request.path_params["deed"])
    if deed is None:
        raise NotFound
    server, person, id_ = visit.server, visit.person, id_in_path(visit)
    await deed(server, person, await visibility.post_for(server, person, id_))
    return await shown_again(visit, form, id_)


async def shown_again(visit: Visit, form: Form, id_: int) -> Response:
    """Show a post as it is after something was done with it, alone for a script, else where it stood."""
    server, person = visit.server, visit.person
    if not visit.wants_part("post"):
        return see(f"{local_path(form.text('back'), '/home')}#post-{form.id('row') or id_}")
    found = await snapshots.by_ids(server, [form.id("row") or id_, id_], person)
    # A boost that was taken back is gone; the post it boosted stands in its place until the page is reloaded.
    row = next(each for each in found if each.shown.post.id == id_)
    await visibility.require(server, row.post, person)
    return render_part(visit, "_post.html", "post_card", row)
