"""A web app of another origin, in a real browser: OAuth with PKCE, masto.js, pictures, streams, log-out."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, async_playwright
from playwright.async_api import TimeoutError as NotInTime
from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from fedi.queries.accounts import local_by_username
from tests.support.browsers import FLAGS, find_browser
from tests.support.listening import listening_socket, served
from tests.support.servers import PASSWORD, Running

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
# The refusal after logging out, and the library's own word when its socket is closed with a stream open.
_EXPECTED = ("401 (Unauthorized)", "WebSocket is already in CLOSING")


@pytest.fixture
async def elsewhere(library: Path) -> AsyncIterator[str]:
    """The app's own origin."""
    listener = listening_socket()
    routes = [
        Route("/", lambda _: FileResponse(HERE / "web_app.html")),
        Route("/app.mjs", lambda _: FileResponse(HERE / "web_app.mjs")),
        Mount("/lib", StaticFiles(directory=library / "node_modules")),
    ]
    async with served(Starlette(routes=routes), listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A window; the test fails when its console complains of anything but what `_EXPECTED` says."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium or Chrome on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = await browser.new_page(viewport={"width": 390, "height": 800})
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        yield page
        await browser.close()
        assert [words for words in complaints if not any(each in words for each in _EXPECTED)] == []


async def test_a_day_with_a_web_app(site: Running, elsewhere: str, page: Page):
    with site.server.db.activate():
        clients = {name: await site.client(await local_by_username(name)) for name in ("alice", "bob")}
    alice, bob = clients["alice"], clients["bob"]
    for number in range(3):
        await bob.post("/api/v1/statuses", json={"status": f"@alice word {number}"})
    bobs_id = (await alice.get("/api/v1/accounts/lookup", params={"acct": "bob"})).json()["id"]
    await alice.post(f"/api/v1/accounts/{bobs_id}/follow")

    # Register, sign in, consent, come back with a code.
    await page.goto(f"{elsewhere}/")
    await page.goto(await page.evaluate("url => window.app.begin(url)", site.url))
    await page.get_by_label("User name or email").fill("alice")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url(f"{elsewhere}/?code=*")
    arrived = await page.evaluate("window.app.arrive()")
    assert arrived == {"status": 200, "scope": "read write follow push profile", "me": "alice"}

    # Pages by the Link header, which another origin may read.
    home = await page.evaluate("window.app.home(2)")
    assert [len(each) for each in home if each] == [2, 1]
    exposed = await page.evaluate("window.app.exposed()")
    assert all(exposed.values()), exposed

    # A picture up, a post, an edit, an answer.
    posted = await page.evaluate("window.app.post()")
    assert (posted["edited"], posted["description"], posted["width"]) == (True, "half black", 64)
    bobs = (await bob.post("/api/v1/statuses", json={"status": "answer me"})).json()["id"]
    answered = await page.evaluate("id => window.app.answer(id)", bobs)
    assert answered == {"favourited": True, "ancestors": [bobs]}
    told = await page.evaluate("window.app.told()")
    assert (set(told["types"]), told["people"]) == ({"mention"}, ["bob"])

    # Both kinds of stream hear of the next post.
    assert (await page.evaluate("window.app.listen()")).startswith("text/event-stream")
    # Nothing tells when the library's socket is open: what is posted before that is not heard.
    for ear in ("socket", "events"):
        await _heard(page, bob, ear)

    left = await page.evaluate("window.app.leave()")
    assert left == {"revoked": 200, "after": 401, "words": "The access token is invalid"}


async def _heard(page: Page, bob: httpx.AsyncClient, ear: str) -> None:
    """Post until the app hears of it."""
    for number in range(10):
        words = f"{ear} {number}"
        await bob.post("/api/v1/statuses", json={"status": words})
        heard = f"window.heard.{ear}.some(([kind, data]) => kind === 'update' && data.includes('{words}'))"
        try:
            await page.wait_for_function(heard, timeout=2000)
        except NotInTime:
            continue
        return
    pytest.fail(f"{ear} stays silent")
