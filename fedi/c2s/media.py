"""Files of clients: uploaded with a shell of the object to be (ActivityPub's `uploadMedia`), then attached.

Of a client's JSON only the alt text is kept, and a file is served as what it is: neither can pass for an
actor or a key.
"""

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from fedi.actions import media, posts, uploads
from fedi.actions.clips import largest_upload
from fedi.activitypub.reader import Reader, parse_document, write_moment
from fedi.activitypub.vocabulary import Json, Uri
from fedi.c2s import writing
from fedi.c2s.admission import Caller, check_reach, person
from fedi.c2s.submitted import ACTIVITY_TYPES, Addresses, Submitted, read_submitted
from fedi.errors import Invalid, Malformed, NotFound, TooLarge, Unsupported
from fedi.federation.answering import activity, id_of
from fedi.models.media import MediaAttachment
from fedi.security.limits import Limit
from fedi.server import Server
from fedi.translate.notes import attachment_of

# The same as through the API, and counted together.
_UPLOADS = Limit(60, 1800)
_MAX_FIELDS = 10
_MAX_SHELL_BYTES = 64 * 1024


async def upload(request: Request) -> Response:
    """POST /ap/media: `file`, and `object` in JSON; 201 with the id of what was made.

    That is a picture to be attached, or, where the object says whom it is for, a Note that holds it.
    """
    caller = await person(request, "write")
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Unsupported("A file is uploaded as multipart/form-data.")
    try:
        async with request.form(max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_SHELL_BYTES) as form:
            shell = await _shell(form.get("object"))
            row = await _stored(caller, form.get("file"), shell)
    except MultiPartException as error:
        raise Malformed("The form cannot be read.") from error
    uri = caller.server.uris.media_object(row.id)
    if shell is not None and shell.addresses:
        uri = await _posted(caller, row, shell)
    return Response(status_code=201, headers={"Location": uri, "Cache-Control": "no-store"})


async def show(request: Request) -> Response:
    """GET /ap/media/{id}: one's own upload as an object."""
    caller = await person(request, "read")
    row = await media.own(caller.account, id_of(request))
    return activity(_object(caller.server, caller, row), private=True)


async def _shell(value: UploadFile | str | None) -> Submitted | None:
    """Read the shell of the object. Raises Malformed for an activity, an actor and the like."""
    if isinstance(value, UploadFile):
        # Some clients send each part of a form as a file.
        value = (await value.read(_MAX_SHELL_BYTES)).decode("utf-8", "replace")
    if not value:
        return None
    if not ACTIVITY_TYPES.isdisjoint(Reader(parse_document(value.encode())).types()):
        raise Malformed("The object of an upload is what the file is, not an activity.")
    return read_submitted(value.encode())


async def _stored(caller: Caller, file: UploadFile | str | None, shell: Submitted | None) -> MediaAttachment:
    server = caller.server
    if not isinstance(file, UploadFile):
        raise Malformed("There is no file.")
    if shell is not None:
        check_reach(caller, shell.json)
    server.limits.take(f"uploads:{caller.account.id}", _UPLOADS)
    most = largest_upload(server.settings)
    if file.size is not None and file.size > most:
        raise TooLarge(f"The file is larger than {most // 2**20} MiB.")
    described = Reader(shell.thing).text("name", limit=media.DESCRIPTION_MAX_CHARACTERS) if shell else None
    try:
        return await uploads.receive(server, caller.account, await file.read(), description=described or "")
    except Invalid as error:
        raise Malformed(str(error)) from error


async def _posted(caller: Caller, row: MediaAttachment, shell: Submitted) -> Uri:
    """Wrap the picture in a Note for whom it is addressed to, and that in a Create."""
    kept = {name: value for name, value in shell.thing.items() if name in {"content", "summary", "tag"}}
    note: Json = {**kept, "type": "Note", "attachment": [{"id": caller.server.uris.media_object(row.id)}]}
    note["attachment"][0]["name"] = row.description
    addresses: Addresses = shell.addresses
    try:
        written = await writing.write(caller, note, addresses)
        post = await posts.create(caller.server, caller.account, written.draft, mentions=written.mentions)
    except (Invalid, NotFound) as error:
        raise Malformed(str(error)) from error
    return Uri(post.uri)


def _object(server: Server, caller: Caller, row: MediaAttachment) -> Json:
    json = attachment_of(row, server.uris).to_json()
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        **json,
        "id": server.uris.media_object(row.id),
        "type": "Image",
        "attributedTo": caller.account.uri,
        "published": write_moment(row.created_at),
    }
