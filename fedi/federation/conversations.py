"""What we tell peers of the threads that our posts began: answers, and all that we know below (FEP-7888).

Ids alone, of what anybody may read. The first page of answers is the author's own, as on Mastodon: there a
thread of one's own goes on.
"""

from fedi.activitypub.collections import CollectionPage
from fedi.activitypub.vocabulary import Uri
from fedi.models.posts import Post
from fedi.queries import threads
from fedi.server import Server

OWN_REPLIES = 5
IDS_A_PAGE = 60


async def own_replies(server: Server, post: Post) -> CollectionPage:
    """Give the first page of a post's `replies`: a few by its author, and the way to all of them."""
    uri = server.uris.replies(post.id)
    found = await threads.open_replies(server, post, after_id=0, limit=OWN_REPLIES, own=True)
    return CollectionPage(
        id=Uri(f"{uri}?page=true"),
        ordered=False,
        part_of=uri,
        next=_page_after(uri, 0) if post.replies_count > len(found) else None,
        items=tuple(Uri(found_uri) for _, found_uri in found),
    )


async def all_replies(server: Server, post: Post, after_id: int) -> CollectionPage:
    """Give the page of a post's answers that come after an id."""
    found = await threads.open_replies(server, post, after_id=after_id, limit=IDS_A_PAGE)
    return _page(server.uris.replies(post.id), after_id, found)


async def context(server: Server, root: Post, after_id: int) -> CollectionPage:
    """Give the page of the thread's posts, its root among them, that come after an id."""
    found = await threads.open_uris(server, root, after_id=after_id, limit=IDS_A_PAGE)
    return _page(server.uris.context(root.id), after_id, found)


def first_page(uri: Uri) -> Uri:
    """Give the first page of a collection that is read from its oldest member on."""
    return _page_after(uri, 0)


def _page(uri: Uri, after_id: int, found: list[tuple[int, str]]) -> CollectionPage:
    return CollectionPage(
        id=_page_after(uri, after_id),
        ordered=False,
        part_of=uri,
        next=_page_after(uri, found[-1][0]) if len(found) == IDS_A_PAGE else None,
        items=tuple(Uri(found_uri) for _, found_uri in found),
    )


def _page_after(uri: Uri, after_id: int) -> Uri:
    return Uri(f"{uri}?page=true&min_id={after_id}")
