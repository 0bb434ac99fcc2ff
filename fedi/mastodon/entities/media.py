"""MediaAttachment (Mastodon API: entities, MediaAttachment), with our label of how a picture came to be."""

from msgspec import UNSET, Struct, UnsetType

from fedi.activitypub.uris import LocalUris
from fedi.models.media import MediaAttachment as MediaRow

KINDS = ("image", "gifv", "video", "audio")


class Size(Struct, kw_only=True):
    """The size of a version of a picture, in pixels."""

    width: int
    height: int
    size: str
    aspect: float


class Focus(Struct, kw_only=True):
    """The point to keep in sight when a picture is cropped: -1 to 1 each way, y upwards."""

    x: float
    y: float


class Meta(Struct, kw_only=True):
    """The sizes of a picture, and its focal point."""

    original: Size | UnsetType = UNSET
    small: Size | UnsetType = UNSET
    focus: Focus | UnsetType = UNSET


class MediaLabel(Struct, kw_only=True):
    """Ours: whether a model made the picture, and its licence (an IRI).

    `source_type` is an IPTC digital source type.
    """

    source_type: str | None
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
        meta=Meta(
            original=_size(row.width, row.height),
            small=_size(row.preview_width, row.preview_height),
            focus=Focus(x=row.focus_x, y=row.focus_y) if row.kind in {"image", "gifv", "video"} else UNSET,
        ),
        description=row.description or None,
        blurhash=row.blurhash or None,
        fedi=MediaLabel(
            source_type=row.source_type or None,
            ai_system=row.ai_system,
            ai_version=row.ai_version,
            licence=row.licence or None,
        ),
    )


def _size(width: int | None, height: int | None) -> Size | UnsetType:
    if not width or not height:
        return UNSET
    return Size(width=width, height=height, size=f"{width}x{height}", aspect=width / height)
