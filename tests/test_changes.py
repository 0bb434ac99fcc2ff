"""What a database tells of its own changes, and of those of others."""

import sqlite3

import pytest

from fedi.changes import EVERYTHING, WATCHED, Changes, Note
from fedi.models.posts import Post
from fedi.server import Server
from tests.support.factories import make_account, make_boost, make_favourite, make_post

pytestmark = pytest.mark.anyio


@pytest.fixture
def told(server: Server) -> list[frozenset[Note]]:
    """What is told from now on, commit by commit."""
    told: list[frozenset[Note]] = []
    server.db.changes.listen(told.append)
    return told


async def test_a_transaction_is_told_whole_once_it_has_committed(server: Server, told: list) -> None:
    async with server.db.transaction():
        alice = await make_account(server, "alice")
        post = await make_post(server, alice)
        assert told == []

    assert len(told) == 1
    assert {Note("account", alice.id), Note("arrival", alice.id, post.id)} <= told[0]


async def test_sql_written_by_hand_and_cascades_are_told(server: Server, told: list) -> None:
    alice, bob = await make_account(server, "alice"), await make_account(server, "bob")
    post = await make_post(server, alice)
    boost = await make_boost(server, bob, post)
    await make_favourite(server, bob, post)
    told.clear()

    await server.db.execute("DELETE FROM posts WHERE id = ?", [post.id])

    (notes,) = told
    assert {Note("arrival", bob.id, boost.id), Note("mark", bob.id, post.id)} <= notes


async def test_what_decides_nothing_is_not_told(server: Server, told: list) -> None:
    alice = await make_account(server, "alice")
    post = await make_post(server, alice)
    told.clear()

    await Post.filter(id=post.id).update(backfilled_at=server.clock.now(), content=post.content)

    assert told == []


async def test_a_commit_of_another_process_is_told_as_everything(server: Server, told: list) -> None:
    file = server.settings.path(server.settings.database.file)
    with sqlite3.connect(file) as other:
        other.execute("INSERT INTO fresh_posts (id) VALUES (1)")
    other.close()

    server.db.changes.look()
    server.db.changes.look()

    assert told == [frozenset({EVERYTHING})]


async def test_no_cache_is_used_inside_a_transaction(server: Server) -> None:
    assert server.db.keeps()
    async with server.db.transaction():
        assert not server.db.keeps()
    assert server.db.keeps()


def test_very_many_changes_are_told_as_everything() -> None:
    changes, told = Changes(), []
    changes.listen(told.append)
    for number in range(30_000):
        changes._note("post", number, 0)

    changes.tell()

    assert told == [frozenset({EVERYTHING})]


async def test_every_table_and_column_that_is_watched_is_there(server: Server) -> None:
    for watch in WATCHED:
        columns = {row["name"] for row in await server.db.rows(f"PRAGMA table_info('{watch.table}')")}
        assert columns, watch.table
        assert set(watch.columns) <= columns, watch.table
