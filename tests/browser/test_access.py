"""For everybody: by keys alone, on a small phone, with a screen reader, without scripts, without jumps."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Desk
from tests.support.pictures import photo
from tests.support.servers import PASSWORD, Running

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

PAGES = [
    "/home",
    "/local",
    "/@alice",
    "/studio",
    "/settings/profile",
    "/notifications",
    "/search?q=a",
    "/compose",
]

# What has no name for a screen reader, as the browser itself computes roles: a smoke check, not an audit.
NAMELESS = """() => {
  const named = (each) => {
    const by = each.getAttribute("aria-labelledby");
    const label = each.labels?.length ? [...each.labels].map((l) => l.textContent).join("") : "";
    const inside = each.innerText || each.textContent || "";
    const around = [each, ...(each.labels ?? [])];
    const picture = around.some((box) => box.querySelector("img[alt]:not([alt=''])"));
    return each.getAttribute("aria-label") || (by && document.getElementById(by)) || label.trim()
      || inside.trim() || picture || each.title;
  };
  const wrong = [];
  for (const each of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
    if (each.type === "hidden" || each.closest("[aria-hidden=true]") || !each.checkVisibility()) continue;
    if (!named(each)) wrong.push(each.outerHTML.slice(0, 120));
  }
  for (const each of document.images) if (!each.hasAttribute("alt")) wrong.push(each.outerHTML.slice(0, 120));
  for (const each of document.querySelectorAll("nav")) if (!named(each)) wrong.push("nav");
  return wrong;
}"""
SMALL = """() => [...document.querySelectorAll("main button, nav a, main summary, main .button, main select")]
  .filter((each) => each.checkVisibility() && !each.closest(".sr, .alt") && !each.matches(".sr"))
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.height, box.width) < 43.5)
  .map(([each]) => each.outerHTML.slice(0, 120))"""
SHIFTS = """new PerformanceObserver((list) => {
  const unasked = list.getEntries().filter((each) => !each.hadRecentInput);
  for (const each of unasked) window.shifted = (window.shifted ?? 0) + each.value;
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture(autouse=True)
async def alice(running: Running):
    """Somebody with an avatar and a post with a picture."""
    from fedi.actions import accounts, media, posts
    from fedi.actions.posts import Draft

    person = await running.person("alice")
    with running.server.db.activate():
        picture = await media.upload(running.server, person, photo(400, 300), description="Greys")
        person = await accounts.set_avatar(running.server, person, picture)
        draft = Draft(text="A picture with a long-long-" + "word" * 30, media=[picture])
        await posts.create(running.server, person, draft, mentions={})
    return person


async def test_everything_has_a_name_and_is_large_enough_to_touch(desk: Desk):
    await desk.page.goto("/")
    assert await desk.page.evaluate(NAMELESS) == []
    await desk.sign_in("alice")
    for path in PAGES:
        await desk.page.goto(path)

        assert await desk.page.evaluate(NAMELESS) == [], path
        assert await desk.page.evaluate(SMALL) == [], path


async def test_nothing_is_wider_than_a_small_phone(desk: Desk):
    await desk.page.set_viewport_size({"width": 360, "height": 740})
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for path in ("/", "/sign-in", "/about"):
        await desk.page.goto(path)
        assert await desk.page.evaluate(wide) <= 0, path
    await desk.sign_in("alice")
    for path in PAGES:
        await desk.page.goto(path)
        assert await desk.page.evaluate(wide) <= 0, path


async def test_nothing_jumps_while_a_page_loads(desk: Desk):
    await desk.sign_in("alice")
    await desk.context.add_init_script(SHIFTS)
    for width in (390, 1280):
        await desk.page.set_viewport_size({"width": width, "height": 800})
        for path in ("/@alice", "/studio", "/home"):
            await desk.page.goto(path, wait_until="networkidle")

            assert await desk.page.evaluate("window.shifted ?? 0") < 0.02, (path, width)


async def test_signing_in_and_drawing_need_no_mouse(desk: Desk):
    page = desk.page
    await page.goto("/sign-in")
    await page.keyboard.type("alice")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/home")

    await page.goto("/studio")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Several at once")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Upload up to")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("radio", name="Greys")).to_be_checked()
    for _ in range(2):
        await page.keyboard.press("Tab")
    while not await page.get_by_role("radio", name="Mirror").is_checked():
        await page.keyboard.press("ArrowDown")
    while not await page.get_by_role("button", name="Draw it").evaluate(
        "each => each === document.activeElement"
    ):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await page.wait_for_url("**/studio/runs/*")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Here it is", timeout=30_000)
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_focus_is_always_seen(desk: Desk):
    await desk.sign_in("alice")
    await desk.page.goto("/home")
    ring = """() => { const style = getComputedStyle(document.activeElement);
      return parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none"; }"""
    unseen = []
    for _ in range(14):
        await desk.page.keyboard.press("Tab")
        if not await desk.page.evaluate(ring):
            unseen.append(await desk.page.evaluate("document.activeElement.outerHTML.slice(0, 100)"))

    # The text and the file field are shown by the ring of what is around them.
    assert [each for each in unseen if "compose-text" not in each and "compose-pictures" not in each] == []


async def test_the_studio_works_without_scripts(chromium: Browser, running: Running, tmp_path: Path):
    picture = tmp_path / "a.jpg"
    picture.write_bytes(photo(300, 300))
    context = await chromium.new_context(base_url=running.url, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/sign-in?next=/studio")
    await page.get_by_label("User name or email").fill("alice")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()

    await page.get_by_label("Upload up to").set_input_files(picture)
    await page.get_by_text("Mirror").first.click()
    await page.get_by_role("button", name="Draw it").click()

    # The page asks again by itself until it is done.
    await expect(page.get_by_role("heading", name="Here it is")).to_be_visible(timeout=30_000)
    await expect(page.locator("figure img")).to_have_count(2)
    await expect(page.get_by_role("slider")).to_have_count(0)
    await context.close()


async def test_day_and_night_are_both_drawn(chromium: Browser, running: Running):
    grounds = []
    for scheme in ("light", "dark"):
        context = await chromium.new_context(base_url=running.url, color_scheme=scheme)
        page = await context.new_page()
        await page.goto("/sign-in")
        grounds.append(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
        await context.close()

    assert grounds == ["rgb(248, 243, 233)", "rgb(17, 21, 42)"]
