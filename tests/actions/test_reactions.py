import pytest

from fedi.actions import blocks, deletes, favourites, posts, reactions
from fedi.actions.posts import Draft
from fedi.activitypub.reactions import Emote
from fedi.errors import Gone, Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite, Reaction
from fedi.models.posts import Post
from fedi.server import Server
from tests.support.factories import make_post
from tests.support.outgoing import forget_sent, sent, told

pytestmark = pytest.mark.anyio

FOX, HEART = Emote(emoji="🦊"), Emote(emoji="❤️")
BLOB = Emote(emoji=":blob:", image_url="https://b.example/blob.png")


async def count(post: Post) -> int:
    return (await Post.get(id=post.id)).favourites_count


async def mine(server: Server, ann: Account) -> Post:
    return await posts.create(server, ann, Draft(text="mine"), mentions={})


async def test_reactions_of_one_person_count_as_one_favourite_and_are_told_once(server, ann, rita):
    post = await mine(server, ann)

    for number, emote in enumerate((FOX, HEART, BLOB, FOX)):
        await reactions.react(server, rita, post, emote, uri=f"{rita.uri}#react/{number}")

    assert await Reaction.filter(post_id=post.id).count() == 3
    assert await count(post) == 1
    assert [kind for kind, _, _ in await told(ann)] == ["favourite"]


async def test_the_favourite_goes_with_the_last_reaction(server, ann, rita):
    post = await mine(server, ann)
    for emote in (FOX, HEART):
        await reactions.react(server, rita, post, emote, uri=f"{rita.uri}#{emote.emoji}")

    await reactions.unreact(server, rita, post, FOX.emoji)
    assert await count(post) == 1
    await reactions.unreact(server, rita, post, HEART.emoji)

    assert await count(post) == 0
    assert await told(ann) == []


@pytest.mark.parametrize("first", ["like", "reaction"])
async def test_a_like_outlives_the_reactions_beside_it(server, ann, rita, first):
    post = await mine(server, ann)

    async def like():
        await favourites.favourite(server, rita, post, uri=f"{rita.uri}#like")

    if first == "like":
        await like()
    await reactions.react(server, rita, post, FOX, uri=f"{rita.uri}#react")
    if first == "reaction":
        await like()
    await reactions.unreact(server, rita, post, FOX.emoji)

    assert (await Favourite.get(post_id=post.id)).uri == f"{rita.uri}#like"


async def test_a_reaction_outlives_the_like_beside_it(server, ann, rita):
    post = await mine(server, ann)
    await favourites.favourite(server, rita, post, uri=f"{rita.uri}#likes/1")
    await reactions.react(server, rita, post, FOX, uri=f"{rita.uri}#react")

    await reactions.unlike(server, rita, post)
    assert await count(post) == 1
    await reactions.unreact(server, rita, post, FOX.emoji)

    assert await count(post) == 0


async def test_taking_the_favourite_back_takes_the_reactions_along(server, ann, ben):
    post = await mine(server, ann)
    await reactions.react(server, ben, post, FOX)

    await favourites.unfavourite(server, ben, post)

    assert not await Reaction.exists()
    assert await count(post) == 0


async def test_a_twenty_first_emoji_is_refused(server, ann, rita):
    post = await mine(server, ann)
    for number in range(20):
        emote = Emote(emoji=chr(0x1F400 + number))
        await reactions.react(server, rita, post, emote, uri=f"{rita.uri}#{number}")

    with pytest.raises(Invalid):
        await reactions.react(server, rita, post, FOX, uri=f"{rita.uri}#fox")


async def test_who_is_blocked_or_may_not_see_the_post_cannot_react(server, ann, rita):
    post = await mine(server, ann)
    private = await make_post(server, ann, visibility="followers")
    with pytest.raises(NotFound):
        await reactions.react(server, rita, private, FOX, uri=f"{rita.uri}#1")
    await blocks.block(server, ann, rita)

    with pytest.raises(NotFound):
        await reactions.react(server, rita, post, FOX, uri=f"{rita.uri}#2")

    assert await told(ann) == []


async def test_a_reaction_undone_before_it_came_is_refused(server, ann, rita):
    post = await mine(server, ann)
    await deletes.remember_deleted(server, f"{rita.uri}#1", rita.uri)

    with pytest.raises(Gone):
        await reactions.react(server, rita, post, FOX, uri=f"{rita.uri}#1")


async def test_a_server_that_never_reacted_gets_one_like_and_one_undo(server, ann, rita):
    post = await make_post(server, rita)

    await reactions.react(server, ann, post, FOX)
    await reactions.react(server, ann, post, HEART)
    likes = await sent()
    await forget_sent()
    await reactions.unreact(server, ann, post, FOX.emoji)
    await reactions.unreact(server, ann, post, HEART.emoji)
    undone = await sent()

    assert [(each.type, each.inbox, "content" in each.json) for each in likes] == [
        ("Like", rita.inbox_url, False)
    ]
    assert [(each.type, each.json["object"]["id"]) for each in undone] == [("Undo", likes[0].json["id"])]


async def test_a_server_that_reacts_gets_reactions_and_their_undos(server, ann, rita):
    post = await make_post(server, rita)
    await reactions.remember_reader(server, rita.domain)

    await reactions.react(server, ann, post, FOX)
    await reactions.react(server, ann, post, BLOB)
    await reactions.unreact(server, ann, post, FOX.emoji)
    await favourites.unfavourite(server, ann, post)

    fox, blob, no_fox, no_blob = [each.json for each in await sent()]
    assert (fox["type"], fox["content"]) == ("EmojiReact", "🦊")
    assert (blob["content"], blob["tag"][0]["icon"]["url"]) == (":blob:", BLOB.image_url)
    assert [no_fox["object"], no_blob["object"]] == [
        {key: value for key, value in each.items() if key not in {"@context", "proof"}}
        for each in (fox, blob)
    ]
    assert not await Favourite.exists()
