"""POST to the outbox, row by row (ActivityPub 6; federation reference section 18)."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from fedi.models.posts import Post
from tests.c2s.client import AS2, PUBLIC
from tests.c2s.conftest import Stage

pytestmark = pytest.mark.anyio

NOTE = {"@context": AS2, "type": "Note", "content": "<p>Fox <b>day</b></p>", "to": [PUBLIC]}


async def posts_of(stage: Stage) -> int:
    with stage.site.server.db.activate():
        return await Post.all().count()


async def test_a_bare_note_is_wrapped_in_a_create_with_its_addresses(stage: Stage):
    location = await stage.client.post(NOTE)

    create = await stage.client.get(location)
    assert (create["id"], create["type"], create["actor"]) == (location, "Create", stage.alice.uri)
    assert create["to"] == create["object"]["to"] == [PUBLIC]
    note = await stage.client.get(create["object"]["id"])
    assert note["content"] == "<p>Fox <b>day</b></p>"
    assert note["attributedTo"] == stage.alice.uri


async def test_addresses_of_a_create_and_its_object_become_the_same(stage: Stage):
    location = await stage.client.post(
        {"type": "Create", "to": [PUBLIC], "object": {"type": "Note", "content": "x", "cc": [stage.bob.uri]}}
    )

    create = await stage.client.get(location)
    assert (create["to"], create["object"]["to"]) == ([PUBLIC], [PUBLIC])
    assert stage.bob.uri in create["cc"]
    assert create["cc"] == create["object"]["cc"]


async def test_ids_actors_and_authors_of_the_client_count_for_nothing(stage: Stage):
    location = await stage.client.post(
        {
            "type": "Create",
            "id": f"{stage.site.url}/ap/actor",
            "actor": stage.bob.uri,
            "to": [PUBLIC],
            "object": {**NOTE, "id": stage.bob.uri, "attributedTo": stage.bob.uri},
        }
    )

    create = await stage.client.get(location)
    assert create["actor"] == create["object"]["attributedTo"] == stage.alice.uri
    assert create["object"]["id"] not in {stage.bob.uri, f"{stage.site.url}/ap/actor"}
    assert (await stage.client.get(stage.bob.uri))["type"] == "Person"


async def test_html_is_sanitised(stage: Stage):
    location = await stage.client.post({**NOTE, "content": '<p onclick="x()">a<script>b</script></p>'})

    assert (await stage.client.get(location))["object"]["content"] == "<p>a</p>"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/activity+json", 400),
        (b"[]", "application/activity+json", 400),
        (b'{"content": "no type"}', "application/activity+json", 400),
        (b'{"type": "Create", "object": "https://a.example/1"}', "application/activity+json", 400),
        (b'{"type": "Listen", "object": "https://a.example/1"}', "application/activity+json", 400),
        (b'{"type": "Note", "content": "x"}', "application/json", 415),
        (b'{"type": "Note", "content": "x"}', "text/plain", 415),
        (b'{"type": "Note", "content": ""}', "application/activity+json", 400),
    ],
)
async def test_what_cannot_be_posted_is_refused(stage: Stage, body: bytes, kind: str, status: int):
    before = await posts_of(stage)

    answer = await stage.client.submit(body, kind=kind)

    assert (answer.status_code, await posts_of(stage)) == (status, before)


async def test_more_than_a_mebibyte_is_refused_before_it_is_read(stage: Stage):
    place = urlsplit(stage.client.actor["outbox"])
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = [
        f"POST {place.path} HTTP/1.1",
        f"Host: {place.netloc}",
        f"Authorization: Bearer {stage.client.token}",
        "Content-Type: application/activity+json",
        f"Content-Length: {1024 * 1024 + 1}",
    ]

    writer.write("\r\n".join([*lines, "", ""]).encode())
    status = await reader.readline()

    writer.close()
    assert status.split()[1] == b"413"


async def test_nobody_posts_without_a_token(stage: Stage):
    stranger = await stage.stranger()

    answer = await stranger.submit(json.dumps(NOTE).encode())

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_nobody_posts_for_another(stage: Stage):
    answer = await stage.bobs.submit(json.dumps(NOTE).encode(), outbox=stage.client.actor["outbox"])

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("scopes", "status"), [("read", 403), ("write", 201), ("write:statuses", 403), ("activitypub", 201)]
)
async def test_posting_needs_write_or_activitypub(stage: Stage, scopes: str, status: int):
    client = await stage.client_of(stage.alice, scopes)

    assert (await client.submit(json.dumps(NOTE).encode())).status_code == status


async def test_a_token_for_activitypub_opens_nothing_of_the_api(stage: Stage):
    answer = await stage.client.http.get(
        f"{stage.site.url}/api/v1/timelines/home", headers={"Authorization": f"Bearer {stage.client.token}"}
    )

    assert answer.status_code == 403
