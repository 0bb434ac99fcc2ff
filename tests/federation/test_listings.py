"""Threads and collections of ours, as peers page through them."""

import pytest

from fedi.actions import featured_tags
from fedi.config import FederationSettings
from fedi.federation import resolve
from tests.federation.conftest import Home
from tests.support.factories import make_block, make_follow, make_post
from tests.support.peer import get

pytestmark = pytest.mark.anyio


async def pages(first: str) -> list[list[str]]:
    """Read pages to the end; gives the members of each."""
    found, following = [], first
    while following:
        page = (await get(following)).json()
        found.append(page.get("items", page.get("orderedItems")))
        following = page.get("next")
    return found


async def thread(home: Home, answers: int, **columns: object) -> tuple:
    """Have a post of Alice's with a number of answers to it."""
    root = await make_post(home.server, home.alice)
    root.context_uri, root.replies_count = home.server.uris.context(root.id), answers
    await root.save()
    made = [await make_post(home.server, home.alice, in_reply_to=root, **columns) for _ in range(answers)]
    return root, made


async def test_a_post_brings_its_authors_own_first_answers(home, peer):
    root, own = await thread(home, 7)
    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    await make_post(home.server, bob, in_reply_to=root)

    replies = (await get(root.uri)).json()["replies"]

    assert replies["id"] == f"{root.uri}/replies"
    assert replies["first"]["items"] == [post.uri for post in own[:5]]
    assert "next" in replies["first"]


async def test_a_post_without_answers_says_that_there_are_no_more(home):
    root, _ = await thread(home, 0)

    replies = (await get(f"{root.uri}/replies")).json()

    assert (replies["totalItems"], replies["first"]["items"]) == (0, [])
    assert "next" not in replies["first"]


async def test_all_answers_are_paged_sixty_at_a_time(home):
    root, answers = await thread(home, 65)
    uri = f"{root.uri}/replies"

    read = await pages((await get(f"{uri}?page=true")).json()["next"])

    assert [len(page) for page in read] == [60, 5]
    assert [each for page in read for each in page] == [post.uri for post in answers]


async def test_a_thread_is_paged_with_answers_to_answers(home):
    root, answers = await thread(home, 61)
    deep = await make_post(home.server, home.alice, in_reply_to=answers[0])

    context = (await get(root.context_uri)).json()
    read = await pages(context["first"])

    assert (context["totalItems"], context["attributedTo"]) == (63, home.alice.uri)
    assert [len(page) for page in read] == [60, 3]
    assert [each for page in read for each in page] == [root.uri, *(each.uri for each in answers), deep.uri]


async def test_answers_that_are_not_for_all_are_listed_nowhere(home):
    root, _ = await thread(home, 1, visibility="followers")

    assert (await get(f"{root.uri}/replies?page=true&min_id=0")).json()["items"] == []
    assert await pages((await get(root.context_uri)).json()["first"]) == [[root.uri]]
    assert (await get(f"{root.uri}/replies")).json()["first"]["items"] == []


async def test_an_answer_is_no_thread_of_its_own(home):
    _, (answer,) = await thread(home, 1, context_uri="https://b.example/contexts/1")

    assert (await get(home.server.uris.context(answer.id))).status_code == 404


async def test_the_actor_names_the_hashtags_on_its_profile(home):
    with home.server.db.activate():
        await featured_tags.feature(home.server, home.alice, "Katzen")

    tags = (await get((await get(home.alice.uri)).json()["featuredTags"])).json()

    assert (tags["id"], tags["type"]) == (home.server.uris.featured_tags(home.alice.id), "Collection")
    assert (tags["totalItems"], tags["items"]) == (
        1,
        [{"type": "Hashtag", "name": "#Katzen", "href": home.server.uris.tag_page("katzen")}],
    )


class TestWhereAllMustSign:
    """With `federation.authorised_fetch` collections depend on who asks."""

    @pytest.fixture
    def federation(self) -> FederationSettings:
        return FederationSettings(authorised_fetch=True)

    async def test_a_follower_finds_in_the_outbox_what_is_for_followers(self, home, peer):
        bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
        await make_follow(home.server, bob, home.alice)
        closed = await make_post(home.server, home.alice, visibility="followers")
        await make_post(home.server, home.alice, visibility="direct")

        answer = await get(f"{home.alice.outbox_url}?page=true", signer=bob.uri, now=home.clock.now())

        assert [each["object"]["id"] for each in answer.json()["orderedItems"]] == [closed.uri]
        assert "no-store" in answer.headers["cache-control"]

    async def test_whoever_is_blocked_is_told_of_nothing(self, home, peer):
        bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
        carol = await resolve.account_by_uri(home.server, peer.actor("carol"))
        await make_follow(home.server, carol, home.alice)
        await make_post(home.server, home.alice)
        await make_block(home.server, home.alice, bob)

        for name in ("outbox", "followers", "featured"):
            uri = f"{home.alice.uri}/{name}"
            whole = await get(uri, signer=bob.uri, now=home.clock.now())
            page = await get(f"{uri}?page=true", signer=bob.uri, now=home.clock.now())

            assert whole.json()["totalItems"] == 0
            assert page.json()["orderedItems"] == []
            assert "no-store" in whole.headers["cache-control"]
            assert "no-store" in page.headers["cache-control"]

    async def test_whoever_does_not_sign_is_refused(self, home):
        for name in ("outbox", "followers", "following", "featured", "tags"):
            assert (await get(f"{home.alice.uri}/{name}")).status_code == 401
