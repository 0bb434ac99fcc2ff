"""What a person writes down about an account, for nobody else (Mastodon API: accounts, note)."""

from starlette.responses import Response

from fedi.actions import account_notes
from fedi.mastodon.calls import Call
from fedi.mastodon.ties import standing, target_of


async def save(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/note: `comment`, nothing to delete it."""
    target = await target_of(call)
    await account_notes.save(call.server, call.account, target, call.params.text("comment"))
    return await standing(call, target)
