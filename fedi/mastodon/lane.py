"""GETs of the client API, led to its table before the routes of every other face are tried, one by one."""

from starlette.types import ASGIApp, Receive, Scope, Send

from fedi.mastodon.router import Router


class ApiFirst:
    """Leads GETs of the API to its router at once, and everything else on.

    What is sent may be a form, whose errors are Starlette's own and are worded further on.
    """

    def __init__(self, app: ASGIApp, *, router: Router) -> None:
        self.app, self.router = app, router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by method and path."""
        is_read = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/api/")
        is_known = is_read and self.router.find(scope["path"]) is not None
        await (self.router if is_known else self.app)(scope, receive, send)
