"""From handles, addresses and pages to accounts and posts; and what a fetch refuses."""

import pytest
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from fedi.actions import posts
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.errors import Blocked, FediError, Gone, Malformed, NotFound, Refused, TooLarge, WrongOrigin
from fedi.federation import people, resolve
from fedi.federation.fetch import fetch_json
from fedi.jobs.kinds import RefreshAccount
from fedi.models.accounts import Account
from fedi.models.posts import Post

pytestmark = pytest.mark.anyio


# Handles


async def test_a_handle_is_looked_up_confirmed_and_remembered(home, peer):
    uri = peer.actor("bob")

    found = await resolve.account_by_handle(home.server, f"@Bob@{peer.host}")
    again = await resolve.account_by_handle(home.server, f"bob@{peer.host}")

    assert (found.uri, found.username, found.domain) == (uri, "bob", peer.host)
    assert again.id == found.id
    assert peer.asked["/users/bob"] == 1


async def test_a_handle_of_ours_is_one_of_us(home):
    for handle in ("alice", "@alice", f"@alice@{home.server.uris.host}", "ALICE"):
        assert (await resolve.account_by_handle(home.server, handle)).id == home.alice.id
    with pytest.raises(NotFound):
        await resolve.account_by_handle(home.server, "nobody")


async def test_an_actor_cannot_take_a_name_of_another_host(home, peer, other):
    peer.actor("bob")
    thief = other.actor("bob", webfinger=f"bob@{peer.host}")

    with pytest.raises(WrongOrigin):
        await resolve.account_by_uri(home.server, thief)

    assert not await Account.exists(uri=thief)


async def test_an_actor_cannot_take_a_name_of_ours(home, peer):
    thief = peer.actor("alice", webfinger=f"alice@{home.server.uris.host}")

    with pytest.raises(FediError):
        await resolve.account_by_uri(home.server, thief)

    assert (await resolve.account_by_handle(home.server, "alice")).id == home.alice.id


async def test_a_handle_may_live_on_another_domain_than_its_actor(home, peer, other):
    uri = peer.actor("bob", webfinger=f"bob@{other.host}")
    links = [{"rel": "self", "type": ACTIVITY_JSON, "href": uri}]
    jrd = {"subject": f"acct:bob@{other.host}", "links": links}
    other.documents["/.well-known/webfinger"] = JSONResponse(jrd, media_type="application/jrd+json")

    found = await resolve.account_by_handle(home.server, f"bob@{other.host}")

    assert (found.uri, found.domain) == (uri, other.host)


async def test_host_meta_may_say_where_to_ask(home, peer):
    uri = peer.actor("bob")
    links = [{"rel": "self", "type": ACTIVITY_JSON, "href": uri}]
    jrd = {"subject": f"acct:bob@{peer.host}", "links": links}
    template = f"{peer.url}/elsewhere?resource={{uri}}"
    peer.documents["/.well-known/webfinger"] = Response(status_code=404)
    peer.documents["/elsewhere"] = JSONResponse(jrd, media_type="application/jrd+json")
    xrd = f'<?xml version="1.0"?><XRD><Link rel="lrdd" template="{template}"/></XRD>'
    peer.documents["/.well-known/host-meta"] = Response(xrd, media_type="application/xrd+xml")

    assert (await resolve.account_by_handle(home.server, f"bob@{peer.host}")).uri == uri


async def test_mentions_are_found_and_unknown_ones_left_out(home, peer):
    peer.actor("bob")
    text = f"@alice @bob@{peer.host} @nobody @none@{peer.host}"

    found = await resolve.mentions(home.server, text)

    assert list(found) == ["alice", f"bob@{peer.host}"]


async def test_a_stale_account_is_fetched_again_but_kept_if_that_fails(home, peer, clock):
    peer.actor("bob")
    await resolve.account_by_handle(home.server, f"bob@{peer.host}")
    clock.turn(hours=25)
    peer.actor("bob", name="New Bob")
    assert (await resolve.account_by_handle(home.server, f"bob@{peer.host}")).display_name == "New Bob"

    clock.turn(hours=25)
    peer.documents["/users/bob"] = Response(status_code=500)
    assert (await resolve.account_by_handle(home.server, f"bob@{peer.host}")).display_name == "New Bob"


async def test_an_actor_is_gone_only_when_it_says_so_twice(home, peer, clock):
    uri = peer.actor("bob")
    await resolve.account_by_uri(home.server, uri)
    peer.documents["/users/bob"] = Response(status_code=410)

    await people.refresh(home.server, RefreshAccount(uri=uri))
    assert (await Account.get(uri=uri)).gone_at is None

    clock.turn(hours=2)
    await people.refresh(home.server, RefreshAccount(uri=uri))
    assert (await Account.get(uri=uri)).gone_at is not None


# Posts and pages


async def test_a_post_comes_with_what_it_answers(home, peer):
    bob = peer.actor("bob")
    root = peer.serve(peer.note("1", bob))
    middle = peer.serve(peer.note("2", bob, inReplyTo=root["id"]))
    leaf = peer.serve(peer.note("3", bob, inReplyTo=middle["id"]))

    found = await resolve.post_by_uri(home.server, leaf["id"])

    parent = await Post.get(id=found.in_reply_to_id)
    assert (parent.uri, (await Post.get(id=parent.in_reply_to_id)).uri) == (middle["id"], root["id"])


async def test_a_thread_without_end_is_followed_so_far_and_no_further(home, peer):
    bob = peer.actor("bob")
    for number in range(100):
        peer.serve(peer.note(str(number), bob, inReplyTo=f"{peer.url}/notes/{number + 1}"))

    await resolve.post_by_uri(home.server, f"{peer.url}/notes/0")

    assert sum(peer.asked.values()) < 50
    assert await Post.all().count() > 20


async def test_a_thread_that_bites_its_tail_ends(home, peer):
    bob = peer.actor("bob")
    for number in range(3):
        peer.serve(peer.note(str(number), bob, inReplyTo=f"{peer.url}/notes/{(number + 1) % 3}"))

    await resolve.post_by_uri(home.server, f"{peer.url}/notes/0")

    assert await Post.all().count() == 3


async def test_a_page_leads_to_its_document(home, peer):
    bob = peer.actor("bob")
    note = peer.serve(peer.note("1", bob))
    link = f'<html><head><link href="{note["id"]}" rel="alternate" type="{ACTIVITY_JSON}"></head></html>'
    peer.documents["/@bob/1"] = HTMLResponse(link)

    found = await resolve.anything(home.server, f"{peer.url}/@bob/1")

    assert isinstance(found, Post)
    assert found.uri == note["id"]


async def test_anything_finds_people_pages_and_nothing(home, peer):
    bob = peer.actor("bob")
    post = await posts.create(home.server, home.alice, Draft(text="mine"), mentions={})

    found = [
        await resolve.anything(home.server, text)
        for text in (bob, f"@bob@{peer.host}", home.alice.url, home.alice.uri, post.url, post.uri)
    ]

    assert [getattr(each, "uri", None) for each in found] == [
        bob,
        bob,
        home.alice.uri,
        home.alice.uri,
        post.uri,
        post.uri,
    ]
    for text in ("foxes", f"{peer.url}/none", "@x@", "http://[", f"@nobody@{peer.host}"):
        assert await resolve.anything(home.server, text) is None


# What a fetch refuses


@pytest.mark.parametrize("media_type", ["application/json", "text/html", "application/ld+json", "text/plain"])
async def test_other_content_types_are_no_documents(home, peer, media_type):
    bob = peer.actor("bob")
    peer.documents["/users/bob"] = JSONResponse(peer.documents["/users/bob"], media_type=media_type)

    with pytest.raises(Malformed):
        await fetch_json(home.server, bob)


async def test_a_document_counts_only_at_its_own_id(home, peer, other):
    bob = peer.actor("bob")
    forged = {**peer.documents["/users/bob"], "name": "Mallory"}
    other.documents["/x"] = forged

    assert "name" not in await fetch_json(home.server, f"{other.url}/x")

    other.documents["/y"] = {**forged, "id": f"{peer.url}/nowhere"}
    with pytest.raises(NotFound):
        await fetch_json(home.server, f"{other.url}/y")
    assert bob


async def test_redirects_are_followed_three_times_and_signed_each_time(home, peer):
    bob = peer.actor("bob")
    for number in range(5):
        target = bob if number == 0 else f"{peer.url}/hop{number - 1}"
        peer.documents[f"/hop{number}"] = RedirectResponse(target)

    assert (await fetch_json(home.server, f"{peer.url}/hop2"))["id"] == bob
    with pytest.raises(Refused):
        await fetch_json(home.server, f"{peer.url}/hop3")


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (Response(status_code=404), NotFound),
        (Response(status_code=410), Gone),
        (Response(status_code=403), Refused),
        (Response(b"x" * 1_100_000, media_type=ACTIVITY_JSON), TooLarge),
        (Response(b"not json", media_type=ACTIVITY_JSON), Malformed),
        (RedirectResponse("ftp://127.0.0.1/x"), Malformed),
        (RedirectResponse("http://10.0.0.1/x"), Blocked),
    ],
)
async def test_a_failed_fetch_says_why_and_is_not_repeated_at_once(home, peer, response, error):
    peer.documents["/x"] = response

    for _ in range(3):
        with pytest.raises(error):
            await fetch_json(home.server, f"{peer.url}/x")

    assert peer.asked["/x"] == (3 if error is Blocked else 1)


async def test_nothing_of_ours_is_fetched_over_the_network(home):
    with pytest.raises(Blocked):
        await fetch_json(home.server, home.alice.uri)
