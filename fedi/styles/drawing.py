"""A model made ready, and pictures drawn with it. For the style worker only: it loads onnxruntime."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import onnxruntime

from fedi.confined.pipe import Begin
from fedi.errors import StyleFailed
from fedi.styles import check, counting, extras, pictures, sessions, strokes, tiles
from fedi.styles.catalogue import Size
from fedi.styles.controls import Controls
from fedi.styles.extras import Feeds
from fedi.styles.messages import Load, Measured
from fedi.styles.sessions import guarded
from fedi.styles.tensors import Colours, Pixels, Tensor, to_colours, to_tensor

MIB = 1024 * 1024
# Python, numpy, Pillow, onnxruntime and the threads' stacks as address space (measured: 235 MiB at two
# threads), and a margin for the session's own buffers.
BASE_BYTES = 320 * MIB
# Source, result and what decoding and encoding hold at their worst: five bytes for each of three channels.
BYTES_PER_PIXEL = 15
# What tiles blended as floats hold beyond that.
BLEND_BYTES_PER_PIXEL = 24
# Manifests are measured with an allowance, and the allocator keeps some pieces that do not fit.
USABLE = 0.8
# No gain in speed above this, and a sign of life after each tile.
MAX_TILE_PIXELS = 1_000_000
# The memory of a larger tile is given back after it: the file is still to be written.
KEPT_PIXELS = 500_000
# Some models fail on less, their inner sides falling to nothing.
MIN_SIDE = 32
# Of the picture that shows whether a provider works.
TRIAL_SIDE = 64
# Operations grow with the pixels: one size shows them for all.
COUNT_SIDE = 256

# From the picture, its sides multiples of eight, to the maps (channels, height / 4, width / 4).
DrawMaps = Callable[[Pixels], Tensor]


class LoadedStyle:
    """A checked model in an onnxruntime session, with what its manifest says of it."""

    def __init__(self, load: Load, begin: Begin) -> None:
        """Check the model and build the session. Raises StyleFailed; MemoryError as onnxruntime runs out."""
        contents = check.scan(load.model)
        self._load = load
        self._begin = begin
        opened = sessions.open_session(load.model, begin, self._try)
        self._session = opened.session
        ends = self._session.get_inputs(), self._session.get_outputs()
        self._shape = check.check_ends(*ends, load.input, load.output, load.extra)
        self._extras = extras.shapes(load.extra, ends[0])
        self._guide = self._load_guide(load, begin)
        self.facts: dict[str, Any] = {
            "opset": contents.opset,
            "nodes": contents.nodes,
            "operators": sorted(contents.operators),
            "inputs": {node.name: list(node.shape) for node in ends[0]},
            "output": list(ends[1][0].shape),
            "provider": opened.provider,
            "passed_over": list(opened.passed_over),
        }

    @property
    def size(self) -> Size:
        """At which sizes it looks right."""
        return self._load.size

    @property
    def knows_faces(self) -> bool:
        """Whether it is given maps of the faces."""
        return any(extra.control == "face_maps" for extra in self._load.extra)

    def read_guide(self, file: bytes) -> Tensor | None:
        """What the guide's model says of a picture; None without one. Raises StyleFailed."""
        if not file:
            return None
        spec, session = self._load.guide, self._guide
        if spec is None or session is None:
            raise StyleFailed("This style takes no second picture.")
        pixels = pictures.square(pictures.open_picture(file, max_pixels=self._begin.max_pixels_in), spec.side)
        numbers = guarded(
            lambda: session.run([spec.output.name], {spec.input.name: to_tensor(pixels, spec.input)})
        )[0]
        return extras.checked(numbers)

    def paint(
        self,
        pixels: Pixels,
        *,
        controls: Controls,
        guide: Tensor | None,
        maps: DrawMaps | None,
        on_progress: Callable[[float], None],
    ) -> Pixels:
        """Draw pixels (height, width, 3).

        `guide` is what `read_guide` gave, `maps` draws the faces' maps. Raises StyleFailed, or MemoryError.
        """
        on_progress(0.0)
        feeds = extras.feeds(self._load.extra, self._extras, controls, guide)
        grid = self._grid(*pixels.shape[:2])
        whole = None
        if maps is not None and self.knows_faces:
            whole = maps(tiles.padded(pixels, grid))
        run = partial(self._run, feeds, whole)
        if self._load.tiles.exact or (pixels.shape[0] <= grid.height and pixels.shape[1] <= grid.width):
            drawn = tiles.draw_exact(pixels, run, grid, on_progress)
        else:
            drawn = tiles.draw_blended(pixels, run, grid, on_progress)
        return strokes.apply(drawn, self._load.strokes, threads=self._begin.threads)

    def measure(self) -> Measured:
        """Count the style's operations and measure this machine's. Raises StyleFailed, or MemoryError."""
        spec = self._load.input
        side = math.ceil(COUNT_SIDE / spec.multiple) * spec.multiple
        height, width = self._shape.height or side, self._shape.width or side
        feeds = {
            spec.name: to_tensor(np.zeros((height, width, 3), np.uint8), spec),
            **extras.blank(self._load.extra, self._extras, height, width),
        }
        counted = counting.operations(self._load.model, self._begin, feeds)
        return Measured(
            operations_per_pixel=counted / (height * width),
            operations_per_second=counting.product_rate(self._begin.threads),
        )

    def _try(self, session: onnxruntime.InferenceSession) -> None:
        """Run a session once over a small black picture. Raises what it raises."""
        spec, nodes = self._load.input, session.get_inputs()
        shape = check.check_ends(nodes, session.get_outputs(), spec, self._load.output, self._load.extra)
        side = math.ceil(TRIAL_SIDE / spec.multiple) * spec.multiple
        height, width = shape.height or side, shape.width or side
        sides = extras.shapes(self._load.extra, nodes)
        given = extras.blank(self._load.extra, sides, height, width)
        session.run(
            [self._load.output.name],
            {spec.name: to_tensor(np.zeros((height, width, 3), np.uint8), spec), **given},
        )

    def _load_guide(self, load: Load, begin: Begin) -> "onnxruntime.InferenceSession | None":
        if load.guide is None:
            return None
        check.scan(load.guide_model)
        # Once a picture, on 256 pixels square: not worth another provider.
        session = sessions.on_processor(load.guide_model, begin)
        wanted = next(
            math.prod(side or 1 for side in self._extras[extra.name])
            for extra in load.extra
            if extra.control == "guide"
        )
        check.check_guide(session.get_inputs(), session.get_outputs(), load.guide, wanted)
        return session

    def _grid(self, height: int, width: int) -> tiles.Grid:
        """Tiles as large as the memory allows; the whole picture in one where that is enough."""
        halo, multiple = self._load.tiles.halo, self._load.input.multiple
        if self._shape.height is not None and self._shape.width is not None:
            sides = self._shape.height, self._shape.width
            return tiles.Grid(height=sides[0], width=sides[1], halo=halo, multiple=multiple, fixed=True)
        budget = self._pixel_budget(height * width)
        if self._load.tiles.exact:
            budget = min(budget, MAX_TILE_PIXELS)
        if height * width <= budget:
            limits = height + multiple, width + multiple
        else:
            # A picture much longer than wide is cut along its length only.
            across = min(int(math.sqrt(budget)), min(height, width) + multiple)
            along = budget // across
            limits = (across, along) if height < width else (along, across)
        fitted = [
            max(
                tiles.fit(side, limit, halo=halo, multiple=multiple),
                math.ceil(MIN_SIDE / multiple) * multiple,
            )
            for side, limit in zip((height, width), limits, strict=True)
        ]
        return tiles.Grid(height=fitted[0], width=fitted[1], halo=halo, multiple=multiple)

    def _pixel_budget(self, picture_pixels: int) -> int:
        """How many pixels the model may be given at once, by the manifest's need and what memory is left."""
        kept = BYTES_PER_PIXEL + (0 if self._load.tiles.exact else BLEND_BYTES_PER_PIXEL)
        free = (self._begin.memory_bytes - BASE_BYTES - kept * picture_pixels) * USABLE
        budget = int(free / MIB / self._load.size.memory_mb_per_megapixel * 1_000_000)
        if budget < MIN_SIDE * MIN_SIDE:
            raise StyleFailed("The picture and the style together need more memory than this server allows.")
        return budget

    def _run(self, feeds: Feeds, maps: Tensor | None, pixels: Pixels, at: tiles.At | None) -> Colours:
        spec = self._load.input
        height, width = pixels.shape[:2]
        blank = extras.no_faces(self._load.extra, self._extras, height, width)
        if maps is not None and at is not None:
            top, left = (side // extras.MAP_SCALE for side in at)
            part = maps[
                None, :, top : top + height // extras.MAP_SCALE, left : left + width // extras.MAP_SCALE
            ]
            blank = dict.fromkeys(blank, np.ascontiguousarray(part))
        given = {spec.name: to_tensor(pixels, spec), **feeds, **blank}
        options = onnxruntime.RunOptions()
        if height * width > KEPT_PIXELS:
            options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        answer = guarded(lambda: self._session.run([self._load.output.name], given, options))[0]
        colours = to_colours(answer, spec)
        if colours.shape != pixels.shape:
            raise StyleFailed("The style's answer has another size than the picture it was given.")
        return colours
