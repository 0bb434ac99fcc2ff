"""Threads of other servers become whole when somebody here reads them, within bounds."""

from datetime import timedelta

import pytest
from starlette.responses import Response

from fedi.actions import posts, refreshes
from fedi.actions.posts import Draft
from fedi.config import FederationSettings
from fedi.federation import backfill, resolve
from fedi.federation.threads import post_by_uri
from fedi.models.accounts import Account
from fedi.models.federation import AsyncRefresh
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.queries import threads
from tests.federation.conftest import Home
from tests.support.peer import Json, Peer

pytestmark = pytest.mark.anyio


def moment(home: Home, **ago: float) -> str:
    return (home.clock.now() - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def note(home: Home, peer: Peer, name: str, author: str, answers: str | None = None, **more: object) -> Json:
    """Serve a note that is an hour old, with a `replies` collection at an address of its own."""
    made = peer.note(
        name,
        author,
        inReplyTo=answers,
        **{"published": moment(home, hours=1), "replies": f"{peer.url}/notes/{name}/replies", **more},
    )
    return peer.serve(made)


def replies(peer: Peer, name: str, *uris: str, **more: object) -> None:
    """Serve the `replies` of a note: all on one page."""
    uri = f"{peer.url}/notes/{name}/replies"
    page = {"type": "CollectionPage", "partOf": uri, "items": list(uris)}
    peer.serve({"id": uri, "type": "Collection", "first": page, **more})


async def opened(home: Home, uri: str) -> Post:
    """Have Alice open a thread and its search run."""
    post = await post_by_uri(home.server, uri)
    assert await backfill.ask(home.server, home.alice, post) is not None
    await home.house.drain()
    return await Post.get(id=post.id)


async def below(home: Home, post: Post) -> set[str]:
    return {each.post.uri for each in await threads.descendants(home.server, post, home.alice)}


async def test_answers_on_several_servers_and_their_answers_are_found(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    root = note(home, peer, "root", bob)
    answer = note(home, other, "answer", carol, root["id"])
    back = note(home, peer, "back", bob, answer["id"])
    replies(peer, "root", answer["id"])
    replies(other, "answer", back["id"])

    post = await opened(home, root["id"])

    assert await below(home, post) == {answer["id"], back["id"]}
    assert (await AsyncRefresh.get(name=f"thread:{post.id}")).found == 2


async def test_the_context_is_asked_before_the_replies(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    context = f"{peer.url}/contexts/1"
    root = note(home, peer, "root", bob, context=context)
    middle = note(home, other, "middle", carol, root["id"], context=context)
    leaf = note(home, peer, "leaf", bob, middle["id"], context=context)
    peer.serve({"id": context, "type": "OrderedCollection", "orderedItems": [leaf["id"], root["id"]]})

    post = await opened(home, root["id"])

    # The middle one was listed nowhere, and is what stands between.
    assert await below(home, post) == {middle["id"], leaf["id"]}


async def test_the_history_of_a_context_leads_to_the_posts_that_its_activities_made(home, peer):
    bob = peer.actor("bob")
    history = f"{peer.url}/contexts/1/history"
    root = note(home, peer, "root", bob, contextHistory=history)
    whole, named = note(home, peer, "whole", bob, root["id"]), note(home, peer, "named", bob, root["id"])
    peer.serve(peer.create(named))
    items = [peer.create(whole), peer.create(named)["id"]]
    peer.serve({"id": history, "type": "OrderedCollection", "orderedItems": items})

    post = await opened(home, root["id"])

    assert await below(home, post) == {whole["id"], named["id"]}


async def test_what_does_not_answer_the_thread_is_not_stored(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    root = note(home, peer, "root", bob)
    unrelated = note(home, other, "unrelated", carol)
    elsewhere = note(home, other, "elsewhere", carol, unrelated["id"])
    replies(peer, "root", unrelated["id"], elsewhere["id"], f"{other.url}/nothing")

    post = await opened(home, root["id"])

    assert await below(home, post) == set()
    assert not await Post.exists(uri__in=[unrelated["id"], elsewhere["id"]])


async def test_an_inline_answer_of_another_origin_is_fetched_at_its_own(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    root = note(home, peer, "root", bob)
    answer = note(home, other, "answer", carol, root["id"])
    forged = {**answer, "content": "<p>never said</p>"}
    replies(peer, "root")
    peer.documents["/notes/root/replies"]["first"]["items"] = [forged]

    await opened(home, root["id"])

    assert (await Post.get(uri=answer["id"])).content == "<p>hello</p>"


@pytest.mark.parametrize("audience", ["followers", "direct"])
async def test_an_answer_that_is_not_for_all_is_not_stored(home, peer, audience):
    bob = peer.actor("bob")
    root = note(home, peer, "root", bob)
    to = [f"{bob}/followers"] if audience == "followers" else []
    answer = note(home, peer, "answer", bob, root["id"], to=to, cc=[])
    replies(peer, "root", answer["id"])

    await opened(home, root["id"])

    assert not await Post.exists(uri=answer["id"])


async def test_old_answers_tell_nobody_and_stand_at_their_time(home, peer):
    bob = peer.actor("bob")
    root = note(home, peer, "root", bob, published=moment(home, days=9))
    mention = {"type": "Mention", "href": home.alice.uri, "name": "@alice"}
    old = note(home, peer, "old", bob, root["id"], published=moment(home, days=8), tag=mention)
    new = note(home, peer, "new", bob, root["id"], tag=mention)
    replies(peer, "root", old["id"], new["id"])

    await opened(home, root["id"])

    told = await Notification.filter(account_id=home.alice.id).values_list("post_id", flat=True)
    old_id, new_id = (await Post.get(uri=old["id"])).id, (await Post.get(uri=new["id"])).id
    # The recent one may have overtaken its Create, which then says nothing.
    assert list(told) == [new_id]
    assert old_id < new_id


async def test_counts_of_the_posts_own_server_are_taken_and_clamped(home, peer):
    bob = peer.actor("bob")
    likes, shares = f"{peer.url}/notes/root/likes", f"{peer.url}/notes/root/shares"
    root = note(home, peer, "root", bob, likes={"id": likes, "type": "Collection", "totalItems": 7})
    root["shares"] = shares
    peer.serve({"id": shares, "type": "Collection", "totalItems": 10**18})

    post = await opened(home, root["id"])

    assert (post.favourites_shown, post.boosts_shown) == (7, 2**31 - 1)


@pytest.mark.parametrize("count", [-3, "many", None, [], True])
async def test_odd_counts_say_nothing(home, peer, count):
    root = note(home, peer, "root", peer.actor("bob"))
    root["likes"] = {"id": f"{root['id']}/likes", "type": "Collection", "totalItems": count}

    post = await opened(home, root["id"])

    assert post.favourites_shown == 0


async def test_a_thread_is_not_looked_for_again_within_a_quarter_of_an_hour(home, peer):
    root = note(home, peer, "root", peer.actor("bob"))
    post = await opened(home, root["id"])

    assert await backfill.ask(home.server, home.alice, post) is None
    home.clock.turn(minutes=16)
    assert await backfill.ask(home.server, home.alice, await Post.get(id=post.id)) is not None


async def test_two_readers_wait_for_one_search(home, peer):
    root = note(home, peer, "root", peer.actor("bob"))
    post = await post_by_uri(home.server, root["id"])

    first = await backfill.ask(home.server, home.alice, post)
    second = await backfill.ask(home.server, home.alice, await Post.get(id=post.id))

    assert first.id == second.id
    assert await home.house.drain() == 1


async def test_a_thread_that_just_began_or_is_not_for_all_or_is_ours_is_left_alone(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    fresh = note(home, peer, "fresh", bob, published=moment(home, minutes=1))
    closed = note(home, peer, "closed", bob, to=[f"{bob}/followers"], cc=[])
    ours = await posts.create(home.server, home.alice, Draft(text="Fox day"), mentions={})
    home.clock.turn(minutes=1)
    found = [await post_by_uri(home.server, each["id"]) for each in (fresh, closed)]

    assert [await backfill.ask(home.server, home.alice, each) for each in (*found, ours)] == [None] * 3


async def test_nobody_signed_in_starts_no_search(home, peer):
    root = note(home, peer, "root", peer.actor("bob"))

    assert await backfill.ask(home.server, None, await post_by_uri(home.server, root["id"])) is None


async def test_answers_that_came_with_a_post_are_fetched_a_few(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    root = note(home, peer, "root", bob)
    own = [note(home, peer, f"own{number}", bob, root["id"])["id"] for number in range(7)]
    foreign = note(home, other, "foreign", carol, root["id"])["id"]
    page = {"type": "CollectionPage", "partOf": root["replies"], "items": [foreign, *own]}
    root["replies"] = {"id": root["replies"], "type": "Collection", "first": page}

    await post_by_uri(home.server, root["id"])
    await home.house.drain()

    stored = set(await Post.filter(uri__in=[foreign, *own]).values_list("uri", flat=True))
    assert stored == set(own[:5])


async def test_the_upper_part_of_a_thread_is_looked_for_too(home, peer):
    bob = peer.actor("bob")
    root = note(home, peer, "root", bob)
    peer.documents["/notes/root"] = Response(status_code=503)
    answer = note(home, peer, "answer", bob, root["id"])
    post = await post_by_uri(home.server, answer["id"])
    assert post.in_reply_to_id is None
    peer.documents["/notes/root"] = root
    home.clock.turn(minutes=1)

    post = await opened(home, answer["id"])

    assert (await threads.root(home.server, post)).uri == root["id"]


async def test_a_search_is_told_of_as_finished_even_if_its_server_is_down(home, peer):
    root = note(home, peer, "root", peer.actor("bob"))
    post = await post_by_uri(home.server, root["id"])
    peer.documents.clear()

    refresh = await backfill.ask(home.server, home.alice, post)
    await home.house.drain()

    assert (await AsyncRefresh.get(id=refresh.id)).finished_at is not None
    assert await refreshes.running(home.server, refresh.name) is None


async def test_a_suspended_author_is_not_brought_in_by_a_thread(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    await resolve.account_by_uri(home.server, carol)
    await Account.filter(uri=carol).update(suspended_at=home.clock.now())
    root = note(home, peer, "root", bob)
    answer = note(home, other, "answer", carol, root["id"])
    replies(peer, "root", answer["id"])

    await opened(home, root["id"])

    assert not await Post.exists(uri=answer["id"])


class TestSwitchedOff:
    """Without `federation.backfill` nothing is asked for."""

    @pytest.fixture
    def federation(self) -> FederationSettings:
        return FederationSettings(backfill=False)

    async def test_no_thread_is_looked_for(self, home, peer):
        bob = peer.actor("bob")
        root = note(home, peer, "root", bob)
        page = {"type": "CollectionPage", "items": [note(home, peer, "answer", bob, root["id"])["id"]]}
        root["replies"] = {"id": root["replies"], "type": "Collection", "first": page}
        post = await post_by_uri(home.server, root["id"])

        assert await backfill.ask(home.server, home.alice, post) is None
        assert await home.house.drain() == 0
        assert peer.asked["/notes/answer"] == 0
