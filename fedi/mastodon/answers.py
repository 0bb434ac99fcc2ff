"""Whole answers, kept for the same person asking the same again: until anything at all is written.

That is soon. Between two writes, though, an app that looks for news costs next to nothing.
"""

from collections import OrderedDict
from dataclasses import dataclass

from starlette.responses import Response

from fedi.mastodon import responses
from fedi.mastodon.calls import Call

_MOST_ANSWERS = 64
_MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Answer:
    body: bytes
    headers: dict[str, str]
    version: int
    until: float


class Answers:
    """The answers that were given last, by who asked for what."""

    def __init__(self) -> None:
        self.kept: OrderedDict[tuple[int, str, str], _Answer] = OrderedDict()


def last(call: Call) -> Response | None:
    """Give the answer that the same request got, if nothing was written since and it still holds."""
    server = call.server
    if not server.db.keeps():
        return None
    found = server.memory.of(Answers).kept.get(_key(call))
    if found is None or found.version != server.db.changes.version:
        return None
    if found.until <= server.clock.now().timestamp():
        return None
    return Response(found.body, 200, found.headers, media_type=responses.CONTENT_TYPE)


def version_of(call: Call) -> int:
    """Give the state of what is known, before an answer is made of it."""
    return call.server.db.changes.version


def keep(call: Call, answer: Response, *, version: int, until: float) -> Response:
    """Keep an answer that was made of what was known at `version`, and holds until then (seconds since 1970).

    Only its body, its kind and its Link are kept: all else is said anew.
    """
    if until and len(answer.body) <= _MOST_BYTES:
        kept = call.server.memory.of(Answers).kept
        headers = {"Link": link} if (link := answer.headers.get("link")) else {}
        kept[_key(call)] = _Answer(bytes(answer.body), headers, version, until)
        kept.move_to_end(_key(call))
        if len(kept) > _MOST_ANSWERS:
            kept.popitem(last=False)
    return answer


def _key(call: Call) -> tuple[int, str, str]:
    scope = call.request.scope
    return call.viewer.id if call.viewer else 0, scope["path"], scope["query_string"].decode("latin-1")
