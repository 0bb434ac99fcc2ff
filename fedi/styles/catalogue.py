"""The styles an owner has installed: one folder each with `style.toml` beside the ONNX model.

Reads and checks manifests and the model file's size and hash; what is inside the model: styles/check.py.
"""

import hashlib
import math
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from fedi.errors import ConfigError, NotFound, StyleFailed

EMBEDDED = Path(__file__).parent / "embedded"
MANIFEST = "style.toml"
MAX_MODEL_BYTES = 16 * 1024 * 1024
# A manifest is a page of text; a larger file is not one.
MAX_MANIFEST_BYTES = 64 * 1024
RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
LicenceText = Annotated[str, msgspec.Meta(max_length=40_000)]
Side = Annotated[int, msgspec.Meta(ge=64, le=4096)]
FileName = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
# What an extra input may be long: larger tensors are no controls.
MAX_PLACES = 65_536
Length = Annotated[int, msgspec.Meta(ge=1, le=MAX_PLACES)]
Control = Literal["line_weight", "face_maps", "variant", "guide"]


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model eats: a float32 tensor of three channels, both sides a multiple of `multiple` pixels.

    `fixed`: height and width of a model that takes one size only; the model itself says it too.
    """

    name: Line
    layout: Literal["nchw", "nhwc"]
    channels: Literal["rgb", "bgr"]
    range: tuple[float, float]
    multiple: Annotated[int, msgspec.Meta(ge=1, le=256)]
    fixed: tuple[Side, Side] | None = None


class Output(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model gives: a tensor of the input's shape, layout, channel order and range."""

    name: Line


class Extra(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A float32 input beside the picture (`[[extra]]`), and what it is filled from.

    `control` is "line_weight" (one number, 0..2), "face_maps" (drawn from landmarks, at a quarter of the
    size), "variant" (one of `variants`) or "guide" (what the `[guide]` model reads out of a second picture).
    `shape` is needed where the model leaves a side open. `default` fills the input when nothing was chosen:
    one number everywhere, or one for each place. A variant is the place that is one while the others are
    nought, or a number for each place; without a default the first stands.
    """

    name: Line
    control: Control
    shape: tuple[Length, ...] = ()
    default: float | tuple[float, ...] | None = None
    variants: dict[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], int | tuple[float, ...]] = (
        msgspec.field(default_factory=dict)
    )


class Guide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second model (`[guide]`) that reads a picture to draw like: `side` pixels square in, numbers out."""

    file: FileName
    sha256: Sha256
    side: Side
    input: Input
    output: Output


class Tiles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a part of the picture is drawn as the whole would be, given `halo` pixels around it.

    `norm`: a model that takes statistics over all it is given (instance norm) is never exact.
    """

    exact: bool
    halo: Annotated[int, msgspec.Meta(ge=0, le=512)]
    norm: Literal["none", "instance"] = "none"


class Size(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The longer side, in pixels, at which the style looks right, and the memory a run needs."""

    portrait: Side
    picture: Side
    memory_mb_per_megapixel: Annotated[int, msgspec.Meta(ge=1, le=20_000)]


class Strokes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How borders are drawn again along their course once the model is done (styles/strokes.py).

    `coherence`, 0..1: on how much of one direction an edge's surroundings must agree; higher spares patterns.
    """

    rounds: Annotated[int, msgspec.Meta(ge=1, le=4)]
    coherence: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of `style.toml`."""

    name: Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9][a-z0-9_-]{0,63}\Z")]
    title: Line
    version: Line
    author: Line
    licence: Line
    licence_url: Text
    commercial_use: bool
    description: Text
    licence_text: LicenceText = ""
    file: FileName
    sha256: Sha256
    input: Input
    output: Output
    extra: tuple[Extra, ...] = ()
    guide: Guide | None = None
    tiles: Tiles
    size: Size
    strokes: Strokes | None = None

    @property
    def controls(self) -> frozenset[Control]:
        """Which controls of a person reach the model itself."""
        return frozenset(extra.control for extra in self.extra)

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of what can be chosen within the style, in the manifest's order."""
        return tuple(name for extra in self.extra for name in extra.variants)

    @property
    def needs_guide(self) -> bool:
        """Whether it cannot draw without a second picture."""
        return any(extra.control == "guide" and extra.default is None for extra in self.extra)


class Style(Manifest, frozen=True, kw_only=True):
    """An installed style: its manifest and the folder it stands in."""

    folder: Path

    @property
    def path(self) -> Path:
        """Where the model file lies."""
        return self.folder / self.file


def read_style(folder: Path) -> Style:
    """Read and check the manifest in `folder`. Raises ConfigError naming the file and the wrong key."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.toml.decode(read_plain(path, MAX_MANIFEST_BYTES), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if problem := check_manifest(manifest):
        raise ConfigError(f"{path}: {problem}")
    return Style(**{name: getattr(manifest, name) for name in Manifest.__struct_fields__}, folder=folder)


def read_model(style: Style, *, max_bytes: int = MAX_MODEL_BYTES) -> bytes:
    """The bytes of the model, once their hash was found to be the manifest's: what is checked is what is run.

    Raises StyleFailed when the file is absent, too large, not a plain file, or not the one in the manifest.
    """
    return _read_checked(style, style.file, style.sha256, max_bytes)


def read_guide(style: Style, *, max_bytes: int = MAX_MODEL_BYTES) -> bytes:
    """The bytes of the model that reads guiding pictures, b"" where there is none. Raises as `read_model`."""
    if style.guide is None:
        return b""
    return _read_checked(style, style.guide.file, style.guide.sha256, max_bytes)


class Catalogue:
    """The styles found in some folders. Reads them each time: `fedi style add` needs no restart."""

    def __init__(self, folders: Sequence[Path], *, max_model_bytes: int = MAX_MODEL_BYTES) -> None:
        self._folders = tuple(folders)
        self._max_model_bytes = max_model_bytes

    def list(self) -> Sequence[Style]:
        """Every style with a sound manifest, by name; the first folder wins where two hold the same name."""
        return sorted(self._scan()[0].values(), key=lambda style: style.name)

    def problems(self) -> Sequence[str]:
        """One sentence for each manifest that cannot be used, for `fedi style verify` and `fedi doctor`."""
        return self._scan()[1]

    def get(self, name: str) -> Style:
        """The style called `name`. Raises NotFound."""
        style = self._scan()[0].get(name)
        if style is None:
            raise NotFound(f"There is no style called {name}.")
        return style

    def read_model(self, style: Style) -> bytes:
        """The checked bytes of a style's model; raises StyleFailed (see `read_model`)."""
        return read_model(style, max_bytes=self._max_model_bytes)

    def read_guide(self, style: Style) -> bytes:
        """The checked bytes of its guide's model, or b"" (see `read_guide`)."""
        return read_guide(style, max_bytes=self._max_model_bytes)

    def _scan(self) -> tuple[dict[str, Style], Sequence[str]]:
        styles: dict[str, Style] = {}
        problems = []
        for root in self._folders:
            # Folders that begin with a dot are being installed or removed (styles/installing.py).
            for manifest in sorted(root.glob(f"[!.]*/{MANIFEST}")):
                try:
                    style = read_style(manifest.parent)
                except ConfigError as error:
                    problems.append(str(error))
                    continue
                styles.setdefault(style.name, style)
        return styles, problems


def check_manifest(manifest: Manifest) -> str:
    """What a manifest says that cannot be, "" if nothing."""
    ranges = [manifest.input.range] + ([manifest.guide.input.range] if manifest.guide else [])
    if any(each not in RANGES for each in ranges):
        return f"`input.range` must be one of {', '.join(str(list(r)) for r in RANGES)}"
    if manifest.tiles.exact and manifest.tiles.norm != "none":
        return "`tiles.exact` cannot be true of a model with instance norm"
    controls = [extra.control for extra in manifest.extra]
    names = [manifest.input.name, *(extra.name for extra in manifest.extra)]
    if len(set(names)) != len(names) or len(set(controls)) != len(controls):
        return "each `extra` must have a name and a control of its own"
    if ("guide" in controls) != (manifest.guide is not None):
        return "`[guide]` and an `extra` of the control `guide` need each other"
    return next((problem for extra in manifest.extra if (problem := _extra_contradiction(extra))), "")


def _extra_contradiction(extra: Extra) -> str:
    if bool(extra.variants) != (extra.control == "variant"):
        return f"`extra` {extra.name}: `variants` belong to the control `variant`, which needs one at least"
    length = math.prod(extra.shape) if extra.shape else None
    given = [extra.default, *extra.variants.values()]
    lists = [each for each in given if isinstance(each, tuple)]
    if any(len(each) != (len(lists[0]) if length is None else length) for each in lists):
        return f"`extra` {extra.name}: a number for each place of its `shape` is wanted"
    numbers = [number for each in lists for number in each]
    if not all(math.isfinite(number) for number in [*numbers, *_alone(extra.default)]):
        return f"`extra` {extra.name}: only finite numbers are accepted"
    places = [each for each in extra.variants.values() if isinstance(each, int)]
    if any(not 0 <= each < (length or MAX_PLACES) for each in places):
        return f"`extra` {extra.name}: a variant's place is outside its `shape`"
    return ""


def _alone(value: float | tuple[float, ...] | None) -> list[float]:
    return [value] if isinstance(value, int | float) else []


def _read_checked(style: Style, file: str, sha256: str, max_bytes: int) -> bytes:
    try:
        model = read_plain(style.folder / file, max_bytes)
    except OSError as error:
        raise StyleFailed(f"The model file of the style {style.name} cannot be read: {error}") from error
    if hashlib.sha256(model).hexdigest() != sha256:
        raise StyleFailed(f"The style {style.name} was refused: the model file does not match its manifest.")
    return model


def read_plain(path: Path, max_bytes: int) -> bytes:
    """Read a regular file of at most `max_bytes`; links, devices and longer files raise OSError."""
    # Not waiting on a pipe that somebody put there in the model's place.
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path.name} is not a plain file")
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise OSError(f"{path.name} is larger than {max_bytes} bytes")
    return content
