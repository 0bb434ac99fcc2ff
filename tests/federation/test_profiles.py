"""Profiles of other servers show what was posted, pinned and counted before anybody here knew them."""

from datetime import timedelta

import pytest
from starlette.responses import Response

from fedi.actions import follows
from fedi.config import FederationSettings
from fedi.federation import profiles, resolve
from fedi.jobs.kinds import BackfillAccount
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.queries import timelines
from fedi.queries.paging import Page
from tests.federation.conftest import Home
from tests.support.peer import Json, Peer, activity

pytestmark = pytest.mark.anyio


def old(home: Home, peer: Peer, name: str, author: str, *, days: int = 9, **more: object) -> Json:
    """Serve a note of some days ago."""
    published = (home.clock.now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return peer.serve(peer.note(name, author, **{"published": published, **more}))


def collection(peer: Peer, path: str, *items: object, **more: object) -> None:
    """Serve an ordered collection with one page, which stands at an address of its own."""
    uri = f"{peer.url}{path}"
    whole = {"id": uri, "type": "OrderedCollection", "totalItems": len(items), "first": f"{uri}/page"}
    peer.serve({**whole, **more})
    page = {"id": f"{uri}/page", "type": "OrderedCollectionPage", "partOf": uri}
    peer.serve({**page, "orderedItems": list(items)})


async def opened(home: Home, uri: str) -> Account:
    """Have Alice open a profile and its search run."""
    account = await resolve.account_by_uri(home.server, uri)
    assert await profiles.ask(home.server, home.alice, account) is not None
    await home.house.drain()
    return await Account.get(id=account.id)


async def shown(home: Home, account: Account, *, pinned: bool = False) -> list[str]:
    found = await timelines.of_account(home.server, account, home.alice, Page(40), pinned=pinned)
    return [each.post.uri for each in found]


async def test_older_posts_are_found_in_the_outbox(home, peer):
    bob = peer.actor("bob")
    newer, older = old(home, peer, "newer", bob, days=2), old(home, peer, "older", bob)
    collection(peer, "/users/bob/outbox", peer.create(newer), peer.create(older)["id"])
    peer.serve(peer.create(older))

    account = await opened(home, bob)

    assert await shown(home, account) == [newer["id"], older["id"]]


async def test_posts_that_are_found_are_counted_once(home, peer):
    bob = peer.actor("bob")
    collection(peer, "/users/bob/outbox", *(old(home, peer, f"n{i}", bob)["id"] for i in range(3)))

    account = await opened(home, bob)

    assert (account.posts_count, len(await shown(home, account))) == (3, 3)


async def test_what_is_not_for_all_or_not_the_accounts_own_or_a_boost_is_left_out(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    mallory = peer.actor("mallory")
    closed = old(home, peer, "closed", bob, to=[f"{bob}/followers"], cc=[])
    anothers = old(home, peer, "anothers", mallory)
    foreign = old(home, other, "foreign", carol)
    boost = activity("Announce", bob, foreign["id"])
    collection(peer, "/users/bob/outbox", closed["id"], anothers["id"], foreign["id"], boost)

    account = await opened(home, bob)

    assert await shown(home, account) == []
    assert await Post.all().count() == 0


async def test_an_outbox_of_thousands_is_read_a_little(home, peer):
    bob = peer.actor("bob")
    collection(peer, "/users/bob/outbox", *(old(home, peer, f"n{i}", bob)["id"] for i in range(60)))

    account = await opened(home, bob)

    assert len(await shown(home, account)) == profiles.MAX_POSTS
    assert sum(count for path, count in peer.asked.items() if path.startswith("/notes/")) == 20


async def test_old_posts_tell_nobody_and_fetch_nothing_that_they_answer(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    mention = {"type": "Mention", "href": home.alice.uri, "name": "@alice"}
    parent = old(home, other, "parent", carol)
    answer = old(home, peer, "answer", bob, inReplyTo=parent["id"], tag=mention)
    collection(peer, "/users/bob/outbox", answer["id"])

    account = await opened(home, bob)

    assert await shown(home, account) == [answer["id"]]
    assert other.asked["/notes/parent"] == 0
    assert await Notification.all().count() == 0


async def test_pins_are_what_the_collection_lists_in_its_order(home, peer):
    bob = peer.actor("bob")
    notes = [old(home, peer, f"n{number}", bob)["id"] for number in range(3)]
    collection(peer, "/users/bob/featured", notes[2], notes[0])
    account = await opened(home, bob)
    assert await shown(home, account, pinned=True) == [notes[2], notes[0]]

    collection(peer, "/users/bob/featured", notes[0], notes[1])
    home.clock.turn(hours=25)
    account = await opened(home, bob)

    assert await shown(home, account, pinned=True) == [notes[0], notes[1]]


async def test_pins_stay_when_their_collection_cannot_be_had(home, peer):
    bob = peer.actor("bob")
    note = old(home, peer, "note", bob)["id"]
    collection(peer, "/users/bob/featured", note)
    await opened(home, bob)
    del peer.documents["/users/bob/featured"]
    home.clock.turn(hours=25)

    account = await opened(home, bob)

    assert await shown(home, account, pinned=True) == [note]


async def test_posts_of_others_are_not_pinned(home, peer, other):
    bob, carol = peer.actor("bob"), other.actor("carol")
    foreign = old(home, other, "foreign", carol)["id"]
    collection(peer, "/users/bob/featured", foreign, old(home, peer, "x", peer.actor("mallory"))["id"])

    account = await opened(home, bob)

    assert await shown(home, account, pinned=True) == []


async def test_counts_are_the_servers_own_and_clamped(home, peer):
    bob = peer.actor("bob", following=f"{peer.url}/users/bob/following")
    collection(peer, "/users/bob/outbox", totalItems=321)
    collection(peer, "/users/bob/followers", totalItems=10**18)
    collection(peer, "/users/bob/following", totalItems=-5)

    account = await opened(home, bob)

    assert (account.posts_count, account.followers_count) == (321, 2**31 - 1)
    assert (account.following_count, account.hide_collections) == (0, False)


async def test_whoever_hides_whom_they_know_is_shown_so(home, peer):
    bob = peer.actor("bob")
    uri = f"{peer.url}/users/bob/followers"
    peer.serve({"id": uri, "type": "OrderedCollection", "totalItems": 7})

    account = await opened(home, bob)

    assert (account.followers_count, account.hide_collections) == (7, True)

    peer.documents["/users/bob/followers"] = Response(status_code=503)
    home.clock.turn(hours=25)
    account = await opened(home, bob)

    assert (account.followers_count, account.hide_collections) == (7, True)


async def test_a_collection_on_another_server_is_not_read(home, peer, other):
    bob = peer.actor("bob", outbox=f"{other.url}/outbox", followers=f"{other.url}/followers")
    collection(peer, "/users/bob/featured", first=f"{other.url}/featured")

    await opened(home, bob)

    assert not other.asked


async def test_a_profile_is_not_filled_again_within_a_day(home, peer):
    account = await opened(home, peer.actor("bob"))

    assert await profiles.ask(home.server, home.alice, account) is None
    home.clock.turn(hours=25)
    assert await profiles.ask(home.server, home.alice, account) is not None


async def test_the_first_follow_that_is_accepted_fills_the_profile(home, peer):
    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    follow = await follows.request(home.server, home.alice, bob)
    asked = Job.filter(kind=BackfillAccount.kind())
    assert not await asked.exists()

    await follows.accept(home.server, follow)

    assert await asked.count() == 1


async def test_ours_and_those_that_are_gone_are_not_looked_for(home, peer):
    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    bob.suspended_at = home.clock.now()

    assert await profiles.ask(home.server, home.alice, bob) is None
    assert await profiles.ask(home.server, home.alice, home.alice) is None


class TestSwitchedOff:
    """Without `federation.backfill` nothing is asked for."""

    @pytest.fixture
    def federation(self) -> FederationSettings:
        return FederationSettings(backfill=False)

    async def test_no_profile_is_filled(self, home, peer):
        bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
        follow = await follows.request(home.server, home.alice, bob)
        await follows.accept(home.server, follow)

        assert await profiles.ask(home.server, home.alice, bob) is None
        assert not await Job.filter(kind=BackfillAccount.kind()).exists()
