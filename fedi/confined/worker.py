"""The inside of a confined process: it takes on its limits, then answers what it is asked, one at a time."""

import sys
from collections.abc import Callable
from typing import Any

import msgspec

from fedi.confined import sandbox
from fedi.confined.pipe import Begin, Failed, Progress, Ready, private_output, receive, send
from fedi.errors import FediError

Tell = Callable[[float], None]
Answer = Callable[[Any], msgspec.Struct]


def serve(
    requests: msgspec.msgpack.Decoder[Any], make: Callable[[Begin, Tell], Answer], *, out_of_memory: str
) -> None:
    """Answer requests until the server closes the pipe.

    `make` is called under the limits, with them and with what tells how much of a request is done (0..1): the
    heavy libraries come in there, and never into the server. What `make` gives answers a request, or raises
    FediError; `out_of_memory` is what is said when memory runs out.
    """
    asked, replies = sys.stdin.buffer, private_output()
    begin = receive(asked, requests)
    if not isinstance(begin, Begin):
        return
    limits = sandbox.enter(begin)
    answer = make(begin, lambda done: send(replies, Progress(fraction=done)))
    send(replies, Ready(limits=limits))
    while (request := receive(asked, requests)) is not None:
        sandbox.allow_seconds(begin.seconds * begin.threads)
        try:
            send(replies, answer(request))
        except FediError as error:
            send(replies, Failed(reason=str(error)))
        except MemoryError:
            # What was half allocated stays so; a fresh process is the sure way back.
            send(replies, Failed(reason=out_of_memory, ended=True))
            return
