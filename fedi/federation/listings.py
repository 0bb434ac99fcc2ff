"""The collections of our accounts and posts (ActivityPub 5): counts for all, members where public."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from fedi.activitypub.collections import CollectionPage, Item, OrderedCollection
from fedi.activitypub.vocabulary import Json, Uri
from fedi.errors import Forbidden, Gone, NotFound
from fedi.federation import conversations
from fedi.federation.answering import activity, admit, asker, id_of
from fedi.federation.endpoints import local_post, present
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import accounts, collections, relationships, tags, threads, visibility
from fedi.queries.paging import Page
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server, server_of
from fedi.translate.activities import announce_of, create_of
from fedi.translate.notes import note_of

_POSTS_A_PAGE = 20
_PEOPLE_A_PAGE = 40
_MAX_ID = 2**63 - 1

PeopleLoader = Callable[[Server, Account, Page], Awaitable[collections.Listed]]


async def outbox(request: Request) -> Response:
    """GET /ap/u/{id}/outbox: what anybody may read, newest first; to who must sign, what they may read."""
    server, account, asking = await _owner(request)
    uri, page = server.uris.outbox(account.id), _page(request, _POSTS_A_PAGE)
    if page is None:
        count = 0 if asking.is_blocked else await collections.outbox_count(server, account)
        return _whole(uri, count, private=asking.is_told_apart)
    shown = await collections.outbox(server, account, page, asking.viewer)
    listed = [_activity_of(server, each) for each in shown if each.post.visibility != "direct"]
    return _part(uri, page, [each.post.id for each in shown], listed, private=asking.is_told_apart)


async def instance_outbox(request: Request) -> Response:
    """GET /ap/actor/outbox: always empty."""
    uri = server_of(request).uris.instance_outbox
    return activity(OrderedCollection(id=uri, total_items=0).to_json())


async def followers(request: Request) -> Response:
    """GET /ap/u/{id}/followers."""
    server, account, asking = await _owner(request)
    uri, count = server.uris.followers(account.id), account.followers_count
    return await _people(request, server, account, asking, uri, count, collections.followers)


async def following(request: Request) -> Response:
    """GET /ap/u/{id}/following."""
    server, account, asking = await _owner(request)
    uri, count = server.uris.following(account.id), account.following_count
    return await _people(request, server, account, asking, uri, count, collections.following)


async def featured(request: Request) -> Response:
    """GET /ap/u/{id}/featured: the pinned posts, whole."""
    server, account, asking = await _owner(request)
    items: list[Item] = []
    for snapshot in [] if asking.is_blocked else await collections.featured(server, account):
        json = note_of(snapshot, server.uris).to_json()
        items.append({name: value for name, value in json.items() if name != "@context"})
    found = OrderedCollection(
        id=server.uris.featured(account.id), total_items=len(items), items=tuple(items)
    ).to_json()
    return activity(found | {"orderedItems": items}, private=asking.is_told_apart)


async def liked(request: Request) -> Response:
    """GET /ap/u/{id}/liked: what somebody likes is not told here (Mastodon tells nothing either)."""
    server, account, _ = await _owner(request)
    return activity(OrderedCollection(id=server.uris.liked(account.id)).to_json())


async def featured_tags(request: Request) -> Response:
    """GET /ap/u/{id}/tags: the hashtags on the profile, whole."""
    server, account, asking = await _owner(request)
    items: list[Item] = [
        {"type": "Hashtag", "name": f"#{each.row.name}", "href": server.uris.tag_page(each.tag_name)}
        for each in ([] if asking.is_blocked else await tags.featured(server, account))
    ]
    uri = server.uris.featured_tags(account.id)
    found = OrderedCollection(id=uri, ordered=False, total_items=len(items)).to_json()
    return activity(found | {"items": items}, private=asking.is_told_apart)


async def replies(request: Request) -> Response:
    """GET /ap/o/{id}/replies: the ids of answers that anybody may read; the author's own stand first."""
    server, row = await _open_post(request)
    uri = server.uris.replies(row.id)
    after_id = _id(request.query_params.get("min_id"))
    if after_id is not None:
        return activity((await conversations.all_replies(server, row, after_id)).to_json())
    first = await conversations.own_replies(server, row)
    if "page" in request.query_params:
        return activity(first.to_json())
    whole = OrderedCollection(id=uri, ordered=False, total_items=row.replies_count, first=first)
    return activity(whole.to_json())


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
    uri = server.uris.context(row.id)
    if row.context_uri != uri:
        raise NotFound
    after_id = _id(request.query_params.get("min_id"))
    if "page" in request.query_params:
        return activity((await conversations.context(server, row, after_id or 0)).to_json())
    author = await accounts.by_id(row.author_id)
    whole = OrderedCollection(
        id=uri,
        ordered=False,
        total_items=await threads.open_count(server, row),
        attributed_to=Uri(author.uri) if author else None,
        first=conversations.first_page(uri),
    )
    return activity(whole.to_json())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """Who asks, as far as that matters: `is_told_apart` where answers depend on it, which none may keep."""

    viewer: Account | None
    is_blocked: bool
    is_told_apart: bool


async def _asking(request: Request, server: Server, account: Account) -> _Asking:
    """Tell who asks where everybody must sign; elsewhere all are shown what all may see."""
    if not server.settings.federation.demands_signatures:
        return _Asking(viewer=None, is_blocked=False, is_told_apart=False)
    viewer = await asker(request)
    is_blocked = viewer is not None and await relationships.blocks(account, viewer)
    return _Asking(viewer=viewer, is_blocked=is_blocked, is_told_apart=True)


async def _owner(request: Request) -> tuple[Server, Account, _Asking]:
    server = server_of(request)
    await admit(request)
    account = present(await accounts.by_id(id_of(request)))
    if account.gone_at is not None:
        raise Gone
    if account.suspended_at is not None:
        raise Forbidden("This account is suspended.")
    return server, account, await _asking(request, server, account)


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


def _whole(uri: Uri, count: int, *, hidden: bool = False, private: bool = False) -> Response:
    first = None if hidden else Uri(f"{uri}?page=true")
    last = None if hidden else Uri(f"{uri}?page=true&min_id=0")
    whole = OrderedCollection(id=uri, total_items=count, first=first, last=last)
    return activity(whole.to_json(), private=private)


def _part(
    uri: Uri, page: Page, ids: Sequence[int], items: Sequence[Item], *, private: bool = False
) -> Response:
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
    return activity(found.to_json(), private=private)


def _counted(uri: Uri, count: int) -> Response:
    return activity(OrderedCollection(id=uri, ordered=False, total_items=count).to_json())


async def _people(
    request: Request,
    server: Server,
    account: Account,
    asking: _Asking,
    uri: Uri,
    count: int,
    load_people: PeopleLoader,
) -> Response:
    page, private = _page(request, _PEOPLE_A_PAGE), asking.is_told_apart
    if page is None:
        count = 0 if asking.is_blocked else count
        return _whole(uri, count, hidden=account.hide_collections, private=private)
    if account.hide_collections:
        raise Forbidden("Whom this account knows is its own affair.")
    listed = [] if asking.is_blocked else await load_people(server, account, page)
    people = [Uri(person.uri) for _, person in listed]
    return _part(uri, page, [id_ for id_, _ in listed], people, private=private)


def _activity_of(server: Server, snapshot: PostSnapshot) -> Json:
    if snapshot.boost_of is None:
        json = create_of(snapshot, server.uris).to_json()
    else:
        original = snapshot.boost_of
        json = announce_of(snapshot.post, snapshot.author, original.post, original.author).to_json()
    del json["@context"]
    return json
