"""Translations, asked of a LibreTranslate server that the test plays on loopback."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fedi.config import ReadingSettings, Settings
from tests.support.factories import make_account, make_post
from tests.support.listening import listening_socket, served

pytestmark = pytest.mark.anyio


@dataclass
class Service:
    """What was asked, and an answer of the test's own instead of the usual one."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    answer_with: Response | None = None

    async def translate(self, request: Request) -> Response:
        """Turn every text into capitals, but for its markup."""
        question = await request.json()
        self.asked.append(question)
        if self.answer_with is not None:
            return self.answer_with
        turned = [text.upper().replace("<P>", "<p>").replace("</P>", "</p>") for text in question["q"]]
        found = [{"language": "de", "confidence": 90} for _ in turned]
        return JSONResponse({"translatedText": turned, "detectedLanguage": found})

    async def languages(self, _: Request) -> Response:
        """Offer two."""
        return JSONResponse(
            [
                {"code": "de", "name": "German", "targets": ["de", "en"]},
                {"code": "en", "targets": ["de", "en"]},
            ]
        )


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A translator on loopback."""
    service, listener = Service(), listening_socket()
    service.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    routes = [
        Route("/translate", service.translate, methods=["POST"]),
        Route("/languages", service.languages),
    ]
    async with served(Starlette(routes=routes), listener):
        yield service


@pytest.fixture
def settings(settings: Settings, service: Service) -> Settings:
    """A server that asks that translator."""
    return msgspec.structs.replace(
        settings, reading=ReadingSettings(translator=service.url, translator_key="key")
    )


@pytest.fixture
async def remote(server):
    return await make_account(server, "rita", domain="r.example")


async def test_a_post_comes_in_another_language(server, as_alice, remote, service):
    post = await make_post(server, remote, "hallo & gut", summary="a < b", language="")

    answer = await as_alice.post(f"/api/v1/statuses/{post.id}/translate", json={"lang": "en"})

    assert answer.status_code == 200
    assert answer.json() == {
        "content": "<p>HALLO &amp; GUT</p>",
        "spoiler_text": "A < B",
        "language": "en",
        "media_attachments": [],
        "detected_source_language": "de",
        "provider": "LibreTranslate",
    }
    assert service.asked[0]["source"] == "auto"
    assert service.asked[0]["api_key"] == "key"


async def test_it_is_asked_once_for_all_who_read_it(server, as_alice, as_bob, remote, service):
    post = await make_post(server, remote, "hallo", language="de")

    for client in (as_alice, as_bob):
        assert (await client.post(f"/api/v1/statuses/{post.id}/translate")).status_code == 200

    assert len(service.asked) == 1


async def test_what_comes_back_is_cleaned(server, as_alice, remote, service):
    service.answer_with = JSONResponse({"translatedText": ["<p>x<script>alert(1)</script></p>"]})
    post = await make_post(server, remote, "hallo", language="de")

    answer = await as_alice.post(f"/api/v1/statuses/{post.id}/translate")

    assert answer.json()["content"] == "<p>x</p>"


@pytest.mark.parametrize(
    "odd",
    [
        Response(status_code=500),
        Response(b"no JSON"),
        JSONResponse({"translatedText": "one for all"}),
        JSONResponse({"translatedText": [1]}),
        JSONResponse([]),
    ],
)
async def test_a_service_that_makes_no_sense_is_a_passing_failure(server, as_alice, remote, service, odd):
    service.answer_with = odd
    post = await make_post(server, remote, "hallo", language="de")

    answer = await as_alice.post(f"/api/v1/statuses/{post.id}/translate")

    assert (answer.status_code, list(answer.json())) == (503, ["error"])


async def test_what_is_not_for_all_stays_here(server, as_alice, alice, service):
    private = await make_post(server, alice, "secret", visibility="followers", language="de")

    answer = await as_alice.post(f"/api/v1/statuses/{private.id}/translate")

    assert answer.status_code == 403
    assert service.asked == []


async def test_what_cannot_be_seen_is_not_there(server, as_alice, bob):
    hidden = await make_post(server, bob, "secret", visibility="direct", language="de")

    for id_ in (hidden.id, 4711):
        assert (await as_alice.post(f"/api/v1/statuses/{id_}/translate")).status_code == 404


async def test_the_same_language_again_is_refused(server, as_alice, remote):
    post = await make_post(server, remote, "hello", language="en-GB")

    assert (await as_alice.post(f"/api/v1/statuses/{post.id}/translate")).status_code == 422


async def test_languages_are_told(nobody):
    answer = await nobody.get("/api/v1/instance/translation_languages")

    assert answer.json() == {"de": ["de", "en"], "en": ["de", "en"], "und": ["de", "en"]}
    assert (await nobody.get("/api/v2/instance")).json()["configuration"]["translation"] == {"enabled": True}
