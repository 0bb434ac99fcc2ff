"""The client API over ASGI: the whole application on the test's own open server, without a socket.

Each answer is held to the tables of tests/conformance: one that would break an app fails the test that asked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from fedi.app import create_app
from fedi.models.accounts import Account
from fedi.server import Server
from tests.conformance.hooks import watch
from tests.support.servers import ALL_SCOPES, token_for

Client = httpx.AsyncClient
SignIn = Callable[..., Awaitable[Client]]


@pytest.fixture
async def sign_in(server: Server) -> AsyncIterator[SignIn]:
    """Give a client of the API with a token of an account's (None: without one)."""
    app = create_app(server.settings)
    app.state.server = server
    async with AsyncExitStack() as stack:

        async def client_for(account: Account | None = None, scopes: str = ALL_SCOPES) -> Client:
            headers = {}
            if account is not None:
                headers["Authorization"] = f"Bearer {await token_for(server, account, scopes)}"
            transport = httpx.ASGITransport(app=app, client=("203.0.113.7", 4711))
            client = httpx.AsyncClient(
                transport=transport,
                base_url=server.uris.base_url,
                headers=headers,
                event_hooks={"response": [watch]},
            )
            return await stack.enter_async_context(client)

        yield client_for


@pytest.fixture
async def nobody(sign_in: SignIn) -> Client:
    """A client without a token."""
    return await sign_in()


@pytest.fixture
async def as_alice(sign_in: SignIn, alice: Account) -> Client:
    """A client with a token of alice's for everything."""
    return await sign_in(alice)


@pytest.fixture
async def as_bob(sign_in: SignIn, bob: Account) -> Client:
    """A client with a token of bob's for everything."""
    return await sign_in(bob)
