import pytest

from fedi.actions import moves
from fedi.models.accounts import Account
from tests.support.factories import make_account
from tests.support.servers import PASSWORD

pytestmark = pytest.mark.anyio

PAGE = "/settings/moving"


async def test_an_alias_is_added_shown_and_removed(alices, alice, bob, site):
    added = await alices.post(f"{PAGE}/aliases", {"alias": "@bob"})
    shown = await alices.get(PAGE)
    await alices.post(f"{PAGE}/aliases/remove", {"alias": bob.uri})

    assert (added.status_code, added.headers["location"]) == (303, f"{PAGE}?notice=alias")
    assert "@bob</bdi>" in shown.text
    assert (await Account.get(id=alice.id)).also_known_as == []


async def test_an_account_moves_with_the_password_and_comes_back(alices, alice, bob, server):
    await moves.add_alias(server, bob, alice.uri)

    moved = await alices.post(PAGE, {"target": f"@bob@{server.uris.host}", "password": PASSWORD})
    shown, profile = await alices.get(PAGE), await alices.get("/@alice")
    refused = await alices.post("/compose", {"text": "hello"})
    await alices.post(f"{PAGE}/cancel")

    assert moved.headers["location"] == f"{PAGE}?notice=moved"
    assert "You have moved" in shown.text
    assert 'has moved to <a href="/@bob">' in profile.text
    assert refused.status_code == 403
    assert (await Account.get(id=alice.id)).moved_to_uri == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"target": "@bob", "password": "wrong"}, "The password is not right"),
        ({"target": "@bob", "password": PASSWORD}, "does not name this one as an alias"),
        ({"target": "@nobody", "password": PASSWORD}, "There is no account of this name"),
    ],
)
async def test_a_move_that_cannot_be_says_why_and_changes_nothing(alices, alice, bob, fields, words):
    answer = await alices.post(PAGE, fields)

    assert answer.status_code in {404, 422}
    assert words in answer.text
    assert (await Account.get(id=alice.id)).moved_to_uri == ""


async def test_a_successor_that_does_not_confirm_is_not_shown_as_one(alices, server):
    rita = await make_account(server, "rita", domain="b.example", fetched_at=server.clock.now())
    await Account.filter(id=rita.id).update(moved_to_uri="https://evil.example/rita")

    page = await alices.get("/@rita@b.example")

    assert "says that it has moved" in page.text
