"""Whom to follow, and the directory."""

from datetime import timedelta

import pytest

from fedi.models.accounts import Account
from fedi.models.relationships import DismissedSuggestion
from fedi.queries import directory, suggestions
from tests.support.factories import make_account, make_block, make_follow, make_mute

pytestmark = pytest.mark.anyio


@pytest.fixture
async def known(server):
    """Somebody of this server who wants to be found."""
    return await make_account(server, "known", discoverable=True, followers_count=5)


async def suggested(client, **params):
    answer = await client.get("/api/v2/suggestions", params=params)
    assert answer.status_code == 200, answer.text
    return [each["account"]["acct"] for each in answer.json()]


async def test_accounts_are_suggested_with_their_reasons(as_alice, server, alice, known):
    far = await make_account(server, "far", domain="b.example", discoverable=True)
    for name in ("f1", "f2"):
        friend = await make_account(server, name)
        await make_follow(server, alice, friend)
        await make_follow(server, friend, far)
    now = server.clock.now()
    await make_account(server, "active", discoverable=True, last_post_at=now)
    await make_account(server, "asleep", discoverable=True, last_post_at=now - timedelta(days=60))

    shown = (await as_alice.get("/api/v2/suggestions")).json()

    assert [(each["account"]["acct"], each["source"], each["sources"]) for each in shown] == [
        ("far@b.example", "past_interactions", ["friends_of_friends"]),
        ("known", "global", ["most_followed"]),
        ("active", "global", ["most_interactions"]),
    ]
    older = (await as_alice.get("/api/v1/suggestions")).json()
    assert [each["acct"] for each in older] == ["far@b.example", "known", "active"]


async def test_suggestions_go_on(as_alice, server):
    for number in range(5):
        await make_account(server, f"p{number}", discoverable=True, followers_count=9 - number)

    assert await suggested(as_alice, limit=2) == ["p0", "p1"]
    assert await suggested(as_alice, limit=2, offset=4) == ["p4"]


@pytest.mark.parametrize(
    "why",
    ["follow", "pending", "block", "blocked", "mute", "moved", "hidden", "silenced", "suspended", "self"],
)
async def test_nobody_is_suggested_whom_one_knows_or_may_not_find(as_alice, server, alice, known, why):
    assert await suggested(as_alice) == ["known"]

    now = server.clock.now()
    changes = {
        "moved": {"moved_to_uri": "https://b.example/users/known"},
        "hidden": {"discoverable": False},
        "silenced": {"silenced_at": now},
        "suspended": {"suspended_at": now},
    }
    match why:
        case "follow":
            await make_follow(server, alice, known)
        case "pending":
            await make_follow(server, alice, known, state="pending")
        case "block":
            await make_block(server, alice, known)
        case "blocked":
            await make_block(server, known, alice)
        case "mute":
            await make_mute(server, alice, known)
        case "self":
            await known.delete()
            await Account.filter(id=alice.id).update(discoverable=True, followers_count=9)
        case _:
            await Account.filter(id=known.id).update(**changes[why])

    assert await suggested(as_alice) == []


async def test_who_is_dismissed_is_not_suggested_again(as_alice, as_bob, known):
    for _ in range(2):
        assert (await as_alice.delete(f"/api/v1/suggestions/{known.id}")).json() == {}

    assert await suggested(as_alice) == []
    assert await suggested(as_bob) == ["known"]
    assert await DismissedSuggestion.all().count() == 1
    assert (await as_alice.delete("/api/v1/suggestions/1")).status_code == 404


async def test_a_page_of_suggestions_takes_few_queries(server, alice, known, monkeypatch):
    seen = []
    rows = server.db.rows

    async def noted(sql, values=()):
        seen.append(sql)
        return await rows(sql, values)

    monkeypatch.setattr(type(server.db), "rows", lambda _, sql, values=(): noted(sql, values))

    await suggestions.of(server, alice, limit=40)

    assert len(seen) <= 4


async def listed(client, **params):
    return [each["acct"] for each in (await client.get("/api/v1/directory", params=params)).json()]


async def test_the_directory_is_ordered_and_paged(nobody, server):
    now = server.clock.now()
    for number in range(3):
        posted = {"last_post_at": now - timedelta(days=number)} if number else {}
        await make_account(server, f"p{number}", discoverable=True, **posted)
    await make_account(server, "quiet")
    await make_account(server, "far", domain="b.example", discoverable=True, last_post_at=now)

    assert await listed(nobody) == ["far@b.example", "p1", "p2", "p0"]
    assert await listed(nobody, local="true") == ["p1", "p2", "p0"]
    assert await listed(nobody, local="true", order="new") == ["p2", "p1", "p0"]
    assert await listed(nobody, order="new", limit=2, offset=1) == ["p2", "p1"]
    assert await listed(nobody, offset=9) == []


async def test_the_directory_leaves_out_whom_the_viewer_hides(as_alice, nobody, server, alice):
    eve = await make_account(server, "eve", discoverable=True)
    await make_account(server, "gone", discoverable=True, moved_to_uri="https://b.example/gone")
    await make_block(server, alice, eve)

    assert await listed(nobody) == ["eve"]
    assert await listed(as_alice) == []
    assert await directory.people(server, alice, limit=5) == []
