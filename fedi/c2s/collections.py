"""Collections as a person's own client may read them; to everybody else they are federation/listings.py's.

Pages of twenty, newest first; what stands behind `cursor` is nobody's business but ours.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from fedi.activitypub.collections import CollectionPage, Item, OrderedCollection
from fedi.activitypub.vocabulary import Json, Uri
from fedi.c2s.admission import owner
from fedi.errors import Malformed
from fedi.federation import bearers, listings
from fedi.federation.answering import activity, id_of
from fedi.federation.endpoints import present
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import accounts, boxes, collections, snapshots, timelines, visibility
from fedi.queries.paging import Page
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server, server_of
from fedi.translate.activities import announce_of, create_of

A_PAGE: Final = 20

PeopleOfAccount = Callable[[Server, Account, Page], Awaitable[collections.Listed]]
PeopleOfPost = Callable[[Server, Post, Page], Awaitable[collections.Listed]]

_MAX_DIGITS = 19
_UNSHOWN = frozenset({"@context", "bto", "bcc"})


async def inbox(request: Request) -> Response:
    """GET /ap/u/{id}/inbox: what came for the person who asks (ActivityPub 5.2)."""
    caller = await owner(request, "read")
    server, account = caller.server, caller.account
    uri, page = Uri(account.inbox_url), _page(request)
    if page is None:
        return _whole(uri, await boxes.inbox_count(server, account))
    entries = await boxes.inbox(server, account, page)
    return _part(uri, page, [entry.id for entry in entries], [_bare(entry.json or {}) for entry in entries])


async def outbox(request: Request) -> Response:
    """GET /ap/u/{id}/outbox: all that the person who asks did; of others, what may be seen (5.1)."""
    reader = await bearers.reader(request)
    if reader is None:
        return await listings.outbox(request)
    server, account = server_of(request), await _account(request)
    uri, page = Uri(account.outbox_url), _page(request)
    if reader.id != account.id:
        if page is None:
            return _whole(uri, await collections.outbox_count(server, account))
        shown = await timelines.of_account(server, account, reader, page)
        return _part(uri, page, [each.post.id for each in shown], [_activity(server, each) for each in shown])
    if page is None:
        return _whole(uri, await boxes.outbox_count(server, account))
    entries = await boxes.outbox(server, account, page)
    posts = [entry.id for entry in entries if entry.json is None]
    made = {each.post.id: _activity(server, each) for each in await snapshots.by_ids(server, posts, account)}
    items = [_bare(entry.json) if entry.json is not None else made.get(entry.id) for entry in entries]
    return _part(uri, page, [entry.id for entry in entries], [item for item in items if item is not None])


async def followers(request: Request) -> Response:
    """GET /ap/u/{id}/followers: one's own also where they are hidden from others."""
    reader = await bearers.reader(request)
    if reader is None or reader.id != id_of(request):
        return await listings.followers(request)
    uri, count = Uri(reader.followers_url), reader.followers_count
    return await _known_people(request, reader, uri, count, collections.followers)


async def following(request: Request) -> Response:
    """GET /ap/u/{id}/following: one's own also where it is hidden from others."""
    reader = await bearers.reader(request)
    if reader is None or reader.id != id_of(request):
        return await listings.following(request)
    uri, count = Uri(reader.following_url), reader.following_count
    return await _known_people(request, reader, uri, count, collections.following)


async def liked(request: Request) -> Response:
    """GET /ap/u/{id}/liked: what the person who asks likes (5.5); of others it is not told."""
    reader = await bearers.reader(request)
    if reader is None or reader.id != id_of(request):
        return await listings.liked(request)
    server, page = server_of(request), _page(request)
    uri = server.uris.liked(reader.id)
    if page is None:
        return _whole(uri, None)
    marked = await timelines.favourites(server, reader, page)
    return _part(uri, page, [id_ for id_, _ in marked], [Uri(each.post.uri) for _, each in marked])


async def blocked(request: Request) -> Response:
    """GET /ap/u/{id}/blocked: whom the person who asks blocks (FEP-c648)."""
    caller = await owner(request, "read")
    uri = caller.server.uris.blocked(caller.account.id)
    return await _known_people(request, caller.account, uri, None, collections.blocked)


async def likes(request: Request) -> Response:
    """GET /ap/o/{id}/likes: who likes a public post (5.7)."""
    reader = await bearers.reader(request)
    if reader is None:
        return await listings.likes(request)
    server = server_of(request)
    post = await visibility.post_for(server, reader, id_of(request))
    uri, count = server.uris.likes(post.id), post.favourites_count
    return await _who(request, reader, post, uri, count, collections.favourited_by)


async def shares(request: Request) -> Response:
    """GET /ap/o/{id}/shares: who boosted a public post (5.8)."""
    reader = await bearers.reader(request)
    if reader is None:
        return await listings.shares(request)
    server = server_of(request)
    post = await visibility.post_for(server, reader, id_of(request))
    uri, count = server.uris.shares(post.id), post.boosts_count
    return await _who(request, reader, post, uri, count, collections.boosted_by)


async def _account(request: Request) -> Account:
    return present(await accounts.by_id(id_of(request)))


def _page(request: Request) -> Page | None:
    """Read which page is asked for, None for the collection itself. Raises Malformed for an odd cursor."""
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return Page(limit=A_PAGE) if "page" in request.query_params else None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < _MAX_DIGITS + 1):
        raise Malformed("There is no such page.")
    return Page(limit=A_PAGE, max_id=min(int(cursor), 2**63 - 1))


def _whole(uri: Uri, count: int | None, *, hidden: bool = False) -> Response:
    first = None if hidden else Uri(f"{uri}?page=true")
    return activity(OrderedCollection(id=uri, total_items=count, first=first).to_json(), private=True)


def _part(uri: Uri, page: Page, ids: Sequence[int], items: Sequence[Item]) -> Response:
    place = "page=true" if page.max_id is None else f"cursor={page.max_id}"
    found = CollectionPage(
        id=Uri(f"{uri}?{place}"),
        part_of=uri,
        next=Uri(f"{uri}?cursor={ids[-1]}") if len(ids) == page.limit else None,
        items=tuple(items),
    )
    return activity(found.to_json(), private=True)


async def _known_people(
    request: Request, account: Account, uri: Uri, count: int | None, load_people: PeopleOfAccount
) -> Response:
    page = _page(request)
    if page is None:
        return _whole(uri, count)
    listed = await load_people(server_of(request), account, page)
    return _part(uri, page, [id_ for id_, _ in listed], [Uri(person.uri) for _, person in listed])


async def _who(
    request: Request, reader: Account, post: Post, uri: Uri, count: int, load_people: PeopleOfPost
) -> Response:
    """Answer with who did something to a post: all of a public one, but whom the reader hides."""
    server, page, is_public = server_of(request), _page(request), post.visibility == "public"
    if page is None:
        return _whole(uri, count, hidden=not is_public)
    listed = await load_people(server, post, page) if is_public else []
    kept = await boxes.unhidden(server, reader, [person for _, person in listed])
    return _part(uri, page, [id_ for id_, _ in listed], [Uri(person.uri) for person in kept])


def _activity(server: Server, snapshot: PostSnapshot) -> Json:
    if snapshot.boost_of is None:
        return _bare(create_of(snapshot, server.uris).to_json())
    original = snapshot.boost_of
    return _bare(announce_of(snapshot.post, snapshot.author, original.post, original.author).to_json())


def _bare(json: Json) -> Json:
    return {name: value for name, value in json.items() if name not in _UNSHOWN}
