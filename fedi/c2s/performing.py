"""What each activity of a client does (ActivityPub 6): one action for each, as the other faces call them.

Each function gives the id of the activity that came of it, None where the action made one up of its own.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fedi.actions import (
    blocks,
    boosts,
    deletes,
    edits,
    favourites,
    follows,
    inboxes,
    moves,
    oauth,
    pins,
    posts,
    reactions,
    reports,
    votes,
)
from fedi.actions.scopes import ACTIVITYPUB
from fedi.activitypub.activities import MAX_FLAGGED
from fedi.activitypub.audience import visibility_of
from fedi.activitypub.reactions import Emote
from fedi.activitypub.reader import Reader, uri_of
from fedi.activitypub.vocabulary import ACTOR_TYPES, Json, Uri
from fedi.c2s import people, profiles, writing
from fedi.c2s.admission import Caller
from fedi.c2s.submitted import Submitted, addresses_of
from fedi.errors import Forbidden, Malformed
from fedi.federation import bearers, moving
from fedi.federation.known import find_post
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite, Reaction
from fedi.models.polls import Poll
from fedi.models.posts import Post
from fedi.models.relationships import Block, Follow
from fedi.queries import snapshots, visibility
from fedi.text.emoji import is_emoji
from fedi.translate import notes
from fedi.translate.activities import create_of

Perform = Callable[[Caller, Submitted], Awaitable[Uri | None]]

_MAX_EMOJI_CHARACTERS = 130
# What of a post is ours to say, whoever asks.
_FIXED: Final = ("id", "type", "attributedTo", "published", "inReplyTo", "replies", "likes", "shares")


async def create(caller: Caller, activity: Submitted) -> Uri | None:
    """Post a Note or Question; a bare name in answer to a poll is a vote (ActivityPub 6.2)."""
    server, thing = caller.server, activity.thing
    note = writing.note_of(caller, thing, activity.addresses)
    if note.is_vote and note.in_reply_to is not None:
        return await _vote(caller, note.in_reply_to, note.name or "")
    written = await writing.write(caller, thing, activity.addresses)
    post = await posts.create(server, caller.account, written.draft, mentions=written.mentions)
    hidden = [account.id for account, is_hidden in written.draft.written.named.values() if is_hidden]
    if hidden:
        shown = await snapshots.of_post(server, post, caller.account)
        await inboxes.keep(server, create_of(shown, server.uris).to_json(), also=hidden)
    return server.uris.create_of(post.id)


async def update(caller: Caller, activity: Submitted) -> Uri | None:
    """Change an own post or the own profile: given parts are replaced, null ones removed (6.3)."""
    if activity.object_uri == caller.account.uri:
        await profiles.update(caller, activity.thing)
        return None
    if not ACTOR_TYPES.isdisjoint(Reader(activity.thing).types()):
        raise Forbidden("This is not your actor.")
    server, given = caller.server, activity.thing
    post = await _own_post(caller, activity.object_uri)
    current = notes.note_of(await snapshots.of_post(server, post, caller.account), server.uris).to_json()
    merged = _merged(current, given)
    _check_fixed(caller, current, merged)
    written = await writing.write(caller, merged, addresses_of([merged]))
    changed = await edits.edit(server, post, written.draft, mentions=written.mentions)
    return server.uris.update_of(post.id, changed.edited_at) if changed.edited_at else None


async def delete(caller: Caller, activity: Submitted) -> Uri | None:
    """Remove an own post, and leave a Tombstone (6.4); an account is deleted on its settings page."""
    post = await _own_post(caller, activity.object_uri)
    await deletes.delete(caller.server, post)
    return caller.server.uris.delete_of(post.id)


async def follow(caller: Caller, activity: Submitted) -> Uri | None:
    """Ask to follow; in `following` once the other has accepted (6.5)."""
    target = await people.one(caller.server, activity.object_uri)
    return Uri((await follows.request(caller.server, caller.account, target)).uri)


async def accept(caller: Caller, activity: Submitted) -> Uri | None:
    """Let in somebody who asked to follow (7.6)."""
    await follows.accept(caller.server, await _asked(caller, activity))
    return None


async def reject(caller: Caller, activity: Submitted) -> Uri | None:
    """Refuse somebody who asked to follow, or no longer let them (7.7)."""
    await follows.reject(caller.server, await _asked(caller, activity))
    return None


async def like(caller: Caller, activity: Submitted) -> Uri | None:
    """Add a post to what is liked (6.8); with an emoji for its content it is a reaction (FEP-c0e0)."""
    server, account = caller.server, caller.account
    post = await writing.post_at(server, activity.object_uri)
    content = activity.read.line("content", limit=_MAX_EMOJI_CHARACTERS)
    if activity.type == "Like" and content is None:
        return Uri((await favourites.favourite(server, account, post)).uri)
    if content is None or not is_emoji(content):
        raise Malformed("The content of a reaction is one emoji of Unicode.")
    return Uri((await reactions.react(server, account, post, Emote(emoji=content))).uri)


async def announce(caller: Caller, activity: Submitted) -> Uri | None:
    """Boost a post, for whom the Announce addresses."""
    to, cc = activity.addresses.to, activity.addresses.cc
    wanted = visibility_of(to, cc, Uri(caller.account.followers_url))
    if wanted == "direct":
        raise Malformed("An Announce must be for everybody or for your followers.")
    post = await writing.post_at(caller.server, activity.object_uri)
    return Uri((await boosts.boost(caller.server, caller.account, post, visibility=wanted)).uri)


async def block(caller: Caller, activity: Submitted) -> Uri | None:
    """Add an account to `blocked` (6.9)."""
    target = await people.one(caller.server, activity.object_uri)
    return Uri((await blocks.block(caller.server, caller.account, target)).uri)


async def add(caller: Caller, activity: Submitted) -> Uri | None:
    """Put an own post into `featured`, the one collection that is its owner's to fill (6.6)."""
    await pins.pin(caller.server, caller.account, await _to_feature(caller, activity))
    return None


async def remove(caller: Caller, activity: Submitted) -> Uri | None:
    """Take a post out of `featured` (6.7)."""
    await pins.unpin(caller.server, caller.account, await _to_feature(caller, activity))
    return None


async def flag(caller: Caller, activity: Submitted) -> Uri | None:
    """Report an account, and posts of its own, to who runs this server; to its server too if addressed."""
    server, uris = caller.server, activity.read.uris("object", limit=MAX_FLAGGED)
    found = await people.find(server, uris)
    posts_named = [post for uri in uris if uri not in found and (post := await find_post(server, uri))]
    targets = {account.id for account in found.values()} | {post.author_id for post in posts_named}
    if len(targets) != 1:
        raise Malformed("A report is of one account, and of posts of its own.")
    target = await Account.get(id=targets.pop())
    await reports.file(
        server,
        caller.account,
        target,
        post_ids=[post.id for post in posts_named],
        comment=activity.read.text("content", limit=reports.MAX_COMMENT_CHARACTERS) or "",
        forward=target.uri in activity.addresses.everybody,
    )
    return None


async def move(caller: Caller, activity: Submitted) -> Uri | None:
    """Move to another account, which must name this one as an alias and be asked just now (FEP-7628)."""
    if activity.object_uri != caller.account.uri:
        raise Forbidden("This is not your actor.")
    # Apps are let in with `write` for posts; nobody has told their people that they may move them.
    if not oauth.covers(caller.token.scopes, ACTIVITYPUB):
        raise bearers.OutsideScopes
    target = await moving.account_named_now(caller.server, activity.read.uri("target"))
    await moves.move(caller.server, caller.account, target)
    return None


async def undo(caller: Caller, activity: Submitted) -> Uri | None:
    """Take back an own Follow, Like, reaction, Announce or Block (6.10). Raises Malformed for all else."""
    server, account, uri = caller.server, caller.account, activity.object_uri
    if follow := await Follow.get_or_none(uri=uri, follower_id=account.id).select_related("target"):
        await follows.unfollow(server, account, follow.target)
    elif like := await Favourite.get_or_none(uri=uri, account_id=account.id).select_related("post"):
        await favourites.unfavourite(server, account, like.post)
    elif reaction := await Reaction.get_or_none(uri=uri, account_id=account.id).select_related("post"):
        await reactions.unreact(server, account, reaction.post, reaction.emoji)
    elif boost := await Post.get_or_none(uri=uri, author_id=account.id, boost_of_id__not_isnull=True):
        await boosts.unboost(server, account, boost)
    elif block := await Block.get_or_none(uri=uri, account_id=account.id).select_related("target"):
        await blocks.unblock(server, account, block.target)
    else:
        raise Malformed("Only a Follow, Like, Announce or Block of your own can be undone.")
    return Uri(f"{uri}#undo")


# Every other type is refused: an outbox that took an activity and did nothing would lie (6, side effects).
PERFORM: Final[Mapping[str, Perform]] = MappingProxyType(
    {
        "Accept": accept,
        "Add": add,
        "Announce": announce,
        "Block": block,
        "Create": create,
        "Delete": delete,
        "EmojiReact": like,
        "Flag": flag,
        "Follow": follow,
        "Like": like,
        "Move": move,
        "Reject": reject,
        "Remove": remove,
        "Undo": undo,
        "Update": update,
    }
)


async def _vote(caller: Caller, uri: Uri, name: str) -> Uri | None:
    post = await writing.post_at(caller.server, uri)
    await visibility.require(caller.server, post, caller.account)
    poll = await Poll.get_or_none(post_id=post.id)
    names = [option["name"] for option in poll.options] if poll else []
    if name not in names:
        raise Malformed("The poll has no such option.")
    await votes.vote(caller.server, caller.account, post, [names.index(name)])
    return None


async def _own_post(caller: Caller, uri: Uri) -> Post:
    post = await Post.get_or_none(uri=uri, local=True, boost_of_id=None)
    if post is None or not await visibility.may_see(caller.server, post, caller.account):
        raise Malformed(f"There is no post {uri} of yours.")
    if post.author_id != caller.account.id:
        raise Forbidden("This is not your post.")
    return post


def _merged(current: Json, given: Json) -> Json:
    """Give the post with the given parts replaced and null ones removed (ActivityPub 6.3)."""
    # What one was made of the other no longer is once that changes, unless both are given.
    stale = {"source": "content", "content": "source", "contentMap": "content"}
    kept = {
        name: value
        for name, value in current.items()
        if name not in given and not (name in stale and stale[name] in given)
    }
    # Without its end a poll keeps the one that it has.
    if "endTime" not in given:
        kept.pop("endTime", None)
    languages = list(current.get("contentMap", {}))
    if languages and "contentMap" not in given and "content" in given:
        kept["contentMap"] = {languages[0]: given["content"]}
    return kept | {name: value for name, value in given.items() if value is not None}


def _check_fixed(caller: Caller, current: Json, merged: Json) -> None:
    """Raise Malformed if an edit would change what a post keeps for good: who may read it, above all."""
    for name in _FIXED:
        if name in merged and not _is_same(merged[name], current.get(name)):
            raise Malformed(f"{name} cannot be changed.")
    followers = Uri(caller.account.followers_url)
    before, after = (addresses_of([each]) for each in (current, merged))
    if visibility_of(before.to, before.cc, followers) != visibility_of(after.to, after.cc, followers):
        raise Malformed("For whom a post is cannot be changed.")


def _is_same(one: Any, other: Any) -> bool:
    """Say whether two values are equal, or lead to the same: an id and the object are."""
    uri = uri_of(one)
    return one == other or (uri is not None and uri == uri_of(other))


async def _asked(caller: Caller, activity: Submitted) -> Follow:
    """Find the Follow of the caller that is answered: by its id, or by who asked."""
    inner, uri = activity.read.object("object"), Reader(activity.json).find_uri("object")
    found = await Follow.get_or_none(uri=uri, target_id=caller.account.id) if uri else None
    if found is None and inner is not None and "Follow" in inner.types():
        asker = inner.find_uri("actor")
        found = await Follow.get_or_none(follower__uri=asker, target_id=caller.account.id)
    if found is None:
        raise Malformed("Only a Follow that was sent to you can be answered.")
    return found


async def _to_feature(caller: Caller, activity: Submitted) -> Post:
    if activity.read.find_uri("target") != caller.account.featured_url:
        raise Malformed("The target must be your featured collection.")
    return await _own_post(caller, activity.object_uri)
