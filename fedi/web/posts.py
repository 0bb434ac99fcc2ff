"""The page of a post with its conversation, and the page that asks before it is deleted."""

from collections import Counter

from starlette.responses import RedirectResponse, Response

from fedi.actions import deletes
from fedi.errors import Gone, NotFound
from fedi.federation import backfill, polls
from fedi.federation.answering import worded
from fedi.federation.endpoints import post_answer, wants_activity
from fedi.models.posts import Post, Tombstone
from fedi.queries import deliveries, snapshots, threads, visibility
from fedi.web import views
from fedi.web.forms import Form, read_id
from fedi.web.rendering import render
from fedi.web.visits import Visit, local_path, see


async def page(visit: Visit) -> Response:
    """GET /@{handle}/{id}: a post and its thread; for programs the ActivityPub document of one of ours."""
    id_ = id_in_path(visit)
    if wants_activity(visit.request):
        return await _document(visit, id_)
    post = await readable(visit, id_)
    snapshot = await snapshots.of_post(visit.server, post, visit.account)
    if post.boost_of_id is not None or visit.request.path_params["handle"] != snapshot.author.acct:
        shown = snapshot.shown
        return RedirectResponse(views.post_path(shown.author, shown.post))
    if not post.local and visit.account is None:
        # Of others' posts we are no public archive: whoever is not of this server reads them at home.
        return RedirectResponse(post.url or post.uri)
    if snapshot.poll is not None:
        await polls.refresh(visit.server, post, visit.account)
        snapshot = await snapshots.of_post(visit.server, post, visit.account)
    refresh = await backfill.ask(visit.server, visit.account, post)
    response = render(
        visit,
        "post.html",
        snapshot=snapshot,
        is_looking=refresh is not None,
        above=await threads.ancestors(visit.server, post, visit.account),
        below=await threads.descendants(visit.server, post, visit.account),
    )
    if post.local:
        response.headers["Link"] = f'<{post.uri}>; rel="alternate"; type="application/activity+json"'
        response.headers.add_vary_header("Accept")
    return response


async def ask_delete(visit: Visit) -> Response:
    """GET /posts/{id}/delete: ask whether it is really meant."""
    snapshot = await snapshots.of_post(visit.server, await own(visit), visit.account)
    return render(visit, "delete.html", snapshot=snapshot, back=_back(visit))


async def delete(visit: Visit, form: Form) -> Response:
    """POST /posts/{id}/delete."""
    await deletes.delete(visit.server, await own(visit))
    back = local_path(form.text("back"), "/home")
    # The page of the post itself is gone now.
    back = "/home" if f"/{visit.request.path_params['id']}" in back else back
    return see(f"{back}{'&' if '?' in back else '?'}notice=deleted")


async def delivery(visit: Visit) -> Response:
    """GET /posts/{id}/delivery: which servers have a post, which will be tried when, which refused it."""
    post = await own(visit)
    snapshot = await snapshots.of_post(visit.server, post, visit.account)
    sent = await deliveries.of_object(visit.server, post.uri)
    return render(
        visit,
        "delivery.html",
        snapshot=snapshot,
        views=sent,
        counts=Counter(view.state.value for view in sent),
        back=views.post_path(snapshot.author, post),
    )


async def own(visit: Visit) -> Post:
    """Give the post in the address if it is the person's own. Raises NotFound for any other."""
    post = await visibility.post_for(visit.server, visit.person, id_in_path(visit))
    if post.author_id != visit.person.id:
        raise NotFound
    return post


def id_in_path(visit: Visit) -> int:
    """Give the id in the address. Raises NotFound for what cannot be one."""
    id_ = read_id(str(visit.request.path_params["id"]))
    if id_ is None:
        raise NotFound
    return id_


async def readable(visit: Visit, id_: int) -> Post:
    """Give a post that the visitor may read. Raises Gone for one of ours that was deleted, NotFound."""
    try:
        return await visibility.post_for(visit.server, visit.account, id_)
    except NotFound:
        if await Tombstone.filter(uri=visit.server.uris.post(id_), local=True).exists():
            raise Gone("This post was deleted.") from None
        raise


async def _document(visit: Visit, id_: int) -> Response:
    post = await Post.get_or_none(id=id_, local=True)
    return await worded(lambda request: post_answer(request, visit.server, post))(visit.request)


def _back(visit: Visit) -> str:
    return local_path(visit.request.query_params.get("back", ""), "/home")
