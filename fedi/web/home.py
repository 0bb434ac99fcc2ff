"""Lists of posts: the front page for strangers, home, the local timeline, hashtags."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from fedi.actions import announcements
from fedi.queries import announcements as announcement_queries
from fedi.queries import timelines
from fedi.queries.paging import Page
from fedi.queries.snapshots import PostSnapshot
from fedi.web import composing
from fedi.web.forms import Form, read_id
from fedi.web.rendering import render
from fedi.web.visits import Visit, see

PAGE_POSTS = 20
_FRONT_POSTS = 8


async def front(visit: Visit) -> Response:
    """GET /: what this server is, and what is posted here; people who are signed in go home."""
    if visit.account is not None:
        return RedirectResponse("/home", 303)
    posts = await timelines.public(visit.server, None, Page(_FRONT_POSTS), local=True)
    return render(visit, "front.html", posts=posts)


async def home(visit: Visit) -> Response:
    """GET /home: what the person and those they follow post, with announcements and the composer on top."""
    person, page = visit.person, page_of(visit)
    posts = await timelines.home(visit.server, person, page)
    draft = await composing.fresh(visit, back="/home") if page.max_id is None else None
    said = []
    if page.max_id is None:
        said = await announcement_queries.current(visit.server, person, with_read=False)
    return render(visit, "home.html", draft=draft, announcements=said, **listed(posts, "/home?"))


async def dismiss_announcement(visit: Visit, form: Form) -> Response:
    """POST /announcements/{id}/dismiss: put an announcement out of one's sight."""
    del form
    view = await announcement_queries.one(visit.server, visit.person, visit.request.path_params["id"])
    await announcements.dismiss(visit.server, visit.person, view.announcement)
    return see("/home")


async def local(visit: Visit) -> Response:
    """GET /local: what everybody here posts in public."""
    posts = await timelines.public(visit.server, visit.account, page_of(visit), local=True)
    return render(visit, "local.html", **listed(posts, "/local?"))


async def tag(visit: Visit) -> Response:
    """GET /tags/{name}: public posts with a hashtag."""
    name = visit.request.path_params["name"]
    posts = await timelines.tag(visit.server, visit.account, name, page_of(visit))
    return render(visit, "tag.html", name=name, **listed(posts, "?"))


def page_of(visit: Visit, limit: int = PAGE_POSTS) -> Page:
    """Give the part of a list that `?before=` asks for."""
    return Page(limit, max_id=read_id(visit.request.query_params.get("before", "")))


def listed(posts: Sequence[PostSnapshot], address: str) -> dict[str, Any]:
    """Give posts to a template, with the address of the next page if there may be one."""
    is_full = len(posts) >= PAGE_POSTS
    return {"posts": posts, "older": f"{address}before={posts[-1].post.id}" if is_full else ""}
