"""Everything bad that may come in, and where it is proven what happens then.

wrong password                     tests/web/test_entrance.py, tests/actions/test_sessions.py
a token that was revoked, expired  here
a file that is not an image, SVG   tests/mastodon/test_uploads.py, tests/media/test_images.py
a PNG of 30 000 x 30 000           tests/mastodon/test_uploads.py, tests/media/test_images.py
a truncated JPEG                   here, tests/media/test_images.py
an upload of 100 MB                tests/test_app.py
a tampered model                   tests/cli/test_keeping.py, tests/styles/test_catalogue.py
a full disk, with the log on it    here, tests/media/test_store.py, tests/actions/test_media.py
a port in use, an unknown setting  tests/cli/test_serve.py
a damaged or foreign database      tests/cli/test_serve.py, tests/cli/test_keeping.py
an activity wrongly signed         tests/federation/test_inbox.py
JSON with anything after it        tests/test_app.py
"""

import io
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from PIL import Image

from fedi import logs
from fedi.config import LogSettings
from fedi.logs import logger
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.models.users import AccessToken
from tests.support.servers import Running

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parent.parent


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The nearest thing to a full disk that needs no rights: the system refuses to write further."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def log_as_in_service() -> Iterator[None]:
    """Log to standard error as the commands do."""
    before = structlog.get_config()
    logs.configure(LogSettings())
    yield
    structlog.configure(**before)


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((600, 600)).save(out, kind)
    return out.getvalue()


async def upload(client: httpx.AsyncClient, data: bytes) -> httpx.Response:
    return await client.post("/api/v2/media", files={"file": ("a.jpg", data, "image/jpeg")})


async def test_a_full_disk_is_said_and_the_server_goes_on_after_it(running: Running, log_as_in_service: None):
    alice = await running.person("alice")
    async with await running.client(alice) as client:
        assert (await client.post("/api/v1/statuses", json={"status": "before"})).status_code == 200
        with running.server.db.activate():
            pages = (await running.server.db.rows("PRAGMA page_count"))[0]["page_count"]
            # SQLite says the same as of a disk without room.
            await running.server.db.execute(f"PRAGMA max_page_count = {pages}")
        for _ in range(200):
            post = await client.post("/api/v1/statuses", json={"status": "while " * 800})
            if post.status_code != 200:
                break
        with files_no_larger_than(512):
            media = await upload(client, picture("JPEG"))
        read = await client.get("/api/v1/timelines/home")
        with running.server.db.activate():
            kept = await Post.all().count()
            await running.server.db.execute("PRAGMA max_page_count = 1000000")
        after = await client.post("/api/v1/statuses", json={"status": "after"})
        again = await upload(client, picture("JPEG"))

    assert [(answer.status_code, answer.json()["error"]) for answer in (post, media)] == [
        (507, "The server's disk is full; nothing was stored")
    ] * 2
    assert read.status_code == 200
    assert (after.status_code, again.status_code) == (200, 200)
    with running.server.db.activate():
        assert await Post.all().count() == kept + 1
        assert await MediaAttachment.all().count() == 1
        assert next(iter((await running.server.db.rows("PRAGMA integrity_check"))[0].values())) == "ok"


def test_a_log_on_a_full_disk_loses_lines_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, log_as_in_service: None
):
    with Path("/dev/full").open("w", buffering=1) as full:
        monkeypatch.setattr("sys.stderr", full)
        logs.configure(LogSettings())
        logger().error("a line that the disk has no room for")
        monkeypatch.undo()
        with suppress(OSError):
            full.close()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
async def test_a_jpeg_that_is_cut_off_is_refused_in_words(running: Running, share: float):
    whole = picture("JPEG")
    async with await running.client(await running.person("alice")) as client:
        answer = await upload(client, whole[: int(len(whole) * share)])

    assert answer.status_code == 422
    assert answer.json()["error"]


async def test_a_token_that_was_revoked_opens_nothing(running: Running):
    alice = await running.person("alice")
    async with await running.client(alice) as client:
        with running.server.db.activate():
            async with running.server.db.transaction():
                await AccessToken.all().delete()
        answers = [
            await client.get("/api/v1/accounts/verify_credentials"),
            await client.post("/api/v1/statuses", json={"status": "hello"}),
            await upload(client, picture("JPEG")),
        ]

    assert {answer.status_code for answer in answers} == {401}
    assert all(answer.json()["error"] for answer in answers)


async def test_a_token_past_its_time_opens_nothing(running: Running):
    alice = await running.person("alice")
    async with await running.client(alice) as client:
        before = await client.get("/api/v1/accounts/verify_credentials")
        with running.server.db.activate():
            async with running.server.db.transaction():
                past = running.server.clock.now() - timedelta(seconds=1)
                await AccessToken.filter(application_id=None).update(expires_at=past)
        after = await client.get("/api/v1/accounts/verify_credentials")

    assert (before.status_code, after.status_code) == (200, 401)
    assert "invalid" in after.json()["error"]


def test_the_table_above_names_files_that_exist():
    named = {word.rstrip(",") for word in __doc__.split() if word.startswith("tests/")}

    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
