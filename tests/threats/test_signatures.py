"""T01 to T25: who says so? (threats reference, section A)"""

import pytest

from tests.threats.evil import Evil, Target

pytestmark = pytest.mark.anyio


async def test_t01_an_unsigned_activity_is_refused_and_leaves_no_trace(s: Target, evil: Evil):
    mallory = evil["e1.test"].actor("mallory")
    create = evil["e1.test"].create(evil["e1.test"].note("1", mallory, to=[s.uri("alice")], cc=[]))

    for inbox in ("/ap/inbox", f"/ap/u/{s.accounts['alice'].id}/inbox"):
        answer = await s.deliver(create, signer=mallory, to=inbox, drop=("signature",))
        assert answer.status_code == 401

    assert evil.asked == []
    assert await s.rows("SELECT id FROM posts") == []


async def test_a_good_activity_of_the_evil_peer_is_taken_so_that_refusals_mean_something(
    s: Target, evil: Evil
):
    bob = evil["e1.test"].actor("bob")
    note = evil["e1.test"].note("1", bob, "<p>hi</p>", to=[s.uri("alice")], cc=[])
    note["tag"] = [{"type": "Mention", "href": s.uri("alice"), "name": "@alice"}]

    answer = await s.deliver(evil["e1.test"].create(note), signer=bob)
    await s.applied()

    assert answer.status_code == 202
    assert await s.notifications("alice") == ["mention"]
    assert await s.is_alive()
