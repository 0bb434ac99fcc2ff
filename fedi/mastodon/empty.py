"""What is not built yet but asked for by apps when they start: an empty answer, so that they go on.

Mastodon's apps take an error here for a broken server. Each of these is a line of docs/api.md.
"""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.queries import accounts


async def a_list(call: Call) -> Response:
    """Answer that there is nothing."""
    del call
    return responses.json([])


async def a_list_of_account(call: Call) -> Response:
    """Answer that an account, which must be there, has none of these."""
    await accounts.account_for(call.server, call.viewer, call.id)
    return responses.json([])


async def nothing(call: Call) -> Response:
    """Answer `{}`."""
    del call
    return responses.nothing()


async def absent(call: Call) -> Response:
    """Answer as an instance that does not have this."""
    del call
    raise NotFound
