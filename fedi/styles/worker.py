"""The process that reads strangers' pictures and runs strangers' models. Started by styles/process.py.

Speaks styles/messages.py on its standard input and output, one request at a time; ends when the input does.
"""

import os
import sys
from typing import BinaryIO

from fedi.errors import StyleFailed
from fedi.styles import sandbox
from fedi.styles.messages import (
    Begin,
    Draw,
    Failed,
    Inspect,
    Load,
    Measure,
    Progress,
    Ready,
    receive,
    send,
)

OUT_OF_MEMORY = "The style needs more memory than this server allows."


def main() -> None:
    """Take on the limits, then answer requests until the server closes the pipe."""
    requests, replies = sys.stdin.buffer, _private_output()
    begin = receive(requests)
    if not isinstance(begin, Begin):
        return
    limits = sandbox.enter(begin)
    # The heavy libraries come in under the limits, and never into the server.
    from fedi.styles import pipeline  # noqa: PLC0415  after the limits are in force

    work = pipeline.Pipeline(begin)
    send(replies, Ready(limits=limits))
    while (request := receive(requests)) is not None:
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


def _private_output() -> BinaryIO:
    """The pipe to the server under a number of its own; what a library prints goes to standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies
