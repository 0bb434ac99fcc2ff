"""The process that reads strangers' pictures and runs strangers' models. Started by styles/process.py.

Speaks styles/messages.py over the pipe of confined/pipe.py.
"""

from fedi.confined.pipe import Begin
from fedi.confined.worker import Answer, Tell, serve
from fedi.styles.messages import REQUESTS, Draw, Inspect, Load, Measure, Reply, Request

OUT_OF_MEMORY = "The style needs more memory than this server allows."


def main() -> None:
    """Serve until the server closes the pipe."""
    serve(REQUESTS, _desk, out_of_memory=OUT_OF_MEMORY)


def _desk(begin: Begin, tell: Tell) -> Answer:
    from fedi.styles import pipeline  # noqa: PLC0415  after the limits are in force

    work = pipeline.Pipeline(begin)

    def answer(request: Request) -> Reply:
        match request:
            case Load():
                return work.load(request)
            case Inspect():
                return work.inspect(request.model)
            case Measure():
                return work.measure(request.style)
            case Draw():
                return work.draw(request, tell)
            case _:
                raise SystemExit

    return answer
