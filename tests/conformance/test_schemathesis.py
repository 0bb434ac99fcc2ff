"""Schemathesis asks every operation of docs/openapi.json: no fault of ours, and nothing it does not tell.

More examples by hand: `FEDI_EXAMPLES=100 pytest tests/conformance/test_schemathesis.py --timeout 0`.
"""

import json
import os
from contextlib import suppress

import anyio.from_thread
import anyio.to_thread
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from fedi.mastodon.routes import TABLE
from tests.actions import small_style
from tests.conformance.calls import STREAMS
from tests.conformance.test_routes import ask_of, filled, rank
from tests.conformance.world import ABSENT, make_world
from tools.openapi.document import FILE

pytestmark = pytest.mark.anyio

EXAMPLES = int(os.environ.get("FEDI_EXAMPLES", "2"))
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]
SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def told(names):
    """The document without streams, which never end; paths name what is there, other ids also nothing."""
    whole = json.loads(FILE.read_text("utf-8"))
    for entry in TABLE:
        operation = whole["paths"].get(entry.path, {}).get(entry.method.lower())
        if operation is None:
            continue
        if entry.path.startswith(STREAMS):
            del whole["paths"][entry.path]
            continue
        path = filled(ask_of(entry)[1], names).partition("?")[0]
        real = dict(zip(entry.path.split("/"), path.split("/"), strict=True))
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "path":
                parameter["schema"] = {"enum": [real[f"{{{parameter['name']}}}"]]}
    whole["components"]["schemas"]["Id"] = {"enum": sorted({*names.values(), ABSENT})}
    return whole


class Walk:
    """Asks operation after operation, from a thread of its own for the generator is no coroutine."""

    def __init__(self, world, clock):
        self.world, self.clock = world, clock
        self.wrong = {}

    def operation(self, operation, mode):
        """Ask one operation with some examples."""

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case):
            answer = anyio.from_thread.run(self.ask, case)
            if answer is None:
                return
            try:
                case.validate_response(answer, checks=CHECKS)
            except BaseExceptionGroup as error:
                self.note(case, "; ".join(str(each) for each in error.exceptions))

        # Where nothing is asked for nothing can be asked wrongly.
        with suppress(Unsatisfiable):
            one()

    async def ask(self, case):
        """Send one request; None when it cannot be sent, or the answer is no answer."""
        # The limits of requests are not what is looked at here.
        self.clock.turn(minutes=10)
        try:
            request = await self.built(case)
        except Exception:  # noqa: BLE001  the client has more to say against nonsense than can be listed
            return None
        try:
            return await self.world.alice.send(request)
        except Exception as error:  # noqa: BLE001  whatever it is, it is told
            self.note(case, repr(error))
            return None

    async def built(self, case):
        """Make the request of a case."""
        asked = case.as_transport_kwargs(base_url=self.world.server.uris.base_url)
        asked.pop("cookies", None)
        if isinstance(asked.get("data"), str | bytes):
            asked["content"] = asked.pop("data")
        request = self.world.alice.build_request(**asked)
        await request.aread()
        return request

    def note(self, case, what):
        """Keep the first thing that is wrong with an operation."""
        key = f"{case.method} {case.operation.path}"
        self.wrong.setdefault(key, f"{what[:600]}\n  {case.as_curl_command()[:600]}")


async def test_every_operation_answers_as_it_is_told(server, sign_in, clock):
    small_style.install(server)
    world = await make_world(server, sign_in)
    schema = schemathesis.openapi.from_dict(told(world.names))
    walk = Walk(world, clock)
    for entry in sorted((each for each in TABLE if not each.path.startswith(STREAMS)), key=rank):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            await anyio.to_thread.run_sync(walk.operation, schema[entry.path][entry.method], mode)

    assert not walk.wrong, "\n" + "\n".join(f"{key}: {what}" for key, what in walk.wrong.items())
