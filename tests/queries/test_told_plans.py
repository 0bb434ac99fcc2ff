"""What people are told is found by index, however much there is: what SQLite plans, not how long it took."""

import re

import pytest

from fedi.actions import conversations as deeds
from fedi.actions import filters as filter_deeds
from fedi.actions import notify
from fedi.actions.filters import FilterChange, KeywordChange
from fedi.queries import (
    conversations,
    filters,
    notification_groups,
    notification_requests,
    notifications,
)
from fedi.queries.notifications import Asked
from fedi.queries.paging import Page
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import make_account, make_mention, make_post

pytestmark = pytest.mark.anyio

HARMLESS = ("CONSTANT", "covering", "domain_rules", "near", "(", "above")


async def plan(server: Server, sql: str) -> list[str]:
    numbered = [int(number) for number in re.findall(r"\?(\d+)", sql)]
    values = [None] * (max(numbered) if numbered else sql.count("?"))
    rows = await server.db.rows(f"EXPLAIN QUERY PLAN {sql}", values)
    return [f"{row['parent'] and 'inner '}{row['detail']}" for row in rows]


@pytest.mark.parametrize("page", [Page(20), Page(20, max_id=5), Page(20, min_id=5), Page(20, since_id=5)])
async def test_no_table_is_walked_and_no_list_of_notifications_sorted(
    server: Server, queries: Queries, page: Page
) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob", domain="b.example")
    post, secret = await make_post(server, alice), await make_post(server, bob, visibility="direct")
    await make_mention(server, secret, alice)
    answer = await make_post(server, alice, visibility="direct", in_reply_to=secret)
    await filter_deeds.create(
        server,
        alice,
        FilterChange(title="t", contexts=["home"], keywords=[KeywordChange(keyword="x")]),
    )

    with queries.counted() as told:
        await notifications.page(server, alice, page, Asked(kinds=["mention"]))
        await notification_groups.page(server, alice, page, Asked())
        await notification_groups.count(server, alice, page, Asked())
    with queries.counted() as seen:
        async with server.db.transaction():
            await notify.about(server, alice, "mention", bob, secret)
            await notify.about(server, alice, "favourite", bob, post)
            await deeds.added(server, alice, answer)
        await notification_groups.page(server, alice, page, Asked())
        await notification_requests.page(server, alice, page)
        await notification_requests.policy_of(server, alice)
        await conversations.page(server, alice, page)
        await conversations.direct(server, alice, page)
        await filters.rules_of(server, alice)
        async with server.db.transaction():
            await deeds.going(server, answer)

    for sql in told:
        assert not any(
            step.startswith("0USE TEMP B-TREE FOR ORDER BY") for step in await plan(server, sql)
        ), sql
    walked = {
        step: sql
        for sql in [*told, *seen]
        if sql.lstrip().startswith("SELECT")
        for step in await plan(server, sql)
        if "SCAN " in step and not step.partition("SCAN ")[2].startswith(HARMLESS)
    }
    assert not walked
