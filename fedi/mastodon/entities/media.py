"""MediaAttachment (Mastodon API: entities, MediaAttachment), with our label of how a picture came to be."""

from fractions import Fraction

from msgspec import UNSET, Struct, UnsetType

from fedi.activitypub.uris import LocalUris
from fedi.media.provenance import said_in_words
from fedi.models.media import MediaAttachment as MediaRow

KINDS = ("image", "gifv", "video", "audio")


class Size(Struct, kw_only=True):
    """The size of a version of a file, in pixels; of a clip its course: seconds, and bits a second."""

    width: int
    height: int
    size: str
    aspect: float
    frame_rate: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    bitrate: int | UnsetType = UNSET


class Focus(Struct, kw_only=True):
    """The point to keep in sight when a picture is cropped: -1 to 1 each way, y upwards."""

    x: float
    y: float


class Meta(Struct, kw_only=True):
    """The sizes of a picture and its focal point; of a clip its course, once more as older apps read it."""

    original: Size | UnsetType = UNSET
    small: Size | UnsetType = UNSET
    focus: Focus | UnsetType = UNSET
    length: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    fps: int | UnsetType = UNSET
    size: str | UnsetType = UNSET
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    aspect: float | UnsetType = UNSET


class MediaLabel(Struct, kw_only=True):
    """Ours: whether a model made the picture, and its licence (an IRI).

    `source_type` is an IPTC digital source type, `origin` whose word that is: studio (this server made it),
    file (it stands inside), author, or wire (its author's server says so). `based_on` is what it was made
    from, where its author tells.
    """

    source_type: str | None
    origin: str | None
    based_on: str | None
    ai_system: str
    ai_version: str
    licence: str | None


class MediaAttachment(Struct, kw_only=True):
    """A file of a post."""

    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None
    meta: Meta
    description: str | None
    blurhash: str | None
    fedi: MediaLabel
    preview_remote_url: str | None = None


def media_attachment(row: MediaRow, uris: LocalUris) -> MediaAttachment:
    """Show a file: ours from the store, another server's from there."""
    url = uris.media(row.file_key) if row.file_key else row.remote_url or None
    preview = uris.media(row.preview_key) if row.preview_key else url if row.kind == "image" else None
    return MediaAttachment(
        id=str(row.id),
        type=row.kind if row.kind in KINDS else "unknown",
        url=url if row.state == "ready" else None,
        preview_url=preview,
        remote_url=row.remote_url or None,
        meta=_meta(row),
        description=said_in_words(row.description, row.source_type) or None,
        blurhash=row.blurhash or None,
        fedi=MediaLabel(
            source_type=row.source_type or None,
            origin=row.label_origin or None,
            based_on=row.based_on_uri if row.shows_source else None,
            ai_system=row.ai_system,
            ai_version=row.ai_version,
            licence=row.licence or None,
        ),
    )


def _meta(row: MediaRow) -> Meta:
    size, small = _size(row.width, row.height), _size(row.preview_width, row.preview_height)
    focus = Focus(x=row.focus_x, y=row.focus_y) if row.kind in {"image", "gifv", "video"} else UNSET
    if row.kind not in {"gifv", "video"} or size is UNSET or not row.duration_ms:
        return Meta(original=size, small=small, focus=focus)
    seconds, frames = row.duration_ms / 1000, row.frames or 0
    rate = Fraction(frames * 1000, row.duration_ms).limit_denominator(1001)
    minutes, rest = divmod(seconds, 60)
    return Meta(
        original=Size(
            frame_rate=f"{rate.numerator}/{rate.denominator}",
            duration=seconds,
            bitrate=int(row.size_bytes * 8 / seconds),
            width=size.width,
            height=size.height,
            size=size.size,
            aspect=size.aspect,
        ),
        small=small,
        focus=focus,
        length=f"{int(minutes // 60)}:{int(minutes % 60):02}:{rest:05.2f}",
        duration=seconds,
        fps=round(rate),
        width=size.width,
        height=size.height,
        size=size.size,
        aspect=size.aspect,
    )


def _size(width: int | None, height: int | None) -> Size | UnsetType:
    if not width or not height:
        return UNSET
    return Size(width=width, height=height, size=f"{width}x{height}", aspect=width / height)
