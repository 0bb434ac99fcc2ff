"""A confined process that prints more than it should before it answers."""

import sys

from fedi.confined.pipe import Failed
from fedi.confined.worker import serve
from fedi.media.messages import REQUESTS


def main() -> None:
    def answer(request):
        sys.stdout.write("o" * 200_000)
        sys.stderr.write("e" * 200_000)
        sys.stdout.flush()
        return Failed(reason="said enough")

    serve(REQUESTS, lambda *_: answer, out_of_memory="")
