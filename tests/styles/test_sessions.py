"""Execution providers: what is asked for, what is there, and what works."""

import os
import sys

import onnxruntime
import pytest

from fedi.confined.pipe import Begin
from fedi.errors import StyleFailed
from fedi.styles import sessions
from tests.support.styles import convolutions, picture_file

pytestmark = pytest.mark.anyio


def begin(*providers):
    return Begin(
        parent=os.getppid(), threads=1, seconds=9, memory_bytes=1 << 30, max_pixels_in=1, max_pixels_out=1,
        providers=providers,
    )  # fmt: skip


def opened(*providers, trial=lambda session: None):
    return sessions.open_session(convolutions(), begin(*providers), trial)


def test_the_processor_is_used_where_nothing_else_is_asked_for():
    for found in (opened(), opened("cpu"), opened("cpu", "cuda")):
        assert (found.provider, found.passed_over) == ("cpu", ())
        assert found.session.get_providers() == ["CPUExecutionProvider"]


def test_a_provider_that_is_not_there_is_passed_over():
    found = opened("tensorrt", "cuda", "cuda")

    assert found.provider == "cpu"
    assert [each.split(":")[0] for each in found.passed_over] == ["tensorrt", "cuda"]


def test_a_provider_without_its_driver_is_passed_over(monkeypatch):
    """This onnxruntime knows no such provider: as with a missing driver, the processor is what it gives."""
    known = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: known)

    found = opened("cuda")

    assert (found.provider, found.passed_over) == ("cpu", ("cuda: did not start",))


@pytest.mark.skipif(sys.platform == "win32", reason="the wheel has other providers there")
@pytest.mark.parametrize(("raised", "provider"), [(None, "openvino"), (StyleFailed("no"), "cpu")])
def test_a_provider_is_tried_before_it_is_used(monkeypatch, raised, provider):
    # What the wheel brings beside the processor stands for a card: it loads, and leaves the work to others.
    monkeypatch.setattr(sessions, "PROVIDERS", {**sessions.PROVIDERS, "openvino": "AzureExecutionProvider"})

    def trial(session):
        if raised:
            raise raised

    assert opened("openvino", trial=trial).provider == provider


async def test_the_provider_in_use_is_told_and_the_others_warned_of_once(add_style, make_engine, capsys):
    add_style("blur", convolutions())
    engine = make_engine(providers=("cuda", "cpu"))

    facts = (await engine.describe("blur"))["model"]
    drawn = await engine.run("blur", picture_file(64, 64))
    await engine.close()
    await engine.run("blur", picture_file(64, 64))

    assert (facts["provider"], len(facts["passed_over"]), drawn.width) == ("cpu", 1, 128)
    said = capsys.readouterr()
    assert (said.out + said.err).count("provider_passed_over") == 1
