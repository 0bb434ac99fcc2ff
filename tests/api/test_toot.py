"""A day with toot, a client for the terminal: signed in as a program, its commands then run in a thread."""

import io
import re

import pytest
from PIL import Image

from fedi.queries.accounts import local_by_username
from tests.api.conftest import consent
from tests.api.terminal import Toot

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:urwid:DeprecationWarning")]


@pytest.fixture
async def toot(site, tmp_path):
    """toot, signed in as alice by the code of the page of consent."""
    client = Toot(tmp_path / "toot")
    login = await client.begin("login", "--instance", site.url)
    login.stdin.write(b"n\n")
    await login.stdin.drain()
    url = ""
    while not url.startswith("http"):
        line = await login.stdout.readline()
        assert line, (await login.stderr.read()).decode()
        url = line.decode().strip()
    code = await consent(site, "alice", url)
    out, err = await login.communicate(f"{code}\n".encode())
    assert login.returncode == 0, (out, err)
    return client


async def test_a_day_in_the_terminal(site, toot, tmp_path):
    out = io.BytesIO()
    Image.new("RGB", (200, 100), (20, 160, 90)).save(out, "JPEG")
    (tmp_path / "green.jpg").write_bytes(out.getvalue())
    bob = await client_of(site, "bob")

    assert "@alice" in await toot.run("whoami")
    post = await toot.json(
        "post", "Hello #toot", "-m", str(tmp_path / "green.jpg"), "-d", "a green field", "-v", "unlisted"
    )
    assert post["media_attachments"][0]["description"] == "a green field"
    await toot.run("follow", "@bob")
    his = (await bob.post("/api/v1/statuses", json={"status": "hi from bob"})).json()
    assert "hi from bob" in await toot.run("timelines", "home")
    await toot.run("favourite", his["id"])
    await toot.run("reblog", his["id"])
    reply = await toot.json("post", "@bob hello!", "-r", his["id"])
    assert reply["in_reply_to_id"] == his["id"]
    assert "hello!" in await toot.run("thread", his["id"])
    told = (await bob.get("/api/v1/notifications")).json()
    assert [each["type"] for each in told] == ["mention", "reblog", "favourite", "follow"]
    found = await toot.json("search", "bob")
    assert [account["acct"] for account in found["accounts"]] == ["bob"]
    await bob.post(f"/api/v1/statuses/{post['id']}/favourite")
    assert "bob" in await toot.run("notifications")
    uploaded = await toot.run("upload", str(tmp_path / "green.jpg"), "-d", "again")
    assert re.search(r"/media/\S+", uploaded)
    await toot.run("update-account", "--display-name", "Alice of the terminal", "--note", "typing")
    assert "Alice of the terminal" in await toot.run("whois", "alice")
    await toot.run("delete", post["id"])
    assert (await bob.get(f"/api/v1/statuses/{post['id']}")).status_code == 404
    await toot.run("unfollow", "@bob")
    assert "bob" not in await toot.run("following", "alice")
    assert "fedi" in await toot.run("instance")
    await bob.aclose()


async def test_a_wrong_code_is_refused_in_words(site, tmp_path):
    client = Toot(tmp_path / "toot")
    login = await client.begin("login", "--instance", site.url)

    out, err = await login.communicate(b"n\nnot-a-code\n")

    assert login.returncode != 0
    assert "Login failed" in (out + err).decode()


async def client_of(site, username):
    with site.server.db.activate():
        account = await local_by_username(username)
    return await site.client(account)
