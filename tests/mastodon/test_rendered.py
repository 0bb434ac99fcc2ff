"""What is kept in memory is what would be made anew: every post, every viewer, after every change."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from fedi.actions import sessions
from fedi.changes import WATCHED
from fedi.clock import TurnableClock
from fedi.mastodon import rendered
from fedi.mastodon.entities.status import status
from fedi.mastodon.responses import json as answer
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.users import User
from fedi.queries import homes, kept, snapshots, tokens
from fedi.queries.paging import Page
from fedi.security.tokens import stored_form
from fedi.server import Server
from tests.mastodon.conftest import SignIn
from tests.queries.conftest import Queries, queries
from tests.support.factories import make_account, make_follow, make_notification, make_post
from tests.support.servers import token_for
from tests.support.worlds import World, make_world

__all__ = ["queries"]

pytestmark = pytest.mark.anyio
PAGES = (Page(limit=20), Page(limit=3, max_id=2**62), Page(limit=3, min_id=1))
# Rows that decide nothing of what is shown, and are written at all times.
APART = {"sqlite_sequence", "tortoise_migrations", "jobs", "fresh_posts"}
TIMES = ("at", "until")


@pytest.fixture
async def world(server: Server) -> World:
    return await make_world(server)


async def kept_statuses(world: World, viewer: Account | None) -> Any:
    shown = await rendered.statuses(world.server, viewer, world.ids)
    return json.loads(bytes(shown.body))


async def made_statuses(world: World, viewer: Account | None) -> Any:
    found = await snapshots.by_ids(world.server, world.ids, viewer)
    return json.loads(answer([status(each, world.server.uris) for each in found]).body)


async def what_is_kept(world: World) -> Any:
    shown = {str(viewer and viewer.id): await kept_statuses(world, viewer) for viewer in world.viewers}
    lists = [
        await kept.home(world.server, viewer, page) for viewer in (world.alice, world.bob) for page in PAGES
    ]
    return shown, lists


async def what_is_made(world: World) -> Any:
    shown = {str(viewer and viewer.id): await made_statuses(world, viewer) for viewer in world.viewers}
    lists = [
        await homes.ids(world.server, viewer, page) for viewer in (world.alice, world.bob) for page in PAGES
    ]
    return shown, lists


async def test_what_is_kept_is_what_would_be_made(world: World) -> None:
    made = await what_is_made(world)

    # Made for the first time, taken from what is kept, and for one who comes after others.
    assert await what_is_kept(world) == made
    assert await what_is_kept(world) == made
    for late in (await make_account(world.server, "late"), world.dave):
        assert await kept_statuses(world, late) == await made_statuses(world, late)


async def test_posts_that_are_kept_cost_no_query(world: World, queries: Queries) -> None:
    await rendered.statuses(world.server, world.alice, world.ids)
    await kept.home(world.server, world.alice, PAGES[0])

    with queries.counted() as seen:
        await rendered.statuses(world.server, world.alice, world.ids)
        await kept.home(world.server, world.alice, PAGES[0])

    assert seen == []


async def test_a_stranger_is_shown_what_others_made_for_few_queries(world: World, queries: Queries) -> None:
    first, second = [await make_account(world.server, name) for name in ("first", "second")]
    ids = [post.id for post in world.posts[4:5]]
    await rendered.statuses(world.server, first, ids)

    with queries.counted() as seen:
        await rendered.statuses(world.server, second, ids)

    # When their mutes and filters end, and whether they have anything to do with these posts.
    assert len(seen) == 2


async def columns_of(server: Server) -> list[tuple[str, list[dict[str, Any]]]]:
    tables = await server.db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    named = [row["name"] for row in tables if row["name"] not in APART and "search" not in row["name"]]
    return [(name, await server.db.rows(f"PRAGMA table_info('{name}')")) for name in named]


def others(column: dict[str, Any], value: Any, ids: Sequence[int]) -> list[Any]:
    """Give values that a column might have instead, as they stand in the database."""
    name, kind = column["name"], column["type"].upper()
    if name.endswith("_id"):
        return [*ids[:1], None]
    if name.endswith(TIMES):
        return ["2020-01-01 00:00:00+00:00", None]
    if kind == "JSON":
        return ['[{"shortcode": "owl", "url": "https://c.example/owl.png"}]', None]
    if "INT" in kind or kind == "REAL":
        return [1 - value if value in (0, 1) else (value or 0) + 1, None]
    return {
        "state": ["rejected", "accepted", "processing", "ready", "none"],
        "visibility": ["direct", "public"],
        "kind": ["Note", "Question", "video"],
        "domain": ["c.example", "other.example"],
        "context_uri": ["https://c.example/c/1", ""],
    }.get(name, ["other"])


async def test_whatever_is_written_is_seen_at_once(world: World) -> None:
    """Change every column of every row to something else and back: none may be noticed by rendering alone."""
    server = world.server
    await what_is_kept(world)
    tried = 0
    for table, columns in await columns_of(server):
        for row in await server.db.rows(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 2"):
            for column in columns:
                name = column["name"]
                ids = [each["id"] for each in await _pointed_at(server, table, name)]
                for value in others(column, row[name], ids) if name != "id" else ():
                    if value == row[name] or not await _set(server, table, row["id"], name, value):
                        continue
                    tried += 1
                    await _compare(world, f"{table}.{name} = {value!r}")
                    assert await _set(server, table, row["id"], name, row[name])
    assert tried > 200
    assert world.unseen == []
    assert await what_is_kept(world) == await what_is_made(world)


async def test_whatever_goes_and_comes_is_seen_at_once(world: World) -> None:
    server = world.server
    await what_is_kept(world)
    for table, columns in await columns_of(server):
        names = ", ".join(column["name"] for column in columns)
        for row in await server.db.rows(f"SELECT * FROM {table} ORDER BY id LIMIT 3"):
            if table in {"posts", "accounts", "tags", "polls", "lists", "custom_filters", "preview_cards"}:
                # What points at them would go as well.
                continue
            await server.db.execute(f"DELETE FROM {table} WHERE id = ?", [row["id"]])
            await _compare(world, f"{table} gone")
            marks = ", ".join("?" * len(row))
            await server.db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
            await _compare(world, f"{table} back")
    assert world.unseen == []


@pytest.mark.parametrize("table", ["polls", "preview_cards", "tags", "custom_filters", "posts", "accounts"])
async def test_what_goes_with_something_else_is_seen_at_once(world: World, table: str) -> None:
    for row in await world.server.db.rows(f"SELECT id FROM {table} ORDER BY id DESC"):
        if row["id"] in (world.alice.id, world.bob.id):
            continue
        await what_is_kept(world)
        await world.server.db.execute(f"DELETE FROM {table} WHERE id = ?", [row["id"]])
        await _compare(world, table)
    assert world.unseen == []


async def test_what_was_taken_back_leaves_nothing(world: World) -> None:
    made = await what_is_made(world)
    await what_is_kept(world)

    with pytest.raises(LookupError):
        async with world.server.db.transaction():
            await Post.all().update(content="never", favourites_count=9)
            # Inside, one sees what one wrote; nothing of it is kept.
            assert (await kept_statuses(world, world.alice))[0]["favourites_count"] == 9
            raise LookupError

    assert await what_is_kept(world) == made


async def test_what_another_process_writes_is_seen(world: World) -> None:
    await what_is_kept(world)

    file = world.server.settings.path(world.server.settings.database.file)
    with sqlite3.connect(file) as other:
        other.execute("UPDATE posts SET content = 'theirs' WHERE boost_of_id IS NULL")
    other.close()
    await asyncio.sleep(0.002)

    assert await what_is_kept(world) == await what_is_made(world)
    assert "theirs" in json.dumps(await kept_statuses(world, None))


async def test_time_is_seen_to_pass(world: World, clock: TurnableClock) -> None:
    await what_is_kept(world)

    for days in (2, 4):
        clock.turn(days=days)
        assert await what_is_kept(world) == await what_is_made(world)


async def test_memory_is_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendered, "_STATUS_BYTES", 20_000)
    monkeypatch.setattr(rendered, "_ACCOUNT_BYTES", 5_000)
    alice = await make_account(server, "alice")
    posts = [await make_post(server, await make_account(server, f"p{number}")) for number in range(30)]

    for post in posts:
        await rendered.statuses(server, alice, [post.id])

    memory = rendered.of(server)
    assert 0 < len(memory) < 20
    assert memory.size_bytes <= 25_000
    rendered.of(server).forget_all()
    assert memory.size_bytes == 0


async def test_nothing_is_left_of_what_was_forgotten(world: World) -> None:
    memory = rendered.of(world.server)
    for _ in range(2):
        await what_is_kept(world)
        await world.server.db.execute("DELETE FROM posts")
    assert (len(memory), memory._size) == (0, 0)
    assert not any([memory._within, memory._with_card, memory._for_viewer])


async def test_a_new_post_of_somebody_else_leaves_a_home_alone(world: World, queries: Queries) -> None:
    server = world.server
    eve, followed = await make_account(server, "stranger"), world.carol
    await kept.home(server, world.alice, PAGES[0])
    await make_post(server, eve, "not for alice")

    with queries.counted() as seen:
        await kept.home(server, world.alice, PAGES[0])
    assert seen == []

    post = await make_post(server, followed, "for alice")
    assert (await kept.home(server, world.alice, PAGES[0]))[0] == post.id


async def test_whom_somebody_follows_from_now_on_stands_in_the_home(world: World) -> None:
    server, fay = world.server, await make_account(world.server, "fay")
    post = await make_post(server, fay)
    assert post.id not in await kept.home(server, world.alice, PAGES[0])

    await make_follow(server, world.alice, fay)

    assert post.id in await kept.home(server, world.alice, PAGES[0])


async def _compare(world: World, change: str) -> None:
    try:
        made = await what_is_made(world)
    except Exception:  # noqa: BLE001  what cannot be shown at all says nothing about what is kept
        rendered.of(world.server).forget_all()
        return
    if await what_is_kept(world) != made:
        rendered.of(world.server).forget_all()
        world.unseen.append(change)


async def _pointed_at(server: Server, table: str, name: str) -> list[dict[str, Any]]:
    for key in await server.db.rows(f"PRAGMA foreign_key_list('{table}')"):
        if key["from"] == name:
            return await server.db.rows(f"SELECT id FROM {key['table']} ORDER BY id")
    return []


async def _set(server: Server, table: str, id_: int, name: str, value: Any) -> bool:
    from tortoise.exceptions import IntegrityError

    try:
        await server.db.execute(f"UPDATE {table} SET {name} = ? WHERE id = ?", [value, id_])
    except IntegrityError:
        return False
    return True


async def test_the_same_question_gets_the_same_answer_until_something_is_written(
    server: Server, sign_in: SignIn, alice: Account, bob: Account, queries: Queries
) -> None:
    as_alice, as_bob = await sign_in(alice), await sign_in(bob)
    await make_follow(server, alice, bob)
    await make_post(server, bob)
    # The first use of a token is written down.
    await as_alice.get("/api/v1/timelines/home?limit=1")
    first = await as_alice.get("/api/v1/timelines/home?limit=1")

    with queries.counted() as seen:
        again = await as_alice.get("/api/v1/timelines/home?limit=1")
    assert (again.content, again.headers["link"], seen) == (first.content, first.headers["link"], [])

    post = await make_post(server, bob, "newer")
    assert (await as_alice.get("/api/v1/timelines/home?limit=1")).json()[0]["id"] == str(post.id)
    assert len((await as_bob.get("/api/v1/timelines/home?limit=1")).json()) == 1
    assert len((await as_alice.get("/api/v1/timelines/home")).json()) == 2


async def test_a_revoked_token_is_refused_at_once(server: Server, sign_in: SignIn, alice: Account) -> None:
    client = await sign_in(alice)
    assert (await client.get("/api/v1/timelines/home")).status_code == 200

    await sessions.end_access(server, await User.get(account_id=alice.id))

    assert (await client.get("/api/v1/timelines/home")).status_code == 401


async def test_who_holds_a_token_is_always_as_stored(server: Server, sign_in: SignIn, alice: Account) -> None:
    client = await sign_in(alice)
    await client.get("/api/v1/accounts/verify_credentials")

    await Account.filter(id=alice.id).update(display_name="Alice Liddell", fields_list=[])

    seen = (await client.get("/api/v1/accounts/verify_credentials")).json()
    assert seen["display_name"] == "Alice Liddell"
    await User.filter(account_id=alice.id).update(disabled_at=server.clock.now())
    assert (await client.get("/api/v1/accounts/verify_credentials")).status_code == 401


async def test_what_one_request_does_to_its_token_stays_its_own(server: Server, alice: Account) -> None:
    given = await token_for(server, alice)
    one, other = [await tokens.by_hash(server, stored_form(given)) for _ in range(2)]
    assert one is not None
    assert other is not None

    one.user.preferences["x"] = 1
    one.user.account.display_name = "changed"

    assert other.user.preferences == {}
    assert other.user.account.display_name == alice.display_name


async def test_notifications_are_told_again_until_something_changes(
    server: Server, sign_in: SignIn, alice: Account, bob: Account, queries: Queries
) -> None:
    as_alice = await sign_in(alice)
    await make_notification(server, alice, bob, "favourite", post=await make_post(server, alice))
    for path in ("/api/v1/notifications", "/api/v2/notifications"):
        await as_alice.get(path)
        first = await as_alice.get(path)
        with queries.counted() as seen:
            again = await as_alice.get(path)
        assert (again.content, seen) == (first.content, [])

    await make_notification(server, alice, bob, "follow")
    assert len((await as_alice.get("/api/v1/notifications")).json()) == 2
    await server.db.execute("DELETE FROM notifications")
    assert (await as_alice.get("/api/v1/notifications")).json() == []


@pytest.mark.parametrize(
    "path",
    ["/api/v1/notifications", "/api/v2/notifications", "/api/v1/timelines/public", "/api/v1/timelines/home"],
)
async def test_what_answers_are_made_of_is_watched(
    server: Server, sign_in: SignIn, alice: Account, bob: Account, queries: Queries, path: str
) -> None:
    as_alice = await sign_in(alice)
    await make_follow(server, alice, bob)
    post = await make_post(server, bob)
    await make_notification(server, alice, bob, "favourite", post=post)

    with queries.counted() as seen:
        assert (await as_alice.get(path)).status_code == 200

    tables = {
        row["name"] for row in await server.db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    words = set(re.findall(r"(?:FROM|JOIN|,) ([a-z_]+)\b", " ".join(seen)))
    assert (words & tables) - {watch.table for watch in WATCHED} == set()
