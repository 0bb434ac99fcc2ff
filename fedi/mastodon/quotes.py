"""Quotes: who quotes a post, who may, and taking one's own post out of one (Mastodon API: statuses)."""

from starlette.responses import Response

from fedi.actions import quotes
from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.status import status, statuses
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.queries import collections, snapshots, visibility


async def show_quotes(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/quotes: the posts that quote a post, with its author's leave."""
    page = responses.page_of(call.params)
    post = await visibility.post_for(call.server, call.viewer, call.id)
    found = await collections.quoting(call.server, post, call.viewer, page)
    shown = statuses([snapshot for _, snapshot in found], call.server.uris)
    return responses.page(call.request, shown, [id_ for id_, _ in found], page)


async def revoke(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/quotes/{quoting_id}/revoke: answers with the post that quoted."""
    server = call.server
    quoted = await _own(call)
    quote = await Quote.get_or_none(post_id=call.id_of("quoting_id"), quoted_id=quoted.id)
    if quote is None:
        raise NotFound
    await quotes.revoke(server, quote)
    post = await Post.get(id=quote.post_id)
    return responses.json(status(await snapshots.of_post(server, post, call.account), server.uris))


async def set_policy(call: Call) -> Response:
    """PUT /api/v1/statuses/{id}/interaction_policy: who may quote the post from now on."""
    post = await quotes.set_policy(call.server, await _own(call), call.params.text("quote_approval_policy"))
    return responses.json(status(await snapshots.of_post(call.server, post, call.account), call.server.uris))


async def _own(call: Call) -> Post:
    """Give the post in the path if it is the viewer's own. Raises NotFound for any other."""
    post = await visibility.post_for(call.server, call.viewer, call.id)
    if post.author_id != call.account.id or post.boost_of_id is not None:
        raise NotFound
    return post
