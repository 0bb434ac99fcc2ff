"""The collections of our accounts and posts (ActivityPub 5): counts for all, members where public."""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from fedi.activitypub.collections import CollectionPage, Item, OrderedCollection
from fedi.activitypub.vocabulary import Json, Uri
from fedi.errors import Forbidden, Gone, NotFound
from fedi.federation.answering import activity, admit, id_of
from fedi.federation.endpoints import local_post, present
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import accounts, collections, threads, visibility
from fedi.queries.paging import Page
from fedi.queries.rows import load
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server, server_of
from fedi.translate.activities import announce_of, create_of
from fedi.translate.notes import note_of

_POSTS_A_PAGE = 20
_PEOPLE_A_PAGE = 40
_REPLIES_LISTED = 60
_MAX_ID = 2**63 - 1

PeopleLoader = Callable[[Server, Account, Page], Awaitable[collections.Listed]]


async def outbox(request: Request) -> Response:
    """GET /ap/u/{id}/outbox: what anybody may read, newest first."""
    server, account = await _owner(request)
    uri, page = server.uris.outbox(account.id), _page(request, _POSTS_A_PAGE)
    if page is None:
        return _whole(uri, await collections.outbox_count(server, account))
    shown = await collections.outbox(server, account, page)
    ids = [snapshot.post.id for snapshot in shown]
    return _part(uri, page, ids, [_activity_of(server, snapshot) for snapshot in shown])


async def instance_outbox(request: Request) -> Response:
    """GET /ap/actor/outbox: always empty."""
    uri = server_of(request).uris.instance_outbox
    return activity(OrderedCollection(id=uri, total_items=0).to_json())


async def followers(request: Request) -> Response:
    """GET /ap/u/{id}/followers."""
    server, account = await _owner(request)
    uri = server.uris.followers(account.id)
    return await _people(request, server, account, uri, account.followers_count, collections.followers)


async def following(request: Request) -> Response:
    """GET /ap/u/{id}/following."""
    server, account = await _owner(request)
    uri = server.uris.following(account.id)
    return await _people(request, server, account, uri, account.following_count, collections.following)


async def featured(request: Request) -> Response:
    """GET /ap/u/{id}/featured: the pinned posts, whole."""
    server, account = await _owner(request)
    items: list[Item] = []
    for snapshot in await collections.featured(server, account):
        json = note_of(snapshot, server.uris).to_json()
        items.append({name: value for name, value in json.items() if name != "@context"})
    found = OrderedCollection(
        id=server.uris.featured(account.id), total_items=len(items), items=tuple(items)
    ).to_json()
    return activity(found | {"orderedItems": items})


async def liked(request: Request) -> Response:
    """GET /ap/u/{id}/liked: what somebody likes is not told here (Mastodon tells nothing either)."""
    server, account = await _owner(request)
    return activity(OrderedCollection(id=server.uris.liked(account.id)).to_json())


async def replies(request: Request) -> Response:
    """GET /ap/o/{id}/replies: the ids of answers that anybody may read, the first ones."""
    server, row = await _open_post(request)
    sql, values = visibility.visible(None)
    where = f"WHERE p.in_reply_to_id = ? AND {sql} ORDER BY p.id LIMIT {_REPLIES_LISTED}"
    found = await load(server, Post, where, [row.id, *values], alias="p")
    return _counted(server.uris.replies(row.id), row.replies_count, [Uri(each.uri) for each in found])


async def likes(request: Request) -> Response:
    """GET /ap/o/{id}/likes: how many."""
    server, row = await _open_post(request)
    return _counted(server.uris.likes(row.id), row.favourites_count)


async def shares(request: Request) -> Response:
    """GET /ap/o/{id}/shares: how many."""
    server, row = await _open_post(request)
    return _counted(server.uris.shares(row.id), row.boosts_count)


async def context(request: Request) -> Response:
    """GET /ap/c/{id}: the thread that a post of ours began, as far as it is known and public (FEP-7888)."""
    server, row = await _open_post(request)
    below = await threads.descendants(server, row, None)
    uris = [Uri(row.uri), *(Uri(snapshot.post.uri) for snapshot in below)][:_REPLIES_LISTED]
    author = await accounts.by_id(row.author_id)
    found = OrderedCollection(
        id=server.uris.context(row.id),
        ordered=False,
        total_items=len(uris),
        attributed_to=Uri(author.uri) if author else None,
        items=tuple(uris),
    )
    return activity(found.to_json())


async def _owner(request: Request) -> tuple[Server, Account]:
    server = server_of(request)
    await admit(request)
    account = present(await accounts.by_id(id_of(request)))
    if account.gone_at is not None:
        raise Gone
    if account.suspended_at is not None:
        raise Forbidden("This account is suspended.")
    return server, account


async def _open_post(request: Request) -> tuple[Server, Post]:
    """Give a post that anybody may read; the collections of others are not told of."""
    server = server_of(request)
    await admit(request)
    row = await local_post(server, id_of(request))
    if row is None or row.boost_of_id is not None or not await visibility.may_see(server, row, None):
        raise NotFound
    return server, row


def _page(request: Request, limit: int) -> Page | None:
    """Read which page is asked for, None for the collection itself."""
    asked = request.query_params
    if not {"page", "max_id", "min_id"}.intersection(asked):
        return None
    return Page(limit=limit, max_id=_id(asked.get("max_id")), min_id=_id(asked.get("min_id")))


def _id(digits: str | None) -> int | None:
    is_number = digits is not None and digits.isascii() and digits.isdigit() and len(digits) < 20
    return min(int(digits), _MAX_ID) if is_number and digits is not None else None


def _whole(uri: Uri, count: int, *, hidden: bool = False) -> Response:
    first = None if hidden else Uri(f"{uri}?page=true")
    last = None if hidden else Uri(f"{uri}?page=true&min_id=0")
    return activity(OrderedCollection(id=uri, total_items=count, first=first, last=last).to_json())


def _part(uri: Uri, page: Page, ids: Sequence[int], items: Sequence[Item]) -> Response:
    asked = {"page": "true"}
    if page.max_id is not None:
        asked["max_id"] = str(page.max_id)
    if page.min_id is not None:
        asked["min_id"] = str(page.min_id)
    older = f"{uri}?page=true&max_id={ids[-1]}" if len(ids) == page.limit else None
    newer = f"{uri}?page=true&min_id={ids[0]}" if ids else None
    found = CollectionPage(
        id=Uri(f"{uri}?{urlencode(asked)}"),
        part_of=uri,
        next=Uri(older) if older else None,
        prev=Uri(newer) if newer else None,
        items=tuple(items),
    )
    return activity(found.to_json())


def _counted(uri: Uri, count: int, items: Sequence[Uri] = ()) -> Response:
    found = OrderedCollection(id=uri, ordered=False, total_items=count, items=tuple(items))
    return activity(found.to_json())


async def _people(
    request: Request, server: Server, account: Account, uri: Uri, count: int, load_people: PeopleLoader
) -> Response:
    page = _page(request, _PEOPLE_A_PAGE)
    if page is None:
        return _whole(uri, count, hidden=account.hide_collections)
    if account.hide_collections:
        raise Forbidden("Whom this account knows is its own affair.")
    listed = await load_people(server, account, page)
    return _part(uri, page, [id_ for id_, _ in listed], [Uri(person.uri) for _, person in listed])


def _activity_of(server: Server, snapshot: PostSnapshot) -> Json:
    if snapshot.boost_of is None:
        json = create_of(snapshot, server.uris).to_json()
    else:
        original = snapshot.boost_of
        json = announce_of(snapshot.post, snapshot.author, original.post, original.author).to_json()
    del json["@context"]
    return json
