"""fedi fed and fedi post delivery: why something did or did not arrive."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fedi.actions import accounts, posts
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.clock import Clock
from fedi.config import load
from fedi.models.accounts import Account
from fedi.models.relationships import Follow
from fedi.server import open_server
from tests.cli.conftest import Instance
from tests.support.peer import activity, key_pair, signed
from tests.support.servers import make_person


class Neighbour(ThreadingHTTPServer):
    """A peer in a thread: `/good` takes what comes, `/odd` refuses it; it serves one actor."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"

    @property
    def actor(self) -> str:
        return f"{self.url}/users/bob"


class _Answers(BaseHTTPRequestHandler):
    server: Neighbour

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/odd":
            self._answer(422, b"<p>not\x1b[31m for us</p>", "text/html")
        else:
            self._answer(202, b"", "text/plain")

    def do_GET(self) -> None:
        uri = self.server.actor
        key = {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": key_pair().public_pem}
        actor = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": uri,
            "type": "Person",
            "preferredUsername": "bob",
            "inbox": f"{uri}/inbox",
            "publicKey": key,
        }
        found = self.path == "/users/bob"
        self._answer(200 if found else 404, json.dumps(actor).encode() if found else b"", ACTIVITY_JSON)

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    with Neighbour() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def posted(instance: Instance, neighbour: Neighbour, *inboxes: str) -> str:
    """Have Alice post something to followers with these inboxes; gives the post's number."""

    async def post() -> str:
        async with open_server(load(instance.config, {})) as server:
            with server.db.activate():
                await accounts.ensure_instance_actor(server)
                alice = await make_person(server, "alice")
                for number, inbox in enumerate(inboxes):
                    uri = f"{neighbour.url}/users/{number}"
                    follower = await Account.create(
                        id=server.new_id(),
                        username=f"f{number}",
                        username_lower=f"f{number}",
                        domain=neighbour.url.removeprefix("http://"),
                        uri=uri,
                        inbox_url=neighbour.url + inbox,
                        created_at=server.clock.now(),
                    )
                    await Follow.create(
                        id=server.new_id(),
                        follower_id=follower.id,
                        target_id=alice.id,
                        state="accepted",
                        uri=f"{uri}#follow",
                        created_at=server.clock.now(),
                    )
                return str((await posts.create(server, alice, Draft(text="hello"), mentions={})).id)

    return asyncio.run(post())


def test_a_posts_deliveries_are_listed_tried_and_explained(instance: Instance, neighbour: Neighbour):
    number = posted(instance, neighbour, "/good", "/odd")

    waiting = instance.json("post", "delivery", number)
    tried = instance.json("fed", "deliver", number, expect=4)
    after = instance.json("post", "delivery", number)
    failed = instance.json("fed", "failures")

    assert {row["state"] for row in waiting} == {"pending"}
    assert {row["state"] for row in tried} == {"delivered", "refused"}
    assert {row["inbox"].rpartition("/")[2]: row["state"] for row in after} == {
        "good": "delivered",
        "odd": "refused",
    }
    assert "422: not" in failed[0]["answer"]
    assert "\x1b" not in instance.fedi("fed", "failures").stdout
    assert "Nothing of it waits" in instance.fedi("fed", "deliver", number, expect=3).stdout


def test_hosts_and_counts_are_told(instance: Instance, neighbour: Neighbour):
    number = posted(instance, neighbour, "/good")
    instance.fedi("fed", "deliver", number)

    (peer,) = instance.json("fed", "peers")
    counted = instance.json("fed", "stats")

    assert (peer["host"], peer["standing"]) == (neighbour.url.removeprefix("http://"), "well")
    assert counted["hosts"]["well"] == 1
    assert "DELIVER" in instance.fedi("fed", "stats").stdout.upper()


@pytest.mark.parametrize("name", ["12345", "http://elsewhere.example/1", "", "alice"])
def test_a_post_that_is_not_there_is_said(instance: Instance, name: str):
    assert "no post" in instance.fedi("post", "delivery", name, expect=1).stderr


def request_file(instance: Instance, neighbour: Neighbour, folder: Path, *, change: bytes = b"") -> Path:
    """Write a signed request as a proxy or a debugger might have kept it."""
    body = json.dumps(
        activity("Follow", neighbour.actor, f"http://127.0.0.1:{instance.port}/ap/u/1")
    ).encode()
    url = f"http://127.0.0.1:{instance.port}/ap/inbox"
    lines = signed(url, body, key_id=f"{neighbour.actor}#main-key", now=Clock().now())
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    file = folder / "request.txt"
    file.write_bytes(b"POST /ap/inbox HTTP/1.1\r\n" + head.encode() + b"\r\n" + body + change)
    return file


def test_a_captured_request_is_verified(instance: Instance, neighbour: Neighbour, tmp_path: Path):
    said = instance.json("fed", "verify", str(request_file(instance, neighbour, tmp_path)))

    assert said["ok"], said
    assert [step["name"] for step in said["steps"]][-2:] == ["match", "activity"]


@pytest.mark.parametrize(
    ("change", "at", "step", "reason"),
    [
        (b" ", "", "request", "Digest does not match"),
        (b"", "2020-01-01T00:00:00Z", "request", "from the future"),
        (b"", "2099-01-01T00:00:00Z", "request", "too old"),
    ],
)
def test_a_captured_request_that_does_not_hold_says_why(
    instance: Instance, neighbour: Neighbour, tmp_path: Path, change: bytes, at: str, step: str, reason: str
):
    file = request_file(instance, neighbour, tmp_path, change=change)

    said = instance.json("fed", "verify", str(file), *(["--at", at] if at else []), expect=1)

    assert (said["steps"][-1]["name"], said["steps"][-1]["ok"]) == (step, False)
    assert reason in said["steps"][-1]["said"]


def test_what_is_no_request_is_said(instance: Instance, tmp_path: Path):
    (tmp_path / "x").write_text("hello")

    assert "request line" in instance.fedi("fed", "verify", str(tmp_path / "x"), expect=1).stderr
