"""Restyling other people's pictures: asking for one, answering, and what was made from a post."""

from starlette.responses import Response

from fedi.actions import remixes
from fedi.errors import FediError, Forbidden, Invalid, NotFound
from fedi.federation.remixes import bring_now
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.queries import remixes as queries
from fedi.queries import snapshots, visibility
from fedi.queries.paging import Page
from fedi.web.forms import Form
from fedi.web.home import page_of
from fedi.web.posts import id_in_path, readable
from fedi.web.rendering import render
from fedi.web.visits import Visit, see

_LISTED, _PAGE = 30, 20


async def show(visit: Visit) -> Response:
    """GET /restyle/{id}: a picture of somebody else's, and what asking for it means."""
    return await _asking(visit, id_in_path(visit))


async def ask(visit: Visit, form: Form) -> Response:
    """POST /restyle/{id}: ask; who may at once goes on in the studio with the picture."""
    del form
    media_id = id_in_path(visit)
    try:
        remix = await bring_now(visit.server, await remixes.ask(visit.server, visit.person, media_id))
    except (Forbidden, Invalid) as error:
        return await _asking(visit, media_id, error)
    if remix.source_id is not None:
        return see(f"/studio?media={remix.source_id}&size=picture")
    return see("/remixes?notice=remix-asked")


async def ask_for_avatar(visit: Visit, form: Form) -> Response:
    """POST /restyle/avatar/{id}: the same with somebody's avatar."""
    del form
    owner = await Account.get_or_none(id=id_in_path(visit), gone_at=None)
    if owner is None:
        raise NotFound
    remix = await remixes.ask_for_avatar(visit.server, visit.person, owner)
    remix = await bring_now(visit.server, remix)
    if remix.source_id is not None:
        return see(f"/studio?media={remix.source_id}&size=portrait")
    return see("/remixes?notice=remix-asked")


async def mine(visit: Visit) -> Response:
    """GET /remixes: what one was asked, and what one asked for."""
    page = Page(limit=_LISTED)
    return render(
        visit,
        "remixes.html",
        received=await queries.of_account(visit.server, visit.person, page, received=True),
        asked=await queries.of_account(visit.server, visit.person, page, received=False),
    )


async def answer(visit: Visit, form: Form) -> Response:
    """POST /remixes/{id}/{deed}: allow, refuse, take a yes back; for who asked, fetch the picture."""
    del form
    server, person = visit.server, visit.person
    remix, deed = await Remix.get_or_none(id=id_in_path(visit)), visit.request.path_params["deed"]
    if remix is not None and deed == "fetch" and remix.account_id == person.id:
        remix = await bring_now(server, remix)
        return see(f"/studio?media={remix.source_id}" if remix.source_id else "/remixes?notice=remix-asked")
    if remix is None or remix.original_account_id != person.id:
        raise NotFound
    if deed in {"allow", "refuse"}:
        await remixes.answer(server, person, remix, allowed=deed == "allow")
    elif deed == "revoke":
        await remixes.revoke(server, remix)
    else:
        raise NotFound
    return see("/remixes?notice=remix-answered")


async def made_from(visit: Visit) -> Response:
    """GET /@{handle}/{id}/remixes: the posts that show remixes of a post's pictures."""
    post = await readable(visit, id_in_path(visit))
    found = await queries.made_from(visit.server, post, visit.account, page_of(visit, _PAGE))
    original = await snapshots.of_post(visit.server, post, visit.account)
    return render(
        visit,
        "made_from.html",
        original=original,
        posts=await snapshots.by_ids(visit.server, [post_id for _, post_id in found], visit.account),
        older=f"{visit.request.url.path}?before={found[-1][0]}" if len(found) == _PAGE else "",
    )


async def _asking(visit: Visit, media_id: int, error: FediError | None = None) -> Response:
    media = await MediaAttachment.get_or_none(id=media_id)
    if media is None or media.post_id is None:
        raise NotFound
    post = await visibility.post_for(visit.server, visit.person, media.post_id)
    snapshot = await snapshots.of_post(visit.server, post, visit.person)
    return render(
        visit,
        "restyle.html",
        200 if error is None else error.status_code,
        media=media,
        snapshot=snapshot,
        is_open=any(each.id == media.id for each in snapshot.restylable),
        problem=str(error) if error else "",
    )
