"""The pictures of whoever chose none, under the addresses that apps know them by (Mastodon API: Account)."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

_FOLDER = files("fedi.mastodon") / "assets"
_HEADERS = {"Cache-Control": "public, max-age=604800", "Access-Control-Allow-Origin": "*"}


async def avatar(request: Request) -> Response:
    """GET /avatars/original/missing.png."""
    del request
    return _picture("avatar.png")


async def header(request: Request) -> Response:
    """GET /headers/original/missing.png."""
    del request
    return _picture("header.png")


def _picture(name: str) -> Response:
    return Response((_FOLDER / name).read_bytes(), headers=_HEADERS, media_type="image/png")
