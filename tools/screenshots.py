"""Take pictures of the pages, to look at: python tools/screenshots.py FOLDER [--portraits FOLDER].

Serves an instance of its own from a folder that is removed at the end, with a few people, posts and
drawings, and visits it with Chromium, on a phone and on a desk, by day and by night. Needs the packages for
development and a Chromium or Chrome.
"""

import argparse
import asyncio
import io
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.async_api import Browser, Page, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from fedi.actions import (
    accounts,
    batches,
    boosts,
    favourites,
    follows,
    media,
    posts,
    preferences,
    prompts,
    remixes,
    styles,
)
from fedi.actions.accounts import ProfileChanges
from fedi.actions.posts import Draft
from fedi.config import InstanceSettings, LogSettings, StudioSettings
from fedi.migrate import migrate
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, StyleRun
from fedi.models.users import User
from fedi.server import Server
from tests.support.browsers import FLAGS, find_browser
from tests.support.servers import PASSWORD, Running, running_server

_SIZES = {"phone": (390, 844), "desk": (1366, 900)}
_LONG = 2400
_PEOPLE = {
    "mio": (
        "Mio Tanaka",
        "Painter of small things. I draw by the river on Sundays.\n\n#sketching #watercolour",
    ),
    "jonas": ("Jonas Weber", "Bicycles, bread and bad puns."),
    "ada": ("Ada", "I make synthesizers out of toys."),
    "lena": ("Lena 🌿", "Gardens. Mostly tomatoes."),
}
_SAID = (
    ("lena", "The first tomatoes are here. I have named the largest one Gerald.", "public"),
    (
        "ada",
        "A toy keyboard from 1987: the solder is a crime, the sound a dream.\n\n#synth #repair",
        "public",
    ),
    ("jonas", "Does anyone here bake with spelt? Mine comes out flat as a stamp. @mio, a trick?", "public"),
    ("mio", "@jonas a longer rest, and more water than you dare.", "public"),
    ("mio", "My face, drawn by the studio here. I like how it kept the light.", "public"),
    ("lena", "Only for you who follow me: the seed swap is on Saturday at ten.", "followers"),
)


@dataclass(frozen=True)
class Seen:
    """Ids of what is looked at: a finished run, its pictures, a batch, a picture that may be restyled."""

    run: int
    source: int
    result: int
    batch: int
    open: int


async def main() -> None:
    """Seed, visit, and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--portraits", type=Path, default=None)
    parser.add_argument("--only", default="")
    wanted = parser.parse_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    async with _instance() as running, async_playwright() as playwright:
        with running.server.db.activate():
            seen = await _seed(running.server, _pictures(wanted.portraits))
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        for size, (width, height) in _SIZES.items():
            for scheme in ("light", "dark"):
                await _visit(browser, running.url, seen, f"{size}-{scheme}", width, height, wanted)
        await browser.close()


@asynccontextmanager
async def _instance() -> AsyncIterator[Running]:
    folder = Path(tempfile.mkdtemp(prefix="fedi-pages-"))
    try:
        await migrate(folder / "data" / "fedi.db")
        about = InstanceSettings(
            title="Kawabe", description="A riverside corner of the fediverse for people who make things."
        )
        async with running_server(
            folder,
            instance=about,
            logs=LogSettings(level="error"),
            studio=StudioSettings(prompts=True),
        ) as running:
            yield running
    finally:
        shutil.rmtree(folder)


async def _visit(
    browser: Browser, url: str, seen: Seen, name: str, width: int, height: int, wanted: argparse.Namespace
) -> None:
    scheme = name.partition("-")[2]
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        base_url=url,
        is_mobile=name.startswith("phone"),
    )
    page = await context.new_page()
    pages = {"front": "/", "sign-in": "/sign-in", "about": "/about"}
    for label, path in pages.items():
        await _take(page, path, f"{label}-{name}", wanted)
    await page.goto("/sign-in")
    await page.fill("#name", "mio")
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url("**/home")
    pages = {
        "home": "/home",
        "profile": "/@mio",
        "profile-other": "/@jonas",
        "notifications": "/notifications",
        "search": "/search?q=a",
        "compose": "/compose",
        "settings": "/settings/profile",
        "studio": f"/studio?media={seen.source}",
        "run": f"/studio/runs/{seen.run}",
        "progress": f"/studio/runs/{seen.run + 1}",
        "several": "/studio/several",
        "batch": f"/studio/several/{seen.batch}",
        "draw-post": f"/compose?media={seen.result}",
        "gallery": "/gallery",
        "gallery-member": "/@mio/gallery",
        "prompts": "/gallery/prompts",
        "restyle": f"/restyle/{seen.open}",
        "remixes": "/remixes",
        "preferences": "/settings/preferences",
        "styles": "/settings/styles",
        "own-prompts": "/settings/prompts",
        "apps": "/settings/apps",
    }
    for label, path in pages.items():
        await _take(page, path, f"{label}-{name}", wanted)
    await context.clear_cookies()
    await page.goto("/sign-in")
    await page.fill("#name", "lena")
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url("**/home")
    for label, path in {"veiled": "/home", "veiled-gallery": "/gallery", "veiled-profile": "/@mio"}.items():
        await _take(page, path, f"{label}-{name}", wanted)
    await context.close()


async def _take(page: Page, path: str, name: str, wanted: argparse.Namespace) -> None:
    if wanted.only and not any(name.startswith(each) for each in wanted.only.split(",")):
        return
    await page.goto(path)
    await page.wait_for_timeout(300)
    height = min(_LONG, await page.evaluate("document.documentElement.scrollHeight"))
    size = page.viewport_size or {"width": 0, "height": 0}
    await page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    await page.wait_for_timeout(200)
    await page.screenshot(path=wanted.folder / f"{name}.png")
    await page.set_viewport_size(size)


async def _seed(server: Server, pictures: list[bytes]) -> Seen:
    """Make people, posts and drawings."""
    people = {name: await _person(server, name, *words) for name, words in _PEOPLE.items()}
    mio, jonas, ada, lena = people.values()
    for each in (jonas, ada, lena):
        await follows.request(server, mio, each)
        await follows.request(server, each, mio)
    run = StyleRun()
    for person, picture in zip((jonas, ada, mio), pictures, strict=False):
        source = await media.upload(server, person, picture, description=f"A portrait of {person.username}")
        run = await _drawn(server, person, source)
        assert run.result is not None
        await accounts.set_avatar(server, person, run.result)
    assert run.result is not None
    wide = await media.upload(server, mio, _landscape(), description="Hills under a red sun")
    await accounts.set_header(server, mio, wide)
    for name, text, visibility in _SAID:
        author = people[name]
        named = {each.username: each for each in people.values() if f"@{each.username}" in text}
        shown = [run.result] if "studio" in text else []
        draft = Draft(text=text, visibility=visibility, media=shown)
        post = await posts.create(server, author, draft, mentions=named)
        for each in (mio, jonas, ada):
            if each.id != author.id and visibility == "public":
                await favourites.favourite(server, each, post)
    warned = Draft(text="Warm circuits, cold tea.", summary="Talk of soldering")
    await boosts.boost(server, jonas, await posts.create(server, ada, warned, mentions={}))
    # Halfway for ever: no job draws it.
    await StyleRun.create(
        id=run.id + 1,
        account=mio,
        source=run.source,
        style=run.style,
        state="running",
        progress=0.42,
        created_at=server.clock.now(),
    )
    batch = await batches.ask(server, mio, [run.source.id, wide.id], run.style)
    open_media = await _art(server, ada, mio)
    lena_user = await User.get(account_id=lena.id)
    await preferences.change(server, lena_user, model_media="blur")
    await User.filter(account_id=mio.id).update(role="owner")
    await Account.filter(id__in=[ada.id, mio.id]).update(in_gallery=True)
    assert batch[0].batch is not None
    return Seen(run.id, run.source.id, run.result.id, batch[0].batch, open_media)


async def _art(server: Server, ada: Account, mio: Account) -> int:
    """Posts with drawings, one of which may be restyled, a request, and a prompt."""
    await prompts.add(server, "Rivers", "rivers", by="mio", text="Water that goes somewhere.")
    ids = []
    for policy, person, text in (("everyone", ada, "Waiting for the bus #rivers"), ("ask", mio, "Evening.")):
        source = await media.upload(server, person, _landscape(), description="Hills in the evening")
        run = await _drawn(server, person, source, size="picture")
        assert run.result is not None
        draft = Draft(text=text, media=[run.result], remix_policy=policy)
        await posts.create(server, person, draft, mentions={})
        ids.append(run.result.id)
    await remixes.ask(server, ada, ids[1])
    return ids[0]


async def _person(server: Server, name: str, shown: str, note: str) -> Account:
    from tests.support.servers import make_person  # noqa: PLC0415

    account = await make_person(server, name)
    changes = ProfileChanges(
        display_name=shown, note=note, fields=[("Site", f"https://{name}.example"), ("Pronouns", "she/her")]
    )
    return await accounts.update_profile(server, account, changes)


async def _drawn(
    server: Server, person: Account, source: MediaAttachment, *, size: str = "portrait"
) -> StyleRun:
    style = server.styles.catalogue.list()[0].name
    run = await styles.ask(server, person, source, style, size=size)
    async with asyncio.timeout(120):
        while run.state in styles.OPEN:
            await asyncio.sleep(0.1)
            await run.refresh_from_db()
    if run.state != "done":
        raise SystemExit(f"The drawing ended as {run.state}: {run.reason}")
    return await StyleRun.get(id=run.id).select_related("source", "result")


def _pictures(folder: Path | None) -> list[bytes]:
    if folder is None:
        return [_face(tone) for tone in ((222, 184, 150), (150, 105, 78), (240, 208, 180))]
    return [file.read_bytes() for file in sorted(folder.glob("*.jpg"))[:3]]


def _face(tone: tuple[int, int, int]) -> bytes:
    image = Image.new("RGB", (768, 768), (180, 200, 214))
    draw = ImageDraw.Draw(image)
    draw.ellipse((190, 120, 580, 640), fill=tone)
    draw.pieslice((170, 70, 600, 560), 180, 360, fill=(60, 44, 40))
    for x in (310, 460):
        draw.ellipse((x - 26, 350, x + 26, 380), fill=(40, 30, 30))
    return _jpeg(image)


def _landscape() -> bytes:
    image = Image.new("RGB", (1500, 500), (242, 214, 170))
    draw = ImageDraw.Draw(image)
    draw.ellipse((1050, 70, 1290, 310), fill=(197, 53, 43))
    for place, shade in enumerate(((120, 140, 170), (80, 100, 140), (46, 60, 100))):
        draw.polygon([(-50, 500), (250 + 330 * place, 190 + 70 * place), (1600, 500)], fill=shade)
    return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return file.getvalue()


if __name__ == "__main__":
    asyncio.run(main())
