"""Reactions from peers (FEP-c0e0): as Pleroma, Misskey and those that mean no good send them."""

import json

import pytest

from fedi.actions import posts, reactions
from fedi.actions.posts import Draft
from fedi.activitypub.reactions import Emote
from fedi.federation import resolve
from fedi.models.federation import Instance
from fedi.models.interactions import Favourite, Reaction
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from tests.support.peer import activity

pytestmark = pytest.mark.anyio

BLOB = {
    "type": "Emoji",
    "id": None,
    "name": ":blob:",
    "icon": {"type": "Image", "url": "https://b.example/blob.png"},
}


@pytest.fixture
async def mine(home) -> Post:
    """A post of Alice's."""
    return await posts.create(home.server, home.alice, Draft(text="mine"), mentions={})


def reaction(actor, post, content, kind="EmojiReact", *, number=1, **more):
    return activity(kind, actor, post.uri, id_=f"{actor}/reactions/{number}", content=content, **more)


async def state(post) -> tuple[list[str], int]:
    """The emoji under a post, and its count of favourites."""
    emoji = [row.emoji for row in await Reaction.filter(post_id=post.id).order_by("id")]
    return emoji, (await Post.get(id=post.id)).favourites_count


async def test_pleromas_reaction_and_its_undo_by_id(home, peer, mine):
    bob = peer.actor("bob")
    react = reaction(bob, mine, "🦊")

    await home.take(react, signer=bob)
    assert await state(mine) == (["🦊"], 1)
    assert await Notification.filter(kind="favourite").count() == 1
    assert (await Instance.get(host=peer.host)).reacts
    await home.take(activity("Undo", bob, react["id"]), signer=bob)

    assert await state(mine) == ([], 0)
    assert not await Notification.exists()


async def test_misskeys_reaction_and_its_undo_with_the_like_inside(home, peer, mine):
    bob = peer.actor("bob")
    like = reaction(bob, mine, ":blob:", "Like", _misskey_reaction=":blob:", tag=[BLOB])

    await home.take(like, signer=bob)
    assert await state(mine) == ([":blob:"], 1)
    assert (await Reaction.get()).image_url == "https://b.example/blob.png"
    undone = {**like, "id": f"{bob}/other"}
    await home.take(activity("Undo", bob, undone), signer=bob)

    assert await state(mine) == ([], 0)


async def test_several_reactions_twice_each_are_one_favourite(home, peer, mine):
    bob = peer.actor("bob")
    for number, emoji in enumerate(("🦊", "❤️", "🦊")):
        react = reaction(bob, mine, emoji, number=number)
        for _ in range(2):
            await home.take(react, signer=bob)

    assert await state(mine) == (["🦊", "❤️"], 1)
    assert await Notification.filter(kind="favourite").count() == 1


@pytest.mark.parametrize("content", ["hello there", "🦊🦊", ":blob:", "<script>", "x" * 100_000, ["🦊"], 7])
async def test_what_is_no_emoji_counts_as_a_plain_like(home, peer, mine, content):
    bob = peer.actor("bob")
    react = reaction(bob, mine, content)

    await home.take(react, signer=bob)
    assert (await state(mine))[1] == 1
    await home.take(activity("Undo", bob, react["id"]), signer=bob)

    assert await state(mine) == ([], 0)


async def test_an_emoji_with_markup_for_a_name_is_a_plain_like(home, peer, mine):
    bob = peer.actor("bob")
    name = ':"><img src=x>:'

    await home.take(reaction(bob, mine, name, tag=[{**BLOB, "name": name}]), signer=bob)

    assert await state(mine) == ([], 1)


async def test_a_twenty_first_emoji_adds_nothing(home, peer, mine):
    bob = peer.actor("bob")
    for number in range(25):
        await home.deliver(reaction(bob, mine, chr(0x1F400 + number), number=number), signer=bob)
    await home.house.drain()

    emoji, favourites = await state(mine)
    assert (len(emoji), favourites) == (20, 1)


async def test_a_reaction_undone_before_it_came_does_nothing(home, peer, mine):
    bob = peer.actor("bob")
    react = reaction(bob, mine, "🦊")

    await home.take(activity("Undo", bob, react), signer=bob)
    await home.take(react, signer=bob)

    assert await state(mine) == ([], 0)


async def test_nobody_takes_anothers_reaction_back(home, peer, mine):
    bob, mallory = peer.actor("bob"), peer.actor("mallory")
    react = reaction(bob, mine, "🦊")
    await home.take(react, signer=bob)

    await home.take(activity("Undo", mallory, react["id"], id_=f"{mallory}#1"), signer=mallory)
    await home.take(activity("Undo", mallory, react, id_=f"{mallory}#2"), signer=mallory)
    await home.take(
        activity("Undo", mallory, {**react, "actor": mallory}, id_=f"{mallory}#3"), signer=mallory
    )

    assert await state(mine) == (["🦊"], 1)


async def test_a_reaction_in_anothers_name_is_refused(home, peer, mine):
    bob, mallory = peer.actor("bob"), peer.actor("mallory")

    answer = await home.deliver(reaction(bob, mine, "🦊"), signer=mallory)

    assert answer.status_code == 401


async def test_the_undo_of_a_like_that_never_came_leaves_reactions_alone(home, peer, mine):
    bob = peer.actor("bob")
    await home.take(reaction(bob, mine, "🦊"), signer=bob)

    like = activity("Like", bob, mine.uri, id_=f"{bob}/likes/1")
    await home.take(activity("Undo", bob, like), signer=bob)

    assert await state(mine) == (["🦊"], 1)
    assert await Favourite.all().count() == 1


async def test_reactions_to_what_is_not_ours_cost_nothing(home, peer, other):
    bob = peer.actor("bob")
    stranger = activity("EmojiReact", bob, f"{other.url}/notes/1", content="🦊")

    await home.take(stranger, signer=bob)

    assert not await Reaction.exists()
    assert other.asked.total() == 0


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, "Like"),
        ({"generator": {"type": "Application", "implements": ["https://w3id.org/fep/c0e0"]}}, "Like"),
        ({"generator": {"implements": [{"href": "https://w3id.org/fep/c0e0"}]}}, "EmojiReact"),
    ],
)
async def test_a_server_that_says_it_reads_reactions_is_sent_them(home, peer, said, kind):
    """FEP-844e; the others get a plain Like, without the emoji."""
    note = peer.serve(peer.note("1", peer.actor("bob", **said)))
    found = await resolve.post_by_uri(home.server, note["id"])

    await reactions.react(home.server, home.alice, found, Emote(emoji="🦊"))
    await home.house.drain()

    sent = [json.loads(body) for _, _, body in peer.received]
    assert [(each["type"], each.get("content")) for each in sent] == [
        (kind, "🦊" if kind != "Like" else None)
    ]
