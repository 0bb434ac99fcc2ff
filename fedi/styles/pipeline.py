"""What the style worker does with a request: the styles it holds, and a picture's way through one of them.

Decode, faces, crop, proportions, working size (styles/sheets.py), the model (styles/drawing.py), strength and
colours (styles/mixing.py), the size asked for, the file.
"""

import resource
from collections.abc import Callable
from pathlib import Path

from fedi.confined.pipe import Begin
from fedi.errors import StyleFailed
from fedi.styles import facemaps, mixing, pictures, probing, sheets
from fedi.styles.drawing import LoadedStyle
from fedi.styles.faces import Face, FaceFinder
from fedi.styles.looking import Looks
from fedi.styles.messages import Draw, Drawn, Inspected, Load, Loaded, Measured
from fedi.styles.sheets import Limits, Sheet
from fedi.styles.tensors import Pixels


class Pipeline:
    """The loaded styles and the pictures looked at, in one process."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._limits = Limits(max_pixels_in=begin.max_pixels_in, max_pixels_out=begin.max_pixels_out)
        self._styles: dict[str, LoadedStyle] = {}
        self._finder, self._blind = _finder(begin)
        self._looks = Looks(self._find)

    def load(self, load: Load) -> Loaded:
        """Make a style ready, once others have made room. Raises StyleFailed, or MemoryError."""
        for name in (*load.forget, load.name):
            self._styles.pop(name, None)
        style = LoadedStyle(load, self._begin)
        self._styles[load.name] = style
        return Loaded(facts={**style.facts, "blind": self._blind})

    def draw(self, draw: Draw, on_progress: Callable[[float], None]) -> Drawn:
        """Draw a picture as asked. Raises StyleFailed, or MemoryError."""
        style = self._loaded(draw.style)
        before = _cpu_seconds()
        sheet = sheets.lay_out(draw, style.size, self._looks, self._limits, knows_faces=style.knows_faces)
        final = sheet.frame.final
        drawn = self._paint(sheet, style, draw, on_progress)
        alpha = None if sheet.alpha is None else pictures.resized(sheet.alpha, final)
        data = pictures.encode(pictures.Picture(pixels=drawn, alpha=alpha), draw.output, draw.xmp)
        return Drawn(
            data=data, media_type=pictures.MEDIA_TYPES[draw.output], width=final[0], height=final[1],
            cpu_seconds=_cpu_seconds() - before, peak_bytes=_peak_bytes(),
        )  # fmt: skip

    def _find(self, pixels: Pixels) -> tuple[Face, ...]:
        return self._finder.find(pixels) if self._finder else ()

    def inspect(self, model: bytes) -> Inspected:
        """Try a model that has no manifest yet. Raises StyleFailed, or MemoryError."""
        return Inspected(facts=probing.inspect(model, self._begin))

    def measure(self, name: str) -> Measured:
        """Count what a loaded style asks of the processor. Raises StyleFailed, or MemoryError."""
        return self._loaded(name).measure()

    def _loaded(self, name: str) -> LoadedStyle:
        style = self._styles.get(name)
        if style is None:
            raise StyleFailed(f"The style {name} is not loaded.")
        return style

    def _paint(
        self, sheet: Sheet, style: LoadedStyle, draw: Draw, on_progress: Callable[[float], None]
    ) -> Pixels:
        controls, final = draw.controls, sheet.frame.final
        if controls.strength == 0:
            on_progress(1.0)
            return pictures.resized(sheet.pixels, final)
        pixels, faces = sheet.working()
        points = [face.points for face in faces]
        drawn = style.paint(
            pixels,
            controls=controls,
            guide=style.read_guide(draw.guide),
            maps=lambda padded: facemaps.draw(padded, points),
            on_progress=on_progress,
        )
        drawn = pictures.resized(drawn, final)
        if not sheets.is_mixed(controls):
            return drawn
        photo = pictures.resized(sheet.pixels, final)
        return mixing.mix(photo, drawn, strength=controls.strength, keep_colours=controls.keep_colours)


def _finder(begin: Begin) -> tuple[FaceFinder | None, str]:
    """What finds faces; or None, and why: without it, pictures are drawn as if nobody were on them."""
    try:
        return FaceFinder(begin), ""
    except StyleFailed as error:
        return None, str(error)


def _cpu_seconds() -> float:
    """Processor time of all threads so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak_bytes() -> int:
    """Largest resident memory of this process. Not ru_maxrss: that starts with the parent's, before exec."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
