"""The process that reads strangers' pictures and runs strangers' models. Started by styles/process.py.

Speaks styles/messages.py on its standard input and output, one request at a time; ends when the input does.
"""

import os
import sys
from typing import TYPE_CHECKING, BinaryIO

from fedi.errors import StyleFailed
from fedi.styles import sandbox
from fedi.styles.messages import (
    Begin,
    Draw,
    Failed,
    Inspect,
    Inspected,
    Load,
    Loaded,
    Measure,
    Progress,
    Ready,
    receive,
    send,
)

if TYPE_CHECKING:
    from fedi.styles.drawing import LoadedStyle

# Models of up to this size are kept loaded beside each other, so many of them: previews show all styles.
SMALL_BYTES, MOST_LOADED = 2 * 1024 * 1024, 6
OUT_OF_MEMORY = "The style needs more memory than this server allows."


def main() -> None:
    """Take on the limits, then answer requests until the server closes the pipe."""
    requests, replies = sys.stdin.buffer, _private_output()
    begin = receive(requests)
    if not isinstance(begin, Begin):
        return
    limits = sandbox.enter(begin)
    # The heavy libraries come in under the limits, and never into the server.
    from fedi.styles import drawing, posing, probing  # noqa: PLC0415  after the limits are in force

    send(replies, Ready(limits=limits))
    loaded: dict[str, LoadedStyle] = {}
    poser = posing.Poser(begin)
    while (request := receive(requests)) is not None:
        sandbox.allow_seconds(begin.seconds * begin.threads)
        try:
            if isinstance(request, Load):
                _make_room(loaded, request)
                style = drawing.LoadedStyle(request, begin, poser)
                loaded[request.name] = style
                send(replies, Loaded(facts=style.facts, kept=tuple(loaded)))
            elif isinstance(request, Inspect):
                loaded.clear()
                send(replies, Inspected(facts=probing.inspect(request.model, begin)))
            elif isinstance(request, Measure) and request.style in loaded:
                send(replies, loaded[request.style].measure())
            elif isinstance(request, Draw) and request.style in loaded:
                # The one that was used last goes last.
                style = loaded[request.style] = loaded.pop(request.style)
                send(replies, style.draw(request, lambda done: send(replies, Progress(fraction=done))))
            else:
                return
        except StyleFailed as error:
            send(replies, Failed(reason=str(error)))
        except MemoryError:
            # What was half allocated stays so; a fresh process is the sure way back.
            send(replies, Failed(reason=OUT_OF_MEMORY, ended=True))
            return


def _make_room(loaded: "dict[str, LoadedStyle]", load: Load) -> None:
    """Drop styles before another is loaded: small ones stay side by side, a large one stands alone."""
    loaded.pop(load.name, None)
    if len(load.model) > SMALL_BYTES or any(style.model_bytes > SMALL_BYTES for style in loaded.values()):
        loaded.clear()
    while len(loaded) >= MOST_LOADED:
        loaded.pop(next(iter(loaded)))


def _private_output() -> BinaryIO:
    """The pipe to the server under a number of its own; what a library prints goes to standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies
