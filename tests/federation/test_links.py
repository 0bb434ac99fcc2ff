"""Verified links: a page that links back with rel="me", and those that only seem to."""

import pytest
from starlette.responses import HTMLResponse, RedirectResponse

from fedi.actions import accounts
from fedi.actions.accounts import ProfileChanges
from fedi.models.accounts import Account

pytestmark = pytest.mark.anyio


async def verified(home, peer, *, page: str, path: str = "/me") -> bool:
    """Put a page at the peer into Alice's profile; gives whether it is verified then."""
    peer.documents[path] = HTMLResponse(page)
    changes = ProfileChanges(fields=[("Site", f"{peer.url}{path}")])
    await accounts.update_profile(home.server, home.alice, changes)
    await home.house.drain()
    (field,) = (await Account.get(id=home.alice.id)).fields_list
    return field["verified_at"] is not None


@pytest.mark.parametrize(
    "page",
    [
        '<a rel="me" href="{url}">me</a>',
        "<link href='{url}' rel='me'>",
        '<a class=x rel="nofollow ME noopener" href="{url}/">me</a>',
        "<A HREF={url} REL=me>me</A>",
    ],
)
async def test_a_page_that_links_back_is_verified(home, peer, page):
    assert await verified(home, peer, page=page.format(url=home.alice.url))


@pytest.mark.parametrize(
    "page",
    [
        "<p>nothing</p>",
        '<a href="{url}">me</a>',
        '<a rel="menu" href="{url}">me</a>',
        '<a rel="me" href="{url}x">me</a>',
        '<a rel="me" href="https://evil.example/?{url}">me</a>',
    ],
)
async def test_a_page_that_does_not_is_not(home, peer, page):
    assert not await verified(home, peer, page=page.format(url=home.alice.url))


async def test_a_link_back_may_go_through_one_redirect(home, peer):
    peer.documents["/count"] = RedirectResponse(home.alice.url)

    assert await verified(home, peer, page='<a rel="me" href="/count">me</a>')


async def test_a_changed_field_is_verified_anew_and_an_unchanged_one_stays(home, peer):
    assert await verified(home, peer, page=f'<a rel="me" href="{home.alice.url}">me</a>')
    asked = peer.asked["/me"]

    changes = ProfileChanges(fields=[("Site", f"{peer.url}/me"), ("Other", f"{peer.url}/other")])
    await accounts.update_profile(home.server, home.alice, changes)
    await home.house.drain()

    fields = (await Account.get(id=home.alice.id)).fields_list
    assert [field["verified_at"] is not None for field in fields] == [True, False]
    assert (peer.asked["/me"], peer.asked["/other"]) == (asked, 1)


async def test_words_that_hide_where_a_link_leads_are_never_verified(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    peer.documents["/evil"] = HTMLResponse(f'<a rel="me" href="{bob}">me</a>')
    value = f'<a href="{peer.url}/evil"><span class="invisible">https://</span>good.example</a>'
    actor = peer.documents["/users/bob"] | {
        "attachment": [{"type": "PropertyValue", "name": "Site", "value": value}]
    }
    from tests.support.peer import activity

    await home.take(activity("Update", bob, actor), signer=bob)

    assert (await Account.get(uri=bob)).fields_list[0]["verified_at"] is None
    assert peer.asked["/evil"] == 0


async def test_a_followed_remote_profile_is_verified_too(home, peer):
    bob = peer.actor("bob")
    await home.follow(bob)
    peer.documents["/site"] = HTMLResponse(f'<a rel="me" href="{bob}">me</a>')
    value = f'<a href="{peer.url}/site" rel="me">{peer.url}/site</a>'
    actor = peer.documents["/users/bob"] | {
        "attachment": [{"type": "PropertyValue", "name": "Site", "value": value}]
    }
    from tests.support.peer import activity

    await home.take(activity("Update", bob, actor), signer=bob)

    assert (await Account.get(uri=bob)).fields_list[0]["verified_at"] is not None


async def test_our_profile_page_links_to_a_profiles_fields_so_that_others_can_verify_it(running):
    alice = await running.person("alice")
    async with await running.client(alice) as client:
        fields = {
            "fields_attributes[0][name]": "Site",
            "fields_attributes[0][value]": "https://alice.example",
        }
        await client.patch("/api/v1/accounts/update_credentials", data=fields)
        page = (await client.get("/@alice", headers={"Accept": "text/html"})).text

    assert 'rel="me' in page.split("https://alice.example")[0].rsplit("<", 1)[-1]
