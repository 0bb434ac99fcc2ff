"""Rows for tests, written straight to the tables: people, posts and how they stand.

Each takes only what the test is about and gives every other column a plain value; any column can be given
by name. Nothing is published, counted or notified: tests of actions use the actions.
"""

from datetime import timedelta
from typing import Any

from fedi.media.provenance import DigitalSource
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite
from fedi.models.media import ArtPrompt, MediaAttachment
from fedi.models.notifications import Notification
from fedi.models.posts import Mention, Post, PostTag, Tag
from fedi.models.relationships import Block, Follow, Mute
from fedi.server import Server
from fedi.text.tokens import normalise_tag


async def make_account(server: Server, username: str, *, domain: str = "", **columns: Any) -> Account:
    """Make a local account, or with `domain` one of another server, its URIs under that domain."""
    id_ = server.new_id()
    base = f"https://{domain}/users/{username}"
    places = (
        {
            "uri": base,
            "url": f"https://{domain}/@{username}",
            "inbox_url": f"{base}/inbox",
            "shared_inbox_url": f"https://{domain}/inbox",
            "followers_url": f"{base}/followers",
        }
        if domain
        else {
            "uri": server.uris.actor(id_),
            "url": server.uris.profile_page(username),
            "inbox_url": server.uris.inbox(id_),
            "shared_inbox_url": server.uris.shared_inbox,
            "followers_url": server.uris.followers(id_),
        }
    )
    values = {"id": id_, "created_at": server.clock.now(), "key_id": f"{places['uri']}#main-key", **places}
    return await Account.create(
        **{**values, "username": username, "username_lower": username.lower(), "domain": domain, **columns}
    )


async def make_post(
    server: Server, author: Account, text: str = "hello", *, visibility: str = "public", **columns: Any
) -> Post:
    """Make a post; `in_reply_to=parent` fills in the parent's author and URI as well."""
    id_ = columns.pop("id", None) or server.new_id()
    uri = str(server.uris.post(id_)) if author.is_local else f"https://{author.domain}/posts/{id_}"
    values: dict[str, Any] = {
        "id": id_,
        "uri": uri,
        "url": uri,
        "author": author,
        "local": author.is_local,
        "visibility": visibility,
        "content": f"<p>{text}</p>",
        "text": text if author.is_local else "",
        "published_at": server.clock.now(),
    }
    parent = columns.get("in_reply_to")
    if isinstance(parent, Post):
        values |= {"in_reply_to_uri": parent.uri, "in_reply_to_account_id": parent.author_id}
    return await Post.create(**{**values, **columns})


async def make_boost(
    server: Server, account: Account, post: Post, *, visibility: str = "public", **columns: Any
) -> Post:
    """Make a boost of a post."""
    return await make_post(
        server, account, "", visibility=visibility, boost_of=post, **{"content": "", **columns}
    )


async def make_mention(server: Server, post: Post, account: Account, *, silent: bool = False) -> Mention:
    """Name an account in a post."""
    return await Mention.create(id=server.new_id(), post=post, account=account, silent=silent)


async def make_tag(server: Server, post: Post, name: str) -> Tag:
    """Put a hashtag on a post."""
    tag, _ = await Tag.get_or_create(
        {"id": server.new_id(), "display": name, "created_at": server.clock.now()}, name=normalise_tag(name)
    )
    await PostTag.create(id=server.new_id(), post=post, tag=tag)
    return tag


async def make_follow(
    server: Server, follower: Account, target: Account, *, state: str = "accepted", **columns: Any
) -> Follow:
    """Make a follow, in force unless `state` says pending."""
    id_ = server.new_id()
    values = {"id": id_, "uri": str(server.uris.activity(id_)), "created_at": server.clock.now()}
    pair = {"follower": follower, "target": target, "state": state}
    return await Follow.create(**{**values, **pair, **columns})


async def make_block(server: Server, account: Account, target: Account) -> Block:
    """Make a block."""
    id_ = server.new_id()
    uri, now = str(server.uris.activity(id_)), server.clock.now()
    return await Block.create(id=id_, account=account, target=target, uri=uri, created_at=now)


async def make_mute(server: Server, account: Account, target: Account, **columns: Any) -> Mute:
    """Make a mute, for ever and of notifications too unless the columns say otherwise."""
    values = {"id": server.new_id(), "created_at": server.clock.now()}
    return await Mute.create(**{**values, "account": account, "target": target, **columns})


async def make_favourite(server: Server, account: Account, post: Post) -> Favourite:
    """Make a favourite."""
    id_ = server.new_id()
    uri, now = str(server.uris.activity(id_)), server.clock.now()
    return await Favourite.create(id=id_, account=account, post=post, uri=uri, created_at=now)


async def make_notification(
    server: Server, account: Account, from_account: Account, kind: str, *, post: Post | None = None
) -> Notification:
    """Tell `account` something."""
    id_ = server.new_id()
    values: dict[str, Any] = {
        "id": id_,
        "kind": kind,
        "dedupe_key": f"{kind}:{id_}",
        "created_at": server.clock.now(),
    }
    return await Notification.create(**values, account=account, from_account=from_account, post=post)


async def make_picture(
    server: Server, post: Post, *, source: DigitalSource | None = DigitalSource.TRAINED, **columns: Any
) -> MediaAttachment:
    """Put a picture of ours on a post, labelled as what `source` says; there is no file behind it."""
    id_ = server.new_id()
    key = f"{id_:x}.webp"
    values: dict[str, Any] = {
        "id": id_,
        "account_id": post.author_id,
        "post": post,
        "file_key": key,
        "preview_key": key,
        "media_type": "image/webp",
        "width": 300,
        "height": 200,
        "source_type": source.iri if source else "",
        "ai_system": "cel" if source else "",
        "created_at": server.clock.now(),
    }
    return await MediaAttachment.create(**{**values, **columns})


async def make_prompt(server: Server, title: str, tag: str, **columns: Any) -> ArtPrompt:
    """Give members something to draw, for a week from now unless the columns say otherwise."""
    now = server.clock.now()
    values = {"id": server.new_id(), "starts_at": now, "ends_at": now + timedelta(days=7), "created_at": now}
    return await ArtPrompt.create(**{**values, "title": title, "tag": tag, **columns})
