"""A small world with a post of every kind, for tests of whatever must show all of them."""

from datetime import timedelta
from typing import Any

from fedi.models.accounts import Account
from fedi.models.cards import PreviewCard
from fedi.models.conversations import ConversationMute
from fedi.models.filters import CustomFilter, FilterKeyword, FilterPost
from fedi.models.interactions import Bookmark, Pin, Reaction
from fedi.models.lists import List, ListMember
from fedi.models.media import MediaAttachment
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.models.relationships import AccountDomainBlock
from fedi.models.tags import FollowedTag
from fedi.models.users import Application
from fedi.server import Server
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_favourite,
    make_follow,
    make_mention,
    make_mute,
    make_post,
    make_tag,
)


class World:
    """People who look at each other's posts: Alice and Bob of ours, Carol, Dave and Eve of other servers."""

    alice: Account
    bob: Account
    carol: Account
    dave: Account
    eve: Account

    def __init__(self, server: Server) -> None:
        self.server = server
        self.posts: list[Post] = []
        # Changes that a test found to go unseen: all are told, not the first alone.
        self.unseen: list[str] = []

    @property
    def viewers(self) -> list[Account | None]:
        """Those who look, and nobody."""
        return [self.alice, self.bob, None]

    @property
    def ids(self) -> list[int]:
        """All posts, newest first."""
        return sorted((post.id for post in self.posts), reverse=True)

    async def post(self, author: Account, text: str = "hello", **columns: Any) -> Post:
        """Make a post that the world remembers."""
        post = await make_post(self.server, author, text, **columns)
        self.posts.append(post)
        return post

    def row(self, **columns: Any) -> dict[str, Any]:
        """Give the columns that most rows have, and others."""
        return {"id": self.server.new_id(), "created_at": self.server.clock.now(), **columns}


async def make_world(server: Server) -> World:
    """Make everybody, how they stand, and their posts."""
    world = World(server)
    world.alice, world.bob = await make_account(server, "alice"), await make_account(server, "bob")
    world.carol = await make_account(server, "carol", domain="c.example", following_url="https://c.example/f")
    world.dave = await make_account(server, "dave", domain="d.example")
    world.eve = await make_account(server, "eve", domain="e.example")
    await _stand(world)
    await _write(world)
    await _mark(world)
    return world


async def _stand(world: World) -> None:
    server = world.server
    for follower, target in (
        (world.alice, world.bob),
        (world.alice, world.carol),
        (world.alice, world.dave),
        (world.bob, world.alice),
        (world.bob, world.carol),
        (world.carol, world.alice),
    ):
        await make_follow(server, follower, target)
    await make_mute(server, world.alice, world.eve, expires_at=server.clock.now() + timedelta(days=3))
    await make_block(server, world.dave, world.bob)
    mine = await List.create(**world.row(account=world.bob, title="mine", exclusive=False))
    await ListMember.create(**world.row(list=mine, account=world.carol))
    await AccountDomainBlock.create(**world.row(account=world.bob, domain="other.example"))


async def _write(world: World) -> None:
    server, alice, bob, carol, dave = world.server, world.alice, world.bob, world.carol, world.dave
    plain = await world.post(carol, "plain", context_uri="https://c.example/c/1", language="en")
    await world.post(bob, "to all", replies_count=2, edited_at=server.clock.now(), quote_policy="public")
    await world.post(bob, "answer", in_reply_to=plain, context_uri="https://c.example/c/1")
    await world.post(alice, "own", quote_policy="followers")
    await world.post(dave, "warned", summary="careful", sensitive=True)
    await world.post(carol, "for followers", visibility="followers")
    await world.post(bob, "here only", local_only=True)
    await make_mention(server, await world.post(bob, "to one", visibility="direct"), alice)
    await make_mention(server, await world.post(carol, "names eve"), world.eve)
    asked = {"canQuote": {"automaticApproval": [carol.followers_url]}}
    await world.post(carol, "asked first", interaction_policy=asked)
    emoji = [{"shortcode": "fox", "url": "https://c.example/fox.png"}]
    await world.post(carol, "an emoji :fox:", emojis=emoji)
    await make_tag(server, await world.post(world.eve, "tagged"), "foxes")
    tag = await make_tag(server, await world.post(bob, "tagged as well"), "Foxes")
    await FollowedTag.create(**world.row(account=bob, tag=tag))
    app = await Application.create(**world.row(client_id="app", client_secret_hash="", name="An app"))
    await world.post(bob, "with an app", application=app)
    await _attach(world)
    world.posts.append(await make_boost(server, bob, plain))
    world.posts.append(await make_boost(server, dave, await world.post(world.eve, "boosted")))
    quoted = await world.post(carol, "quoted")
    for author, target in ((bob, quoted), (dave, world.posts[5])):
        quoting = await world.post(author, "quoting")
        stands = {"state": "accepted", "quoted_uri": target.uri, "updated_at": server.clock.now()}
        await Quote.create(**world.row(post=quoting, quoted=target, **stands))


async def _attach(world: World) -> None:
    pictured = await world.post(world.carol, "pictured")
    places = {"remote_url": "https://c.example/a.png", "width": 4, "height": 3, "description": "a fox"}
    await MediaAttachment.create(**world.row(account=world.carol, post=pictured, **places))
    asking = await world.post(world.carol, "which", kind="Question")
    poll = await Poll.create(
        id=world.server.new_id(),
        post=asking,
        options=[{"name": "this", "votes": 1}, {"name": "that", "votes": 2}],
        ends_at=world.server.clock.now() + timedelta(days=1),
    )
    await PollVote.create(**world.row(poll=poll, account=world.bob, choice=1, uri="https://here.example/v"))
    card = await PreviewCard.create(
        **world.row(url_hash="x", url="https://news.example/", state="ready", title="News")
    )
    await world.post(world.dave, "linked", card=card)


async def _mark(world: World) -> None:
    server, alice = world.server, world.alice
    first, second, *_ = world.posts
    await make_favourite(server, alice, first)
    await Bookmark.create(**world.row(account=alice, post=second))
    await Pin.create(**world.row(account=alice, post=world.posts[3]))
    world.posts.append(await make_boost(server, alice, second))
    for who, emoji in ((alice, "🦊"), (world.dave, "🎨")):
        await Reaction.create(**world.row(account=who, post=first, emoji=emoji, uri=f"{who.uri}#{emoji}"))
    await ConversationMute.create(**world.row(account=alice, context_uri="https://c.example/c/1"))
    kept = await CustomFilter.create(**world.row(account=world.bob, title="foxes", contexts=["home"]))
    await FilterKeyword.create(id=server.new_id(), custom_filter=kept, keyword="tagged")
    await FilterPost.create(id=server.new_id(), custom_filter=kept, post=second)
