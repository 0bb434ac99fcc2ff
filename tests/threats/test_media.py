"""T125, T126, T128, T129, T133 to T135: files and forms, and what is served of them."""

import asyncio
import io
import re
import shutil
from pathlib import Path

import httpx
import pytest
from PIL import Image

from fedi.actions import housekeeping
from fedi.config import MediaSettings
from fedi.jobs.kinds import Prune
from fedi.models.media import MediaAttachment
from tests.support.servers import settings_for
from tests.support.visitors import Site, open_site
from tests.threats.conftest import api, server_settings
from tests.threats.evil import Target
from tests.threats.raw import send

pytestmark = pytest.mark.anyio

NAMES = (
    "../../x.png",
    "%2e%2e%2fx.png",
    "..\\..\\x.png",
    "a\x00.png",
    "C:\\x.png",
    "/etc/x.png",
    "x" * 300 + ".png",
)
BOUNDARY = "b" * 20


def png(side: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 90)).save(out, "PNG")
    return out.getvalue()


def files_under(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


async def upload(client: httpx.AsyncClient, data: bytes, name: str = "a.png") -> httpx.Response:
    return await client.post("/api/v2/media", files={"file": (name, data, "image/png")})


@pytest.mark.parametrize("name", NAMES)
async def test_t125_no_name_of_a_file_leads_out_of_the_media_folder(site: Site, name: str):
    root = Path(site.server.settings.root)
    before = files_under(root)
    async with api(site, "alice") as client:
        answer = await upload(client, png(), name)
    written = {path for path in files_under(root) - before if path.parts[len(root.parts)] != "data"} | {
        path for path in root.parent.iterdir() if path.name.startswith("x")
    }

    assert answer.status_code in (200, 202, 400, 422)
    assert not written
    stored = files_under(root / "data" / "media") - before
    assert all(re.fullmatch(r"[0-9a-f]{30}\.\w+", path.name) for path in stored)


@pytest.mark.parametrize(
    "path",
    [
        "/media/../fedi.db",
        "/media/%2e%2e/fedi.db",
        "/media/..%2ffedi.db",
        "/media//etc/passwd",
        "/media/media/%00.png",
    ],
)
async def test_t125_no_address_of_a_picture_leads_out_of_the_media_folder(s: Target, path: str):
    lines = f"GET {path} HTTP/1.1\r\nHost: {s.url.removeprefix('http://')}\r\nConnection: close\r\n\r\n"

    answer = await send(s.url, lines.encode())

    assert answer.split(b" ", 2)[1] in (b"400", b"404")
    assert b"SQLite format" not in answer
    assert b"root:" not in answer


async def test_t126_an_archive_is_no_picture_and_is_not_opened(site: Site):
    async with api(site, "alice") as client:
        answer = await upload(client, b"PK\x03\x04" + bytes(400), "42.zip")

    assert answer.status_code == 422
    assert "error" in answer.json()


async def test_t128_ten_thousand_ranges_are_answered_as_none_and_at_once(s: Target):
    async with await s.running.client(s.accounts["alice"]) as client:
        media = (await upload(client, png(400))).json()
        path = media["preview_url"].split("/", 3)[3]
        started = asyncio.get_running_loop().time()
        answer = await client.get(f"/{path}", headers={"Range": "bytes=" + ",".join(["0-"] * 10_000)})
        few = await client.get(f"/{path}", headers={"Range": "bytes=" + ",".join(["0-"] * 1000)})
        taken = asyncio.get_running_loop().time() - started
        whole = await client.get(f"/{path}")

    # The longer header is refused before the application sees it.
    assert answer.status_code in (200, 400, 416, 431)
    assert few.status_code in (200, 206, 400, 416)
    assert len(few.content) <= 2 * len(whole.content)
    assert taken < 5
    assert whole.status_code == 200


def form(*parts: bytes) -> bytes:
    return (
        b"".join(f"--{BOUNDARY}\r\n".encode() + part + b"\r\n" for part in parts)
        + f"--{BOUNDARY}--\r\n".encode()
    )


def field(name: str, value: bytes = b"x") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value


FORMS = {
    "ten thousand parts": (form(*(field(f"f{n}") for n in range(10_000))), BOUNDARY),
    "a header without end": (f"--{BOUNDARY}\r\nContent-Disposition: ".encode() + b"a" * 2_000_000, BOUNDARY),
    "a field of two megabytes": (form(field("status", b"x" * 2_000_000)), BOUNDARY),
    "no boundary": (form(field("status")), ""),
    "an end that never comes": (form(field("status"))[:-8], BOUNDARY),
    "another boundary": (form(field("status")), "c" * 20),
}


@pytest.mark.parametrize("what", FORMS)
async def test_t129_a_form_that_is_none_is_refused_and_holds_up_nobody(s: Target, what: str):
    body, boundary = FORMS[what]
    kind = "multipart/form-data" + (f"; boundary={boundary}" if boundary else "")
    async with await s.running.client(s.accounts["alice"]) as client:
        client.timeout = httpx.Timeout(20)
        answer = await client.post("/api/v1/statuses", content=body, headers={"Content-Type": kind})
        after = await client.get("/api/v1/timelines/home")

    assert answer.status_code in (400, 413, 422), what
    assert "error" in answer.json()
    assert after.json() == []


async def test_t129_a_form_of_forty_megabytes_is_cut_off_and_holds_up_nobody(s: Target):
    host = s.url.removeprefix("http://")
    body = form(field("status", b"x" * 40_000_000))
    head = (
        f"POST /api/v1/statuses HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    answer = await send(s.url, head.encode() + body)

    assert not answer or answer.split(b" ", 2)[1] in (b"401", b"413")
    async with await s.running.client(s.accounts["alice"]) as client:
        assert (await client.get("/api/v1/timelines/home")).json() == []


async def test_t129_a_negative_length_is_refused(s: Target):
    host = s.url.removeprefix("http://")
    head = (
        f"POST /api/v1/statuses HTTP/1.1\r\nHost: {host}\r\nContent-Length: -5\r\nConnection: close\r\n\r\n"
    )

    answer = await send(s.url, head.encode() + b"status=x")

    assert answer.split(b" ", 2)[1] == b"400"


@pytest.mark.parametrize(
    "data", [b"<html><script>alert(1)</script></html>", b"\x89PNG\r\n\x1a\n<html>" + bytes(99)]
)
async def test_t133_what_calls_itself_a_picture_and_is_none_is_never_served(site: Site, data: bytes):
    async with api(site, "alice") as client:
        answer = await upload(client, data)

    assert answer.status_code == 422
    assert not await MediaAttachment.exclude(state="failed").count()


async def test_t133_what_is_served_is_a_picture_and_can_run_nothing(site: Site):
    async with api(site, "alice") as client:
        media = (await upload(client, png() + b"<script>alert(1)</script>")).json()
        served = await client.get(media["preview_url"])

    assert served.headers["content-type"].startswith("image/")
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]
    assert b"<script>" not in served.content


async def test_t134_a_picture_that_is_in_no_post_goes_after_a_day_and_its_name_cannot_be_guessed(
    site: Site, clock
):
    async with api(site, "alice") as client:
        media = (await upload(client, png())).json()
        name = media["preview_url"].rsplit("/", 2)
        before = await client.get(media["preview_url"])
        clock.turn(days=1, minutes=1)
        await housekeeping.prune(site.server, Prune())
        after = await client.get(media["preview_url"])
        row = await client.get(f"/api/v1/media/{media['id']}")

    assert len(re.sub("[^0-9a-f]", "", "".join(name[1:]).split(".")[0])) * 4 >= 128
    assert before.status_code == 200
    assert after.status_code == 404
    assert row.status_code == 404


async def test_t135_no_member_fills_the_disk_and_a_full_one_leaves_the_database_alone(
    tmp_path: Path, peopled_file: Path, clock
):
    (tmp_path / "data").mkdir()
    shutil.copy(peopled_file, tmp_path / "data" / "fedi.db")
    free = shutil.disk_usage(tmp_path).free // 2**20
    settings = settings_for(
        tmp_path,
        port=80,
        server=server_settings(),
        embedded=False,
        media=MediaSettings(reserve_mb=free + 1000),
    )
    async with open_site(settings, clock) as site, api(site, "alice") as client:
        refused = await upload(client, png())
        posted = await client.post("/api/v1/statuses", json={"status": "still here"})
        left = await MediaAttachment.all().count()

    assert refused.status_code == 507
    assert "error" in refused.json()
    assert posted.status_code == 200
    assert left == 0


async def test_t135_a_members_quota_is_kept(tmp_path: Path, peopled_file: Path, clock):
    (tmp_path / "data").mkdir()
    shutil.copy(peopled_file, tmp_path / "data" / "fedi.db")
    settings = settings_for(
        tmp_path, port=80, server=server_settings(), embedded=False, media=MediaSettings(quota_mb=1)
    )
    noise = io.BytesIO()
    Image.effect_noise((640, 480), 90).convert("RGB").save(noise, "PNG")
    async with open_site(settings, clock) as site, api(site, "alice") as alice, api(site, "bob") as bob:
        answers = [(await upload(alice, noise.getvalue())).status_code for _ in range(3)]
        small = await upload(bob, png())

    assert answers[0] in (200, 202)
    assert answers[-1] in (413, 422)
    assert small.status_code in (200, 202)
