"""The stamps that we gave to remixes of our pictures, for everybody to verify (federation reference 19.3)."""

from starlette.requests import Request
from starlette.responses import Response

from fedi.actions import counters
from fedi.errors import Gone, NotFound
from fedi.federation.answering import activity, admit, id_of
from fedi.federation.stamps import require_reader
from fedi.models.media import Remix
from fedi.models.posts import Post
from fedi.queries import visibility
from fedi.server import server_of
from fedi.translate.activities import remix_stamp_of


async def stamp(request: Request) -> Response:
    """GET /ap/r/{id}: a stamp; gone once it was taken back.

    That a post which is not for all, or which we have not seen yet, is to show a remix is told to its own
    server alone, and to who may read it.
    """
    server = server_of(request)
    remix = await Remix.get_or_none(id=id_of(request), stamp_uri=server.uris.remix_stamp(id_of(request)))
    remix = remix if remix is not None and remix.original_post_id is not None else None
    if remix is None:
        raise NotFound
    original = await Post.get(id=remix.original_post_id).select_related("author")
    post = await Post.get_or_none(id=remix.post_id) if remix.post_id is not None else None
    if not await visibility.may_see(server, original, None):
        raise NotFound
    private = post is None or post.local_only or not counters.is_open(post)
    if private:
        await require_reader(request, server, post, remix.remix_uri)
    else:
        await admit(request)
    if remix.state != "accepted":
        raise Gone
    return activity(remix_stamp_of(original.author, remix).to_json(), private=private)
