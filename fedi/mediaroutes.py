"""Give out stored pictures and clips. Keys are random and never reused, so an answer is good for ever."""

from pathlib import PurePosixPath

from anyio import Path
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from fedi.errors import NotFound
from fedi.server import server_of

# What the store holds; anything else is not given out, whatever it is.
_MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
}
# A picture opened by itself may run and load nothing, if it should ever turn out to be no picture.
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}


async def show(request: Request) -> Response:
    """GET and HEAD /media/{key}; ranges are served. Raises NotFound for anything that is no key of a file."""
    key = request.path_params["key"]
    media_type = _MEDIA_TYPES.get(PurePosixPath(key).suffix)
    if media_type is None:
        raise NotFound
    try:
        path = server_of(request).store.path(key)
    except ValueError as error:
        raise NotFound from error
    if not await Path(path).is_file():
        raise NotFound
    return FileResponse(path, media_type=media_type, headers=_HEADERS)


ROUTES = [Route("/media/{key:path}", show, methods=["GET", "HEAD"])]
