"""`federation.clients` off: clients of ActivityPub are not let in, and nothing says that they are."""

from pathlib import Path

import pytest

from fedi.actions import inboxes
from fedi.config import FederationSettings
from tests.c2s.client import open_client
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
