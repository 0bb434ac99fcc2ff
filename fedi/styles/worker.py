"""The process that reads strangers' pictures and runs strangers' models. Started by styles/process.py.

Speaks styles/messages.py on its standard input and output, one request at a time; ends when the input does.
"""

import sys

from fedi.confined import sandbox
from fedi.confined.pipe import Begin, Failed, Progress, Ready, private_output, receive, send
from fedi.errors import StyleFailed
from fedi.styles.messages import REQUESTS, Draw, Inspect, Load, Measure

OUT_OF_MEMORY = "The style needs more memory than this server allows."


def main() -> None:
    """Take on the limits, then answer requests until the server closes the pipe."""
    requests, replies = sys.stdin.buffer, private_output()
    begin = receive(requests, REQUESTS)
    if not isinstance(begin, Begin):
        return
    limits = sandbox.enter(begin)
    # The heavy libraries come in under the limits, and never into the server.
    from fedi.styles import pipeline  # noqa: PLC0415  after the limits are in force

    work = pipeline.Pipeline(begin)
    send(replies, Ready(limits=limits))
    while (request := receive(requests, REQUESTS)) is not None:
        sandbox.allow_seconds(begin.seconds * begin.threads)
        try:
            if isinstance(request, Load):
                send(replies, work.load(request))
            elif isinstance(request, Inspect):
                send(replies, work.inspect(request.model))
            elif isinstance(request, Measure):
                send(replies, work.measure(request.style))
            elif isinstance(request, Draw):
                send(replies, work.draw(request, lambda done: send(replies, Progress(fraction=done))))
            else:
                return
        except StyleFailed as error:
            send(replies, Failed(reason=str(error)))
        except MemoryError:
            # What was half allocated stays so; a fresh process is the sure way back.
            send(replies, Failed(reason=OUT_OF_MEMORY, ended=True))
            return
