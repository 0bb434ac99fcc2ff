"""Error pages."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fedi.errors import FediError


async def page(request: Request, error: FediError) -> Response:  # noqa: RUF029
    """Say what went wrong, in a page."""
    del request
    return HTMLResponse("<!doctype html><title>Error</title>", status_code=error.status_code)
