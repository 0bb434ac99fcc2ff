"""What every request passes through: limits, headers, CORS, errors in the asker's form, proxies."""

import json
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from fedi import middleware
from fedi.app import create_app
from fedi.cli.serve import web_config
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.models.users import Application
from tests.support.servers import settings_for, token_for

pytestmark = pytest.mark.anyio
_MEBIBYTE = 1024 * 1024


@pytest.fixture
async def app(server):
    async def broken(_request: Request):
        raise RuntimeError("the password is swordfish")

    built = create_app(server.settings)
    built.state.server = server
    built.router.routes[:0] = [Route("/api/broken", broken), Route("/broken", broken)]
    return built


@pytest.fixture
async def client(app, server) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=server.uris.base_url) as opened:
        yield opened


@pytest.fixture
async def as_alice(client, server, alice) -> httpx.AsyncClient:
    client.headers["Authorization"] = f"Bearer {await token_for(server, alice)}"
    return client


async def pieces(total: int) -> AsyncIterator[bytes]:
    for _ in range(0, total, 65536):
        yield b"x" * 65536


@pytest.mark.parametrize("body", [b"x" * (_MEBIBYTE + 1), None], ids=["declared", "in pieces"])
@pytest.mark.parametrize(
    "path", ["/api/v1/statuses", "/api/v1/apps", "/ap/inbox", "/sign-in", "/oauth/token"]
)
async def test_a_body_over_the_limit_is_refused_in_json_and_not_acted_upon(as_alice, path, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    content = pieces(2 * _MEBIBYTE) if body is None else body

    answer = await as_alice.post(path, content=content, headers=headers)

    if path == "/sign-in" and body is None:
        # A page's field ends at 256 KiB, before the body's limit is reached.
        assert answer.status_code == 400
    else:
        assert answer.status_code == 413
        assert answer.json() == {"error": "What was sent is larger than this server accepts."}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert await Post.all().count() == 0
    assert await Application.all().count() == 0


@pytest.mark.parametrize("declared", [True, False])
async def test_a_hundred_megabytes_are_no_upload(as_alice, declared):
    sent = 0

    async def form() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        async for piece in pieces(100 * _MEBIBYTE):
            sent += len(piece)
            yield piece
        yield b"\r\n--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    if declared:
        headers["Content-Length"] = str(100 * _MEBIBYTE)
    answer = await as_alice.post("/api/v2/media", content=form(), headers=headers)

    assert answer.status_code == 413
    assert answer.json()["error"]
    assert sent <= (0 if declared else 41 * _MEBIBYTE) + 65536
    assert await MediaAttachment.all().count() == 0


@pytest.mark.parametrize("length", ["-5", "five", "1e3", "\u0663"])
async def test_a_length_that_is_no_number_is_refused(app, length):
    said = []

    async def send(message):
        said.append(message)

    async def receive():
        return {"type": "http.request", "body": b"{}", "more_body": False}

    limit = middleware.BodyLimit(app, upload_bytes=5)
    headers = [(b"content-length", length.encode())]
    await limit({"type": "http", "path": "/api/v1/apps", "headers": headers}, receive, send)

    assert said[0]["status"] == 413


@pytest.mark.parametrize(
    "path", ["/", "/about", "/api/v2/instance", "/no/such/page", "/api/no", "/broken", "/api/broken"]
)
async def test_every_answer_keeps_browsers_careful(client, path):
    answer = await client.get(path)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert len(answer.headers["x-request-id"]) == 16


async def test_each_request_has_an_id_of_its_own_whatever_the_asker_says(client):
    ids = {
        (await client.get("/about", headers={"X-Request-Id": "mine"})).headers["x-request-id"]
        for _ in range(3)
    }

    assert len(ids) == 3
    assert "mine" not in ids


@pytest.mark.parametrize("path", ["/api/v2/instance", "/.well-known/nodeinfo", "/api/broken", "/api/no"])
async def test_pages_of_other_origins_may_ask_the_api_without_cookies(client, path):
    answer = await client.get(path, headers={"Origin": "https://elsewhere.example"})
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    before = await client.options(path, headers={**asked, "Access-Control-Request-Headers": "authorization"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert before.status_code == 200
    assert "authorization" in before.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("path", ["/", "/about", "/sign-in", "/no/such/page"])
async def test_pages_of_other_origins_may_not_read_ours(client, path):
    answer = await client.get(path, headers={"Origin": "https://elsewhere.example"})

    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"), [("/api/v9/no", 404), ("/ap/no/such", 404), ("/api/broken", 500)]
)
async def test_programs_are_told_in_json(client, path, status):
    answer = await client.get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["error"]
    assert "swordfish" not in answer.text


@pytest.mark.parametrize(("path", "status"), [("/no/such/page", 404), ("/broken", 500)])
async def test_browsers_are_told_with_a_page(client, path, status):
    answer = await client.get(path, headers={"Accept": "text/html"})

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "<html" in answer.text
    assert "swordfish" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "body",
    [b'{"client_name": "a"} trailing', b'{"client_name": ', b"\xff\xfe", b"[" * 5000, b'"word"', b"NaN"],
)
async def test_json_that_is_not_one_object_is_refused(client, body):
    answer = await client.post("/api/v1/apps", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in {400, 422}
    assert json.loads(answer.content)["error"]


async def _origin(scope, receive, send):
    request = Request(scope)
    await PlainTextResponse(f"{request.client.host} {request.url.scheme}")(scope, receive, send)


@pytest.mark.parametrize(
    ("trusted", "peer", "seen"),
    [
        (["127.0.0.1"], "127.0.0.1", "203.0.113.9 https"),
        (["10.0.0.0/8"], "10.1.2.3", "203.0.113.9 https"),
        (["127.0.0.1"], "198.51.100.1", "198.51.100.1 http"),
        ([], "127.0.0.1", "127.0.0.1 http"),
    ],
)
async def test_who_asks_is_believed_of_trusted_proxies_alone(tmp_path, trusted, peer, seen):
    settings = settings_for(tmp_path, port=8000)
    settings = msgspec.structs.replace(
        settings, server=msgspec.structs.replace(settings.server, trusted_proxies=trusted)
    )
    config = web_config(settings, _origin)
    config.load()
    # The nearest stranger counts: what a client wrote in front of it is not believed.
    headers = {"X-Forwarded-For": "192.0.2.66, 203.0.113.9", "X-Forwarded-Proto": "https"}

    transport = httpx.ASGITransport(config.loaded_app, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://here.example") as client:
        answer = await client.get("/", headers=headers)

    assert answer.text == seen
