"""The evil peer: many hosts in one program, each with real keys, documents as the test wants them, and a
record of every request that reached it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response

from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.jobs.kinds import Lane
from fedi.jobs.queue import topic
from fedi.models.jobs import Job
from fedi.security.keys import KeyPair
from tests.support.peer import Json, Peer, activity, key_pair, signed
from tests.support.servers import Running, eventually

S = "s.test"
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that the evil peer received."""

    host: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key_id(self) -> str:
        """Whose key signed it, "" for nobody's."""
        return self.headers.get("signature", "").partition('keyId="')[2].partition('"')[0]


@dataclass
class Evil:
    """All hosts under `.test` but the server's own. `evil["e1.test"]` is a peer; it exists from then on.

    `handlers` maps (host, path) to a coroutine that answers instead of the peer's documents; host "*" stands
    for every host.
    """

    clock: Any
    port: int = 0
    peers: dict[str, Peer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)

    def __getitem__(self, host: str) -> Peer:
        """Give the peer that a host is."""
        if host not in self.peers:
            self.peers[host] = Peer(url=f"http://{host}", clock=self.clock)
        return self.peers[host]

    def gets(self, host: str | None = None) -> list[Asked]:
        """Give the GETs so far, of one host or of all."""
        return [each for each in self.asked if each.method == "GET" and host in {None, each.host}]

    def posts(self, host: str | None = None) -> list[Asked]:
        """Give the POSTs so far."""
        return [each for each in self.asked if each.method == "POST" and host in {None, each.host}]

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as the host that the request names."""
        request = Request(scope, receive)
        host, path = request.headers.get("host", ""), request.url.path
        body = await request.body()
        self.asked.append(
            Asked(host=host, method=request.method, path=path, headers=dict(request.headers), body=body)
        )
        handler = self.handlers.get((host, path)) or self.handlers.get(("*", path))
        if handler is not None:
            await (await handler(request))(scope, receive, send)
            return
        await self[host].answer(request, body)(scope, receive, send)


@dataclass
class Target:
    """The server under test, from outside: only HTTP, but for waiting and for looking for traces."""

    running: Running
    clock: Any
    accounts: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.running.url

    def uri(self, name: str) -> str:
        """Give the id of one of its people."""
        return str(self.accounts[name].uri)

    async def deliver(
        self,
        document: Json | bytes,
        *,
        signer: str,
        to: str = "/ap/inbox",
        key_id: str | None = None,
        pair: KeyPair | None = None,
        now: datetime | None = None,
        drop: tuple[str, ...] = (),
        **headers: str,
    ) -> httpx.Response:
        """POST an activity as `signer`, rightly signed; `headers` replace, `drop` takes away afterwards."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        lines = signed(
            f"http://{S}{to}",
            body,
            key_id=key_id or f"{signer}#main-key",
            now=now or self.clock.now(),
            pair=pair,
            host=S,
        )
        lines |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        return await self.send(
            "POST", to, content=body, headers={k: v for k, v in lines.items() if k.lower() not in drop}
        )

    async def get(
        self, path: str, *, signer: str | None = None, pair: KeyPair | None = None, **headers: str
    ) -> httpx.Response:
        """GET a document of ActivityPub, signed by `signer` if one is given."""
        lines = {"Accept": ACTIVITY_JSON, "Host": S}
        if signer is not None:
            lines |= signed(
                f"http://{S}{path}",
                b"",
                key_id=f"{signer}#main-key",
                now=self.clock.now(),
                pair=pair,
                host=S,
                method="GET",
            )
        return await self.send("GET", path, headers=lines | headers)

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send any request."""
        more["headers"] = {"Host": S, **dict(more.get("headers", {}))}
        async with httpx.AsyncClient(verify=False, timeout=30) as client:
            return await client.request(method, self.url + path, **more)

    async def api(self, name: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the client API as one of its people."""
        async with await self.running.client(self.accounts[name]) as client:
            return await client.request(method, path, **more)

    def turn(self, **span: float) -> None:
        """Turn the clock and have the worker look at once what is due now."""
        self.clock.turn(**span)
        for lane in Lane:
            self.running.server.pubsub.publish(topic(lane))

    async def applied(self, *, seconds: float = 20.0, housekeeping: bool = False) -> None:
        """Wait until nothing is left to be applied or fetched (deliveries may still wait)."""
        lanes = ["inbox", "fetch", *(["housekeeping"] if housekeeping else [])]

        async def idle() -> bool:
            with self.running.server.db.activate():
                waiting = Job.filter(state__in=["ready", "running"], lane__in=lanes)
                due = int(self.clock.now().timestamp() * 1000)
                return not await waiting.filter(run_at__lte=due).exists()

        await eventually(idle, seconds=seconds)

    async def delivered(
        self, evil: Evil, host: str, kind: str, *, about: str | None = None, seconds: float = 20.0
    ) -> Json:
        """Wait until an activity of this kind (about this object) has reached a host; gives the last."""
        found: list[Json] = []

        async def arrived() -> bool:
            bodies = [json.loads(each.body) for each in evil.posts(host)]
            found[:] = [
                body
                for body in bodies
                if body["type"] == kind and (about is None or body.get("object") == about)
            ]
            return bool(found)

        await eventually(arrived, seconds=seconds)
        return found[-1]

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Ask the database: for traces that HTTP does not show."""
        with self.running.server.db.activate():
            return [dict(row) for row in await self.running.server.db.rows(sql, list(values))]

    async def statuses(self, name: str = "alice") -> list[str]:
        """Give the texts on somebody's home timeline, newest first."""
        answer = await self.api(name, "GET", "/api/v1/timelines/home")
        return [each["content"] for each in answer.json()]

    async def notifications(self, name: str = "alice") -> list[str]:
        """Give the kinds of somebody's notifications, newest first, those that are kept back as well."""
        params = {"include_filtered": "true"}
        answer = await self.api(name, "GET", "/api/v1/notifications", params=params)
        return [each["type"] for each in answer.json()]

    async def is_alive(self) -> bool:
        """Say whether it answers a stranger within half a second; a machine may pause once or twice."""
        for _ in range(3):
            begun = asyncio.get_running_loop().time()
            answer = await self.send("GET", "/nodeinfo/2.0")
            if answer.status_code == 200 and asyncio.get_running_loop().time() - begun < 0.5:
                return True
        return False


def follow_accepted(follow: Json, by: str) -> Json:
    """Make the Accept of a Follow that the server sent."""
    return activity("Accept", by, follow, id_=f"{by}#accepts/{follow['id'].rsplit('/', 1)[-1]}")


__all__ = ["Asked", "Evil", "S", "Target", "activity", "follow_accepted", "key_pair"]
