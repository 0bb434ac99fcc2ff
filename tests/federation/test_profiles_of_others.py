"""What actors say of themselves beside their name, both ways."""

import pytest

from fedi.federation import resolve
from fedi.models.accounts import Account
from tests.support.peer import activity, get

pytestmark = pytest.mark.anyio


async def test_sites_that_may_credit_an_account_are_told_and_read(home, peer):
    from fedi.actions import accounts
    from fedi.actions.accounts import ProfileChanges
    from fedi.errors import Invalid

    changes = ProfileChanges(attribution_domains=["Blog.example", "blog.example"])
    await accounts.update_profile(home.server, home.alice, changes)
    bob = await resolve.account_by_uri(
        home.server, peer.actor("bob", attributionDomains=["b.example", "no domain", 5, "http://x/"])
    )

    told = (await get(home.alice.uri)).json()
    assert told["attributionDomains"] == ["blog.example"]
    assert bob.attribution_domains == ["b.example"]
    with pytest.raises(Invalid):
        await accounts.update_profile(home.server, home.alice, ProfileChanges(attribution_domains=["a b"]))


async def test_an_account_that_its_own_server_suspended_shows_nothing_of_itself(home, peer, clock):
    bob = peer.actor("bob", name="Bob", summary="<p>me</p>")
    await home.follow(bob)
    gone = {
        name: value for name, value in peer.documents["/users/bob"].items() if name not in {"name", "summary"}
    }

    await home.take(activity("Update", bob, gone | {"suspended": True}), signer=bob)
    suspended = await Account.get(uri=bob)
    await home.take(activity("Update", bob, peer.documents["/users/bob"], id_=f"{bob}#back"), signer=bob)
    back = await Account.get(uri=bob)

    assert (suspended.suspended_at_origin, suspended.display_name) == (True, "")
    assert (back.suspended_at_origin, back.display_name) == (False, "Bob")


async def test_a_suspended_account_of_ours_is_told_of_bare(home):
    from fedi.translate.actors import actor_of

    home.alice.note, home.alice.display_name = "<p>me</p>", "Alice"
    home.alice.suspended_at = home.server.clock.now()

    json = actor_of(home.alice, home.server.uris).to_json()

    assert json["suspended"] is True
    assert (json["name"], json["summary"], json["attachment"]) == ("", "", [])
    assert json["publicKey"]["owner"] == home.alice.uri
