"""fedi demo: two real servers on this machine meet, follow, post and draw, and every step is shown.

Each is a process of its own with a database of its own in a folder that is removed at the end. The demo
speaks to them as any client would, through the client API, and ends with 1 if a step does not come true.
"""

import asyncio
import io
import json
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import click
from PIL import Image, ImageDraw, ImageFilter

from fedi.cli.console import as_json_option, command, fail
from fedi.cli.setup import write_config
from fedi.errors import FediError

_START_SECONDS = 30.0
_STEP_SECONDS = 30.0
_LOOK_SECONDS = 0.1
_SCOPES = "read write follow"


@dataclass(frozen=True, slots=True)
class Party:
    """One server and the person on it."""

    name: str
    url: str
    account_id: str
    handle: str
    session: aiohttp.ClientSession


@dataclass(slots=True)
class Story:
    """What happened so far; prints each step as it comes true."""

    as_json: bool
    steps: list[dict[str, Any]]

    async def step(self, title: str, seen: Callable[[], Awaitable[list[str] | None]]) -> None:
        """Try `seen` until it gives what both servers said. Raises FediError when it never does."""
        begun = time.monotonic()
        said = None
        while said is None and time.monotonic() - begun < _STEP_SECONDS:
            said = await seen()
            if said is None:
                await asyncio.sleep(_LOOK_SECONDS)
        took = round(time.monotonic() - begun, 2)
        self.steps.append({"step": title, "ok": said is not None, "seconds": took, "said": said or []})
        if not self.as_json:
            print(f"{'ok ' if said is not None else 'NO '} {title}  ({took} s)", flush=True)
            for line in said or []:
                print(f"     {line}", flush=True)
        if said is None:
            raise FediError(f"The demo stopped: {title} did not come true in {_STEP_SECONDS:.0f} s.")


@click.command()
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    help="A portrait for the avatar; without one a drawn one is used.",
)
@as_json_option
@command
async def demo(_context: click.Context, *, picture: Path | None, as_json: bool) -> None:
    """Run two servers on this machine and let them federate, step by step."""
    story = Story(as_json=as_json, steps=[])
    problem = ""
    try:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fedi-demo-")))
            first = await stack.enter_async_context(_party(folder / "first", "alice"))
            second = await stack.enter_async_context(_party(folder / "second", "bob"))
            portrait = await asyncio.to_thread(picture.read_bytes) if picture else _drawn_portrait()
            await _tell(story, first, second, portrait)
    except (FediError, aiohttp.ClientError, OSError) as error:
        problem = str(error)
    if as_json:
        print(json.dumps({"ok": not problem, "error": problem, "steps": story.steps}, ensure_ascii=False))
    if problem:
        fail(problem)
    if not as_json:
        print(f"done: {len(story.steps)} steps between two servers, all of them over signed HTTP")


async def _tell(story: Story, alice: Party, bob: Party, portrait: bytes) -> None:
    bob_there, alice_there = await _meet(story, alice, bob)
    post = await _say(bob, "POST", "/api/v1/statuses", status=f"Hello from {bob.name}. #demo")
    copy = await _arrives(story, alice, post)
    await _react(story, alice, bob, post, copy)
    await _edit(story, alice, bob, post, copy)
    await _restyle(story, alice, bob, portrait, alice_there)
    await _delete(story, alice, bob, post, copy)
    await _part(story, alice, bob, bob_there)


async def _meet(story: Story, alice: Party, bob: Party) -> tuple[str, str]:
    found: dict[str, str] = {}

    async def discovered() -> list[str] | None:
        for asker, asked in ((alice, bob), (bob, alice)):
            answer = await _ask(asker, "/api/v2/search", q=asked.handle, resolve="true", type="accounts")
            if not answer["accounts"]:
                return None
            found[asked.name] = answer["accounts"][0]["id"]
        return [f"{alice.url} knows @{bob.handle}", f"{bob.url} knows @{alice.handle}"]

    async def followed() -> list[str] | None:
        standing = (await _ask(alice, "/api/v1/accounts/relationships", **{"id[]": found[bob.name]}))[0]
        followers = await _ask(bob, f"/api/v1/accounts/{bob.account_id}/followers")
        if not standing["following"] or not followers:
            return None
        return [
            f"{alice.url}: following = {standing['following']}",
            f"{bob.url}: followers = {[account['acct'] for account in followers]}",
        ]

    await story.step("the two servers discover each other (WebFinger, signed GET)", discovered)
    await _say(alice, "POST", f"/api/v1/accounts/{found[bob.name]}/follow")
    await story.step("alice follows bob (Follow, Accept)", followed)
    return found[bob.name], found[alice.name]


async def _arrives(story: Story, alice: Party, post: Any) -> str:
    copies: list[str] = []

    async def arrived() -> list[str] | None:
        home = await _ask(alice, "/api/v1/timelines/home")
        copies.extend(status["id"] for status in home if status["uri"] == post["uri"])
        return [f"{alice.url}: home has {post['uri']}"] if copies else None

    await story.step("bob posts, and alice's home shows it (Create)", arrived)
    return copies[0]


async def _react(story: Story, alice: Party, bob: Party, post: Any, copy: str) -> None:
    async def seen(*kinds: str) -> list[str] | None:
        told = await _ask(bob, "/api/v1/notifications")
        if not set(kinds) <= {notification["type"] for notification in told}:
            return None
        now = await _ask(bob, f"/api/v1/statuses/{post['id']}")
        counts = {name: now[f"{name}_count"] for name in ("favourites", "reblogs", "replies")}
        return [f"{bob.url}: notified of {', '.join(kinds)}; the post now counts {counts}"]

    await _say(alice, "POST", f"/api/v1/statuses/{copy}/favourite")
    await story.step("alice favourites (Like)", lambda: seen("favourite"))
    await _say(alice, "POST", f"/api/v1/statuses/{copy}/reblog")
    await story.step("alice boosts (Announce)", lambda: seen("reblog"))
    await _say(alice, "POST", "/api/v1/statuses", status=f"@{bob.handle} hello back", in_reply_to_id=copy)
    await story.step("alice replies (Create, Mention)", lambda: seen("mention"))


async def _edit(story: Story, alice: Party, bob: Party, post: Any, copy: str) -> None:
    async def changed() -> list[str] | None:
        status = await _ask(alice, f"/api/v1/statuses/{copy}")
        return [f"{alice.url}: {status['content']}"] if "edited words" in status["content"] else None

    await _say(bob, "PUT", f"/api/v1/statuses/{post['id']}", status="Hello, in edited words. #demo")
    await story.step("bob edits, and alice's copy changes (Update)", changed)


async def _restyle(story: Story, alice: Party, bob: Party, portrait: bytes, alice_there: str) -> None:
    run: dict[str, Any] = {}

    async def drawn() -> list[str] | None:
        run.update(await _ask(alice, f"/api/fedi/v1/runs/{run['id']}"))
        if run["state"] == "failed":
            raise FediError(f"The style could not be run: {run['reason']}")
        if run["state"] != "done":
            return None
        result = run["result"]
        size = result["meta"]["original"]
        return [f"{alice.url}: {run['style']} drew {size['width']} x {size['height']}: {result['url']}"]

    async def shown() -> list[str] | None:
        account = await _ask(bob, f"/api/v1/accounts/{alice_there}")
        if account["avatar"] != own["avatar"]:
            return None
        label = account["fedi"]["avatar_source_type"].rsplit("/", 1)[-1]
        return [f"{bob.url}: avatar = {account['avatar']}", f"{bob.url}: labelled {label}"]

    form = aiohttp.FormData()
    form.add_field("file", portrait, filename="portrait.png", content_type="image/png")
    form.add_field("description", "A portrait of alice")
    media = await _read(alice, alice.session.post("/api/v2/media", data=form))
    styles = await _ask(alice, "/api/fedi/v1/styles")
    run.update(
        await _say(alice, "POST", f"/api/fedi/v1/styles/{styles[0]['name']}/runs", media_id=media["id"])
    )
    await story.step("the studio draws alice's portrait anew", drawn)
    own = await _say(
        alice, "PATCH", "/api/v1/accounts/update_credentials", avatar_media_id=run["result"]["id"]
    )
    await story.step("alice wears it, and bob's server shows it, labelled (Update)", shown)


async def _delete(story: Story, alice: Party, bob: Party, post: Any, copy: str) -> None:
    async def gone() -> list[str] | None:
        async with alice.session.get(f"/api/v1/statuses/{copy}") as there:
            async with bob.session.get(post["uri"], headers={"Accept": "application/activity+json"}) as here:
                left = json.loads(await here.read())
            if there.status != 404 or here.status != 410:
                return None
            return [f"{alice.url}: {there.status} for the copy", f"{bob.url}: {here.status} {left['type']}"]

    await _say(bob, "DELETE", f"/api/v1/statuses/{post['id']}")
    await story.step("bob deletes, and alice's copy goes (Delete, Tombstone)", gone)


async def _part(story: Story, alice: Party, bob: Party, bob_there: str) -> None:
    async def parted() -> list[str] | None:
        followers = await _ask(bob, f"/api/v1/accounts/{bob.account_id}/followers")
        return None if followers else [f"{bob.url}: followers = []"]

    await _say(alice, "POST", f"/api/v1/accounts/{bob_there}/unfollow")
    await story.step("alice unfollows (Undo)", parted)


@asynccontextmanager
async def _party(folder: Path, name: str) -> AsyncIterator[Party]:
    """Start a server in a process of its own with one person on it."""
    port = _free_port()
    config = folder / "config.toml"
    write_config(config, domain=f"127.0.0.1:{port}", port=port, development=True)
    made = json.loads(await _fedi(config, "account", "create", name, "--token", _SCOPES, "--json"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fedi", "--config", str(config), "serve", stderr=asyncio.subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    headers = {"Authorization": f"Bearer {made['access_token']}"}
    try:
        async with aiohttp.ClientSession(url, headers=headers) as session:
            await _until_up(session, process)
            yield Party(name, url, made["id"], f"{name}@127.0.0.1:{port}", session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _fedi(config: Path, *words: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fedi", "--config", str(config), *words, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise FediError(f"fedi {words[0]} ended with {process.returncode}")
    return out


async def _until_up(session: aiohttp.ClientSession, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while process.returncode is None:
            try:
                async with session.get("/api/v2/instance") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(_LOOK_SECONDS)
    raise FediError("A server of the demo did not start.")


async def _ask(party: Party, path: str, **query: str) -> Any:
    return await _read(party, party.session.get(path, params=query))


async def _say(party: Party, method: str, path: str, **fields: str) -> Any:
    return await _read(party, party.session.request(method, path, json=fields))


async def _read(party: Party, request: Any) -> Any:
    async with request as answer:
        body = await answer.json(content_type=None)
        if answer.status >= 400:
            raise FediError(f"{party.url}{answer.url.path} said {answer.status}: {body.get('error')}")
        return body


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _drawn_portrait() -> bytes:
    """A face of a few shapes, for a demo without a photograph."""
    image = Image.new("RGB", (512, 512), (150, 190, 220))
    draw = ImageDraw.Draw(image)
    draw.ellipse((126, 60, 386, 420), fill=(70, 45, 35))
    draw.rectangle((200, 360, 312, 512), fill=(205, 160, 130))
    draw.ellipse((156, 120, 356, 400), fill=(222, 178, 146))
    for left in (196, 276):
        draw.ellipse((left, 220, left + 44, 246), fill=(250, 250, 250))
        draw.ellipse((left + 11, 220, left + 35, 246), fill=(60, 90, 120))
    draw.arc((216, 280, 296, 350), 20, 160, fill=(150, 70, 70), width=8)
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(2)).save(out, "PNG")
    return out.getvalue()
