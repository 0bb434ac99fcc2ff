"""Pages of accounts: what they say of themselves, what they post, who follows them."""

from starlette.responses import RedirectResponse, Response

from fedi.actions import remixes
from fedi.errors import Gone, NotFound
from fedi.federation import profiles as profile_search
from fedi.federation import resolve
from fedi.federation.answering import worded
from fedi.federation.endpoints import actor_answer, wants_activity
from fedi.models.accounts import Account
from fedi.queries import accounts, collections, gallery, relationships, timelines
from fedi.queries.paging import Page
from fedi.queries.relationships import Standing
from fedi.web.home import listed, page_of
from fedi.web.rendering import render
from fedi.web.visits import Visit

_TABS = ("posts", "replies", "media")
_MAX_PINNED = 5
_PEOPLE = 40


async def profile(visit: Visit) -> Response:
    """GET /@{handle}: an account of ours, for programs as ActivityPub; of others for people signed in."""
    account = await named(visit)
    if account.is_local and wants_activity(visit.request):
        return await worded(lambda request: actor_answer(request, visit.server, account))(visit.request)
    require_present(account)
    if visit.request.path_params["handle"] != account.acct:
        return RedirectResponse(f"/@{account.acct}")
    tab = visit.request.query_params.get("tab", "posts")
    if tab not in _TABS:
        raise NotFound
    server, viewer = visit.server, visit.account
    page = page_of(visit)
    posts = await timelines.of_account(
        server, account, viewer, page, exclude_replies=tab == "posts", only_media=tab == "media"
    )
    pinned = []
    if tab == "posts" and page.max_id is None:
        pinned = await timelines.of_account(server, account, viewer, Page(_MAX_PINNED), pinned=True)
    refresh = await profile_search.ask(server, viewer, account)
    response = render(
        visit,
        "profile.html",
        account=account,
        is_looking=refresh is not None,
        standing=await standing_of(visit, account),
        avatar_permission=await remixes.avatar_permission(server, viewer, account) if viewer else "denied",
        tab=tab,
        has_art=await gallery.has_any(server, viewer, account),
        pinned=pinned,
        moved_to=(await accounts.successors(server, [account])).get(account.id),
        **listed(posts, f"/@{account.acct}?tab={tab}&"),
    )
    if account.is_local:
        response.headers["Link"] = f'<{account.uri}>; rel="alternate"; type="application/activity+json"'
        response.headers.add_vary_header("Accept")
    return response


async def followers(visit: Visit) -> Response:
    """GET /@{handle}/followers."""
    return await _people(visit, "followers")


async def following(visit: Visit) -> Response:
    """GET /@{handle}/following."""
    return await _people(visit, "following")


async def standing_of(visit: Visit, account: Account) -> Standing | None:
    """Say how the viewer stands to an account; None for oneself and for strangers."""
    if visit.account is None or visit.account.id == account.id:
        return None
    return (await relationships.standings(visit.server, visit.account, [account]))[0]


async def _people(visit: Visit, which: str) -> Response:
    account = await named(visit)
    require_present(account)
    is_own = visit.account is not None and visit.account.id == account.id
    is_hidden = account.hide_collections and not is_own
    load = collections.followers if which == "followers" else collections.following
    rows = [] if is_hidden else await load(visit.server, account, page_of(visit, _PEOPLE))
    older = f"/@{account.acct}/{which}?before={rows[-1][0]}" if len(rows) == _PEOPLE else ""
    return render(
        visit,
        "people.html",
        account=account,
        which=which,
        people=[person for _, person in rows],
        is_hidden=is_hidden,
        older=older,
    )


async def named(visit: Visit) -> Account:
    """Find the account in the address; others' are looked up for people who are signed in."""
    handle: str = visit.request.path_params["handle"]
    account = await accounts.by_handle(visit.server, handle)
    if account is not None and account.is_local:
        return account
    if "@" not in handle.removeprefix("@"):
        raise NotFound
    _ = visit.person
    return await resolve.account_by_handle(visit.server, handle)


def require_present(account: Account) -> None:
    """Raise Gone for an account that is not there any more, or that nobody is to see."""
    if account.gone_at is not None:
        raise Gone("This account was deleted.")
    if account.suspended_at is not None or account.suspended_at_origin:
        raise Gone("This account is suspended.")
