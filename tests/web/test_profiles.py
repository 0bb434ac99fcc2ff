"""Profiles: for people a page, for programs a document, and nothing that a name could break."""

import pytest

from fedi.actions import accounts, blocks, follows, media
from fedi.actions.accounts import ProfileChanges
from fedi.models.accounts import Account
from tests.support.factories import make_account
from tests.support.pictures import photo
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio

AS2 = "application/activity+json"
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


async def test_programs_get_the_actor_and_people_the_page(stranger: Visitor, alice: Account):
    document = await stranger.get("/@alice", Accept=AS2)
    page = await stranger.get("/@alice", Accept="text/html,application/xhtml+xml,*/*;q=0.8")

    assert document.headers["content-type"].startswith(AS2)
    assert document.json()["id"] == alice.uri
    assert page.headers["content-type"].startswith("text/html")
    head = Outline(page.text)
    assert head.all("link", rel="alternate", type=AS2)[0].attributes["href"] == alice.uri
    assert head.all("link", rel="canonical")[0].attributes["href"] == alice.url
    assert alice.uri in page.headers["link"]


async def test_a_name_in_another_case_leads_to_the_one(stranger: Visitor, alice: Account):
    assert (await stranger.get("/@ALICE")).headers["location"] == "/@alice"


async def test_search_engines_are_asked_away_until_the_owner_lets_them(site: Site, stranger: Visitor, alice):
    assert 'name="robots" content="noindex' in (await stranger.get("/@alice")).text

    await accounts.update_profile(site.server, alice, ProfileChanges(indexable=True))

    assert 'name="robots"' not in (await stranger.get("/@alice")).text


async def test_links_of_a_profile_claim_to_be_its_owners(site: Site, stranger: Visitor, alice: Account):
    changes = ProfileChanges(fields=[("Site", "https://alice.example"), ("Bad", "javascript:alert(1)")])
    await accounts.update_profile(site.server, alice, changes)

    page = Outline((await stranger.get("/@alice")).text)

    links = [each for each in page.all("a") if "me" in each.attributes.get("rel", "").split()]
    assert [each.attributes["href"] for each in links] == ["https://alice.example"]
    assert [each.attributes["href"] for each in page.all("link", rel="me")] == ["https://alice.example"]


async def test_names_and_fields_cannot_leave_their_place(site: Site, alices: Visitor, alice: Account):
    changes = ProfileChanges(
        display_name=ATTACK[:40], note=ATTACK, fields=[(ATTACK, ATTACK)], discoverable=True
    )
    await accounts.update_profile(site.server, alice, changes)

    for path in ("/@alice", "/search?q=alice", "/settings/profile", "/home", "/compose"):
        page = Outline((await alices.get(path)).text)

        assert all(script.attributes["src"].startswith("/static/") for script in page.all("script"))
        assert not [each for each in page.elements if "onerror" in each.attributes]


async def test_a_remote_name_and_its_emojis_cannot_leave_their_place(site: Site, alices: Visitor):
    await make_account(
        site.server,
        "bob",
        domain="b.example",
        display_name="<b>:cat: :bad:</b>",
        fetched_at=site.server.clock.now(),
        emojis=[
            {"shortcode": "cat", "url": 'https://b.example/cat.png"onload="x'},
            {"shortcode": "bad", "url": "javascript:alert(1)"},
        ],
    )

    page = Outline((await alices.get("/@bob@b.example")).text)

    emoji = page.all("img", class_="emoji")[0].attributes
    assert emoji["src"] == 'https://b.example/cat.png"onload="x'
    assert "onload" not in emoji
    assert ":bad:" in page.all("h1")[0].text
    assert "<b>" in page.all("h1")[0].text


async def test_a_labelled_avatar_says_so_in_words(site: Site, stranger: Visitor, alice: Account):
    picture = await media.upload(site.server, alice, photo(), description="Me")
    await accounts.set_avatar(site.server, alice, picture)
    await Account.filter(id=alice.id).update(avatar_source_type=COMPOSITE, avatar_ai_system="Cel")

    drawn = (await stranger.get("/@alice")).text
    await Account.filter(id=alice.id).update(avatar_source_type=TRAINED)
    made = (await stranger.get("/@alice")).text
    await Account.filter(id=alice.id).update(avatar_source_type="")
    plain = (await stranger.get("/@alice")).text

    assert "Made with a model · Cel" in drawn
    assert "Made by a model · Cel" in made
    assert "Made " not in plain
    assert 'alt="Me"' in plain


async def test_who_was_suspended_or_deleted_is_gone(stranger: Visitor, site: Site, alice: Account):
    await Account.filter(id=alice.id).update(suspended_at=site.server.clock.now())
    assert (await stranger.get("/@alice")).status_code == 410
    assert (await stranger.get("/@alice", Accept=AS2)).status_code == 403

    await Account.filter(id=alice.id).update(suspended_at=None)
    await accounts.mark_gone(site.server, alice)

    assert (await stranger.get("/@alice")).status_code == 410
    assert (await stranger.get("/@alice", Accept=AS2)).json()["type"] == "Tombstone"


async def test_a_button_follows_and_the_next_takes_it_back(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    assert ">Follow</button>" in (await alices.get("/@bob")).text

    done = await alices.post(f"/accounts/{bob.id}/follow", {"back": "/@bob"})

    assert done.headers["location"] == "/@bob"
    assert "Following</button>" in (await alices.get("/@bob")).text
    assert "@alice" in (await alices.get("/@bob/followers")).text
    await alices.post(f"/accounts/{bob.id}/unfollow", {"back": "https://evil.example"})
    assert ">Follow</button>" in (await alices.get("/@bob")).text


async def test_mute_block_and_their_undoing_stand_on_the_profile(
    site: Site, alices: Visitor, alice: Account, bob: Account
):

    await alices.post(f"/accounts/{bob.id}/mute")
    assert "Muted" in (await alices.get("/@bob")).text
    await alices.post(f"/accounts/{bob.id}/unmute")
    await alices.post(f"/accounts/{bob.id}/block")
    blocked = (await alices.get("/@bob")).text
    await blocks.unblock(site.server, alice, bob)

    assert "Unblock</button>" in blocked
    assert "Unblock" not in (await alices.get("/@bob")).text
    assert (await alices.post(f"/accounts/{bob.id}/adopt")).status_code == 404
    assert (await alices.post("/accounts/12345/follow")).status_code == 404


async def test_who_asks_to_follow_is_let_in_by_a_button(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    alice = await accounts.update_profile(site.server, alice, ProfileChanges(locked=True))
    await follows.request(site.server, bob, alice)
    assert "asks to follow you" in (await alices.get("/notifications")).text

    await alices.post(f"/accounts/{bob.id}/accept", {"back": "/notifications"})

    assert "@bob" in (await alices.get("/@alice/followers")).text


async def test_a_hidden_list_is_shown_to_its_owner_alone(
    site: Site, alices: Visitor, stranger: Visitor, alice, bob: Account
):
    await follows.request(site.server, bob, alice)
    await accounts.update_profile(site.server, alice, ProfileChanges(hide_collections=True))

    assert "@bob" in (await alices.get("/@alice/followers")).text
    assert "@bob" not in (await stranger.get("/@alice/followers")).text
