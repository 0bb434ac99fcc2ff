"""`federation.clients` off: clients of ActivityPub are not let in, and nothing says that they are."""

from pathlib import Path

import pytest

from fedi.actions import inboxes
from fedi.config import FederationSettings
from tests.c2s.client import PUBLIC, open_client
from tests.support.servers import running_server, token_for

pytestmark = pytest.mark.anyio


async def test_with_the_setting_off_there_is_no_client_side(fresh_folder: Path):
    off = FederationSettings(clients=False)
    async with running_server(fresh_folder, federation=off) as site:
        alice = await site.person("alice")
        with site.server.db.activate():
            token = await token_for(site.server, alice, "activitypub")
            assert await inboxes.readers(site.server) == frozenset()
        async with open_client(alice.uri, token) as client:
            metadata = await client.http.get(f"{site.url}/.well-known/oauth-authorization-server")
            statuses = [
                (await client.submit(b'{"type": "Note", "content": "x"}')).status_code,
                (await client.http.get(client.actor["inbox"])).status_code,
                (await client.http.post(f"{site.url}/ap/media")).status_code,
                (await client.http.post(f"{site.url}/ap/proxy", data={"id": "x"})).status_code,
            ]

    assert client.actor["endpoints"] == {"sharedInbox": f"{site.url}/ap/inbox"}
    assert "activitypub" not in metadata.json()["scopes_supported"]
    assert statuses == [404, 404, 404, 404]


async def test_where_reads_must_be_signed_a_token_is_as_good(fresh_folder: Path):
    strict = FederationSettings(authorised_fetch=True)
    async with running_server(fresh_folder, federation=strict) as site:
        alice, bob = await site.person("alice"), await site.person("bob")
        with site.server.db.activate():
            tokens = [await token_for(site.server, each, "activitypub") for each in (alice, bob)]
        async with open_client(alice.uri, tokens[0]) as client, open_client(alice.uri, tokens[1]) as bobs:
            create = await client.post({"type": "Note", "content": "x", "to": [PUBLIC]})
            note = (await client.get(create))["object"]["id"]

            assert (await bobs.get(note))["id"] == note
            assert "endpoints" in bobs.actor
            bobs.token = ""
            await bobs.get(note, status=401)
            assert "endpoints" not in await bobs.get(alice.uri)
