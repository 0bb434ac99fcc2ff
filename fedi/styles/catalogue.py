"""The styles an owner has installed: one folder each with `style.toml` beside the ONNX model.

Reads and checks manifests and the model file's size and hash; what is inside the model: styles/check.py.
"""

import hashlib
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
Side = Annotated[int, msgspec.Meta(ge=64, le=4096)]


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model eats: a float32 tensor of three channels, both sides a multiple of `multiple` pixels."""

    name: Line
    layout: Literal["nchw", "nhwc"]
    channels: Literal["rgb", "bgr"]
    range: tuple[float, float]
    multiple: Annotated[int, msgspec.Meta(ge=1, le=256)]


class Output(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the model gives: a tensor of the input's shape, layout, channel order and range."""

    name: Line


class Tiles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a part of the picture is drawn as the whole would be, given `halo` pixels around it."""

    exact: bool
    halo: Annotated[int, msgspec.Meta(ge=0, le=512)]


class Size(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The longer side, in pixels, at which the style looks right, and the memory a run needs."""

    portrait: Side
    picture: Side
    memory_mb_per_megapixel: Annotated[int, msgspec.Meta(ge=1, le=20_000)]


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
    file: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")]
    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    input: Input
    output: Output
    tiles: Tiles
    size: Size


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
        manifest = msgspec.toml.decode(_read_plain(path, MAX_MANIFEST_BYTES), type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path}: {error}") from error
    if manifest.input.range not in RANGES:
        raise ConfigError(f"{path}: `input.range` must be one of {', '.join(str(list(r)) for r in RANGES)}")
    return Style(**{name: getattr(manifest, name) for name in Manifest.__struct_fields__}, folder=folder)


def read_model(style: Style, *, max_bytes: int = MAX_MODEL_BYTES) -> bytes:
    """The bytes of the model, once their hash was found to be the manifest's: what is checked is what is run.

    Raises StyleFailed when the file is absent, too large, not a plain file, or not the one in the manifest.
    """
    try:
        model = _read_plain(style.path, max_bytes)
    except OSError as error:
        raise StyleFailed(f"The model file of the style {style.name} cannot be read: {error}") from error
    if hashlib.sha256(model).hexdigest() != style.sha256:
        raise StyleFailed(f"The style {style.name} was refused: the model file does not match its manifest.")
    return model


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

    def _scan(self) -> tuple[dict[str, Style], Sequence[str]]:
        styles: dict[str, Style] = {}
        problems = []
        for root in self._folders:
            for manifest in sorted(root.glob(f"*/{MANIFEST}")):
                try:
                    style = read_style(manifest.parent)
                except ConfigError as error:
                    problems.append(str(error))
                    continue
                styles.setdefault(style.name, style)
        return styles, problems


def _read_plain(path: Path, max_bytes: int) -> bytes:
    """Read a regular file of at most `max_bytes`; links, devices and longer files raise OSError."""
    # Not waiting on a pipe that somebody put there in the model's place.
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path.name} is not a plain file")
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise OSError(f"{path.name} is larger than {max_bytes} bytes")
    return content
