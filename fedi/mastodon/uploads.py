"""Pictures and clips: upload, look at, describe, delete (Mastodon API: media)."""

from starlette.datastructures import UploadFile
from starlette.responses import Response

from fedi.actions import media, uploads
from fedi.actions.clips import largest_upload
from fedi.errors import Invalid, NotFound, TooLarge
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.media import media_attachment

_PATIENCE, _LONG_PATIENCE = 2.0, 60.0


async def upload(call: Call) -> Response:
    """POST /api/v2/media: 200 when the picture is ready within two seconds, else 202 without its URL."""
    return await _upload(call, seconds=_PATIENCE)


async def upload_waiting(call: Call) -> Response:
    """POST /api/v1/media: waits until the picture is ready; its apps do not know of 202."""
    return await _upload(call, seconds=_LONG_PATIENCE)


async def _upload(call: Call, *, seconds: float) -> Response:
    server, params = call.server, call.params
    file = params.file("file")
    if file is None:
        raise Invalid("file", "can't be blank")
    focus = params.focus() or (0.0, 0.0)
    data = await read(call, file)
    row = await uploads.begin(
        server,
        call.account,
        data,
        description=params.text("description"),
        focus=focus,
        licence=params.text("licence"),
        source_type=params.text("source_type"),
    )
    row = await uploads.wait(server, row, seconds=seconds)
    status = 200 if row.state == "ready" else 202
    return responses.json(media_attachment(row, server.uris), status=status)


async def show(call: Call) -> Response:
    """GET /api/v1/media/{id}: one's own; 206 while it is not ready, 422 when it never will be."""
    row = await media.own(call.account, call.id)
    if row.state == "failed":
        raise Invalid("", row.error)
    status = 206 if row.state == "processing" else 200
    return responses.json(media_attachment(row, call.server.uris), status=status)


async def update(call: Call) -> Response:
    """PUT /api/v1/media/{id}: alt text, focal point and, ours, `licence`, `source_type`, `shows_source`.

    Of a file in a post they are changed with the post, so that its edits tell of it.
    """
    row = await media.own(call.account, call.id)
    if row.post_id is not None:
        raise NotFound
    changed = await media.describe(
        call.server,
        row,
        description=call.params.optional_text("description"),
        focus=call.params.focus(),
        licence=call.params.optional_text("licence"),
        source_type=call.params.optional_text("source_type"),
        shows_source=call.params.optional_flag("shows_source"),
    )
    return responses.json(media_attachment(changed, call.server.uris))


async def delete(call: Call) -> Response:
    """DELETE /api/v1/media/{id}: one that is in no post and on no profile."""
    await media.drop(call.server, await media.own(call.account, call.id))
    return responses.nothing()


async def read(call: Call, file: UploadFile) -> bytes:
    """Read an uploaded file. Raises TooLarge before anything of a larger one is read."""
    limit = largest_upload(call.server.settings)
    if file.size is not None and file.size > limit:
        raise TooLarge(f"The file is larger than {limit // 2**20} MiB.")
    return await file.read()
