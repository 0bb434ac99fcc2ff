"""Pictures: upload, look at, describe, delete (Mastodon API: media)."""

from starlette.datastructures import UploadFile
from starlette.responses import Response

from fedi.actions import media
from fedi.errors import Invalid, TooLarge
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.media import media_attachment
from fedi.security.limits import Limit

# Each costs up to a second of a core. Mastodon lets thirty pass; albums for the studio need more.
_UPLOADS = Limit(60, 1800)


async def upload(call: Call) -> Response:
    """POST /api/v2/media and /api/v1/media: ready when it answers, so 200 and never 202."""
    server, params = call.server, call.params
    file = params.file("file")
    if file is None:
        raise Invalid("file", "can't be blank")
    focus = params.focus() or (0.0, 0.0)
    data = await read(call, file)
    row = await media.upload(server, call.account, data, description=params.text("description"), focus=focus)
    return responses.json(media_attachment(row, server.uris))


async def show(call: Call) -> Response:
    """GET /api/v1/media/{id}: one's own."""
    row = await media.own(call.account, call.id)
    return responses.json(media_attachment(row, call.server.uris))


async def update(call: Call) -> Response:
    """PUT /api/v1/media/{id}: alt text and focal point."""
    row = await media.own(call.account, call.id)
    changed = await media.describe(
        call.server, row, description=call.params.optional_text("description"), focus=call.params.focus()
    )
    return responses.json(media_attachment(changed, call.server.uris))


async def delete(call: Call) -> Response:
    """DELETE /api/v1/media/{id}: one that is in no post and on no profile."""
    await media.drop(call.server, await media.own(call.account, call.id))
    return responses.nothing()


async def read(call: Call, file: UploadFile) -> bytes:
    """Read an uploaded file, counted. Raises TooLarge before anything of a larger one is read."""
    call.server.limits.take(f"uploads:{call.account.id}", _UPLOADS)
    limit = call.server.settings.media.max_bytes
    if file.size is not None and file.size > limit:
        raise TooLarge(f"The file is larger than {limit // 2**20} MiB.")
    return await file.read()
