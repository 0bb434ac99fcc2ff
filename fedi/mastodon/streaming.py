"""What happens, as it happens: by WebSocket and as server-sent events (Mastodon API: streaming)."""

from starlette.responses import Response

from fedi.errors import NotFound
from fedi.mastodon.calls import Call


async def health(call: Call) -> Response:
    """GET /api/v1/streaming/health."""
    del call
    raise NotFound


async def user(call: Call) -> Response:
    """GET /api/v1/streaming/user."""
    del call
    raise NotFound


async def user_notification(call: Call) -> Response:
    """GET /api/v1/streaming/user/notification."""
    del call
    raise NotFound


async def public(call: Call) -> Response:
    """GET /api/v1/streaming/public."""
    del call
    raise NotFound


async def public_local(call: Call) -> Response:
    """GET /api/v1/streaming/public/local."""
    del call
    raise NotFound


async def public_remote(call: Call) -> Response:
    """GET /api/v1/streaming/public/remote."""
    del call
    raise NotFound


async def hashtag(call: Call) -> Response:
    """GET /api/v1/streaming/hashtag."""
    del call
    raise NotFound


async def hashtag_local(call: Call) -> Response:
    """GET /api/v1/streaming/hashtag/local."""
    del call
    raise NotFound


async def of_list(call: Call) -> Response:
    """GET /api/v1/streaming/list."""
    del call
    raise NotFound


async def direct(call: Call) -> Response:
    """GET /api/v1/streaming/direct."""
    del call
    raise NotFound
