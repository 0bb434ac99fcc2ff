"""A real browser before a whole server. Without a browser these tests are skipped."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.support.browsers import FLAGS, find_browser
from tests.support.servers import PASSWORD, Running, running_server
from tests.support.styles import first_channel_inverted, write_style


@pytest.fixture
async def running(fresh_folder: Path) -> AsyncIterator[Running]:
    """A whole server with a style that is quick to draw with, besides those that ship."""
    write_style(
        fresh_folder / "data" / "styles",
        "mirror",
        first_channel_inverted(),
        title="Mirror",
        description="Turns red round, for tests.",
    )
    async with running_server(fresh_folder) as one:
        yield one


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium or Chrome on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@dataclass
class Desk:
    """A window, and what its console complained of."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    async def sign_in(self, name: str, path: str = "/home") -> None:
        """Sign in as a person would, and go to a page."""
        await self.page.goto(f"/sign-in?next={path}")
        await self.page.get_by_label("User name or email").fill(name)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        await self.page.wait_for_url(f"**{path}")


@pytest.fixture
async def desk(chromium: Browser, running: Running) -> AsyncIterator[Desk]:
    """A window of a desk's size; the test fails if its console complains."""
    context = await chromium.new_context(base_url=running.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(20_000)
    page = await context.new_page()
    desk = Desk(page, context)
    page.on("console", lambda message: message.type == "error" and desk.complaints.append(message.text))
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    yield desk
    await context.close()
    assert desk.complaints == []
