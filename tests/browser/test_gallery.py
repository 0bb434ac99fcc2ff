"""The gallery with hands: without scripts, by keys, on a phone, and without a jump."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from fedi.actions import media, posts
from fedi.actions.posts import Draft
from fedi.media.provenance import DigitalSource
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from tests.browser.test_access import NAMELESS, SHIFTS, SMALL
from tests.support.pictures import photo
from tests.support.servers import Running

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SHAPES = [(300, 200), (200, 300), (256, 256), (400, 170), (160, 320)]


@pytest.fixture(autouse=True)
async def wall(running: Running):
    """Five pictures of as many shapes; the newest is one to be warned of."""
    server, alice = running.server, await running.person("alice")
    with server.db.activate():
        await Account.filter(id=alice.id).update(in_gallery=True)
        for place, (width, height) in enumerate(SHAPES):
            picture = await media.upload(server, alice, photo(width, height), description=f"fox {place}")
            await MediaAttachment.filter(id=picture.id).update(source_type=DigitalSource.TRAINED.iri)
            picture = await MediaAttachment.get(id=picture.id)
            is_last = place == len(SHAPES) - 1
            await posts.create(server, alice, Draft(text="", media=[picture], sensitive=is_last), mentions={})


@asynccontextmanager
async def window(chromium: Browser, running: Running, width: int) -> AsyncIterator[Page]:
    """A window without scripts of its own pages; the tests' own are run all the same."""
    context = await chromium.new_context(
        base_url=running.url, viewport={"width": width, "height": 800}, java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto("/gallery")
    yield page
    await context.close()


async def test_a_veil_opens_by_keys_and_without_a_script(chromium: Browser, running: Running):
    async with window(chromium, running, 1280) as page:
        picture = page.get_by_role("img", name="fox 4")
        await expect(picture).not_to_have_css("filter", "none")

        await page.locator(".veil summary").focus()
        await page.keyboard.press("Enter")

        await expect(picture).to_have_css("filter", "none")
        await page.get_by_role("link", name="fox 4").click()
        await page.wait_for_url("**/@alice/*")


async def test_rows_are_even_on_a_desk_and_one_column_on_a_phone(chromium: Browser, running: Running):
    async with window(chromium, running, 1280) as page:
        boxes = [await each.bounding_box() for each in await page.locator(".art-frame").all()]
        rows = {
            box["y"]: {round(other["height"]) for other in boxes if other["y"] == box["y"]} for box in boxes
        }
        assert len(rows) < len(boxes)
        assert all(max(heights) - min(heights) <= 1 for heights in rows.values())
    async with window(chromium, running, 360) as page:
        boxes = [await each.bounding_box() for each in await page.locator(".art-frame").all()]
        assert len({box["x"] for box in boxes}) == 1
        assert all(box["width"] > 300 for box in boxes)


async def test_nothing_jumps_everything_has_a_name_and_is_large_enough(chromium: Browser, running: Running):
    for width in (360, 1280):
        context = await chromium.new_context(base_url=running.url, viewport={"width": width, "height": 800})
        await context.add_init_script(SHIFTS)
        page = await context.new_page()
        await page.goto("/gallery", wait_until="networkidle")
        await page.locator(".art").last.scroll_into_view_if_needed()
        assert await page.evaluate("window.shifted ?? 0") < 0.01
        assert await page.evaluate(NAMELESS) == []
        assert await page.evaluate(SMALL) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await context.close()
