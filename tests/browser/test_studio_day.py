"""A day in the studio: sign in, say who you are, have a portrait drawn, wear it, post it."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Desk
from tests.support.pictures import photo
from tests.support.servers import Running

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def test_a_portrait_is_drawn_worn_and_posted_with_its_label(
    desk: Desk, running: Running, tmp_path: Path
):
    await running.person("alice")
    portrait = tmp_path / "portrait.jpg"
    portrait.write_bytes(photo(480, 480))
    page = desk.page
    await desk.sign_in("alice", "/settings/profile")

    await _introduce(page)
    await page.goto("/studio")
    await page.get_by_label("Upload up to").set_input_files(portrait)
    await expect(page.locator(".frame-preview")).to_be_visible()
    await page.get_by_label("What an uploaded picture shows").fill("Alice in grey")
    await page.get_by_text("Mirror").first.click()
    await page.get_by_role("button", name="Draw it").click()
    await page.wait_for_url("**/studio/runs/*")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Here it is", timeout=30_000)

    await _compare(page)
    await expect(page.locator(".made .badge")).to_contain_text("Made with a model · Mirror 1.0.0")
    run = page.url

    await page.get_by_role("button", name="Use as avatar").click()
    await page.wait_for_url("**/@alice?notice=avatar")
    await expect(page.locator(".profile-badge")).to_contain_text("Made with a model · Mirror")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Alice A.")

    await page.goto(run)
    await page.get_by_role("link", name="Post it").click()
    await expect(page.get_by_label("Describe picture 1")).to_have_value("Alice in grey")
    await page.get_by_label("Your post").fill("Look, me.")
    await page.get_by_role("main").get_by_role("button", name="Post", exact=True).last.click()
    await page.wait_for_url("**/home?notice=posted")
    post = page.get_by_role("article").first
    await expect(post).to_contain_text("Look, me.")
    await expect(post.locator(".badge")).to_contain_text("Made with a model · Mirror 1.0.0")
    await expect(post.get_by_role("img", name="Alice in grey")).to_be_visible()


async def test_a_picture_is_seen_in_every_style_and_follows_the_sliders(
    desk: Desk, running: Running, tmp_path: Path
):
    await running.person("alice")
    portrait = tmp_path / "portrait.jpg"
    portrait.write_bytes(photo(480, 480))
    page = desk.page
    await desk.sign_in("alice", "/studio")

    await page.get_by_text("Mirror").first.click()
    await page.get_by_label("Upload up to").set_input_files(portrait)
    await expect(page.locator(".style-own")).to_have_count(
        await page.locator(".style").count(), timeout=60_000
    )
    drawing = page.locator(".stage-drawing")
    await expect(drawing).to_be_visible()
    before, height = (
        await drawing.get_attribute("src"),
        (await page.locator(".stage").bounding_box())["height"],
    )
    strength = page.get_by_label("Strength")
    await strength.focus()
    await page.keyboard.press("Home")

    await expect(drawing).not_to_have_attribute("src", before, timeout=30_000)
    await expect(strength).to_have_attribute("aria-valuetext", "0 %")
    await expect(page.get_by_role("slider", name="Lines")).to_be_disabled()
    assert (await page.locator(".stage").bounding_box())["height"] == height
    await page.get_by_role("button", name="Show the photo").click()
    await expect(drawing).to_be_hidden()


async def test_buttons_of_a_post_act_in_place(desk: Desk, running: Running):
    from fedi.actions import posts
    from fedi.actions.posts import Draft

    alice = await running.person("alice")
    with running.server.db.activate():
        await posts.create(running.server, alice, Draft(text="Hello"), mentions={})
    await desk.sign_in("alice")
    page = desk.page
    post = page.get_by_role("article")
    like = post.get_by_role("button", name="Like")

    await like.click()

    await expect(like).to_have_attribute("aria-pressed", "true")
    await expect(like).to_be_focused()
    assert page.url.endswith("/home")
    await like.click()
    await expect(like).to_have_attribute("aria-pressed", "false")


async def test_pictures_are_attached_without_leaving_the_page(desk: Desk, running: Running, tmp_path: Path):
    await running.person("alice")
    picture, text = tmp_path / "a.png", tmp_path / "notes.png"
    picture.write_bytes(photo(80, 60, "PNG"))
    text.write_text("this is no picture")
    await desk.sign_in("alice")
    page = desk.page
    await page.get_by_label("Your post").fill("Words that must stay")

    await page.get_by_label("Add pictures").set_input_files(picture)
    await expect(page.get_by_label("Describe picture 1")).to_be_focused()
    await page.get_by_label("Describe picture 1").fill("Greys")
    await page.get_by_label("Add pictures").set_input_files(text)
    await expect(page.get_by_role("alert")).to_be_visible()

    assert await page.get_by_label("Your post").input_value() == "Words that must stay"
    assert await page.get_by_label("Describe picture 1").input_value() == "Greys"
    await page.get_by_role("button", name="Remove picture 1").click()
    await expect(page.get_by_label("Describe picture 1")).to_have_count(0)
    # The browser notes the refusal of the file that was none.
    desk.complaints[:] = [each for each in desk.complaints if "status of 4" not in each]


async def _introduce(page: Page) -> None:
    await page.get_by_label("Name", exact=True).fill("Alice A.")
    await page.get_by_label("About you").fill("I paint.")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").first).to_contain_text("Your profile is saved.")


async def _compare(page: Page) -> None:
    """The slider cuts the photo where it stands, by keys as by hand."""
    slider, clip = page.get_by_role("slider"), "each => getComputedStyle(each).clipPath"
    photo_side = page.locator(".compare-before")
    middle = await photo_side.evaluate(clip)
    await slider.focus()
    await page.keyboard.press("Home")
    assert await photo_side.evaluate(clip) != middle
    assert await slider.input_value() == "0"
