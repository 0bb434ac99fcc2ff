"""T80 to T96: what comes in, how much of it, and in which shape (threats reference, section D).

T82 is in test_fuzz.py. T86 and T87 are shown from inside too, with far more jobs than here:
tests/federation/test_flood.py, tests/jobs/test_queue.py, tests/jobs/test_worker.py. That limits are kept for
a bounded number of keys: tests/security/test_limits.py.
"""

import asyncio
import itertools
import json
import random
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response

from fedi import connections
from fedi.activitypub import synchronisation, vocabulary
from fedi.activitypub.signatures import cavage, structured
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.vocabulary import PUBLIC
from fedi.app import create_app
from fedi.cli.serve import listen, web_config
from fedi.config import LimitSettings
from fedi.errors import FediError, Invalid
from fedi.federation import instances, relevance
from fedi.federation.handlers import announce, follow
from fedi.federation.instances import Hosts, HostState
from fedi.jobs.kinds import ApplyActivity
from fedi.security.limits import Limit
from fedi.text import compose, emoji, html, pages, tokens
from tests.support.peer import Peer
from tests.support.servers import eventually, settings_for
from tests.threats import raw
from tests.threats.conftest import server_settings
from tests.threats.evil import Evil, S, Target, activity
from tests.threats.test_authenticity import followed

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
INBOX = f"POST /ap/inbox HTTP/1.1\r\nHost: {S}\r\nContent-Type: application/activity+json\r\n"


def mentioning(s: Target, peer: Peer, author: str, name: str, **more: object) -> dict[str, Any]:
    """A public post that names Alice."""
    tag = [{"type": "Mention", "href": s.uri("alice"), "name": "@alice"}]
    return peer.note(name, author, "<p>buy!</p>", cc=[s.uri("alice")], tag=tag, **more)


async def mention_count(s: Target) -> int:
    (row,) = await s.rows("SELECT count(*) AS count FROM notifications WHERE kind = 'mention'")
    return int(row["count"])


def status_of(answer: bytes) -> int:
    """Give the status that came first, 0 for none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


# T80


@pytest.mark.parametrize("path", ["/ap/inbox", "/api/v1/statuses", "/oauth/token"])
async def test_t80_a_body_that_says_it_is_too_large_is_refused_before_it_comes(s: Target, path: str):
    head = f"POST {path} HTTP/1.1\r\nHost: {S}\r\nContent-Type: application/json\r\n"

    begun = time.monotonic()
    answer = await raw.send(s.url, f"{head}Content-Length: {MIB + 1}\r\n\r\n".encode(), seconds=12)

    assert status_of(answer) == 413
    assert time.monotonic() - begun < 10


async def test_t80_a_body_without_end_is_cut_off(s: Target):
    host, port = s.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{INBOX}Transfer-Encoding: chunked\r\n\r\n".encode())
    chunk, sent = b"10000\r\n" + b"x" * 65536 + b"\r\n", 0
    try:
        async with asyncio.timeout(10):
            while sent < 64 * MIB:
                writer.write(chunk)
                await writer.drain()
                sent += len(chunk)
    except ConnectionError:
        pass
    answer = await asyncio.wait_for(reader.read(64), 5) if not reader.exception() else b""
    writer.close()

    # What is on its way in the buffers of the system counts as sent.
    assert sent < 32 * MIB
    assert status_of(answer) in {0, 413}
    assert await s.is_alive()


@pytest.mark.parametrize("length", ["-5", "5x", "0x5", "+5", "5, 6", "99999999999999999999999", ""])
async def test_t80_a_length_that_is_none_is_refused(s: Target, length: str):
    answer = await raw.send(s.url, f"{INBOX}Content-Length: {length}\r\n\r\n{{}}".encode(), seconds=1)

    assert status_of(answer) in {400, 413}


async def test_t80_what_comes_after_the_body_is_no_part_of_it(s: Target):
    answer = await raw.send(s.url, f"{INBOX}Content-Length: 5\r\n\r\n[1,2]{'x' * 1000}".encode(), seconds=1)

    assert status_of(answer) == 400
    assert b" 500 " not in answer


# T81


def nested(opening: str, closing: str, depth: int = 50_000) -> str:
    return opening * depth + "1" + closing * depth


@pytest.mark.parametrize(
    "value",
    [
        nested("[", "]"),
        nested('{"a":', "}"),
        "[" * 100_000,
        "1e999999",
        "NaN",
        "Infinity",
        "-Infinity",
        '"\\ud800"',
        '"\\u0000"',
        "[" + "1," * 30_000 + "1]",
        "01",
        "'x'",
    ],
    ids=lambda value: value[:8],
)
async def test_t81_json_that_hurts_is_refused_at_once(s: Target, evil: Evil, value: str):
    bob = evil["e1.test"].actor("bob")
    body = json.dumps(activity("Like", bob, s.uri("alice")))[:-1] + f', "x": {value}}}'
    begun = time.process_time()

    answer = await s.deliver(body.encode(), signer=bob)

    assert answer.status_code == 400
    assert time.process_time() - begun < 0.5
    assert evil.asked == []


async def test_t81_a_number_of_a_million_digits_is_clamped_in_no_time(s: Target, evil: Evil):
    """It is valid JSON: such numbers are read as 2**53 and cost nothing, so they need not be refused."""
    bob = evil["e1.test"].actor("bob")
    body = json.dumps(activity("Like", bob, s.uri("alice")))[:-1] + f', "x": {"9" * 1_000_000}}}'
    begun = time.process_time()

    answer = await s.deliver(body.encode(), signer=bob)

    assert answer.status_code in {202, 400}
    assert time.process_time() - begun < 0.5


async def test_t81_a_name_said_twice_a_mark_of_order_and_other_encodings_are_refused(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    good = json.dumps(activity("Like", bob, s.uri("alice")))
    twice = good[:-1] + ', "actor": "http://e2.test/users/victim"}'
    bodies = [
        twice.encode(),
        b"\xef\xbb\xbf" + good.encode(),
        good.encode("utf-16"),
        good.encode()[:-1] + b', "x": "\xff\xfe"}',
        good.encode() + b"{}",
        f"[{good}]".encode(),
        b"",
        b"null",
    ]

    statuses = [(await s.deliver(body, signer=bob)).status_code for body in bodies]

    assert statuses == [400] * len(bodies)
    assert evil.asked == []


# T83


async def test_t83_a_storm_of_deletes_by_strangers_costs_nobody_a_request(s: Target, evil: Evil):
    begun = time.process_time()
    async with httpx.AsyncClient() as client:
        for number in range(300):
            gone = f"http://h{number}.test/users/gone"
            answer = await client.post(
                f"{s.url}/ap/inbox",
                content=json.dumps(activity("Delete", gone, gone)),
                headers={
                    "Host": S,
                    "Content-Type": "application/activity+json",
                    "Signature": f'keyId="{gone}#main-key",headers="date",signature="AAAA"',
                },
            )
            assert answer.status_code == 202
    spent = time.process_time() - begun

    # The client's own work is counted with it.
    assert spent / 300 < 0.015
    assert evil.asked == []
    assert await s.rows("SELECT id FROM jobs WHERE kind = 'ApplyActivity'") == []


# T84


async def test_t84_a_flood_of_followers_is_limited_and_keeps_nobody_else_away(
    s: Target, evil: Evil, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(follow, "_FOLLOWS_OF_HOST", Limit(5, 300.0))
    crowd = [evil["e1.test"].actor(f"u{number}") for number in range(10)]
    for uri in crowd:
        assert (await s.deliver(activity("Follow", uri, s.uri("alice")), signer=uri)).status_code == 202
    quiet = evil["e2.test"].actor("quiet")
    begun = time.monotonic()

    await s.deliver(activity("Follow", quiet, s.uri("alice")), signer=quiet)
    await s.delivered(evil, "e2.test", "Accept", seconds=5)
    await s.applied()

    assert time.monotonic() - begun < 5
    hosts = await s.rows("SELECT a.domain FROM follows f JOIN accounts a ON a.id = f.follower_id")
    assert sorted(row["domain"] for row in hosts) == ["e1.test"] * 5 + ["e2.test"]


async def test_t84_ever_new_keys_from_one_address_are_fetched_twenty_times(s: Target, evil: Evil):
    statuses = []
    for number in range(30):
        uri = evil["e1.test"].actor(f"u{number}")
        answer = await s.deliver(activity("Follow", uri, s.uri("alice")), signer=uri)
        statuses.append(answer.status_code)

    assert 20 <= statuses.count(202) <= 22
    assert set(statuses) == {202, 429}


# T85


async def test_t85_a_stranger_who_names_ours_without_end_is_heard_twenty_times(s: Target, evil: Evil):
    """Also once it is known here, and its posts could be taken in many at once."""
    spammer = evil["e1.test"].actor("spammer")

    for number in range(30):
        create = evil["e1.test"].create(mentioning(s, evil["e1.test"], spammer, str(number)))
        assert (await s.deliver(create, signer=spammer)).status_code == 202
    await s.applied()

    # One more each fifteen seconds.
    assert 20 <= await mention_count(s) <= 22
    (stored,) = await s.rows("SELECT count(*) AS count FROM posts")
    assert stored["count"] == await mention_count(s)


async def test_t85_all_strangers_of_a_host_together_are_limited_and_others_are_heard(
    s: Target, evil: Evil, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relevance, "_OF_HOST", Limit(5, 300.0))
    for number in range(10):
        spammer = evil["e1.test"].actor(f"u{number}")
        note = mentioning(s, evil["e1.test"], spammer, str(number))
        await s.deliver(evil["e1.test"].create(note), signer=spammer)
    await s.applied()
    during = await mention_count(s)

    carol = evil["e2.test"].actor("carol")
    await s.deliver(evil["e2.test"].create(mentioning(s, evil["e2.test"], carol, "1")), signer=carol)
    await s.applied()
    other = await mention_count(s)
    s.clock.turn(minutes=6)
    late = evil["e1.test"].actor("u0")
    await s.deliver(evil["e1.test"].create(mentioning(s, evil["e1.test"], late, "late")), signer=late)
    await s.applied()

    assert (during, other, await mention_count(s)) == (5, 6, 7)
    # Of whom nothing was kept, nothing else is kept either.
    assert len(await s.rows("SELECT id FROM accounts WHERE domain = 'e1.test'")) == 5


async def test_t85_whom_somebody_here_follows_is_always_heard(
    s: Target, evil: Evil, monkeypatch: pytest.MonkeyPatch
):
    """Whichever way a post takes: many at once, or alone because it is not plain."""
    monkeypatch.setattr(relevance, "_OF_AUTHOR", Limit(1, 300.0))
    monkeypatch.setattr(relevance, "_OF_HOST", Limit(1, 300.0))
    bob = await followed(s, evil)

    for number in range(3):
        for more in ({}, {"name": "not plain"}):
            note = mentioning(s, evil["e1.test"], bob, f"{number}-{len(more)}") | more
            await s.deliver(evil["e1.test"].create(note), signer=bob)
    await s.applied()

    assert await mention_count(s) == 6


async def test_t85_many_may_answer_us_at_once_but_each_only_so_often(
    s: Target, evil: Evil, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relevance, "_OF_AUTHOR", Limit(2, 300.0))
    monkeypatch.setattr(relevance, "_OF_HOST", Limit(1, 300.0))
    ours = (await s.api("alice", "POST", "/api/v1/statuses", data={"status": "what do you think?"})).json()

    for author, number in itertools.product(range(3), range(4)):
        uri = evil["e1.test"].actor(f"u{author}")
        note = mentioning(s, evil["e1.test"], uri, f"{author}-{number}", inReplyTo=ours["uri"])
        await s.deliver(evil["e1.test"].create(note), signer=uri)
    await s.applied()

    assert await mention_count(s) == 6


async def test_t85_an_edit_of_what_was_dropped_is_no_way_in(
    s: Target, evil: Evil, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relevance, "_OF_AUTHOR", Limit(1, 300.0))
    spammer = evil["e1.test"].actor("spammer")
    for number in range(2):
        note = mentioning(s, evil["e1.test"], spammer, str(number))
        await s.deliver(evil["e1.test"].create(note), signer=spammer)
    await s.applied()

    update = activity("Update", spammer, note | {"updated": note["published"]}, to=[PUBLIC])
    await s.deliver(update, signer=spammer)
    await s.applied()

    assert await mention_count(s) == 1


# T86, T87


async def test_t86_a_host_that_keeps_us_waiting_does_not_hold_up_another(s: Target, evil: Evil):
    bob = await followed(s, evil)
    let_go = asyncio.Event()

    async def waiting(_request: Request) -> Response:
        await let_go.wait()
        return Response(status_code=404)

    for number in range(100):
        evil.handlers["slow.test", f"/notes/{number}"] = waiting
        note = evil["e1.test"].note(str(number), bob, inReplyTo=f"http://slow.test/notes/{number}")
        assert (await s.deliver(evil["e1.test"].create(note), signer=bob)).status_code == 202
    carol = evil["e2.test"].actor("carol")

    try:
        await s.deliver(evil["e2.test"].create(mentioning(s, evil["e2.test"], carol, "1")), signer=carol)
        assert await eventually(lambda: mention_count(s), seconds=5) == 1
        # The flood is still there, or there was nothing to be held up by.
        assert len(await s.rows("SELECT id FROM jobs WHERE group_key = 'e1.test' AND state <> 'done'")) > 50
    finally:
        evil.handlers.clear()
        let_go.set()


async def test_t87_an_activity_that_we_always_fail_at_is_parked_and_the_next_ones_pass(
    s: Target, evil: Evil, monkeypatch: pytest.MonkeyPatch
):
    bob = await followed(s, evil)

    async def crash(*_: object) -> bool:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(announce.relevance, "is_followed_here", crash)
    monkeypatch.setattr(ApplyActivity, "attempts", 3)
    poison = activity("Announce", bob, "http://e3.test/notes/1", id_=f"{bob}#poison", to=[PUBLIC])
    await s.deliver(poison, signer=bob)
    for number in range(5):
        await s.deliver(evil["e1.test"].create(evil["e1.test"].note(str(number), bob)), signer=bob)
    await s.applied()
    passed = len(await s.rows("SELECT id FROM posts"))

    for _ in range(4):
        s.turn(days=1)
        await s.applied()

    assert passed == 5
    parked = await s.rows("SELECT attempts FROM jobs WHERE state = 'buried' AND kind = 'ApplyActivity'")
    assert [row["attempts"] for row in parked] == [3]


# T88, T89, T90


async def closed_after(s: Target, beginning: bytes, drip: bytes, *, every: float = 0.05) -> float:
    """Write a beginning, then a little for ever; gives after how many seconds the server hung up."""
    host, port = s.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    begun = time.monotonic()
    writer.write(beginning)
    ended = asyncio.ensure_future(reader.read())
    try:
        async with asyncio.timeout(8):
            while not ended.done():
                if drip:
                    writer.write(drip)
                await asyncio.wait([ended], timeout=every)
    except (TimeoutError, ConnectionError):
        pass
    if not ended.done():
        ended.cancel()
        writer.close()
        return float("inf")
    ended.exception()
    writer.close()
    return time.monotonic() - begun


async def test_t88_who_writes_a_byte_now_and_then_holds_up_nobody_and_is_left(
    s: Target, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1.5)
    slow = [
        asyncio.ensure_future(closed_after(s, beginning, drip))
        for beginning, drip in itertools.islice(
            itertools.cycle([(b"", b""), (b"GET / HTTP/1.1\r\nX: ", b"x"), (b"POST ", b"x")]), 60
        )
    ]
    await asyncio.sleep(0.3)
    begun = time.monotonic()

    answer = await s.send("GET", "/nodeinfo/2.0")
    answered_after = time.monotonic() - begun
    lasted = await asyncio.gather(*slow)

    assert answer.status_code == 200
    assert answered_after < 1.0
    assert max(lasted) < 4.0
    assert min(lasted) > 1.0


async def test_t88_a_body_that_drips_is_not_waited_for(s: Target, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.5)

    lasted = await closed_after(s, f"{INBOX}Content-Length: 1000\r\n\r\n".encode(), b" ")

    assert 0.4 < lasted < 3.0


@pytest.mark.parametrize(
    "lines",
    [
        "X-Large: " + "a" * 70_000,
        "Cookie: " + "a=b; " * 14_000,
        "\r\n".join(f"X-{number}: {'b' * 100}" for number in range(700)),
        "\r\n".join("Cookie: a=b" for _ in range(6000)),
    ],
    ids=["one", "cookie", "many", "cookies"],
)
async def test_t89_a_head_that_is_too_large_is_refused(s: Target, lines: str):
    answer = await raw.send(s.url, f"GET / HTTP/1.1\r\nHost: {S}\r\n{lines}\r\n\r\n".encode(), seconds=2)

    assert status_of(answer) == 431


async def test_t89_a_head_without_end_is_not_read_on(s: Target):
    answer = await raw.send(s.url, b"GET / HTTP/1.1\r\nX: " + b"a" * 400_000, seconds=2)

    assert status_of(answer) in {0, 431}
    assert await s.is_alive()


async def test_t89_an_address_that_is_too_long_is_refused(s: Target):
    answer = await raw.send(s.url, f"GET /{'a' * 70_000} HTTP/1.1\r\nHost: {S}\r\n\r\n".encode(), seconds=2)

    assert status_of(answer) in {400, 414, 431}


async def test_t89_lines_after_the_last_chunk_are_counted_as_well(s: Target):
    trailers = "X: y\r\n" * 30_000
    answer = await raw.send(
        s.url,
        f"{INBOX}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n{trailers}\r\n".encode(),
        seconds=2,
    )

    assert status_of(answer) in {400, 431}
    assert b" 200 " not in answer


@pytest.mark.parametrize(
    "chunk", ["2\r\n{}XX0\r\n\r\n", "2;\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n", "g\r\n", "f" * 17 + "\r\n{}\r\n"]
)
async def test_t89_chunks_that_are_not_what_they_say_are_refused(s: Target, chunk: str):
    answer = await raw.send(s.url, f"{INBOX}Transfer-Encoding: chunked\r\n\r\n{chunk}".encode(), seconds=1)

    assert status_of(answer) == 400


SMUGGLED = f"GET /nodeinfo/2.0 HTTP/1.1\r\nHost: {S}\r\n\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\tchunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        "Content-Length: 0\r\n\n",
        "X: a\rContent-Length: 4\r\n\r\nabcd",
        "X: a\r\n Content-Length: 4\r\n\r\n",
        "X: a\0b\r\n\r\n",
    ],
)
async def test_t90_no_second_request_is_smuggled_in_the_first(s: Target, lines: str):
    answer = await raw.send(s.url, (INBOX + lines + SMUGGLED).encode(), seconds=2)

    assert status_of(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"software" not in answer


async def test_t90_a_head_of_bare_line_feeds_is_refused(s: Target):
    answer = await raw.send(s.url, (INBOX + "\r\n" + SMUGGLED).replace("\r\n", "\n").encode(), seconds=2)

    assert status_of(answer) == 400
    assert b"software" not in answer


# T91


@asynccontextmanager
async def as_served(folder: Path, database: Path, proxies: list[str]) -> AsyncIterator[str]:
    """Serve as `fedi serve` does, with these trusted proxies; gives the address."""
    (folder / "data").mkdir()
    shutil.copy(database, folder / "data" / "fedi.db")
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    settings = settings_for(
        folder,
        port=port,
        embedded=False,
        server=server_settings(trusted_proxies=proxies),
        limits=LimitSettings(),
    )
    web = uvicorn.Server(web_config(settings, create_app(settings)))
    task = asyncio.ensure_future(web.serve(sockets=[listener]))

    async def started() -> bool:
        return web.started or task.done()

    await eventually(started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        web.should_exit = True
        await task


def random_address(rng: random.Random) -> str:
    return ".".join(str(rng.randint(1, 250)) for _ in range(4))


@pytest.mark.parametrize(
    ("proxies", "forwarded"),
    [
        ([], random_address),
        (["10.9.8.7"], random_address),
        (["127.0.0.1"], lambda rng: f"{random_address(rng)}, 198.51.100.7"),
        (["127.0.0.1"], lambda rng: f"2001:db8:1:1::{rng.randint(1, 9999):x}"),
    ],
    ids=["no proxy", "another proxy", "behind the proxy", "one /64"],
)
async def test_t91_nobody_gets_new_limits_by_a_forged_x_forwarded_for(
    tmp_path: Path,
    migrated_file: Path,
    proxies: list[str],
    forwarded: Callable[[random.Random], str],
):
    """Registering apps is limited to 5 in ten minutes an address, by the same address as signing in."""
    rng = random.Random(1)
    async with (
        as_served(tmp_path, migrated_file, proxies) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        answers = [
            await client.post(
                "/api/v1/apps",
                data={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"},
                headers={
                    "Host": S,
                    "X-Forwarded-For": forwarded(rng),
                    "X-Real-IP": random_address(rng),
                    "Forwarded": f"for={random_address(rng)}",
                },
            )
            for _ in range(8)
        ]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3


async def test_t91_behind_a_trusted_proxy_each_address_has_its_own_limit(tmp_path: Path, migrated_file: Path):
    async with (
        as_served(tmp_path, migrated_file, ["127.0.0.1"]) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        statuses = [
            (
                await client.post(
                    "/api/v1/apps",
                    data={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"},
                    headers={"Host": S, "X-Forwarded-For": f"198.51.100.{number}"},
                )
            ).status_code
            for number in range(30)
        ]

    assert statuses == [200] * 30


# T92


async def test_t92_what_is_known_of_hosts_is_bounded(s: Target, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(instances, "_HOSTS_KEPT", 50)
    server = s.running.server
    server.memory._kept.pop(Hosts, None)

    with server.db.activate():
        for number in range(200):
            await instances.admit(server, f"h{number}.test")

    assert len(server.memory.of(Hosts)._entries) == 50
    # Of whom nothing failed, there is no row.
    assert await s.rows("SELECT host FROM instances WHERE host LIKE 'h%'") == []


def test_t92_a_hundred_thousand_hosts_fit_in_the_memory_that_is_kept_for_them():
    hosts, now = Hosts(), datetime.fromisoformat("2026-01-01T00:00:00Z")

    for number in range(100_000):
        hosts.put(f"h{number}.test", HostState(), now)

    assert len(hosts._entries) == instances._HOSTS_KEPT <= 10_000


# T93

HOSTILE = {
    "@": "@",
    "@a": "@a",
    "@a@": "@a@",
    "#a": "#a",
    "#": "#",
    "a.": "a.",
    "@a.b-": "@a.b-",
    "((((": "(",
    "url(": "http://a.b/(",
    "http": "http://",
    "hosts": "http://a.a.a.a.a",
    "::": ":a:",
    "<a ": "<a ",
    "<a href": "<a href='",
    "<": "<",
    "&": "&amp",
    "quotes": '="',
    "spaces": " \t",
    "lines": "\n \n",
    "zwj": "\U0001f468\u200d",
    "marks": "a\u0301",
    "q-values": "a/b;c=d,",
    "backslash": '"\\',
    "parameters": 'a="b",',
}
READERS: dict[str, Callable[[str], object]] = {
    "tokens": tokens.find_tokens,
    "tag": tokens.normalise_tag,
    "is tag": tokens.is_tag,
    "characters": compose.count_characters,
    "compose": lambda text: compose.compose(text, mentioned={}, tag_url=str),
    "field": compose.compose_field,
    "sanitise": html.sanitise,
    "to text": lambda text: html.to_text(html.sanitise(text)),
    "without quote": lambda text: html.without_quote(html.Html(text)),
    "line": lambda text: html.clean_line(text, 500),
    "links": lambda text: list(pages.find_links(text)),
    "shown link": lambda text: pages.shown_link(html.Html(text)),
    "emoji": emoji.is_emoji,
    "accept": vocabulary.wants_activity,
    "content type": vocabulary.is_activity_type,
    "signature": lambda text: cavage.parse(SignedMessage.of("POST", "/", [("signature", text)], b"")),
    "fields": structured.read_dictionary,
    "synchronisation": synchronisation.Synchronisation.parse,
}


@pytest.mark.parametrize("reader", READERS)
def test_t93_no_text_takes_long_to_read(reader: str):
    """Fifty thousand characters, more than most of them are ever given, cost no more than twice the half."""
    slow = {}
    for name, part in HOSTILE.items():
        for make in (
            lambda size, part=part: (part * size)[:size],
            lambda size, part=part: f"x{part * size}"[:size],
        ):
            spent = _seconds_to_read(reader, make(50_000))
            # On a quiet machine the slowest takes a fifth of this; a machine that is not is no proof.
            if spent > 1.0 and spent > 3 * _seconds_to_read(reader, make(25_000)):
                slow[name] = spent

    assert slow == {}


def _seconds_to_read(reader: str, text: str) -> float:
    begun = time.thread_time()
    with suppress(FediError):
        READERS[reader](text)
    return time.thread_time() - begun


# T94

LONG = "a" * 900_000


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("POST", "/api/v1/statuses", {"status": LONG}),
        ("POST", "/api/v1/statuses", {"status": "@a " * 300_000}),
        ("POST", "/api/v1/statuses", {"status": "http://a.b/ " * 75_000}),
        ("POST", "/api/v1/statuses", {"status": "x", "spoiler_text": LONG}),
        ("POST", "/api/v1/statuses", {"status": "x", "language": LONG}),
        ("POST", "/api/v1/statuses", {"status": "x", "visibility": LONG}),
        ("POST", "/api/v1/statuses", {"status": "x", "in_reply_to_id": "1" * 900_000}),
        ("POST", "/api/v1/statuses", {"status": "x", "media_ids": [LONG]}),
        ("POST", "/api/v1/statuses", {"status": "x", "poll": {"options": [LONG, "b"], "expires_in": 600}}),
        ("POST", "/api/v1/statuses", {"status": "x", "poll": {"options": ["a"] * 90_000, "expires_in": 600}}),
        ("POST", "/api/v1/statuses", {"status": "x", "scheduled_at": LONG}),
        ("PATCH", "/api/v1/accounts/update_credentials", {"display_name": LONG}),
        ("PATCH", "/api/v1/accounts/update_credentials", {"note": LONG}),
        ("PATCH", "/api/v1/accounts/update_credentials", {"note": "@a " * 300_000}),
        (
            "PATCH",
            "/api/v1/accounts/update_credentials",
            {"fields_attributes": [{"name": LONG, "value": "x"}]},
        ),
        (
            "PATCH",
            "/api/v1/accounts/update_credentials",
            {"fields_attributes": [{"name": "x", "value": LONG}]},
        ),
        ("PATCH", "/api/v1/accounts/update_credentials", {"source": {"language": LONG}}),
        ("POST", "/api/v1/reports", {"account_id": "bob", "comment": LONG}),
        ("POST", "/api/v1/apps", {"client_name": LONG, "redirect_uris": "http://a.test/"}),
        ("POST", "/api/v1/apps", {"client_name": "x", "redirect_uris": f"http://a.test/{LONG}"}),
        ("POST", "/api/v1/apps", {"client_name": "x", "redirect_uris": "http://a.test/", "website": LONG}),
        ("POST", "/api/v1/apps", {"client_name": "x", "redirect_uris": "http://a.test/", "scopes": LONG}),
        ("POST", "/oauth/token", {"grant_type": LONG, "client_id": LONG, "client_secret": LONG}),
        ("POST", "/api/v1/markers", {"home": {"last_read_id": "9" * 900_000}}),
        ("GET", "/api/v2/search", {"q": LONG}),
        ("GET", "/api/v1/accounts/lookup", {"acct": LONG}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
async def test_t94_a_megabyte_in_a_field_of_the_api_is_refused_or_cut(
    s: Target, method: str, path: str, data: dict[str, Any]
):
    if data.get("account_id") == "bob":
        data = data | {"account_id": str(s.accounts["bob"].id)}
    begun = time.process_time()

    sent = {"params": {k: v[:60_000] for k, v in data.items()}} if method == "GET" else {"json": data}
    answer = await s.api("alice", method, path, **sent)

    assert answer.status_code < 500
    assert len(answer.content) < 100_000
    assert time.process_time() - begun < 1.5
    for table in ("accounts", "posts", "reports", "oauth_applications", "polls", "poll_options", "markers"):
        assert await longest_value(s, table) < 50_000, table


async def longest_value(s: Target, table: str) -> int:
    """Give how long the longest text in a table is; 0 for no such table."""
    columns = [row["name"] for row in await s.rows(f"SELECT name FROM pragma_table_info('{table}')")]
    rows = [await s.rows(f'SELECT max(length("{column}")) AS most FROM {table}') for column in columns]
    return max((row[0]["most"] or 0 for row in rows), default=0)


NOTE_STRINGS = (
    *("content", "summary", "name", "url", "context", "conversation", "inReplyTo", "published", "updated"),
    *("quote", "replies", "likes", "mediaType", "generator", "sensitive", "atomUri"),
)
LONGER = "a" * 500_000


@pytest.mark.parametrize("name", [*NOTE_STRINGS, "contentMap", "source", "tag", "attachment", "poll", "to"])
async def test_t94_a_megabyte_in_a_post_that_comes_in_is_cut(s: Target, evil: Evil, name: str):
    bob = await followed(s, evil)
    values: dict[str, Any] = {
        "contentMap": {"en": LONGER, LONGER[:100_000]: "x"},
        "source": {"content": LONGER, "mediaType": "text/plain"},
        "tag": [
            {"type": "Hashtag", "name": f"#{LONGER[:200_000]}"},
            {"type": "Mention", "href": s.uri("alice"), "name": LONGER[:200_000]},
            {
                "type": "Emoji",
                "name": f":{LONGER[:100_000]}:",
                "icon": {"type": "Image", "url": "http://e1.test/x"},
            },
        ],
        "attachment": [
            {"type": "Image", "mediaType": "image/png", "url": "http://e1.test/x.png", "name": LONGER},
            {"type": "Image", "mediaType": LONGER[:100_000], "url": f"http://e1.test/{LONGER[:100_000]}"},
        ],
        "to": [PUBLIC, f"http://e1.test/{LONGER}"],
    }
    note = evil["e1.test"].note("1", bob)
    if name == "poll":
        note |= {
            "type": "Question",
            "oneOf": [{"type": "Note", "name": LONGER}, {"type": "Note", "name": "b"}],
        }
    else:
        note[name] = values.get(name, f"http://e1.test/{LONGER}" if name in {"url", "inReplyTo"} else LONGER)

    answer = await s.deliver(evil["e1.test"].create(note), signer=bob)
    await s.applied()

    assert answer.status_code in {202, 400}
    assert await s.rows("SELECT id FROM jobs WHERE state = 'buried' OR error LIKE '%Traceback%'") == []
    for table in ("posts", "media_attachments", "mentions", "tags", "post_tags", "polls", "poll_options"):
        assert await longest_value(s, table) <= 120_000, table
    assert (await s.api("alice", "GET", "/api/v1/timelines/home")).status_code == 200


async def test_t94_a_megabyte_in_a_profile_is_cut(s: Target, evil: Evil):
    for number, name in enumerate(("name", "summary", "preferredUsername", "url", "movedTo", "published")):
        evil["e1.test"].actor(f"u{number}", **{name: LONGER})
    evil["e1.test"].actor(
        "fields", attachment=[{"type": "PropertyValue", "name": LONGER, "value": LONGER[:9]}] * 2
    )
    evil["e1.test"].actor(
        "icon", icon={"type": "Image", "url": f"http://e1.test/{LONGER}", "name": LONGER[:9]}
    )
    evil["e1.test"].actor("key", assertionMethod=[LONGER])

    for name in (*(f"u{number}" for number in range(6)), "fields", "icon", "key"):
        answer = await s.api("alice", "GET", f"/api/v2/search?q={name}@e1.test&resolve=true")
        assert answer.status_code == 200

    assert await longest_value(s, "accounts") <= 120_000
    assert await s.is_alive()


# T95


@pytest.mark.parametrize(
    "name",
    [
        *(
            "\u0430dmin",
            "admin\u200b",
            "\u202eadmin",
            "admin\0",
            "ad min",
            "\uff41dmin",
            "ad\nmin",
            "a\u0301lice",
        ),
        *("\u212aelvin", "ALICE", "alice ", "", "a" * 31, "root", "../x", "<b>", "alice@e1.test"),
    ],
)
async def test_t95_nobody_registers_a_name_that_looks_like_another(s: Target, name: str):
    with pytest.raises(Invalid):
        await s.running.person(name)


@pytest.mark.parametrize("name", ["\u0430dmin", "admin\u200b", "\u202enimda", "ad\0min", "\uff41lice", "a b"])
async def test_t95_a_remote_handle_is_of_plain_letters_or_there_is_none(s: Target, evil: Evil, name: str):
    uri = evil["e1.test"].actor("x", preferredUsername=name)
    evil["e1.test"].handles[name.lower()] = uri

    found = await s.api("alice", "GET", "/api/v2/search", params={"q": uri, "resolve": "true"})

    assert all(account["acct"].isascii() for account in found.json()["accounts"])
    assert all(row["username"].isascii() for row in await s.rows("SELECT username FROM accounts"))


async def test_t95_names_and_texts_do_not_turn_the_line_around_them(s: Target, evil: Evil):
    turning = "\u202e\u2066\u202a"
    uri = evil["e1.test"].actor("bob", name=f"nimda{turning}", summary=f"<p>x{turning}</p>")
    await followed(s, evil, "carol")
    note = mentioning(s, evil["e1.test"], uri, "1", summary=f"cw{turning}")
    await s.deliver(evil["e1.test"].create(note), signer=uri)
    await s.applied()

    (told,) = (await s.api("alice", "GET", "/api/v1/notifications?types[]=mention")).json()

    account, status = told["account"], told["status"]
    assert account["display_name"] == "nimda"
    assert not set(turning) & set(account["display_name"] + status["spoiler_text"])


async def test_t95_a_domain_is_shown_as_it_is_written_on_the_wire(s: Target, evil: Evil):
    """Two domains that look the same are told apart by their ASCII form."""
    host = "xn--e-7sbb.test"
    evil[host].actor("bob")

    found = await s.api("alice", "GET", f"/api/v2/search?q=bob@{host}&resolve=true")

    assert [account["acct"] for account in found.json()["accounts"]] == [f"bob@{host}"]


async def test_t95_zalgo_is_cut_where_a_name_ends(s: Target, evil: Evil):
    evil["e1.test"].actor("bob", name="z" + "\u0300" * 5000)

    found = await s.api("alice", "GET", "/api/v2/search?q=bob@e1.test&resolve=true")

    assert len(found.json()["accounts"][0]["display_name"]) <= 500


# T96


@pytest.mark.parametrize(
    "published",
    [
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2016-12-31T23:59:60Z",
        "1970-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01",
        "yesterday",
        0,
        -1e300,
    ],
)
async def test_t96_no_time_that_somebody_names_breaks_order_or_pages(
    s: Target, evil: Evil, published: object
):
    bob = await followed(s, evil)
    note = evil["e1.test"].note("1", bob, published=published, updated=published)
    note |= {"type": "Question", "oneOf": [{"type": "Note", "name": "a"}, {"type": "Note", "name": "b"}]}
    note["endTime"] = published
    await s.deliver(evil["e1.test"].create(note), signer=bob)
    await s.applied()
    ours = (await s.api("alice", "POST", "/api/v1/statuses", data={"status": "later"})).json()

    home = (await s.api("alice", "GET", "/api/v1/timelines/home")).json()
    below = await s.api("alice", "GET", f"/api/v1/timelines/home?max_id={ours['id']}&limit=5")
    profile = await s.api("alice", "GET", f"/api/v1/accounts/{home[-1]['account']['id']}/statuses")

    now = s.clock.now()
    assert home[0]["id"] == ours["id"]
    for shown in home:
        assert datetime.fromisoformat(shown["created_at"]) <= now + timedelta(minutes=1)
    assert (below.status_code, profile.status_code) == (200, 200)
    assert await s.rows("SELECT id FROM jobs WHERE state = 'buried' OR error LIKE '%Traceback%'") == []


async def test_t96_an_actor_of_another_millennium_is_an_actor(s: Target, evil: Evil):
    for number, when in enumerate(("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", 10**20, "x")):
        evil["e1.test"].actor(f"u{number}", published=when, updated=when)

        found = await s.api("alice", "GET", f"/api/v2/search?q=u{number}@e1.test&resolve=true")

        (account,) = found.json()["accounts"]
        assert datetime.fromisoformat(account["created_at"]) <= s.clock.now() + timedelta(days=1)
