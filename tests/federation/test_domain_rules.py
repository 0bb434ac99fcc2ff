"""What rules about hosts do in every path: in, out, and what is shown."""

import pytest

from fedi.actions import moderation, posts
from fedi.actions.posts import Draft
from fedi.config import FederationSettings
from fedi.errors import Blocked
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.moderation import DomainRule
from fedi.models.posts import Post
from fedi.queries import timelines
from fedi.queries.paging import Page
from tests.support.houses import house
from tests.support.outgoing import sent
from tests.support.peer import activity, get, post

pytestmark = pytest.mark.anyio

PICTURE = {"type": "Document", "mediaType": "image/png", "url": "http://127.0.0.1:9/p.png", "name": "a fox"}
EMOJI = {
    "type": "Emoji",
    "name": ":fox:",
    "icon": {"type": "Image", "url": "http://127.0.0.1:9/fox.png"},
}


async def block(home, peer, severity: str, **more) -> None:
    await moderation.block_domain(home.server, peer.host, by="cli", severity=severity, **more)


async def test_refused_media_is_not_kept(home, peer):
    await block(home, peer, "none", reject_media=True)
    bob = peer.actor("bob", icon={"type": "Image", "url": "http://127.0.0.1:9/a.png"})
    await home.follow(bob)
    note = peer.note("1", bob, attachment=[PICTURE], tag=[EMOJI])

    await home.take(peer.create(note), signer=bob)

    stored = await Post.get(uri=note["id"]).select_related("author")
    assert (await MediaAttachment.all().count(), stored.emojis, stored.author.avatar_url) == (0, [], "")


async def test_refused_media_does_not_come_with_an_edit(home, peer):
    await block(home, peer, "none", reject_media=True)
    bob = peer.actor("bob")
    await home.follow(bob)
    note = peer.note("1", bob)
    await home.take(peer.create(note), signer=bob)
    home.clock.turn(minutes=1)
    edited_at = home.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    edit = {**note, "content": "<p>new</p>", "updated": edited_at, "attachment": [PICTURE], "tag": [EMOJI]}
    await home.take(activity("Update", bob, edit), signer=bob)

    stored = await Post.get(uri=note["id"])
    assert (stored.content, await MediaAttachment.all().count(), stored.emojis) == ("<p>new</p>", 0, [])


async def test_media_that_is_here_goes_when_it_is_refused(home, peer):
    bob = peer.actor("bob", icon={"type": "Image", "url": "http://127.0.0.1:9/a.png"})
    await home.follow(bob)
    await home.take(peer.create(peer.note("1", bob, attachment=[PICTURE], tag=[EMOJI])), signer=bob)
    assert await MediaAttachment.all().count() == 1

    await block(home, peer, "none", reject_media=True)
    await home.house.drain()

    stored = await Post.get(uri=f"{peer.url}/notes/1").select_related("author")
    assert (await MediaAttachment.all().count(), stored.emojis, stored.author.avatar_url) == (0, [], "")


async def test_a_limited_host_stays_out_of_public_timelines_but_not_of_its_followers(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    await block(home, peer, "silence")

    await home.take(peer.create(peer.note("1", bob)), signer=bob)

    public = await timelines.public(home.server, None, Page(limit=10))
    at_home = await timelines.home(home.server, home.alice, Page(limit=10))
    assert (len(public), len(at_home)) == (0, 1)


@pytest.fixture
async def closed(fresh_folder, clock):
    """A house that deals with allowed hosts alone."""
    only = FederationSettings(allow_list=True)
    async with house(fresh_folder, clock=clock, federation=only) as opened:
        yield opened


async def test_with_an_allow_list_others_are_refused_both_ways(closed, peer, clock):
    bob = peer.actor("bob")
    with closed.server.db.activate():
        answer = await post(
            f"{closed.url}/ap/inbox",
            activity("Follow", bob, f"{closed.url}/ap/u/1"),
            signer=bob,
            now=clock.now(),
        )
        assert answer.status_code == 403
        with pytest.raises(Blocked):
            await resolve.account_by_uri(closed.server, bob)
    assert peer.asked == {}


async def test_with_an_allow_list_an_allowed_host_is_dealt_with(closed, peer, clock):
    from tests.support.servers import make_person

    bob = peer.actor("bob")
    with closed.server.db.activate():
        alice = await make_person(closed.server, "alice")
        await moderation.block_domain(closed.server, peer.host, by="cli", severity="none")
        answer = await post(
            f"{closed.url}/ap/inbox", activity("Follow", bob, alice.uri), signer=bob, now=clock.now()
        )
        await closed.drain()
        assert (answer.status_code, await Account.exists(uri=bob)) == (202, True)

        await posts.create(closed.server, alice, Draft(text="hello"), mentions={})
        assert [each.inbox for each in await sent()][-1].startswith(peer.url)


async def test_with_an_allow_list_reads_must_be_signed(closed, peer, clock):
    from tests.support.servers import make_person

    bob = peer.actor("bob")
    with closed.server.db.activate():
        alice = await make_person(closed.server, "alice")
        await moderation.block_domain(closed.server, peer.host, by="cli", severity="none")

    unsigned = await get(alice.uri)
    signed = await get(alice.uri, signer=bob, now=clock.now())

    assert ("outbox" in unsigned.json(), "outbox" in signed.json()) == (False, True)


async def test_without_an_allow_list_its_rule_is_gone_after_a_start(fresh_folder, clock):
    async with house(fresh_folder, clock=clock, federation=FederationSettings(allow_list=True)) as first:
        with first.server.db.activate():
            assert await DomainRule.exists(domain="*")
    async with house(fresh_folder, clock=clock) as second:
        with second.server.db.activate():
            assert not await DomainRule.exists(domain="*")
