"""The process that reads strangers' films. Started by reels/process.py; one film, then it ends.

Speaks reels/messages.py over the pipe of confined/pipe.py.
"""

import os
from typing import TYPE_CHECKING

from fedi.confined.worker import Tell, serve
from fedi.reels.messages import REQUESTS, Open, Opened, Reply, Request, Step, Transcode

if TYPE_CHECKING:
    from fedi.reels.reel import Reel

OUT_OF_MEMORY = "This film needs more memory than this server allows."


def main() -> None:
    """Serve until the server closes the pipe."""
    serve(REQUESTS, lambda _, tell: Desk(tell).answer, out_of_memory=OUT_OF_MEMORY)


class Desk:
    """Answers the requests; holds the one film that is being drawn."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
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
                return transcode.transcode(request, file, self._tell)
            case _:
                raise SystemExit
