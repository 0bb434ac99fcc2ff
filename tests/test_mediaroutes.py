"""Pictures given out over HTTP."""

import io
from collections.abc import AsyncIterator

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

from fedi import mediaroutes
from fedi.actions import media
from fedi.errors import FediError
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.server import Server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has these routes alone."""

    async def worded(_: object, error: Exception) -> PlainTextResponse:
        return PlainTextResponse(str(error), getattr(error, "status_code", 500))

    app = Starlette(routes=mediaroutes.ROUTES, exception_handlers={FediError: worded})
    app.state.server = server
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


@pytest.fixture
async def row(server: Server, alice: Account) -> MediaAttachment:
    """A stored picture."""
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "JPEG")
    return await media.upload(server, alice, file.getvalue())


async def test_a_picture_is_given_out_for_ever_and_as_nothing_else(
    client: httpx.AsyncClient, server: Server, row: MediaAttachment
) -> None:
    answer = await client.get(server.uris.media(row.file_key))

    assert answer.status_code == 200
    assert answer.content == await server.store.read(row.file_key)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_the_head_alone_has_the_length(
    client: httpx.AsyncClient, server: Server, row: MediaAttachment
) -> None:
    answer = await client.head(f"/media/{row.preview_key}")

    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) == len(await server.store.read(row.preview_key))


async def test_a_part_is_given_out(client: httpx.AsyncClient, server: Server, row: MediaAttachment) -> None:
    answer = await client.get(f"/media/{row.file_key}", headers={"Range": "bytes=10-19"})

    assert answer.status_code == 206
    assert answer.content == (await server.store.read(row.file_key))[10:20]


@pytest.mark.parametrize(
    "asked", ["bytes=" + ",".join(["0-"] * 10_000), "bytes=999999999-", "bytes=a-b", "bytes=5-1"]
)
async def test_odd_ranges_cost_nothing(client: httpx.AsyncClient, row: MediaAttachment, asked: str) -> None:
    answer = await client.get(f"/media/{row.file_key}", headers={"Range": asked})

    assert answer.status_code in (200, 400, 416)
    assert len(answer.content) <= row.size_bytes


@pytest.mark.parametrize(
    "path",
    [
        *("", "media", "media/00", "media/00/" + "0" * 30 + ".jpg", "../fedi.db", "..%2ffedi.db"),
        *(
            "%2e%2e/fedi.db",
            "media/../../fedi.db",
            "media/..%5c..%5cfedi.db",
            "/etc/passwd",
            "%2fetc%2fpasswd.jpg",
        ),
        *(
            "media/x.jpg%00.png",
            "C:/x.jpg",
            "x.svg",
            "x.html",
            "x" * 300 + ".jpg",
            ".hidden.jpg",
            "media//x.jpg",
        ),
        *("MEDIA/X.JPG", "media/x.JPG", "%ff.jpg", "x.jpg/"),
    ],
)
async def test_anything_else_is_not_found(client: httpx.AsyncClient, row: MediaAttachment, path: str) -> None:
    assert (await client.get(f"/media/{path}")).status_code == 404


async def test_a_file_of_another_kind_is_not_given_out(client: httpx.AsyncClient, server: Server) -> None:
    await server.store.put("media/00/page.html", b"<script>alert(1)</script>")

    assert (await client.get("/media/media/00/page.html")).status_code == 404


async def test_nothing_but_reading_is_offered(client: httpx.AsyncClient, row: MediaAttachment) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert (await client.request(method, f"/media/{row.file_key}")).status_code == 405
