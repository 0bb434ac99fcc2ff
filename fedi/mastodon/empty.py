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


async def collections_of_account(call: Call) -> Response:
    """Answer that an account, which must be there, is in no collection and has made none."""
    await accounts.account_for(call.server, call.viewer, call.id)
    return responses.json({"collections": []})


async def annual_reports(call: Call) -> Response:
    """Answer that there are no reviews of years."""
    del call
    return responses.json({"annual_reports": [], "accounts": [], "statuses": []})


async def annual_report_state(call: Call) -> Response:
    """Answer that no review of a year will be made."""
    del call
    return responses.json({"state": "ineligible"})


async def confirmed(call: Call) -> Response:
    """Answer that the e-mail address needs no confirmation: this server sends no mail."""
    del call
    return responses.json(True)
