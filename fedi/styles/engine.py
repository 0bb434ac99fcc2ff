"""Draw pictures in installed styles, for an asyncio server: nothing here decodes, computes or blocks.

A worker process of its own (styles/worker.py) reads the picture and runs the model under the limits of
confined/sandbox.py. It starts at the first picture, draws one at a time, stays warm, and goes when idle.
Whatever happens to it (crash, timeout, out of memory) is a StyleFailed here, and the next picture gets a
fresh one.
"""

import asyncio
import os
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from fedi import logs
from fedi.confined.pipe import Begin
from fedi.confined.process import Leaving, OnProgress
from fedi.errors import StyleFailed
from fedi.styles.catalogue import Catalogue, Style
from fedi.styles.controls import Controls
from fedi.styles.messages import (
    Draw,
    Drawn,
    Inspect,
    Inspected,
    Load,
    Loaded,
    Measure,
    Measured,
    PictureSize,
    PictureType,
)
from fedi.styles.process import Held, WorkerProcess, longest_reply
from fedi.styles.wishes import Cancel, while_wanted

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleLimits:
    """What one picture may cost. `memory_bytes` is the worker's address space, about 250 MB of it at rest."""

    max_bytes: int = 32 * 1024 * 1024
    max_pixels_in: int = 40_000_000
    max_pixels_out: int = 16_000_000
    seconds: int = 120
    memory_bytes: int = 1536 * 1024 * 1024
    threads: int = 2
    idle_seconds: float = 120.0
    providers: tuple[str, ...] = ("cpu",)
    nice: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StyledPicture:
    """A drawn picture as a file of `media_type`, and how it came about.

    `seconds` is wall time; `cpu_seconds` (this run) and `peak_bytes` (resident, so far) are the worker's.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    style: str
    version: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int


class StyleEngine:
    """One worker process and the catalogue it draws from. Belongs to one event loop; `close` it."""

    def __init__(self, catalogue: Catalogue, limits: StyleLimits | None = None) -> None:
        self.catalogue = catalogue
        self.limits = limits or StyleLimits()
        # One picture at a time: two would share the same cores and double the memory.
        self._turn = asyncio.Lock()
        self._worker: WorkerProcess | None = None
        self._leaving = Leaving()
        self._idle: asyncio.TimerHandle | None = None
        self._told: set[str] = set()

    async def run(
        self,
        style_name: str,
        data: bytes,
        *,
        size: PictureSize = "picture",
        output: PictureType = "webp",
        controls: Controls | None = None,
        guide: bytes = b"",
        xmp: bytes | None = None,
        is_preview: bool = False,
        on_progress: OnProgress | None = None,
        cancel: Cancel | None = None,
    ) -> StyledPicture:
        """Draw the image file `data` in a style; waits its turn. `limits.seconds` are for the drawing alone.

        The longer side becomes the style's own for a "portrait" or "picture" (a small picture grows to twice
        its size at most); "full" keeps the size, up to `limits.max_pixels_out`; a preview has 400 pixels at
        most (styles/framing.py). `controls`: styles/controls.py. `on_progress` gets 0..1, never falling;
        `xmp` is written into the result; setting `cancel`, or cancelling the task, ends it.
        Raises NotFound for an unknown style, StyleFailed for all else that can go wrong.
        """
        if max(len(data), len(guide)) > self.limits.max_bytes:
            raise StyleFailed(f"The picture is larger than {self.limits.max_bytes} bytes.")
        style = self.catalogue.get(style_name)
        draw = Draw(
            style=style_name, picture=data, controls=controls or Controls(), guide=guide,
            size=size, output=output, xmp=xmp, is_preview=is_preview,
        )  # fmt: skip
        work = self._in_turn(self._draw(style, draw, on_progress))
        return await (work if cancel is None else while_wanted(work, cancel))

    async def describe(self, style_name: str) -> dict[str, Any]:
        """Load and check a style: its manifest, its folder, under `model` what is in it. Raises as `run`."""
        style = self.catalogue.get(style_name)
        worker = await self._in_turn(self._loaded(style))
        manifest = {name: getattr(style, name) for name in style.__struct_fields__}
        return {**msgspec.to_builtins(manifest, enc_hook=str), "model": dict(worker.held[style_name].facts)}

    async def inspect(self, model: bytes) -> dict[str, Any]:
        """Try a model that has no manifest yet; what is found: styles/probing.py. Raises StyleFailed."""
        return await self._in_turn(self._inspected(model))

    async def measure(self, style_name: str) -> Measured:
        """Count a style's operations and measure the machine, for `fedi style bench`. Raises as `run`."""
        return await self._in_turn(self._measured(self.catalogue.get(style_name)))

    async def warm(self, style_name: str) -> None:
        """Load a style, so that the next picture is drawn at once. Raises as `run`."""
        await self._in_turn(self._loaded(self.catalogue.get(style_name)))

    async def limits_in_force(self) -> dict[str, bool]:
        """Which of the worker's limits this system grants, for `fedi doctor`. Raises StyleFailed."""
        worker = await self._in_turn(self._started())
        return dict(worker.limits)

    async def close(self) -> None:
        """End the worker and wait until it is gone. A run under way fails."""
        self._retire()
        await self._leaving.wait()

    async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work when the worker is free; end a worker left in the middle of it."""
        try:
            async with self._turn:
                self._stay()
                try:
                    return await work
                finally:
                    self._rest()
        finally:
            # Cancelled while waiting for the turn, it was never begun.
            work.close()

    async def _draw(self, style: Style, draw: Draw, on_progress: OnProgress | None) -> StyledPicture:
        started = time.perf_counter()
        worker = await self._loaded(style)
        drawn = await worker.ask(draw, Drawn, seconds=self.limits.seconds, on_progress=on_progress)
        return StyledPicture(
            data=drawn.data, media_type=drawn.media_type, width=drawn.width, height=drawn.height,
            style=style.name, version=style.version, seconds=time.perf_counter() - started,
            cpu_seconds=drawn.cpu_seconds, peak_bytes=drawn.peak_bytes,
        )  # fmt: skip

    async def _measured(self, style: Style) -> Measured:
        worker = await self._loaded(style)
        return await worker.ask(Measure(style=style.name), Measured, seconds=self.limits.seconds)

    async def _inspected(self, model: bytes) -> dict[str, Any]:
        # In a fresh process: what earlier drawings left in memory would count for nothing here.
        self._retire()
        worker = await self._started()
        return (await worker.ask(Inspect(model=model), Inspected, seconds=self.limits.seconds)).facts

    async def _loaded(self, style: Style) -> WorkerProcess:
        """A worker that holds this very model, by its hash."""
        worker = await self._started()
        held = worker.held.get(style.name)
        if held is not None and held.style == style:
            worker.held.move_to_end(style.name)
            return worker
        model = await asyncio.to_thread(self.catalogue.read_model, style)
        guide_model = await asyncio.to_thread(self.catalogue.read_guide, style)
        worker.held.pop(style.name, None)
        size = len(model) + len(guide_model)
        load = Load(
            name=style.name, model=model, input=style.input, output=style.output,
            tiles=style.tiles, size=style.size, strokes=style.strokes, extra=style.extra,
            guide=style.guide, guide_model=guide_model, forget=worker.make_room(size),
        )  # fmt: skip
        facts = (await worker.ask(load, Loaded, seconds=self.limits.seconds)).facts
        worker.held[style.name] = Held(style, size, facts)
        self._tell_passed_over(facts)
        return worker

    def _tell_passed_over(self, facts: dict[str, Any]) -> None:
        """Warn of each execution provider that does not work here, and of faces not being found; once."""
        if (reason := facts.get("blind")) and reason not in self._told:
            self._told.add(reason)
            logs.logger().warning("style.faces_not_found", reason=reason)
        for sentence in facts.get("passed_over", ()):
            if sentence not in self._told:
                self._told.add(sentence)
                logs.logger().warning(
                    "style.provider_passed_over", reason=sentence, used=facts.get("provider")
                )

    async def _started(self) -> WorkerProcess:
        if self._worker is None or not self._worker.usable:
            self._retire()
            limits = self.limits
            begin = Begin(
                parent=os.getpid(), threads=limits.threads, seconds=limits.seconds,
                memory_bytes=limits.memory_bytes,
                max_pixels_in=limits.max_pixels_in, max_pixels_out=limits.max_pixels_out,
                providers=limits.providers, nice=limits.nice,
            )  # fmt: skip
            self._worker = await WorkerProcess.start(longest_reply(begin))
            await self._worker.begin(begin)
        return self._worker

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _rest(self) -> None:
        """After each turn: a worker that is in order stays for a while, any other goes."""
        if self._worker is None or not self._worker.usable:
            self._retire()
        else:
            self._idle = asyncio.get_running_loop().call_later(self.limits.idle_seconds, self._retire)

    def _retire(self) -> None:
        """Give the memory back: end the worker. The next picture starts another."""
        self._stay()
        if self._worker is not None:
            self._leaving.end(self._worker)
            self._worker = None
