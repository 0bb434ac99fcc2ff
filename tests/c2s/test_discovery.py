"""How a client finds its way in: the actor's endpoints, RFC 8414, and clients that are objects (FEP-d8c2)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from fedi.clock import Clock
from tests.c2s.client import AS2, PUBLIC, Client, let_in
from tests.c2s.conftest import Stage
from tests.support.peer import Peer, open_peer
from tests.support.servers import PASSWORD

pytestmark = pytest.mark.anyio
OAUTH = "https://purl.archive.org/socialweb/oauth"


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """Where a client that is an object lives."""
    async with open_peer(Clock()) as opened:
        yield opened


def program(peer: Peer, **more: object) -> str:
    """Serve the object of a client; gives its id."""
    document = {
        "@context": [AS2, OAUTH],
        "id": f"{peer.url}/client",
        "type": "Application",
        "name": "Fox finder",
        "redirectURI": f"{peer.url}/back",
        **more,
    }
    peer.documents["/client"] = document
    return f"{peer.url}/client"


async def fresh(stage: Stage) -> Client:
    """A client without a token."""
    return replace(await stage.stranger())


async def test_a_stranger_is_let_in_through_the_consent_page_and_posts(stage: Stage):
    client = await fresh(stage)

    token = await let_in(client, "alice", PASSWORD)

    assert (token["token_type"], token["scope"]) == ("Bearer", "activitypub")
    location = await client.post({"type": "Note", "content": "I am in", "to": [PUBLIC]})
    assert (await client.get(location))["actor"] == stage.alice.uri


async def test_a_client_that_is_an_object_needs_no_registration(stage: Stage, peer: Peer):
    client = await fresh(stage)

    token = await let_in(
        client,
        "alice",
        PASSWORD,
        scope="read write",
        client_id=program(peer),
        redirect_uri=f"{peer.url}/back",
    )

    assert token["scope"] == "read write"
    await client.post({"type": "Note", "content": "As an object", "to": [PUBLIC]})
    assert await client.items(client.actor["inbox"]) is not None


@pytest.mark.parametrize(
    "more",
    [
        {"type": "Note"},
        {"type": "Person"},
        {"redirectURI": None},
        {"redirectURI": "https://elsewhere.example/back"},
        {"redirectURI": "javascript:alert(1)"},
        {"id": "http://127.0.0.1:1/client"},
    ],
)
async def test_an_object_that_is_no_such_client_is_not_let_in(
    stage: Stage, peer: Peer, more: dict[str, object]
):
    answer = await let_in_unasked(stage, peer, program(peer, **more))

    assert answer in {400, 401}


async def let_in_unasked(stage: Stage, peer: Peer, client_id: str, **more: str) -> int:
    """Open the consent page as alice for a client; gives the status of the page."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": f"{peer.url}/back",
        "scope": "read",
        "code_challenge": "A" * 43,
        "code_challenge_method": "S256",
        **more,
    }
    stranger = await stage.stranger()
    await stranger.http.post(f"{stage.site.url}/sign-in", data={"name": "alice", "password": PASSWORD})
    page = await stranger.http.get(f"{stage.site.url}/oauth/authorize", params=asked)
    return page.status_code


@pytest.mark.parametrize(
    "client_id",
    [
        "http://169.254.169.254/latest",
        "http://10.0.0.1/client",
        "http://[::ffff:10.0.0.1]/client",
        "http://0x0a.1/client",
    ],
)
async def test_no_private_address_is_asked_for_a_client(stage: Stage, peer: Peer, client_id: str):
    """T60: the client's id is a way to have the server ask for things."""
    assert await let_in_unasked(stage, peer, client_id) == 401


async def test_nobody_unknown_has_the_server_look_up_a_client(stage: Stage, peer: Peer):
    stranger = await stage.stranger()

    await stranger.http.get(
        f"{stage.site.url}/oauth/authorize", params={"client_id": program(peer), "redirect_uri": "x"}
    )

    assert peer.asked["/client"] == 0


async def test_a_client_that_is_an_object_must_use_pkce(stage: Stage, peer: Peer):
    asked = {"code_challenge": "", "code_challenge_method": ""}

    # Sent back with an error, and no code.
    assert await let_in_unasked(stage, peer, program(peer), **asked) == 303


async def test_a_client_limited_to_its_own_origin_acts_on_nothing_else(stage: Stage, peer: Peer):
    client = await fresh(stage)
    author = peer.actor("carol")
    own = peer.serve(peer.note("1", author))
    await let_in(
        client,
        "alice",
        PASSWORD,
        scope="write:sameorigin",
        client_id=program(peer),
        redirect_uri=f"{peer.url}/back",
    )

    await client.post({"type": "Like", "object": own["id"]})
    await client.post({"type": "Follow", "object": stage.bob.uri}, status=403)
    await client.post({"type": "Note", "content": "x", "to": [PUBLIC]}, status=403)


async def test_a_registered_client_has_no_origin_of_its_own(stage: Stage, peer: Peer):
    """It may say that its site is anybody's."""
    client = await fresh(stage)
    own = peer.serve(peer.note("1", peer.actor("carol")))

    await let_in(client, "alice", PASSWORD, scope="write:sameorigin")

    await client.post({"type": "Like", "object": own["id"]}, status=403)
