"""Taking in and applying: signed Creates of many actors on many hosts, delivered to a real server at once.

The server is `fedi.app.create_app` in a process of its own, served as `fedi serve` does, with
synchronous=FULL. Requests are signed before the clock starts. What is "done" is read from the server's
database by this process; CPU-seconds are those of the server's process, taking in and applying together.
"""

import asyncio
import base64
import cProfile
import hashlib
import json
import pstats
import random
import resource
import sqlite3
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from bench.process import Result, child, cpu_seconds, free_port, settings_for
from fedi.actions import accounts
from fedi.activitypub.activities import Create
from fedi.activitypub.notes import Note
from fedi.activitypub.signatures import cavage
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.tags import Hashtag, Mention
from fedi.activitypub.vocabulary import ACTIVITY_JSON, PUBLIC, Uri
from fedi.app import create_app
from fedi.cli.serve import listen, web_config
from fedi.logs import configure
from fedi.migrate import migrate
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.security.keys import KeyPair, load_private, load_public
from fedi.server import Server, open_server

ACTORS = 50
HOSTS = 20
CONNECTIONS = 32
WARM_UP = 200
TAGS = ("foxes", "art", "drawing", "ink", "autumn")
# The mixed load: of a hundred posts, how many name somebody here, answer something, carry hashtags.
NAMING, ANSWERING, TAGGED = 10, 10, 20


def inbound(count: int, pairs: list[KeyPair], *, profile: bool = False) -> list[Result]:
    """Measure taking in and applying, plain and mixed, and the floor that no server can go below."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        asyncio.run(migrate(folder / "data" / "fedi.db"))
        alice = asyncio.run(_populate(folder, port, pairs))
        results, peak = [_floor(folder, count, pairs[0])], 0
        with child(_serve, name, port, profile) as pipe:
            pipe.recv()
            _load(folder, port, pipe, _requests(port, WARM_UP, pairs, "warm", mixed_with=alice))
            for kind, named in (("plain", None), ("mixed", alice)):
                requests = _requests(port, count, pairs, kind, mixed_with=named)
                accepted, applied, used, peak = _load(folder, port, pipe, requests)
                results.append(Result(f"{kind} activities accepted (202)", count, accepted, used))
                results.append(Result(f"{kind} activities applied", count, applied, used))
            print(f"peak memory of the server: {peak / 1024:.0f} MiB")
            if profile:
                pipe.send("profile")
                print(pipe.recv())
    return results


async def _populate(folder: Path, port: int, pairs: list[KeyPair]) -> str:
    """Make Alice, who follows all the peers; gives her id."""
    async with open_server(settings_for(folder, port)) as server:
        with server.db.activate():
            await accounts.ensure_instance_actor(server)
            alice = await accounts.create_local(server, "alice", keys=pairs[0])
            for number in range(ACTORS):
                await _followed(server, alice, number, pairs[number % len(pairs)])
            return alice.uri


async def _followed(server: Server, alice: Account, number: int, pair: KeyPair) -> None:
    uri = _actor(number)
    async with server.db.transaction():
        account = await Account.create(
            id=server.new_id(),
            username=f"peer{number}",
            username_lower=f"peer{number}",
            domain=_host(number),
            uri=uri,
            inbox_url=f"{uri}/inbox",
            followers_url=f"{uri}/followers",
            key_id=f"{uri}#main-key",
            public_key_pem=pair.public_pem,
            created_at=server.clock.now(),
            fetched_at=server.clock.now(),
        )
        await Follow.create(
            id=server.new_id(),
            follower_id=alice.id,
            target_id=account.id,
            state="accepted",
            uri=f"{uri}#follow",
            created_at=server.clock.now(),
        )


def _host(number: int) -> str:
    return f"h{number % HOSTS}.example"


def _actor(number: int) -> Uri:
    return Uri(f"https://{_host(number)}/users/peer{number}")


def _requests(
    port: int, count: int, pairs: list[KeyPair], kind: str, *, mixed_with: str | None
) -> list[bytes]:
    """Give requests as they go over the wire: Creates of notes by the followed peers in turn."""
    keys = [load_private(pair.private_pem) for pair in pairs]
    requests, chosen = [], random.Random(kind)
    for number in range(count):
        actor = number % ACTORS
        note = _note(kind, number, actor, chosen if mixed_with else None, mixed_with or "")
        create = Create(
            id=Uri(f"{note.id}/activity"), actor=_actor(actor), object=note, to=note.to, cc=note.cc
        )
        body = json.dumps(create.to_json()).encode()
        headers = {"Host": f"127.0.0.1:{port}", "User-Agent": "Peer/1.0", "Content-Type": ACTIVITY_JSON}
        message = SignedMessage.of("POST", "/ap/inbox", headers.items(), body)
        key = keys[actor % len(pairs)]
        assert isinstance(key, RSAPrivateKey)
        headers |= cavage.sign(message, key=key, key_id=f"{_actor(actor)}#main-key", now=datetime.now(UTC))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        requests.append(
            f"POST /ap/inbox HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body
        )
    return requests


def _note(kind: str, number: int, actor: int, chosen: random.Random | None, alice: str) -> Note:
    uri = Uri(f"{_actor(actor)}/statuses/{kind}{number}")
    named = chosen is not None and chosen.randrange(100) < NAMING
    answers = chosen is not None and number > ACTORS and chosen.randrange(100) < ANSWERING
    tagged = chosen is not None and chosen.randrange(100) < TAGGED
    above = number - ACTORS
    text = f"<p>Number {number}, <em>said a fox</em> to nobody in particular, and went on its way.</p>"
    return Note(
        id=uri,
        attributed_to=_actor(actor),
        url=Uri(f"https://{_host(actor)}/@peer{actor}/{kind}{number}"),
        content=text,
        language="en",
        published=datetime.now(UTC),
        context=f"tag:{_host(actor)},2026:{kind}{number}",
        in_reply_to=Uri(f"{_actor(above % ACTORS)}/statuses/{kind}{above}") if answers else None,
        mentions=(Mention(href=Uri(alice), name="@alice@127.0.0.1"),) if named else (),
        hashtags=tuple(Hashtag(name=tag) for tag in (chosen.sample(TAGS, 2) if tagged and chosen else ())),
        to=(PUBLIC,),
        cc=(Uri(f"{_actor(actor)}/followers"), *((Uri(alice),) if named else ())),
        replies=Uri(f"{uri}/replies"),
    )


def _load(
    folder: Path, port: int, pipe: Connection, requests: list[bytes]
) -> tuple[float, float, float, int]:
    """Deliver the requests; gives seconds until accepted, until applied, CPU-seconds, and peak KiB."""
    pipe.send("use")
    before, _ = pipe.recv()
    begun = time.perf_counter()
    uvloop.run(_post_all(port, requests))
    accepted = time.perf_counter() - begun
    with closing(sqlite3.connect(folder / "data" / "fedi.db")) as database:
        waiting = "SELECT 1 FROM jobs WHERE lane = 'inbox' AND state IN ('ready', 'running') LIMIT 1"
        while database.execute(waiting).fetchall():
            time.sleep(0.02)
        applied = time.perf_counter() - begun
        failed = database.execute(
            "SELECT error FROM jobs WHERE state = 'buried' OR error <> '' LIMIT 1"
        ).fetchall()
    if failed:
        raise RuntimeError(failed[0][0])
    pipe.send("use")
    after, peak = pipe.recv()
    return accepted, applied, after - before, peak


async def _post_all(port: int, requests: list[bytes]) -> None:
    """Send the requests over a few connections. Fails unless all are answered 202."""
    waiting = iter(requests)

    async def send() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 202 " not in head[:20]:
                raise RuntimeError(head + await reader.read(200))
        writer.close()

    await asyncio.gather(*(send() for _ in range(CONNECTIONS)))


def _serve(pipe: Connection, folder: str, port: int, profile: bool) -> None:
    """Be the server."""
    uvloop.run(_served(pipe, Path(folder), port, profile))


async def _served(pipe: Connection, folder: Path, port: int, profile: bool) -> None:
    settings = settings_for(folder, port)
    configure(settings.logs)
    web = uvicorn.Server(web_config(settings, create_app(settings)))
    profiler = cProfile.Profile(time.thread_time)
    with listen("127.0.0.1", port) as listener:
        serving = asyncio.ensure_future(web.serve(sockets=[listener]))
        while not web.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)
        pipe.send("ready")
        if profile:
            profiler.enable()
        while (asked := await asyncio.to_thread(pipe.recv)) != "stop":
            if asked == "profile":
                profiler.disable()
                pipe.send(_by_room(profiler))
            else:
                pipe.send((cpu_seconds(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
        web.should_exit = True
        await serving


def _by_room(profiler: cProfile.Profile) -> str:
    """Give the time by package: a built-in function's counts where it was called."""
    spent: Counter[str] = Counter()
    # typeshed does not know what a Stats holds: (file, line, name) to (calls, _, own, with inner, callers).
    stats: dict[Any, Any] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    for (file, _, name), (_, _, own, _, callers) in stats.items():
        if file != "~":
            spent[_room(file)] += own
        elif callers:
            for (caller, _, _), (_, _, of_caller, _) in callers.items():
                spent[_room(caller)] += of_caller
        else:
            spent[f"built in {name}"] += own
    total = sum(spent.values())
    lines = [f"{room:<44}{seconds:>8.2f} s{seconds / total:>8.1%}" for room, seconds in spent.most_common(40)]
    slowest = sorted(stats.items(), key=lambda item: -item[1][2])[:40]
    lines += [
        f"{own:>8.2f} s{calls:>9}  {_room(file)}:{line} {name}"
        for (file, line, name), (calls, _, own, _, _) in slowest
    ]
    return "\n".join(lines)


def _room(file: str) -> str:
    parts = Path(file).parts
    for root in ("site-packages", "fedi"):
        if root in parts:
            below = parts[len(parts) - parts[::-1].index(root) :]
            return below[0] if root == "site-packages" else "/".join(("fedi", *below))
    return "python"


def _floor(folder: Path, count: int, pair: KeyPair) -> Result:
    """Check a signature and a digest for each activity, and insert them 32 at a time: nothing else."""
    key, public = load_private(pair.private_pem), load_public(pair.public_pem)
    assert isinstance(key, RSAPrivateKey)
    assert isinstance(public, RSAPublicKey)
    body, text = b"x" * 1500, b"(request-target): post /ap/inbox\n" * 6
    signature = key.sign(text, PKCS1v15(), SHA256())
    with closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE taken (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT)")
        begun, used = time.perf_counter(), cpu_seconds()
        for start in range(0, count, CONNECTIONS):
            rows = []
            for number in range(start, min(start + CONNECTIONS, count)):
                public.verify(signature, text, PKCS1v15(), SHA256())
                base64.b64encode(hashlib.sha256(body).digest())
                rows.append((number, hashlib.sha256(b"%d" % number).hexdigest(), body.decode()))
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO taken VALUES (?, ?, ?)", rows)
            database.execute("COMMIT")
        seconds, spent = time.perf_counter() - begun, cpu_seconds() - used
    return Result("floor: a signature checked, a row inserted", count, seconds, spent)
