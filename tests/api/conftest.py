"""Real clients against a real server: each runs as its user would run it, over HTTP on loopback."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from fedi.actions import oauth
from fedi.models.users import Application, User
from tests.support.servers import Running, running_server


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the log out of what clients print: one of them runs in this process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def site(fresh_folder: Path) -> AsyncIterator[Running]:
    """A whole server, worker inside, with alice and bob on it."""
    async with running_server(fresh_folder) as one:
        await one.person("alice")
        await one.person("bob")
        yield one


async def consent(site: Running, username: str, client_id: str, scopes: str) -> str:
    """Say yes for a person, as the page of consent does, and give the code that it shows (out of band)."""
    with site.server.db.activate():
        user = await User.get(account__username=username).select_related("account")
        application: Application = await oauth.client_for(client_id, oauth.OOB)
        grant = oauth.read_grant(application, redirect_uri=oauth.OOB, response_type="code", scope=scopes)
        return await oauth.grant_code(site.server, user, grant)
