"""A client of ActivityPub as somebody would write it who has read the specifications and not our code.

ActivityPub (2018) sections 3, 4.1, 5, 6; RFC 6749 and RFC 7636 for the way in, RFC 8414 to find it. Of the
server it knows a person's actor id and nothing else.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx

AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS2}#Public"
ACTIVITY = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
CALLBACK = "http://127.0.0.1:1/callback"
Json = dict[str, Any]


@dataclass
class Client:
    """A program that acts for one person."""

    http: httpx.AsyncClient
    actor: Json = field(default_factory=dict)
    token: str = ""

    async def get(self, uri: str, *, status: int = 200) -> Json:
        """Fetch an object or a collection."""
        answer = await self.http.get(uri, headers={"Accept": ACTIVITY, **self._bearer()})
        assert answer.status_code == status, (uri, answer.status_code, answer.text)
        assert status != 200 or answer.headers["content-type"].startswith("application/activity+json")
        return answer.json()

    async def post(self, document: Json, *, outbox: str = "", status: int = 201) -> str:
        """Post to the outbox; gives the id in Location."""
        answer = await self.submit(json.dumps(document).encode(), outbox=outbox)
        assert answer.status_code == status, (document, answer.status_code, answer.text)
        return answer.headers.get("location", "")

    async def submit(self, body: bytes, *, outbox: str = "", kind: str = ACTIVITY) -> httpx.Response:
        """Post bytes to an outbox."""
        headers = {"Content-Type": kind, **self._bearer()}
        return await self.http.post(outbox or self.actor["outbox"], content=body, headers=headers)

    async def items(self, collection: str) -> list[Any]:
        """Walk a whole collection, page by page."""
        whole = await self.get(collection)
        assert whole["type"] in {"OrderedCollection", "Collection"}
        found, seen, place = (
            list(whole.get("orderedItems", whole.get("items", []))),
            set(),
            whole.get("first"),
        )
        while place is not None and place not in seen:
            seen.add(place)
            page = await self.get(place)
            assert page["type"] in {"OrderedCollectionPage", "CollectionPage"}
            assert page["partOf"] == collection
            found += page.get("orderedItems", page.get("items", []))
            place = page.get("next")
        return found

    async def upload(self, data: bytes, shell: Json, *, status: int = 201) -> str:
        """Upload a file with the shell of its object; gives the id in Location."""
        answer = await self.http.post(
            self.actor["endpoints"]["uploadMedia"],
            files={"file": ("a.png", data, "image/png")},
            data={"object": json.dumps(shell)},
            headers=self._bearer(),
        )
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.headers.get("location", "")

    async def through_proxy(self, uri: str) -> httpx.Response:
        """Have the server fetch an object of another one."""
        return await self.http.post(
            self.actor["endpoints"]["proxyUrl"], data={"id": uri}, headers=self._bearer()
        )

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


@asynccontextmanager
async def open_client(actor: str, token: str = "") -> AsyncIterator[Client]:
    """Have a client that knows an actor, from whose document it learns everything else."""
    async with httpx.AsyncClient(timeout=30) as http:
        client = Client(http, token=token)
        client.actor = await client.get(actor)
        yield client


async def let_in(
    client: Client,
    name: str,
    password: str,
    *,
    scope: str = "activitypub",
    client_id: str = "",
    redirect_uri: str = CALLBACK,
) -> Json:
    """Take the person through the authorization code grant with PKCE; gives the token's answer."""
    origin = urljoin(client.actor["id"], "/")
    metadata = (await client.http.get(urljoin(origin, "/.well-known/oauth-authorization-server"))).json()
    assert metadata["issuer"].rstrip("/") == origin.rstrip("/")
    assert metadata["authorization_endpoint"] == client.actor["endpoints"]["oauthAuthorizationEndpoint"]
    assert metadata["token_endpoint"] == client.actor["endpoints"]["oauthTokenEndpoint"]
    assert "S256" in metadata["code_challenge_methods_supported"]
    if not client_id:
        registered = await client.http.post(
            metadata["app_registration_endpoint"],
            data={"client_name": "A stranger", "redirect_uris": redirect_uri, "scopes": scope},
        )
        client_id = registered.json()["client_id"]
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(12)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
        "code_challenge": digest,
        "code_challenge_method": "S256",
    }
    back = await consent(f"{metadata['authorization_endpoint']}?{urlencode(asked)}", name, password)
    answer = parse_qs(urlsplit(back).query)
    assert answer["state"] == [state], back
    if "code" not in answer:
        return {"error": answer["error"][0]}
    given = await client.http.post(
        metadata["token_endpoint"],
        data={
            "grant_type": "authorization_code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "code": answer["code"][0],
            "code_verifier": verifier,
        },
    )
    token: Json = given.json()
    client.token = token.get("access_token", "")
    return token


async def consent(url: str, name: str, password: str) -> str:
    """Be the person: open the page in a browser, sign in, allow; gives where the browser is sent back to."""
    async with httpx.AsyncClient(timeout=30) as browser:
        here = await browser.get(url)
        if here.status_code == 303 and "/sign-in" in here.headers["location"]:
            door = await browser.get(urljoin(url, here.headers["location"]))
            sent = {**_hidden(door.text), "name": name, "password": password}
            here = await browser.post(urljoin(url, "/sign-in"), data=sent)
            here = await browser.get(urljoin(url, here.headers["location"]))
        if here.status_code != 200:
            return here.headers.get("location", f"/?state=none&error={here.status_code}")
        decided = await browser.post(
            urljoin(url, "/oauth/authorize"), data={**_hidden(here.text), "decision": "allow"}
        )
        assert decided.status_code == 303, decided.text
        return decided.headers["location"]


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}
