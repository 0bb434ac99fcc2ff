"""Previews of links, and the posts that have one (Mastodon API: PreviewCard, timelines/link)."""

from starlette.responses import Response

from fedi.actions.cards import hash_of
from fedi.errors import Malformed
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.card import preview_card
from fedi.mastodon.entities.status import statuses
from fedi.queries import cards, snapshots, visibility


async def show(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/card: removed from Mastodon, where the card is in the post; `{}` for none."""
    server = call.server
    post = await visibility.post_for(server, call.viewer, call.id)
    card = (await snapshots.of_post(server, post, call.viewer)).card
    return responses.json(preview_card(card, server.uris)) if card is not None else responses.nothing()


async def timeline(call: Call) -> Response:
    """GET /api/v1/timelines/link: the public posts that link to the page at `url`."""
    url, page = call.params.text("url"), responses.page_of(call.params)
    if not url:
        raise Malformed("url is missing")
    card = await cards.by_hash(hash_of(url))
    found = await cards.posts_with(call.server, call.viewer, card, page) if card is not None else []
    shown = statuses(found, call.server.uris)
    return responses.page(call.request, shown, [each.post.id for each in found], page)
