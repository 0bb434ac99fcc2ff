"""Streams by WebSocket and as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from fedi.actions import announcements, sessions
from fedi.mastodon import hub as hubs
from fedi.mastodon.hub import Hub
from fedi.models.accounts import Account
from fedi.models.users import AccessToken, User
from tests.mastodon.pictures import png
from tests.mastodon.streams import lines_of, listening, socket_of
from tests.support.servers import Running, eventually, running_server, token_for

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alice(running: Running) -> Account:
    return await running.person("alice")


@pytest.fixture
async def bob(running: Running) -> Account:
    return await running.person("bob")


@pytest.fixture
async def as_alice(running: Running, alice: Account) -> AsyncIterator[httpx.AsyncClient]:
    async with await running.client(alice) as client:
        yield client


@pytest.fixture
async def as_bob(running: Running, bob: Account) -> AsyncIterator[httpx.AsyncClient]:
    async with await running.client(bob) as client:
        yield client


async def post(client: httpx.AsyncClient, text: str, **more: object) -> dict[str, object]:
    answer = await client.post("/api/v1/statuses", json={"status": text, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def do(client: httpx.AsyncClient, method: str, path: str, **more: object) -> None:
    answer = await client.request(method, path, json=more)
    assert answer.status_code == 200, answer.text


class TestWhoMayListen:
    @pytest.mark.parametrize("query", [{}, {"access_token": "wrong"}])
    async def test_nobody_without_a_good_token(self, running, query):
        with pytest.raises(InvalidStatus) as refused:
            async with socket_of(running, query):
                pass

        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["error"]

    async def test_nobody_with_a_token_for_other_things(self, running, alice):
        with pytest.raises(InvalidStatus) as refused:
            async with listening(running, alice, "write read:accounts"):
                pass

        assert refused.value.response.status_code == 401

    async def test_a_token_may_come_in_the_header(self, running, alice):
        with running.server.db.activate():
            token = await token_for(running.server, alice)

        async with socket_of(running, additional_headers={"Authorization": f"Bearer {token}"}):
            pass

    async def test_a_token_may_come_as_a_subprotocol_and_is_said_back(self, running, alice):
        with running.server.db.activate():
            token = await token_for(running.server, alice)

        async with socket_of(running, subprotocols=[token]) as socket:
            assert socket.connection.subprotocol == token

    async def test_a_slash_at_the_end_means_nothing(self, running, alice):
        with running.server.db.activate():
            token = await token_for(running.server, alice)

        async with socket_of(running, {"access_token": token}, path="/api/v1/streaming/"):
            pass

    async def test_a_stream_needs_its_scope(self, running, alice):
        async with listening(running, alice, "read:notifications") as socket:
            await socket.ask(type="subscribe", stream="public")

            assert "error" in await socket.hear()

    async def test_only_so_many_streams_of_one_account(self, running, alice, monkeypatch):
        monkeypatch.setattr(hubs, "_PER_ACCOUNT", 1)
        async with listening(running, alice):
            with pytest.raises(InvalidStatus) as refused:
                async with listening(running, alice):
                    pass

        assert refused.value.response.status_code == 429


class TestOneSocket:
    async def test_a_post_of_ones_own_is_heard_at_home(self, running, alice, as_alice):
        async with listening(running, alice, stream="user") as socket:
            await post(as_alice, "hello")

            heard = await socket.hear()

        assert (heard["stream"], heard["event"]) == (["user"], "update")
        assert json.loads(heard["payload"])["content"] == "<p>hello</p>"

    async def test_streams_are_taken_and_left(self, running, alice, as_alice):
        async with listening(running, alice) as socket:
            await socket.subscribe("public")
            await socket.subscribe("hashtag", tag="Ink")
            await socket.ask(type="unsubscribe", stream="public")
            await socket.settle()
            await post(as_alice, "nothing")
            await post(as_alice, "some #ink")

            heard = await socket.hear()

        assert heard["stream"] == ["hashtag", "ink"]

    @pytest.mark.parametrize(
        "message",
        ["{", "[]", '{"type": "dance"}', '{"type": "subscribe", "stream": "nothing"}', '"x"', "\ud7ff"],
    )
    async def test_what_is_not_understood_is_said_so(self, running, alice, message):
        async with listening(running, alice) as socket:
            await socket.connection.send(message)

            assert "error" in await socket.hear()

    @pytest.mark.parametrize(
        "message", [{"stream": "hashtag"}, {"stream": "list"}, {"stream": "list", "list": "7"}]
    )
    async def test_a_stream_that_is_not_there_is_an_error(self, running, alice, message):
        async with listening(running, alice) as socket:
            await socket.ask(type="subscribe", **message)

            assert "error" in await socket.hear()

    async def test_a_list_of_somebody_else_is_not_there(self, running, alice, as_bob):
        made = (await as_bob.post("/api/v1/lists", json={"title": "mine"})).json()
        async with listening(running, alice) as socket:
            await socket.ask(type="subscribe", stream="list", list=made["id"])

            assert "error" in await socket.hear()

    async def test_a_binary_message_ends_it(self, running, alice):
        async with listening(running, alice) as socket:
            await socket.connection.send(b"\x00")

            assert await socket.closed() == 1003

    async def test_a_slow_reader_is_cut_off(self, running, alice, monkeypatch):
        async with listening(running, alice, stream="user") as socket:
            [listener] = running.server.memory.of(Hub).of(alice.id, "user")
            # As long as nothing is awaited, nothing is sent.
            for _ in range(300):
                listener.send("word")

            assert await socket.closed() == 1013


class TestWhatIsHeard:
    async def test_followers_hear_posts_edits_and_deletions(self, running, alice, bob, as_alice, as_bob):
        await do(as_bob, "POST", f"/api/v1/accounts/{alice.id}/follow")
        async with listening(running, bob, "read:statuses", stream="user") as socket:
            made = await post(as_alice, "one", visibility="private")
            assert (await socket.event("update"))["id"] == made["id"]

            await do(as_alice, "PUT", f"/api/v1/statuses/{made['id']}", status="two")
            assert (await socket.event("status.update"))["content"] == "<p>two</p>"

            await do(as_alice, "DELETE", f"/api/v1/statuses/{made['id']}")
            heard = await socket.hear()
            assert (heard["event"], heard["payload"]) == ("delete", made["id"])

    async def test_a_post_looks_as_it_does_to_each(self, running, alice, bob, as_alice, as_bob):
        await do(as_bob, "POST", f"/api/v1/accounts/{alice.id}/follow")
        await do(
            as_bob,
            "POST",
            "/api/v2/filters",
            title="no ink",
            context=["home"],
            keywords_attributes=[{"keyword": "ink"}],
        )
        async with (
            listening(running, alice, stream="user") as hers,
            listening(running, bob, "read:statuses", stream="user") as his,
        ):
            made = await post(as_alice, "some ink")

            assert (await hers.event("update"))["filtered"] == []
            [caught] = (await his.event("update"))["filtered"]
            assert caught["keyword_matches"] == ["ink"]
            shown = (await as_bob.get(f"/api/v1/statuses/{made['id']}")).json()

        assert shown["filtered"][0]["filter"]["title"] == "no ink"

    @pytest.mark.parametrize("wish", ["show", "blur", "hide"])
    async def test_what_a_model_made_is_heard_as_each_wishes_to_see_it(
        self, running, alice, bob, as_alice, as_bob, wish
    ):
        await do(as_bob, "POST", f"/api/v1/accounts/{alice.id}/follow")
        await do(as_bob, "PATCH", "/api/v1/accounts/update_credentials", source={"model_media": wish})
        file = ("a.png", png(), "image/png")
        label = {"source_type": "trainedAlgorithmicMedia"}
        media = (await as_alice.post("/api/v1/media", files={"file": file}, data=label)).json()
        async with (
            listening(running, bob, "read:statuses", stream="user") as his,
            listening(running, bob, "read:statuses", stream="public") as open_to_all,
        ):
            made = await post(as_alice, "drawn", media_ids=[media["id"]])

            for heard in (await his.event("update"), await open_to_all.event("update")):
                assert heard["fedi"]["model_media"] == wish
                assert [each["filter"]["filter_action"] for each in heard["filtered"]] == (
                    [] if wish == "show" else [wish]
                )
                assert heard["media_attachments"][0]["description"] == "Made by an AI model."
            shown = (await as_bob.get(f"/api/v1/statuses/{made['id']}")).json()
        assert (shown["fedi"]["model_media"], shown["filtered"]) == (wish, heard["filtered"])

    async def test_filters_that_change_are_told(self, running, alice, as_alice):
        async with listening(running, alice, stream="user") as socket:
            await do(as_alice, "POST", "/api/v2/filters", title="ink", context=["home"])

            heard = await socket.hear()

        assert heard == {"stream": ["user"], "event": "filters_changed"}

    async def test_who_mutes_does_not_hear(self, running, alice, bob, as_alice, as_bob):
        async with listening(running, bob, stream="public") as socket:
            await do(as_bob, "POST", f"/api/v1/accounts/{alice.id}/mute")
            await post(as_alice, "unheard")
            await do(as_bob, "POST", f"/api/v1/accounts/{alice.id}/unmute")
            await post(as_alice, "heard")

            assert (await socket.event("update"))["content"] == "<p>heard</p>"

    async def test_public_streams_have_what_the_timeline_has(self, running, alice, bob, as_alice, as_bob):
        async with listening(running, bob, stream="public") as socket:
            first = await post(as_alice, "first")
            await socket.event("update")
            await post(as_alice, "unlisted", visibility="unlisted")
            await do(as_bob, "POST", f"/api/v1/statuses/{first['id']}/reblog")
            await post(as_bob, "@alice an answer", in_reply_to_id=first["id"])
            last = await post(as_alice, "last")

            assert (await socket.event("update"))["id"] == last["id"]

    async def test_local_and_remote_streams_are_apart(self, running, alice, as_alice):
        async with listening(running, alice) as socket:
            for stream in ("public:remote", "public:local:media", "public:local"):
                await socket.subscribe(stream)
            await post(as_alice, "here")

            assert (await socket.hear())["stream"] == ["public:local"]

    async def test_a_list_is_heard(self, running, alice, bob, as_alice, as_bob):
        await do(as_bob, "POST", f"/api/v1/accounts/{alice.id}/follow")
        made = (await as_bob.post("/api/v1/lists", json={"title": "friends"})).json()
        await do(as_bob, "POST", f"/api/v1/lists/{made['id']}/accounts", account_ids=[str(alice.id)])
        async with listening(running, bob, stream="list", list=made["id"]) as socket:
            await post(as_alice, "to the list")

            heard = await socket.hear()

        assert heard["stream"] == ["list", made["id"]]

    async def test_notifications_are_heard_on_both_streams(self, running, alice, bob, as_bob):
        async with (
            listening(running, alice, stream="user") as all_of_it,
            listening(running, alice, "read:notifications", stream="user:notification") as only_these,
        ):
            await do(as_bob, "POST", f"/api/v1/accounts/{alice.id}/follow")

            heard = await all_of_it.event("notification")
            assert (heard["type"], heard["account"]["id"]) == ("follow", str(bob.id))
            assert await only_these.event("notification") == heard

    async def test_a_direct_post_is_a_conversation(self, running, alice, bob, as_alice, as_bob):
        await do(as_alice, "POST", f"/api/v1/accounts/{bob.id}/follow")
        async with listening(running, alice, stream="direct") as socket:
            made = await post(as_bob, "@alice psst", visibility="direct")

            heard = await socket.event("conversation")

        assert heard["last_status"]["id"] == made["id"]
        assert [each["id"] for each in heard["accounts"]] == [str(bob.id)]

    async def test_announcements_are_told_to_everybody(self, running, alice, as_alice):
        async with listening(running, alice, stream="user") as socket:
            with running.server.db.activate():
                row = await announcements.create(running.server, "Hello, all", by="the owner")
            assert (await socket.event("announcement"))["id"] == str(row.id)

            await do(as_alice, "PUT", f"/api/v1/announcements/{row.id}/reactions/👍")
            counted = {"name": "👍", "count": 1, "announcement_id": str(row.id)}
            assert await socket.event("announcement.reaction") == counted

    async def test_notifications_need_their_scope(self, running, alice, bob, as_alice, as_bob):
        async with listening(running, alice, "read:statuses", stream="user") as socket:
            await do(as_bob, "POST", f"/api/v1/accounts/{alice.id}/follow")
            await post(as_alice, "later")

            assert (await socket.hear())["event"] == "update"


class TestServerSentEvents:
    async def test_events_come_as_lines(self, running, as_alice):
        async with lines_of(as_alice, "/api/v1/streaming/user") as lines:
            made = await post(as_alice, "hello")
            await eventually_heard(lines, "event: update")
            data = await anext(lines)

        assert json.loads(data.removeprefix("data: "))["id"] == made["id"]

    async def test_it_goes_on_beating(self, running, as_alice, monkeypatch):
        monkeypatch.setattr("fedi.mastodon.streaming._THUMP_SECONDS", 0.01)
        async with lines_of(as_alice, "/api/v1/streaming/public/local?only_media=true") as lines:
            assert await anext(lines) == ":thump"

    async def test_who_leaves_is_forgotten(self, running, alice, as_alice):
        hub = running.server.memory.of(Hub)
        async with lines_of(as_alice, "/api/v1/streaming/user"):
            assert not hub.is_idle

        async def is_idle() -> bool:
            return hub.is_idle

        await eventually(is_idle)

    @pytest.mark.parametrize("path", ["hashtag", "list", "list?list=77", "list?list=x"])
    async def test_what_is_not_there_is_refused(self, running, as_alice, path):
        answer = await as_alice.get(f"/api/v1/streaming/{path}")

        assert answer.status_code in {400, 404}

    async def test_the_health_of_it_is_told(self, running, as_alice):
        answer = await as_alice.get("/api/v1/streaming/health")

        assert (answer.status_code, answer.text) == (200, "OK")

    async def test_it_ends_with_its_token(self, running, alice, as_alice):
        async with lines_of(as_alice, "/api/v1/streaming/user") as lines:
            with running.server.db.activate():
                await sessions.end_access(running.server, await User.get(account_id=alice.id))

            async with asyncio.timeout(2):
                assert [line async for line in lines] == []


async def eventually_heard(lines: AsyncIterator[str], line: str) -> None:
    async with asyncio.timeout(5):
        while await anext(lines) != line:
            pass


class TestTheEnd:
    async def test_a_revoked_token_ends_it_at_once(self, running, alice):
        async with listening(running, alice, stream="user") as socket:
            with running.server.db.activate():
                await sessions.end_access(running.server, await User.get(account_id=alice.id))

            assert await socket.closed() == 1008

    async def test_a_token_that_went_unsaid_ends_it_soon(self, running, alice):
        async with listening(running, alice, stream="user") as socket:
            with running.server.db.activate():
                async with running.server.db.transaction():
                    await AccessToken.all().delete()

            assert await socket.closed() == 1008

    async def test_a_check_of_tokens_that_fails_is_made_again(self, running, alice, monkeypatch):
        failed = asyncio.Event()

        async def in_force(*_: object) -> set[int]:
            failed.set()
            raise OSError("disk I/O error")

        async with listening(running, alice, stream="user") as socket:
            with monkeypatch.context() as broken:
                broken.setattr("fedi.queries.listening.in_force", in_force)
                await failed.wait()
            with running.server.db.activate():
                await sessions.end_access(running.server, await User.get(account_id=alice.id))

            assert await socket.closed() == 1008

    async def test_the_server_stops_without_waiting_for_streams(self, fresh_folder, caplog):
        async with AsyncExitStack() as streams:
            async with running_server(fresh_folder) as running:
                alice = await running.person("alice")
                client = await streams.enter_async_context(await running.client(alice))
                socket = await streams.enter_async_context(listening(running, alice))
                lines = await streams.enter_async_context(lines_of(client, "/api/v1/streaming/user"))

            assert "graceful shutdown exceeded" not in caplog.text
            assert await socket.closed() == 1012
            assert [line async for line in lines] == []
