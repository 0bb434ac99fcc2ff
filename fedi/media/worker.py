"""The process that decodes strangers' pictures. Started by media/pictures.py.

Speaks media/messages.py over the pipe of confined/pipe.py.
"""

from fedi.confined.pipe import Begin
from fedi.confined.worker import Answer, Tell, serve
from fedi.errors import Invalid, TooLarge, Unsupported
from fedi.media.messages import (
    REQUESTS,
    Look,
    Made,
    MadeEmoji,
    Prepare,
    PrepareDrawn,
    PrepareEmoji,
    PrepareFirst,
    Refused,
    Relabel,
    Relabelled,
    Reply,
    Request,
    Taken,
)

OUT_OF_MEMORY = "The picture needs more memory than this server allows."


def main() -> None:
    """Serve until the server closes the pipe."""
    serve(REQUESTS, _desk, out_of_memory=OUT_OF_MEMORY)


def _desk(_: Begin, __: Tell) -> Answer:
    from fedi.media import decode, preparing  # noqa: PLC0415  after the limits are in force

    def made(request: Request) -> Reply:
        match request:
            case Look():
                decode.read_header(request.data, limits=request.limits)
                return Taken()
            case Prepare():
                return Made(prepared=preparing.prepare(request))
            case PrepareDrawn():
                return Made(prepared=preparing.prepare_drawn(request))
            case PrepareFirst():
                return preparing.prepare_first(request)
            case PrepareEmoji():
                return MadeEmoji(prepared=preparing.prepare_emoji(request.data))
            case Relabel():
                return Relabelled(data=preparing.relabel(request))
            case _:
                raise SystemExit

    def answer(request: Request) -> Reply:
        try:
            return made(request)
        except Invalid as error:
            return Refused(kind="invalid", reason=error.reason, field=error.field)
        except TooLarge as error:
            return Refused(kind="too_large", reason=str(error))
        except Unsupported as error:
            return Refused(kind="unsupported", reason=str(error))

    return answer
