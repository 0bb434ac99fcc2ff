"""A post of ours as it is now, sent to all who have it; in your transaction (ActivityPub 7.3)."""

from fedi.actions import publish, reach
from fedi.activitypub.vocabulary import Uri
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import snapshots
from fedi.server import Server
from fedi.translate import activities


async def send(server: Server, post: Post, author: Account, *, of: str = "") -> None:
    """Send an edit to all who have the post; of one that is not for all, only to those it is for.

    `of` names what has changed if not the text: the post is no newer then, and peers take nothing else of
    it (federation reference 10.3). It stands in the activity's id, so it must be another each time. Of a
    local-only post nothing is sent.
    """
    if not reach.goes_out(post):
        return
    is_open = post.visibility in {"public", "unlisted"}
    holders = await (reach.holders(server, post) if is_open else reach.addressed(server, post))
    snapshot = await snapshots.of_post(server, post, author)
    if of:
        update = activities.update_quietly(snapshot, server.uris, id_=Uri(f"{post.uri}#{of}"))
    else:
        update = activities.update_post(snapshot, server.uris)
    await publish.activity(
        server,
        author,
        update,
        accounts=holders,
        followers=reach.goes_to_followers(post),
        extra_inboxes=await reach.further_inboxes(server, post) if is_open else (),
        object_uri=post.uri,
        priority=publish.PROMPT if post.visibility == "direct" else publish.NORMAL,
    )
