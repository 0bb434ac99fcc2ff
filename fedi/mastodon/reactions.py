"""React to posts with emoji, as Pleroma's API has it (Pleroma API: EmojiReactions)."""

from starlette.responses import Response

from fedi.actions import reactions
from fedi.actions.favourites import original_of
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import account
from fedi.mastodon.statuses import shown
from fedi.models.posts import Post
from fedi.queries import reactions as reaction_queries
from fedi.queries import visibility


async def show(call: Call) -> Response:
    """GET /api/v1/pleroma/statuses/{id}/reactions, and of one emoji: who reacted, with what."""
    server, post = call.server, await _post(call)
    viewer_id = call.viewer.id if call.viewer else None
    views = (await reaction_queries.of_posts(server, [post.id], viewer_id)).get(post.id, [])
    people = await reaction_queries.who_reacted(server, post, call.viewer)
    wanted = call.path.get("emoji")
    return responses.json(
        [
            {
                "name": view.name,
                "count": view.count,
                "me": view.is_mine,
                "url": view.image_url or None,
                "accounts": [account(row, server.uris) for row in people.get(view.emoji, [])],
            }
            for view in views
            if wanted is None or wanted.strip(":") == view.name
        ]
    )


async def add(call: Call) -> Response:
    """PUT /api/v1/pleroma/statuses/{id}/reactions/{emoji}."""
    post = await _post(call)
    emote = await reaction_queries.emote_for(post, call.path["emoji"])
    await reactions.react(call.server, call.account, post, emote)
    return await shown(call, await visibility.post_for(call.server, call.viewer, post.id))


async def remove(call: Call) -> Response:
    """DELETE /api/v1/pleroma/statuses/{id}/reactions/{emoji}; of one that is not there nothing changes."""
    post = await _post(call)
    emote = await reaction_queries.emote_for(post, call.path["emoji"])
    await reactions.unreact(call.server, call.account, post, emote.emoji)
    return await shown(call, await visibility.post_for(call.server, call.viewer, post.id))


async def _post(call: Call) -> Post:
    return await original_of(await visibility.post_for(call.server, call.viewer, call.id))
