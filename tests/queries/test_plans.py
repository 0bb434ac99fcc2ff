"""No read walks a whole table: what SQLite plans to do, not how long it took here."""

import pytest

from fedi.models.accounts import Account
from fedi.models.lists import List, ListMember
from fedi.models.polls import Poll
from fedi.models.posts import Tag
from fedi.models.relationships import AccountDomainBlock
from fedi.models.tags import FollowedTag
from fedi.queries import (
    accounts,
    collections,
    homes,
    notifications,
    relationships,
    search,
    snapshots,
    threads,
    timelines,
    visibility,
)
from fedi.queries.notifications import Asked
from fedi.queries.paging import Page
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import make_account, make_boost, make_follow, make_post, make_tag

pytestmark = pytest.mark.anyio

# What may be read through: the small tables that a query makes for itself, and one index in its order.
HARMLESS = (
    "CONSTANT",
    "covering",
    "domain_rules",
    "me",
    "sources",
    "apart",
    "chosen",
    "members",
    "subjects",
    "nearest",
    "edge",
    "hidden",
    "c",
    "above",
    "below",
    "json_each",
    "(",
    "k ",
)


async def follow_all_sorts(server: Server, alice: Account, bob: Account) -> List:
    """Give alice a hashtag, a blocked host and an exclusive list, which few people have."""
    now = server.clock.now()
    tag = await Tag.get(name="cats")
    await FollowedTag.create(id=server.new_id(), account=alice, tag=tag, created_at=now)
    await AccountDomainBlock.create(id=server.new_id(), account=alice, domain="c.example", created_at=now)
    row = await List.create(id=server.new_id(), account=alice, title="Close", exclusive=True, created_at=now)
    await ListMember.create(id=server.new_id(), list=row, account=bob, created_at=now)
    return row


@pytest.mark.parametrize("page", [Page(20), Page(20, max_id=5), Page(20, min_id=5), Page(20, since_id=5)])
async def test_reads_find_their_rows_by_index(server: Server, queries: Queries, page: Page) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob", domain="b.example")
    await make_follow(server, alice, bob)
    await make_follow(server, bob, alice)
    post = await make_post(server, bob, kind="Question")
    await Poll.create(id=server.new_id(), post=post, options=[{"name": "a", "votes": 0}])
    answer = await make_post(server, alice, in_reply_to=post)
    await make_boost(server, bob, answer)
    await make_tag(server, post, "cats")

    with queries.counted() as seen:
        await timelines.home(server, alice, page)
        row = await follow_all_sorts(server, alice, bob)
        await timelines.home(server, alice, page)
        await homes.ids_of_list(server, alice, row, page)
        for viewer in (alice, None):
            await timelines.public(server, viewer, page)
            await timelines.public(server, viewer, page, local=True)
            await timelines.public(server, viewer, page, only_media=True)
            await timelines.tag(server, viewer, "cats", page)
            await timelines.of_account(server, bob, viewer, page)
            await timelines.of_account(server, bob, viewer, page, exclude_replies=True, exclude_boosts=True)
            await timelines.of_account(server, bob, viewer, page, pinned=True)
            await threads.ancestors(server, answer, viewer)
            await threads.descendants(server, post, viewer)
            await visibility.post_for(server, viewer, post.id)
            await snapshots.of_post(server, post, viewer)
        await timelines.favourites(server, alice, page)
        await timelines.bookmarks(server, alice, page)
        await notifications.page(server, alice, page, Asked(kinds=["mention"]))
        await collections.followers(server, alice, page)
        await collections.following(server, alice, page)
        await collections.favourited_by(server, post, page)
        await collections.boosted_by(server, answer, page)
        await relationships.standings(server, alice, [bob])
        await accounts.by_handle(server, "bob@b.example")
        await accounts.by_uri(bob.uri)
        await search.tags(server, "ca", 5)
        await search.posts(server, alice, "hello", 5)

    walked = {}
    for sql in seen:
        for step in await server.db.rows(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?")):
            if step["detail"].startswith("SCAN ") and not step["detail"][5:].startswith(HARMLESS):
                walked[step["detail"]] = sql
    assert not walked


async def test_a_page_of_posts_in_their_order_is_not_sorted(server: Server, queries: Queries) -> None:
    alice = await make_account(server, "alice")

    with queries.counted() as seen:
        for viewer in (alice, None):
            await timelines.public(server, viewer, Page(20))
            await timelines.public(server, viewer, Page(20, max_id=5), local=True)
            await timelines.of_account(server, alice, viewer, Page(20))
            await timelines.public(server, viewer, Page(20), only_media=True)
        await timelines.favourites(server, alice, Page(20))
        await notifications.page(server, alice, Page(20))

    for sql in seen:
        plan = await server.db.rows(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))
        assert not any(step["parent"] == 0 and "FOR ORDER BY" in step["detail"] for step in plan), sql
