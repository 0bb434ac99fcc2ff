"""Many plain posts at once: what comes of them is what comes of each alone, and a bad one harms none."""

import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from fedi.actions import arrivals, tombstones
from fedi.activitypub.vocabulary import PUBLIC
from fedi.clock import TurnableClock
from fedi.federation import plain
from fedi.jobs import queue, worker
from fedi.jobs.kinds import ApplyActivity, Lane
from fedi.jobs.queue import Claimed, NewJob
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.moderation import DomainRule
from fedi.models.posts import Post
from fedi.models.relationships import Block, Follow
from fedi.server import Server, open_server
from fedi.worker import TABLE
from tests.support.factories import make_account
from tests.support.servers import make_person, settings_for

pytestmark = pytest.mark.anyio

AUTHORS = ("rita", "rob", "belle", "gone", "stranger", "blocked")
_ROWS = {
    "posts": "SELECT p.*, a.uri AS author, t.uri AS parent, o.uri AS answered FROM posts p"
    " JOIN accounts a ON a.id = p.author_id LEFT JOIN posts t ON t.id = p.in_reply_to_id"
    " LEFT JOIN accounts o ON o.id = p.in_reply_to_account_id",
    "mentions": "SELECT p.uri, a.username AS account, m.silent FROM mentions m"
    " JOIN posts p ON p.id = m.post_id JOIN accounts a ON a.id = m.account_id",
    # A tag is spelt as it was first seen: of posts that come together, any may be first.
    "tags": "SELECT t.name, p.uri FROM tags t LEFT JOIN post_tags j ON j.tag_id = t.id"
    " LEFT JOIN posts p ON p.id = j.post_id",
    "accounts": "SELECT username, posts_count, last_post_at FROM accounts",
    "told": "SELECT n.kind, a.username AS who, f.username AS by, p.uri FROM notifications n"
    " JOIN accounts a ON a.id = n.account_id JOIN accounts f ON f.id = n.from_account_id"
    " LEFT JOIN posts p ON p.id = n.post_id",
    "jobs": "SELECT kind, state, error FROM jobs",
}
_IDS = {"id", "author_id", "in_reply_to_id", "in_reply_to_account_id"}


@asynccontextmanager
async def scene(folder: Path, migrated_file: Path, clock: TurnableClock) -> AsyncIterator[Server]:
    """Alice and Bob, who follow some of the authors; Bob wants to hear of every post of Belle."""
    (folder / "data").mkdir(parents=True)
    shutil.copy(migrated_file, folder / "data" / "fedi.db")
    async with open_server(settings_for(folder, port=8000), clock=clock) as server:
        with server.db.activate():
            alice, bob = await make_person(server, "alice"), await make_person(server, "bob")
            for name in AUTHORS:
                author = await make_account(server, name, domain=f"{name}.example", fetched_at=clock.now())
                if name != "stranger":
                    await follow(server, alice, author)
            belle = await Account.get(username="belle")
            await follow(server, bob, belle, notify=True)
            await Account.filter(username="gone").update(gone_at=clock.now())
            blocked = await Account.get(username="blocked")
            await Block.create(
                id=server.new_id(), account_id=bob.id, target_id=blocked.id, uri="x:1", created_at=clock.now()
            )
            await DomainRule.create(
                id=server.new_id(),
                domain="rob.example",
                severity="none",
                reject_media=True,
                created_at=clock.now(),
            )
            await tombstones.lay(
                server, "https://rita.example/n/3", actor_uri="https://rita.example/users/rita"
            )
            yield server


async def follow(server: Server, follower: Account, target: Account, *, notify: bool = False) -> None:
    await Follow.create(
        id=server.new_id(),
        follower_id=follower.id,
        target_id=target.id,
        uri=f"{follower.uri}#{target.id}",
        state="accepted",
        notify=notify,
        created_at=server.clock.now(),
    )


def some_creates(seed: int, server: Server, people: dict[str, str], now: Any) -> list[tuple[str, bytes]]:
    """Give (sender, Create) of posts of many kinds, in an order in which parents come first."""
    chosen, uris, found = random.Random(seed), [], []
    for number in range(40):
        name = chosen.choice((*AUTHORS, "rita", "rob", "rita", "rob"))
        actor = people[name]
        followers = f"{actor}/followers"
        named = chosen.sample([people["alice"], people["bob"], people["rob"], people["gone"]], 2)
        named = named[: chosen.choice([0, 0, 1, 2])]
        to, cc = chosen.choice(
            [([PUBLIC], [followers]), ([followers], [PUBLIC]), ([followers], []), ([], []), ("as:Public", [])]
        )
        tags: list[dict[str, Any]] = [{"type": "Mention", "href": uri, "name": "@x"} for uri in named]
        tags += [{"type": "Hashtag", "name": tag} for tag in chosen.sample(["#Ink", "#ink", "#Café"], 2)]
        icon = {"type": "Image", "url": f"https://{name}.example/fox.png"}
        tags.append({"type": "Emoji", "name": ":fox:", "icon": icon})
        note: dict[str, Any] = {
            "id": f"https://{name}.example/n/{chosen.choice([number, number, number // 2])}",
            "type": chosen.choice(["Note"] * 8 + ["Article", "Question"]),
            "attributedTo": actor,
            "content": f"<p onclick='x'>number {number}</p>",
            "published": (now - timedelta(seconds=number)).isoformat(),
            "to": to,
            "cc": [*cc, *(named if chosen.random() < 0.8 else [])],
            "tag": tags[: chosen.choice([0, 1, 9])],
        }
        extras: list[dict[str, Any]] = [
            {},
            {},
            {"inReplyTo": chosen.choice(uris)} if uris else {},
            {"summary": "careful", "sensitive": True},
            {"attachment": [{"type": "Image", "url": "https://rita.example/a.png"}]},
            {"quoteUrl": "https://rita.example/n/1"},
            {"name": "a vote", "content": ""},
            {"contentMap": {"de": f"<p onclick='x'>number {number}</p>"}, "conversation": "tag:x"},
            {"likes": {"id": f"https://{name}.example/l", "type": "Collection", "totalItems": 7}},
            {"updated": now.isoformat()},
        ]
        note |= chosen.choice(extras)
        uris.append(note["id"])
        create = {"id": f"{note['id']}#{number}", "type": "Create", "actor": actor, "object": note}
        found.append((actor, orjson.dumps(create)))
    return found


async def take(server: Server, creates: list[tuple[str, bytes]]) -> None:
    """Put the activities into the queue, in order."""
    async with server.db.transaction():
        for sender, body in creates:
            work = ApplyActivity(body=body.decode(), sender_uri=sender)
            await queue.enqueue(server, NewJob(work=work, order_key=orjson.loads(body)["object"]["id"]))


async def claimed(server: Server, count: int = 100) -> list[Claimed]:
    """Claim what is there."""
    return await queue.claim(server, Lane.INBOX, count)


async def state(server: Server) -> dict[str, list[str]]:
    """Give all that may have come of the activities, without ids and in no order."""
    found = {}
    for name, sql in _ROWS.items():
        rows = [{key: row[key] for key in row if key not in _IDS} for row in await server.db.rows(sql)]
        found[name] = sorted(repr(row) for row in rows)
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_what_comes_of_many_at_once_is_what_comes_of_each_alone(
    tmp_path: Path, migrated_file: Path, clock: TurnableClock, seed: int
) -> None:
    now, states, together = clock.now().replace(microsecond=0), [], 0
    for way in ("alone", "together"):
        async with scene(tmp_path / way, migrated_file, clock) as server:
            people = {row.username: row.uri for row in await Account.all()}
            await take(server, some_creates(seed, server, people, now))
            while jobs := await claimed(server):
                done = await plain.apply(server, jobs) if way == "together" else set()
                together += len(done)
                for job in jobs:
                    if job.id not in done:
                        await worker.run_one(server, TABLE, job)
            states.append(await state(server))

    assert states[0] == states[1]
    assert together >= 3


async def test_one_that_spoils_the_batch_harms_none_of_the_others(
    tmp_path: Path, migrated_file: Path, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = arrivals.keep

    async def spoilt(server: Server, posts: Any) -> Any:
        await keep(server, posts)
        raise ZeroDivisionError

    monkeypatch.setattr(arrivals, "keep", spoilt)
    async with scene(tmp_path / "one", migrated_file, clock) as server:
        people = {row.username: row.uri for row in await Account.all()}
        note = {"type": "Note", "attributedTo": people["rita"], "content": "<p>hello</p>", "to": [PUBLIC]}
        creates = [
            {
                "type": "Create",
                "actor": people["rita"],
                "object": {"id": f"https://rita.example/n/{name}", **note},
            }
            for name in ("a", "b")
        ]
        await take(server, [(people["rita"], orjson.dumps(create)) for create in creates])

        loop = worker.LaneLoop(server, TABLE, Lane.INBOX, worker.LaneRule(at_once=9), plain.apply)
        left = await loop._left(await claimed(server))
        nothing = await Post.all().count()
        for job in left:
            await worker.run_one(server, TABLE, job)

        assert (len(left), nothing) == (2, 0)
        assert await Post.all().count() == 2


async def test_a_second_attempt_is_made_alone(
    tmp_path: Path, migrated_file: Path, clock: TurnableClock
) -> None:
    async with scene(tmp_path / "one", migrated_file, clock) as server:
        people = {row.username: row.uri for row in await Account.all()}
        note = {
            "id": "https://rita.example/n/1",
            "type": "Note",
            "attributedTo": people["rita"],
            "to": PUBLIC,
        }
        create = {"type": "Create", "actor": people["rita"], "object": note}
        await take(server, [(people["rita"], orjson.dumps(create))])
        await claimed(server)
        clock.turn(seconds=61)

        assert await plain.apply(server, await claimed(server)) == set()
        assert await Job.filter(state="running").count() == 1
