"""Polls: look and vote (Mastodon API: polls)."""

from starlette.responses import Response

from fedi.actions import votes
from fedi.errors import Invalid, NotFound
from fedi.federation import polls as remote
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.poll import poll
from fedi.models.posts import Post
from fedi.queries import polls, visibility

# More than any poll has; whoever names more of them named one that is not there.
_MOST_CHOICES = 500


async def show(call: Call) -> Response:
    """GET /api/v1/polls/{id}: for somebody signed in, a remote poll as it stands there now."""
    _, post = await polls.poll_for(call.server, call.viewer, call.id)
    if call.viewer is not None:
        await remote.refresh(call.server, post, call.viewer)
    return await _shown(call, post)


async def vote(call: Call) -> Response:
    """POST /api/v1/polls/{id}/votes: `choices` are places of options, from 0."""
    _, post = await polls.poll_for(call.server, call.viewer, call.id)
    chosen = call.params.texts("choices")[:_MOST_CHOICES]
    try:
        choices = [int(text) for text in chosen]
    except ValueError as error:
        raise Invalid("", "Validation failed: The chosen vote option does not exist") from error
    await votes.vote(call.server, call.account, post, choices)
    return await _shown(call, post)


async def _shown(call: Call, post: Post) -> Response:
    # Asked for anew: the poll may have changed since, and by an edit may even be gone.
    post = await visibility.post_for(call.server, call.viewer, post.id)
    view = (await polls.of_posts(call.server, [post], call.viewer)).get(post.id)
    if view is None:
        raise NotFound
    return responses.json(poll(view, post, call.viewer.id if call.viewer else None))
