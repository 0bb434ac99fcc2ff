"""The process that reads strangers' films. Started by reels/process.py; one film, then it ends.

Speaks reels/messages.py on its standard input and output, under the limits of confined/sandbox.py.
"""

import os
import sys
from typing import TYPE_CHECKING, BinaryIO

from fedi.confined import sandbox
from fedi.confined.pipe import Begin, Failed, Progress, Ready, private_output, receive, send
from fedi.errors import FediError
from fedi.reels.messages import REQUESTS, Open, Opened, Reply, Request, Step, Transcode

if TYPE_CHECKING:
    from fedi.reels.reel import Reel

OUT_OF_MEMORY = "This film needs more memory than this server allows."


def main() -> None:
    """Take on the limits, then answer requests until the server closes the pipe."""
    requests, replies = sys.stdin.buffer, private_output()
    begin = receive(requests, REQUESTS)
    if not isinstance(begin, Begin):
        return
    send(replies, Ready(limits=sandbox.enter(begin)))
    desk = Desk(replies)
    while (request := receive(requests, REQUESTS)) is not None:
        sandbox.allow_seconds(begin.seconds * begin.threads)
        try:
            send(replies, desk.answer(request))
        except FediError as error:
            send(replies, Failed(reason=str(error)))
        except MemoryError:
            send(replies, Failed(reason=OUT_OF_MEMORY, ended=True))
            return


class Desk:
    """Answers the requests; holds the one film that is being drawn."""

    def __init__(self, replies: BinaryIO) -> None:
        self._replies = replies
        self._reel: Reel | None = None

    def answer(self, request: Request) -> Reply:
        """Do what is asked. Raises StyleFailed."""
        match request:
            case Open():
                from fedi.reels import reel  # noqa: PLC0415  after the limits are in force

                self._reel = reel.Reel(request, os.fdopen(request.file, "rb"))
                width, height = self._reel.source.size
                return Opened(width=width, height=height, frames=self._reel.source.frames)
            case Step() if self._reel is not None:
                return self._reel.step(request.drawn)
            case Transcode():
                from fedi.reels import transcode  # noqa: PLC0415  after the limits are in force

                file = os.fdopen(request.file, "rb")
                return transcode.transcode(
                    request, file, lambda done: send(self._replies, Progress(fraction=done))
                )
            case _:
                raise SystemExit
