"""The outbox as a client posts to it (ActivityPub 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from fedi.actions import publish
from fedi.activitypub.activities import MAX_FLAGGED
from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import AS2, Json, Uri, is_activity_type
from fedi.c2s.admission import Caller, check_reach, owner
from fedi.c2s.performing import PERFORM
from fedi.c2s.submitted import Submitted, read_submitted
from fedi.errors import Gone, Invalid, Malformed, NotFound, TooLarge, Unsupported, WrongOrigin
from fedi.federation.answering import MAX_BODY_BYTES
from fedi.models.federation import OutgoingActivity


async def post(request: Request) -> Response:
    """POST /ap/u/{id}/outbox: 201 with the activity's id in Location.

    Ids, actors and authors that the client gives count for nothing. Refused with 400: what cannot be read,
    is not there, or does nothing here; 415: other content types.
    """
    caller = await owner(request, "write")
    if not is_activity_type(request.headers.get("content-type", "")):
        raise Unsupported("An outbox takes application/activity+json.")
    activity = read_submitted(await _body(request))
    check_reach(caller, activity.json)
    perform = PERFORM.get(activity.type)
    if perform is None:
        raise Malformed(f"{activity.type} does nothing on this server.")
    since = caller.server.new_id()
    try:
        uri = await perform(caller, activity)
    except (Invalid, NotFound, Gone, WrongOrigin) as error:
        # To a client these are faults of what it posted, not of the outbox.
        raise Malformed(str(error)) from error
    location = uri or await _sent(caller, activity.type, since) or await _recorded(caller, activity)
    return Response(status_code=201, headers={"Location": location, "Cache-Control": "no-store"})


@dataclass(frozen=True, slots=True)
class _Record:
    """An activity that reached nobody, for its actor's outbox."""

    id: Uri
    json: Json

    def to_json(self) -> Json:
        """Write it."""
        return self.json


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


async def _sent(caller: Caller, kind: str, since: int) -> Uri | None:
    """Find the activity that the action just made."""
    made = OutgoingActivity.filter(actor_id=caller.account.id, kind=kind, id__gt=since)
    found = await made.order_by("id").first()
    return Uri(found.uri) if found else None


async def _recorded(caller: Caller, activity: Submitted) -> Uri:
    """Keep, for the outbox, that the person did what changed nothing that others are told of."""
    id_ = caller.server.uris.new_activity()
    about, target = activity.read.one("object"), activity.read.find_uri("target")
    said: Mapping[str, Any] = {
        "@context": AS2,
        "id": id_,
        "type": activity.type,
        "actor": caller.account.uri,
        "object": list(activity.read.uris("object", limit=MAX_FLAGGED)) or _told(about),
        "target": target,
    }
    json = {name: _single(value) for name, value in said.items() if value is not None}
    async with caller.server.db.transaction():
        await publish.activity(caller.server, caller.account, _Record(id_, json))
    return id_


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _told(about: object) -> Json | None:
    if not isinstance(about, dict):
        return None
    read = Reader(about)
    lines = {"type": read.types()[0] if read.types() else None, "name": read.line("name", limit=500)}
    return {
        name: value for name, value in (lines | {"inReplyTo": read.find_uri("inReplyTo")}).items() if value
    }
