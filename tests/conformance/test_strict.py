"""Strict apps can read what we answer: each answer decoded with exactly what they need and no mercy."""

import msgspec
import pytest

from tests.conformance import strict
from tests.conformance.world import make_world

pytestmark = pytest.mark.anyio

# What alice asks, and what a strict app decodes it as.
ANSWERS = {
    "/api/v2/instance": strict.Instance,
    "/api/v1/instance": strict.V1Instance,
    "/api/v1/accounts/verify_credentials": strict.Account,
    "/api/v1/accounts/{carol}": strict.Account,
    "/api/v1/accounts/relationships?id[]={bob}&id[]={carol}": list[strict.Relationship],
    "/api/v1/accounts/{alice}/followers": list[strict.Account],
    "/api/v1/timelines/home": list[strict.Status],
    "/api/v1/timelines/public": list[strict.Status],
    "/api/v1/statuses/{post}": strict.Status,
    "/api/v1/polls/{poll}": strict.Poll,
    "/api/v1/media/{media}": strict.Attachment,
    "/api/v1/notifications": list[strict.Notification],
    "/api/v2/notifications": strict.Groups,
    "/api/v2/notifications/policy": strict.Policy,
    "/api/v1/conversations": list[strict.Conversation],
    "/api/v1/lists": list[strict.List],
    "/api/v2/filters": list[strict.Filter],
    "/api/v1/tags/violet": strict.Tag,
    "/api/v1/followed_tags": list[strict.Tag],
    "/api/v1/featured_tags": list[strict.FeaturedTag],
    "/api/v1/push/subscription": strict.Subscription,
    "/api/v2/search?q=bob": dict[str, list[dict]],
}


async def test_strict_apps_can_read_every_answer(server, sign_in):
    world = await make_world(server, sign_in)
    await world.alice.post("/api/v1/markers", json={"home": {"last_read_id": world.names["post"]}})
    wrong = {}
    for path, kind in {**ANSWERS, "/api/v1/markers?timeline[]=home": dict[str, strict.Marker]}.items():
        answer = await world.alice.get(path.format_map(world.names))
        try:
            read = msgspec.json.decode(answer.content, type=kind, strict=True)
        except msgspec.ValidationError as error:
            wrong[path] = f"{answer.status_code}: {error}"
            continue
        if read in ([], {}):
            wrong[path] = "there is nothing to read"

    assert wrong == {}


async def test_a_strict_app_can_read_its_token(server, sign_in):
    world = await make_world(server, sign_in)

    given = await world.nobody.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": world.names["client_id"],
            "client_secret": world.names["client_secret"],
        },
    )

    assert msgspec.json.decode(given.content, type=strict.Token).token_type == "Bearer"


def test_a_key_that_is_missing_is_noticed():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id": "1"}', type=strict.List)
