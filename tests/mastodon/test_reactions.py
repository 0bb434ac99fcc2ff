import pytest

from fedi.actions import posts, reactions
from fedi.actions.posts import Draft
from fedi.activitypub.reactions import Emote
from tests.support.factories import make_account, make_block, make_post

pytestmark = pytest.mark.anyio

BLOB = Emote(emoji=":blob:", image_url="https://b.example/blob.png")


@pytest.fixture
async def rita(server):
    return await make_account(server, "rita", domain="b.example")


@pytest.fixture
async def post(server, alice):
    return await posts.create(server, alice, Draft(text="mine"), mentions={})


def path(post, emoji=""):
    return f"/api/v1/pleroma/statuses/{post.id}/reactions" + (f"/{emoji}" if emoji else "")


async def test_an_emoji_is_put_and_taken_away(as_bob, post):
    put = await as_bob.put(path(post, "🦊"))
    deleted = await as_bob.delete(path(post, "🦊"))

    assert put.status_code == 200
    shown = put.json()
    assert shown["emoji_reactions"] == [{"name": "🦊", "count": 1, "me": True, "url": None}]
    assert shown["pleroma"] == {"local": True, "emoji_reactions": shown["emoji_reactions"]}
    assert (shown["favourited"], shown["favourites_count"]) == (True, 1)
    assert (deleted.json()["emoji_reactions"], deleted.json()["favourites_count"]) == ([], 0)


async def test_who_reacted_is_listed_by_emoji(as_alice, as_bob, nobody, server, post, rita, bob):
    await reactions.react(server, rita, post, BLOB, uri=f"{rita.uri}#1")
    await as_bob.put(path(post, "❤️"))

    both = (await nobody.get(path(post))).json()
    one = (await as_bob.get(path(post, "❤️"))).json()

    assert [(each["name"], each["url"], each["me"]) for each in both] == [
        ("blob", BLOB.image_url, False),
        ("❤️", None, False),
    ]
    assert [(each["name"], each["me"]) for each in one] == [("❤️", True)]
    assert [row["id"] for row in one[0]["accounts"]] == [str(bob.id)]


async def test_a_custom_emoji_can_be_joined_but_not_made_up(as_bob, server, post, rita):
    assert (await as_bob.put(path(post, ":blob:"))).status_code == 422
    await reactions.react(server, rita, post, BLOB, uri=f"{rita.uri}#1")

    joined = await as_bob.put(path(post, "blob@b.example"))

    assert [(each["name"], each["count"]) for each in joined.json()["emoji_reactions"]] == [("blob", 2)]


@pytest.mark.parametrize("emoji", ["hello", "🦊🦊", "%3Cb%3E"])
async def test_what_is_no_emoji_is_refused(as_bob, post, emoji):
    assert (await as_bob.put(path(post, emoji))).status_code == 422


async def test_a_post_that_may_not_be_seen_is_not_found(as_bob, nobody, server, alice, bob, post):
    private = await make_post(server, alice, visibility="followers")
    await make_block(server, alice, bob)

    for one in (private, post):
        assert (await as_bob.put(path(one, "🦊"))).status_code == 404
    assert (await nobody.get(path(private))).status_code == 404


async def test_unfavourite_takes_the_reactions_along(as_bob, post):
    await as_bob.put(path(post, "🦊"))

    shown = (await as_bob.post(f"/api/v1/statuses/{post.id}/unfavourite")).json()

    assert (shown["favourited"], shown["emoji_reactions"]) == (False, [])


async def test_a_boost_shows_the_reactions_of_what_it_boosts(as_alice, as_bob, post):
    await as_bob.put(path(post, "🦊"))

    boost = (await as_alice.post(f"/api/v1/statuses/{post.id}/reblog")).json()

    assert [each["emoji_reactions"][0]["name"] for each in (boost, boost["reblog"])] == ["🦊", "🦊"]
