"""What posts quote, as each reader may know it, in a fixed number of queries."""

import pytest

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.queries import snapshots
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import make_account, make_block, make_post

pytestmark = pytest.mark.anyio


async def make_quote(
    server: Server, author: Account, quoted: Post | None, *, state: str = "accepted", uri: str = ""
) -> Post:
    """Make a post that quotes another."""
    post = await make_post(server, author, "look")
    await Quote.create(
        id=server.new_id(),
        post=post,
        quoted=quoted,
        quoted_uri=uri or (quoted.uri if quoted else "https://c.example/gone"),
        state=state,
        created_at=server.clock.now(),
        updated_at=server.clock.now(),
    )
    return post


async def test_a_page_of_quotes_costs_as_many_queries_as_one(server: Server, queries: Queries) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob")
    ids = []
    for number in range(10):
        author = await make_account(server, f"author{number}")
        inner = await make_quote(server, author, await make_post(server, bob))
        ids.append((await make_quote(server, alice, inner)).id)

    with queries.counted() as for_one:
        await snapshots.by_ids(server, ids[:1], alice)
    with queries.counted() as for_all:
        await snapshots.by_ids(server, ids, alice)

    assert len(for_one) == len(for_all) <= 12


async def test_a_quote_is_shown_one_level_deep(server: Server) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob")
    deepest = await make_post(server, bob)
    inner = await make_quote(server, alice, deepest)
    post = await make_quote(server, bob, inner)

    shown = await snapshots.of_post(server, post, None)

    assert shown.quote is not None
    assert shown.quote.quoted is not None
    assert shown.quote.quoted.post == inner
    assert shown.quote.quoted.quote is not None
    assert shown.quote.quoted.quote.quoted is None
    assert shown.quote.quoted.quote.link.row.quoted_id == deepest.id


@pytest.mark.parametrize("state", ["pending", "unasked", "rejected", "revoked"])
async def test_a_quote_without_leave_is_not_shown_even_beside_one_with_it(server: Server, state: str) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob")
    quoted = await make_post(server, bob)
    with_leave = await make_quote(server, alice, quoted)
    without = await make_quote(server, alice, quoted, state=state)

    shown = await snapshots.by_ids(server, [with_leave.id, without.id], None)

    assert [each.quote is not None and each.quote.quoted is not None for each in shown] == [True, False]
    assert shown[1].quote is not None
    assert shown[1].quote.link.state == ("pending" if state == "unasked" else state)


async def test_what_a_reader_may_not_see_is_not_loaded(server: Server) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob")
    secret = await make_post(server, alice, visibility="followers")
    post = await make_quote(server, alice, secret)
    gone = await make_quote(server, alice, None)

    for_bob = await snapshots.by_ids(server, [post.id, gone.id], bob)
    for_alice = await snapshots.of_post(server, post, alice)

    assert [each.quote and each.quote.link.state for each in for_bob] == ["unauthorized", "deleted"]
    assert all(each.quote and each.quote.link.quoted is None for each in for_bob)
    assert for_alice.quote is not None
    assert for_alice.quote.link.state == "accepted"


async def test_whoever_the_author_blocks_is_not_shown_the_quote(server: Server) -> None:
    alice, bob, eve = [await make_account(server, name) for name in ("alice", "bob", "eve")]
    post = await make_quote(server, alice, await make_post(server, bob))
    await make_block(server, bob, eve)

    shown = await snapshots.of_post(server, post, eve)

    assert shown.quote is not None
    assert (shown.quote.link.state, shown.quote.quoted) == ("unauthorized", None)
