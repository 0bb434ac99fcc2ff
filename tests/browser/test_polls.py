"""A poll with hands: asked in the composer, voted in where it stands."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Desk
from tests.support.servers import Running

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_a_poll_is_asked_and_voted_in_where_it_stands(desk: Desk, running: Running):
    for name in ("alice", "bob"):
        await running.person(name)
    page = desk.page
    await desk.sign_in("alice", "/compose")
    await page.get_by_label("Your post").fill("What shall we draw?")
    await page.locator(".composer-poll summary").click()
    await page.get_by_label("Answer 1").fill("Foxes")
    await page.get_by_label("Answer 2").fill("Teapots")
    await page.get_by_role("main").get_by_role("button", name="Post", exact=True).last.click()
    await page.wait_for_url("**/home?notice=posted")
    await desk.context.clear_cookies()

    await desk.sign_in("bob", "/local")
    post = page.get_by_role("article").first
    await expect(post.get_by_role("group", name="Choose one")).to_be_visible()
    await post.get_by_role("radio", name="Foxes").check()
    await post.get_by_role("button", name="Vote").click()

    result = post.get_by_role("group", name="Poll")
    await expect(result).to_be_focused()
    await expect(result.get_by_role("listitem").first).to_contain_text("100 %, 1 vote")
    assert page.url.endswith("/local")
