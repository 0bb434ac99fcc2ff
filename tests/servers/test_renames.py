"""An account of ours gets another name: its id stays, old and new name lead to it, others are told."""

import httpx
import pytest

from fedi.actions import posts, renames, signup
from fedi.actions.posts import Draft
from fedi.errors import Invalid
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.posts import Post
from tests.servers.conftest import Neighbours
from tests.support.houses import settle
from tests.support.servers import PASSWORD

pytestmark = pytest.mark.anyio


async def test_followers_elsewhere_learn_the_new_name_and_the_account_stays_the_same(neighbours: Neighbours):
    a, b = neighbours.a, neighbours.b
    with b.server.db.activate():
        seen = await resolve.account_by_uri(b.server, neighbours.alice.uri)
        from fedi.actions import follows

        await follows.request(b.server, neighbours.bob, seen)
    await settle(a, b)

    with a.server.db.activate():
        await renames.rename(a.server, neighbours.alice, "alicia", by="cli")
    await settle(a, b)

    with b.server.db.activate():
        known = await Account.get(uri=neighbours.alice.uri)
        found = await resolve.account_by_handle(b.server, f"alice@{a.server.uris.host}")
    assert (known.username, known.id, found.id) == ("alicia", seen.id, seen.id)


async def test_webfinger_answers_the_old_name_with_the_new_one(neighbours: Neighbours):
    a = neighbours.a
    with a.server.db.activate():
        await renames.rename(a.server, neighbours.alice, "alicia", by="cli")

    async with httpx.AsyncClient() as client:
        resource = f"acct:alice@{a.server.uris.host}"
        answer = await client.get(f"{a.url}/.well-known/webfinger", params={"resource": resource})

    assert answer.json()["subject"] == f"acct:alicia@{a.server.uris.host}"
    assert neighbours.alice.uri in [link.get("href") for link in answer.json()["links"]]


async def test_a_former_name_is_nobody_elses_and_may_be_taken_back(neighbours: Neighbours):
    server = neighbours.a.server
    with server.db.activate():
        await renames.rename(server, neighbours.alice, "alicia", by="cli")
        with pytest.raises(Invalid):
            await signup.register(server, username="Alice", password=PASSWORD)
        carol = await signup.register(server, username="carol", password=PASSWORD)
        with pytest.raises(Invalid):
            await renames.rename(server, await Account.get(id=carol.account_id), "alice", by="cli")

        back = await renames.rename(server, neighbours.alice, "alice", by="cli")

    assert (back.username, back.uri) == ("alice", neighbours.alice.uri)


async def test_pages_of_posts_follow_the_name_and_their_ids_do_not(neighbours: Neighbours):
    server = neighbours.a.server
    with server.db.activate():
        post = await posts.create(server, neighbours.alice, Draft(text="hello"), mentions={})
        await renames.rename(server, neighbours.alice, "alicia", by="cli")
        moved = await Post.get(id=post.id)

    assert (moved.url, moved.uri) == (server.uris.post_page("alicia", post.id), post.uri)
