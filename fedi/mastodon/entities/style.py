"""Ours: styles of the studio and their runs (/api/fedi/v1, docs/api.md)."""

from msgspec import Struct, structs

from fedi.actions import choices
from fedi.actions.previews import Preview
from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.media import MediaAttachment, media_attachment
from fedi.mastodon.entities.times import stamp, stamp_or_none
from fedi.models.media import MediaAttachment as MediaRow
from fedi.models.media import StyleRun as RunRow
from fedi.styles.catalogue import Style as StyleManifest


class Style(Struct, kw_only=True):
    """An installed style. `commercial_use` is what its licence says.

    `controls` are the parameters of a run that do something in it, `variants` what `variant` may be.
    """

    name: str
    title: str
    description: str
    version: str
    author: str
    licence: str
    licence_url: str
    commercial_use: bool
    default: bool
    controls: list[str]
    variants: list[str]


class StyleControls(Struct, kw_only=True):
    """How a style was applied, what was not chosen too; null `proportions`: the style's own choice."""

    strength: float
    keep_colours: bool
    line_weight: float
    detail: float
    proportions: float | None
    crop: str
    variant: str


class StylePreview(Struct, kw_only=True):
    """A picture in a style, small: a data URL (RFC 2397), or why there is none."""

    style: str
    url: str | None
    width: int | None
    height: int | None
    error: str


class StyleRun(Struct, kw_only=True):
    """One picture, animation or clip through one style (`kind`).

    `progress` goes from 0 to 1; `reason` says why it failed. While it is open, `place` is how many are drawn
    before it and it (0: it is being drawn), `seconds_left` a forecast. `batch` is what it was asked for with.
    """

    id: str
    style: str
    style_version: str
    size: str
    state: str
    progress: float
    reason: str
    controls: StyleControls
    kind: str
    batch: str | None
    place: int | None
    seconds_left: float | None
    source: MediaAttachment
    result: MediaAttachment | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class Batch(Struct, kw_only=True):
    """Pictures that were asked for together; `seconds_left` until the last is done, null when all are."""

    id: str
    open: int
    seconds_left: float | None
    runs: list[StyleRun]


def style(manifest: StyleManifest, *, default: bool) -> Style:
    """Show a style."""
    return Style(
        name=manifest.name,
        title=manifest.title,
        description=manifest.description,
        version=manifest.version,
        author=manifest.author,
        licence=manifest.licence,
        licence_url=manifest.licence_url,
        commercial_use=manifest.commercial_use,
        default=default,
        controls=choices.known(manifest),
        variants=list(manifest.variants),
    )


def style_preview(preview: Preview) -> StylePreview:
    """Show a preview."""
    picture = preview.picture
    if picture is None:
        return StylePreview(style=preview.style.name, url=None, width=None, height=None, error=preview.error)
    return StylePreview(
        style=preview.style.name, url=preview.url, width=picture.width, height=picture.height, error=""
    )


def style_run(
    row: RunRow,
    source: MediaRow,
    result: MediaRow | None,
    uris: LocalUris,
    *,
    standing: tuple[int, float] | None = None,
) -> StyleRun:
    """Show a run with its pictures, and its place and seconds left while it is open."""
    place, seconds_left = standing or (None, None)
    return StyleRun(
        id=str(row.id),
        style=row.style,
        style_version=row.style_version,
        size=row.size,
        state=row.state,
        progress=round(row.progress, 3),
        reason=row.reason,
        controls=StyleControls(**structs.asdict(choices.controls_of(row))),
        kind=row.kind,
        batch=str(row.batch) if row.batch is not None else None,
        place=place,
        seconds_left=seconds_left,
        source=media_attachment(source, uris),
        result=media_attachment(result, uris) if result is not None else None,
        created_at=stamp(row.created_at),
        started_at=stamp_or_none(row.started_at),
        finished_at=stamp_or_none(row.finished_at),
    )


def batch(id_: int, runs: list[StyleRun]) -> Batch:
    """Show the runs of a batch together."""
    lefts = [run.seconds_left for run in runs if run.seconds_left is not None]
    return Batch(id=str(id_), open=len(lefts), seconds_left=max(lefts, default=None), runs=runs)
