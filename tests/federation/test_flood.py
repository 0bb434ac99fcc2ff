"""Floods: a busy host does not hold up the others, and what is nothing to us costs next to nothing."""

import asyncio
import time

import orjson
import pytest

from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import PUBLIC
from fedi.federation import inbox
from fedi.jobs import queue, worker
from fedi.jobs.kinds import ApplyActivity
from fedi.jobs.queue import NewJob
from fedi.models.accounts import Account
from fedi.models.jobs import Job
from fedi.models.posts import Post
from fedi.models.relationships import Follow
from fedi.server import Server
from fedi.worker import BATCHES, TABLE
from tests.support.factories import make_account
from tests.support.servers import eventually

pytestmark = pytest.mark.anyio


async def followed(server: Server, follower: Account, name: str) -> Account:
    author = await make_account(server, name, domain=f"{name}.example", fetched_at=server.clock.now())
    await Follow.create(
        id=server.new_id(),
        follower_id=follower.id,
        target_id=author.id,
        uri=f"{follower.uri}#{author.id}",
        state="accepted",
        created_at=server.clock.now(),
    )
    return author


def post_of(author: Account, number: int) -> NewJob:
    note = {
        "id": f"https://{author.domain}/n/{number}",
        "type": "Note",
        "attributedTo": author.uri,
        "content": "<p>hello</p>",
        "to": [PUBLIC],
    }
    create = {"id": f"{note['id']}#create", "type": "Create", "actor": author.uri, "object": note}
    work = ApplyActivity(body=orjson.dumps(create).decode(), sender_uri=author.uri)
    return NewJob(work=work, order_key=str(note["id"]), group_key=author.domain)


async def test_one_post_of_a_quiet_host_passes_a_flood_of_another(server: Server, alice: Account) -> None:
    busy, quiet = await followed(server, alice, "busy"), await followed(server, alice, "quiet")
    async with server.db.transaction():
        await queue.enqueue(server, *(post_of(busy, number) for number in range(1500)), post_of(quiet, 0))

    stop = asyncio.Event()
    working = asyncio.ensure_future(worker.run(server, TABLE, stop, batches=BATCHES))
    try:
        await eventually(lambda: Post.exists(author_id=quiet.id), seconds=5)
        before = await Post.filter(author_id=busy.id).count()
        await eventually(lambda: all_applied(1500, busy), seconds=60)
    finally:
        stop.set()
        await working

    assert before < 300
    assert (await Account.get(id=busy.id)).posts_count == 1500
    assert await Job.filter(state="done").count() == 1501


async def all_applied(count: int, author: Account) -> bool:
    return await Post.filter(author_id=author.id).count() == count


async def test_a_storm_of_deletes_by_strangers_asks_nobody_and_takes_no_time(server: Server) -> None:
    begun = time.process_time()
    for number in range(300):
        actor = f"https://h{number}.example/users/a"
        body = orjson.dumps({"id": f"{actor}#delete", "type": "Delete", "actor": actor, "object": actor})
        headers = [("Host", "127.0.0.1:8000"), ("Content-Type", "application/activity+json")]
        await inbox.take_in(
            server, SignedMessage.of("POST", "/ap/inbox", headers, body), address=f"192.0.2.{number % 256}"
        )

    # A key would be asked for at hosts that do not exist, and the delivery refused.
    assert (time.process_time() - begun) / 300 < 0.005
    assert not await Job.all().exists()
