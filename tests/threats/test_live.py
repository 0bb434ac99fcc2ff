"""T142, T143, T155, T156: open streams and push services: who hears, for how long, and where we send."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fedi.actions import moderation, oauth, sessions
from fedi.errors import Blocked
from fedi.federation import pushing
from fedi.jobs.kinds import PushNotification
from fedi.models.accounts import Account
from fedi.models.push import PushSubscription
from fedi.models.users import AccessToken, Application, User
from fedi.server import Server
from tests.mastodon.streams import Socket, lines_of, listening
from tests.support.factories import make_notification
from tests.support.push_service import App
from tests.support.servers import PASSWORD, Running
from tests.threats.evil import Evil, Target

pytestmark = pytest.mark.anyio

SCOPES_FOR_NOTHING_HERE = (
    "write",
    "push",
    "profile",
    "follow",
    "read:accounts",
    "read:lists",
    "write:statuses",
)
SSE = ("user", "public", "public/local", "public/remote", "hashtag?tag=x", "hashtag/local?tag=x", "direct")
APP = App()


@pytest.fixture
async def alice(running: Running) -> Account:
    return await running.person("alice")


async def refused(running: Running, path: str, **more: object) -> int:
    """Give the status with which an upgrade is refused."""
    with pytest.raises(InvalidStatus) as told:
        async with connect(running.url.replace("http", "ws") + path, **more):
            pass
    return told.value.response.status_code


async def test_t142_no_stream_is_heard_with_a_token_for_other_things(
    running: Running, alice: Account
) -> None:
    async with await running.client(alice, " ".join(SCOPES_FOR_NOTHING_HERE)) as client:
        token = client.headers["authorization"].partition(" ")[2]

        answers = [(await client.get(f"/api/v1/streaming/{path}")).status_code for path in SSE]

        assert set(answers) == {403}
        assert await refused(running, f"/api/v1/streaming?stream=public&access_token={token}") == 401


async def test_t142_a_client_of_its_own_hears_nothing(running: Running) -> None:
    with running.server.db.activate():
        app, secret = await oauth.register_application(
            running.server, name="app", redirect_uris=[oauth.OOB], scopes="read"
        )
        issued = await oauth.client_credentials(
            running.server, client_id=app.client_id, client_secret=secret, scope="read"
        )

    assert await refused(running, f"/api/v1/streaming?stream=public&access_token={issued.token}") == 401


async def by_revoking(server: Server, user: User) -> None:
    token = await AccessToken.get(user_id=user.id)
    await oauth.revoke_app(server, user, token.application_id)


async def by_deleting_the_app(server: Server, user: User) -> None:
    async with server.db.transaction():
        await Application.all().delete()


async def by_a_new_password(server: Server, user: User) -> None:
    await sessions.set_password(server, user, "another battery staple")


async def by_suspending(server: Server, user: User) -> None:
    await moderation.suspend(server, await Account.get(id=user.account_id), by="the owner")


async def by_disabling(server: Server, user: User) -> None:
    async with server.db.transaction():
        await User.filter(id=user.id).update(disabled_at=server.clock.now())


@pytest.mark.parametrize(
    "end", [by_revoking, by_deleting_the_app, by_a_new_password, by_suspending, by_disabling]
)
async def test_t143_what_is_open_ends_with_its_access(
    running: Running, alice: Account, end: Callable[[Server, User], Awaitable[None]]
) -> None:
    server = running.server
    with server.db.activate():
        user = await User.get(account_id=alice.id).select_related("account")
        app, _ = await oauth.register_application(
            server, name="app", redirect_uris=[oauth.OOB], scopes="read"
        )
        token = await oauth.issue_token(server, app, user, "read")
    bearer = {"Authorization": f"Bearer {token}"}
    url = running.url.replace("http", "ws") + "/api/v1/streaming?stream=user"
    async with (
        httpx.AsyncClient(base_url=running.url, headers=bearer, timeout=20) as client,
        connect(url, subprotocols=[token]) as connection,
        lines_of(client, "/api/v1/streaming/user") as lines,
    ):
        socket = Socket(connection)
        await socket.settle()
        with server.db.activate():
            await end(server, user)

        async with asyncio.timeout(5):
            assert await socket.closed() == 1008
            assert [line async for line in lines if not line.startswith(":")] in ([], [""])
        assert (await client.get("/api/v1/accounts/verify_credentials")).status_code in {401, 403}


async def test_t155_a_cookie_opens_no_stream(running: Running, alice: Account) -> None:
    with running.server.db.activate():
        _, session = await sessions.sign_in(
            running.server, "alice", PASSWORD, user_agent="", address="127.0.0.1"
        )
    async with httpx.AsyncClient(base_url=running.url, cookies={"fedi_session": session}) as browser:
        assert "alice" in (await browser.get("/home")).text

    status = await refused(
        running,
        "/api/v1/streaming?stream=user",
        origin="https://evil.example",
        additional_headers={"Cookie": f"fedi_session={session}"},
    )

    assert status == 401


async def test_t155_a_token_in_the_query_is_not_logged(
    running: Running, alice: Account, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING)
    async with await running.client(alice) as client:
        token = client.headers["authorization"].partition(" ")[2]
    async with connect(
        f"{running.url.replace('http', 'ws')}/api/v1/streaming?access_token={token}"
    ) as connection:
        await connection.send("nonsense")
        await connection.recv()
    await refused(running, f"/api/v1/streaming?access_token={token[:-1]}")

    written = capfd.readouterr()
    assert token[:-1] not in caplog.text + written.out + written.err


async def test_t155_a_flood_of_messages_ends_the_connection(running: Running, alice: Account) -> None:
    async with listening(running, alice) as socket:
        with pytest.raises(ConnectionClosed) as ended:
            async with asyncio.timeout(10):
                for number in range(100_000):
                    await socket.ask(type="subscribe", stream="hashtag", tag=str(number))
                    await asyncio.sleep(0)
                await socket.connection.recv()

    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024])
async def test_t155_a_large_message_ends_the_connection(running: Running, alice: Account, size: int) -> None:
    async with listening(running, alice) as socket:
        await socket.connection.send("x" * size)

        assert await socket.closed() == 1009


async def test_t155_only_so_many_streams_on_one_connection(
    running: Running, alice: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fedi.mastodon.sockets._MAX_STREAMS", 2)
    async with listening(running, alice) as socket:
        for number in range(3):
            await socket.ask(type="subscribe", stream="hashtag", tag=str(number))

        assert (await socket.hear())["status"] == 429


def asked(endpoint: str) -> dict[str, object]:
    return {"subscription": {"endpoint": endpoint, "keys": APP.keys}, "data": {"alerts": {"mention": True}}}


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://localhost/",
        "https://printer.local/",
        "https://user:secret@push.example/",
        "https://push.example:6379/",
        "gopher://push.example/",
    ],
)
async def test_t156_an_endpoint_at_a_private_address_is_refused(s: Target, endpoint: str) -> None:
    answer = await s.api("alice", "POST", "/api/v1/push/subscription", json=asked(endpoint))

    assert answer.status_code == 422


@pytest.fixture
async def subscribed(s: Target) -> AsyncIterator[PushNotification]:
    """Alice's subscription and something to push there."""
    answer = await s.api("alice", "POST", "/api/v1/push/subscription", json=asked("http://push.e.test/send"))
    assert answer.status_code == 200, answer.text
    with s.running.server.db.activate():
        told = await make_notification(s.running.server, s.accounts["alice"], s.accounts["bob"], "follow")
        yield PushNotification(subscription_id=answer.json()["id"], notification_id=told.id)


async def test_t156_a_private_address_is_not_dialled_whatever_was_stored(
    s: Target, evil: Evil, subscribed: PushNotification
) -> None:
    async with s.running.server.db.transaction():
        await PushSubscription.all().update(endpoint=f"http://127.0.0.1:{evil.port}/")

    with pytest.raises(Blocked):
        await pushing.run(s.running.server, subscribed)


async def test_t156_a_push_service_cannot_send_us_elsewhere(
    s: Target, evil: Evil, subscribed: PushNotification
) -> None:
    async def elsewhere(request: Request) -> Response:
        return Response(status_code=307, headers={"Location": "http://other.e.test/inside"})

    evil.handlers["push.e.test", "/send"] = elsewhere

    with pytest.raises(Blocked):
        await pushing.run(s.running.server, subscribed)

    assert evil.posts("other.e.test") == []
    assert len(evil.posts("push.e.test")) == 1


async def test_t156_a_push_service_learns_nothing_of_what_is_told(
    s: Target, evil: Evil, subscribed: PushNotification
) -> None:
    await pushing.run(s.running.server, subscribed)

    [sent] = evil.posts("push.e.test")
    assert b"access_token" not in sent.body
    assert b"bob" not in sent.body
    assert "bob" not in json.dumps(dict(sent.headers))
