"""People for the tests of actions: two of ours, with one key pair made once, and two of other servers."""

from functools import cache

import pytest

from fedi.actions import accounts
from fedi.models.accounts import Account
from fedi.security.keys import KeyPair, make_rsa_pair
from fedi.server import Server
from tests.support.factories import make_account


@cache
def key_pair() -> KeyPair:
    """One key pair for everybody: making one costs a tenth of a second."""
    return make_rsa_pair()


@pytest.fixture
async def ann(server: Server) -> Account:
    """A person of ours."""
    return await accounts.create_local(server, "Ann", keys=key_pair())


@pytest.fixture
async def ben(server: Server) -> Account:
    """Another person of ours."""
    return await accounts.create_local(server, "ben", keys=key_pair())


@pytest.fixture
async def rita(server: Server) -> Account:
    """A person of b.example, whose server has a shared inbox."""
    return await make_account(server, "rita", domain="b.example")


@pytest.fixture
async def rob(server: Server) -> Account:
    """A person of c.example, which has no shared inbox."""
    return await make_account(server, "rob", domain="c.example", shared_inbox_url="")
