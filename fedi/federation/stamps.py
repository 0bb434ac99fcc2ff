"""The stamps that we gave to quotes of our posts, for everybody to verify (FEP-044f)."""

from starlette.requests import Request
from starlette.responses import Response

from fedi.actions import counters
from fedi.activitypub.reader import same_origin
from fedi.errors import Gone, NotFound
from fedi.federation.answering import activity, address_of, admit, id_of, message_of
from fedi.federation.known import find_account
from fedi.federation.verify import sender
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.queries import visibility
from fedi.server import Server, server_of
from fedi.translate.activities import stamp_of


async def stamp(request: Request) -> Response:
    """GET /ap/q/{id}: a stamp; gone once it was taken back.

    That a post which is not for all quotes something is told to its own server alone, and to who may read it.
    """
    server = server_of(request)
    quote = await Quote.get_or_none(id=id_of(request), stamp_uri=server.uris.stamp(id_of(request)))
    if quote is None or quote.quoted_id is None:
        raise NotFound
    quoted = await Post.get(id=quote.quoted_id).select_related("author")
    post = await Post.get(id=quote.post_id)
    if not await visibility.may_see(server, quoted, None):
        raise NotFound
    private = post.local_only or not counters.is_open(post)
    if private:
        await require_reader(request, server, post, post.uri)
    else:
        await admit(request)
    if quote.state != "accepted":
        raise Gone
    return activity(stamp_of(quoted.author, quote, post).to_json(), private=private)


async def require_reader(request: Request, server: Server, post: Post | None, post_uri: str) -> None:
    """Raise NotFound unless the server of a post asks, or somebody who may read the post.

    `post` None: we have not seen it yet.
    """
    if "signature" not in request.headers:
        raise NotFound
    uri = await sender(server, message_of(request), address=address_of(request))
    if same_origin(uri, post_uri):
        return
    reader = await find_account(server, uri) if post is not None else None
    if post is None or reader is None or not await visibility.may_see(server, post, reader):
        raise NotFound
