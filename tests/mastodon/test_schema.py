"""Every answer against the published schema of Mastodon's API, where it is at hand."""

import json
from pathlib import Path

import pytest

from tests.mastodon.pictures import png

pytestmark = pytest.mark.anyio

SCHEMA = Path(__file__).parents[3] / "shared" / "vectors" / "mastodon-schema.json"


@pytest.fixture(scope="module")
def schemas():
    if not SCHEMA.exists():
        pytest.skip("../shared/vectors/mastodon-schema.json is not here")
    return json.loads(SCHEMA.read_text())["components"]["schemas"]


TYPES = {
    "string": str,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}


def problems(value, schema, schemas, at="$"):
    """List where a value differs from its schema: what of JSON Schema that document uses, and no more."""
    if "$ref" in schema:
        schema = {
            **schemas[schema["$ref"].rsplit("/", 1)[1]],
            **{k: v for k, v in schema.items() if k == "enum"},
        }
    for one_of in ("anyOf", "oneOf"):
        if one_of in schema:
            found = [problems(value, each, schemas, at) for each in schema[one_of]]
            return min(found, key=len)
    found = []
    for part in schema.get("allOf", ()):
        found += problems(value, part, schemas, at)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return [*found, f"{at}: {value!r} is no {kinds}"]
    if "enum" in schema and value not in schema["enum"] and value is not None:
        found.append(f"{at}: {value!r} is not one of {schema['enum']}")
    if isinstance(value, dict):
        found += [f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, each in schema.get("properties", {}).items():
            if name in value:
                found += problems(value[name], each, schemas, f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        for place, each in enumerate(value):
            found += problems(each, schema["items"], schemas, f"{at}[{place}]")
    return found


def _is(value, kind):
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind])


def wrong(value, name, schemas):
    many = value if isinstance(value, list) else [value]
    assert many, f"nothing to check against {name}"
    return [each for one in many for each in problems(one, {"$ref": f"#/{name}"}, schemas)]


async def test_answers_have_the_published_shapes(as_alice, as_bob, nobody, alice, bob, schemas):
    upload = await as_bob.post(
        "/api/v2/media", files={"file": ("a.png", png(), "image/png")}, data={"description": "x"}
    )
    await as_alice.patch(
        "/api/v1/accounts/update_credentials",
        json={"note": "hi", "fields_attributes": [{"name": "a", "value": "https://a.example"}]},
    )
    await as_alice.post(f"/api/v1/accounts/{bob.id}/follow")
    post = await as_bob.post(
        "/api/v1/statuses",
        json={"status": "hello @alice #tag https://x.example", "media_ids": [upload.json()["id"]]},
    )
    path = f"/api/v1/statuses/{post.json()['id']}"
    boost = await as_alice.post(f"{path}/reblog")
    await as_alice.post(f"{path}/favourite")
    reply = await as_alice.post("/api/v1/statuses", json={"status": "r", "in_reply_to_id": post.json()["id"]})
    await as_bob.put(path, json={"status": "changed", "media_ids": [upload.json()["id"]]})
    app = await nobody.post("/api/v1/apps", json={"client_name": "x", "redirect_uris": "app://x"})
    credentials = app.json()
    token = await nobody.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": credentials["client_id"],
            "client_secret": credentials["client_secret"],
        },
    )
    report = await as_alice.post("/api/v1/reports", json={"account_id": str(bob.id), "rule_ids": ["1"]})
    markers = await as_alice.post("/api/v1/markers", json={"home": {"last_read_id": "1"}})

    async def read(client, path):
        answer = await client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    checks = [
        ("MediaAttachment", upload.json()),
        ("Status", [post.json(), boost.json(), reply.json()]),
        ("CredentialApplication", credentials),
        ("Token", token.json()),
        ("Report", report.json()),
        ("Marker", list(markers.json().values())),
        ("Account", await read(nobody, f"/api/v1/accounts/{alice.id}")),
        ("CredentialAccount", await read(as_alice, "/api/v1/accounts/verify_credentials")),
        ("Relationship", await read(as_alice, f"/api/v1/accounts/relationships?id[]={bob.id}")),
        ("FamiliarFollowers", await read(as_alice, f"/api/v1/accounts/familiar_followers?id[]={bob.id}")),
        ("Preferences", await read(as_alice, "/api/v1/preferences")),
        ("Status", await read(as_alice, "/api/v1/timelines/home")),
        ("Status", await read(nobody, "/api/v1/timelines/public")),
        ("Context", await read(nobody, f"{path}/context")),
        ("StatusEdit", await read(nobody, f"{path}/history")),
        ("StatusSource", await read(as_bob, f"{path}/source")),
        ("Account", await read(nobody, f"{path}/favourited_by")),
        ("Notification", await read(as_bob, "/api/v1/notifications")),
        ("GroupedNotificationsResults", await read(as_bob, "/api/v2/notifications")),
        ("NotificationPolicy", await read(as_bob, "/api/v2/notifications/policy")),
        ("V1NotificationPolicy", await read(as_bob, "/api/v1/notifications/policy")),
        ("Search", await read(as_alice, "/api/v2/search?q=alice")),
        ("Tag", await read(as_alice, "/api/v1/tags/tag")),
        ("Instance", await read(nobody, "/api/v2/instance")),
        ("V1Instance", await read(nobody, "/api/v1/instance")),
        ("Rule", await read(nobody, "/api/v1/instance/rules")),
        ("ExtendedDescription", await read(nobody, "/api/v1/instance/extended_description")),
    ]

    assert [line for name, value in checks for line in wrong(value, name, schemas)] == []


def test_a_wrong_answer_would_be_noticed(schemas):
    assert wrong({"id": 1}, "Account", schemas)
    assert wrong({"error": None}, "Error", schemas)
