"""A picture shown small in some styles, before anything is asked for: drawn at once, kept nowhere."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from anyio import to_thread

from fedi.actions import choices, media, remixing, style_guides
from fedi.actions.styles import label_for
from fedi.errors import Forbidden, Invalid, NotFound, StyleFailed
from fedi.media.provenance import DigitalSource, read_label, write_packet
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.server import Server
from fedi.styles.catalogue import Style
from fedi.styles.controls import Controls
from fedi.styles.engine import StyledPicture

_LOOK_SECONDS = 0.1

IsGone = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A picture in a style, labelled as what it is; or None, and why."""

    style: Style
    picture: StyledPicture | None
    error: str = ""

    @property
    def url(self) -> str:
        """The picture as a data URL (RFC 2397), "" if there is none."""
        if self.picture is None:
            return ""
        return f"data:{self.picture.media_type};base64,{base64.b64encode(self.picture.data).decode()}"


async def draw(
    server: Server,
    account: Account,
    styles: Sequence[Style],
    picture: MediaAttachment | bytes,
    *,
    size: str,
    controls: Controls,
    guide: MediaAttachment | None = None,
    is_gone: IsGone,
) -> list[Preview]:
    """Draw a picture small in some styles, one after the other, as long as `is_gone` does not say yes.

    For one style alone, controls that it does not know raise Invalid; among several they are left out.
    Raises Forbidden when the studio is off or a consent was taken back, NotFound for a picture that is not
    the account's, TooMany when too many wait; what goes wrong in a style is told in its place.
    """
    if not server.settings.studio.enabled:
        raise Forbidden("The studio is switched off on this server.")
    wanted = choices.read_size(size)
    await remixing.require_own_guide(account, guide)
    if len(styles) == 1:
        choices.check(styles[0], controls)
        style_guides.check(account, styles[0], guide)
    data, source = await _read(server, account, picture)
    like = b"" if guide is None else (await _read(server, account, guide))[0]
    cancel, found = _Gone(is_gone), []
    for style in styles:
        try:
            style_guides.check(account, style, guide if style.guide else None)
            drawn = await server.previews.draw(
                style.name, data, size=wanted, controls=choices.fitting(style, controls),
                guide=like if style.guide else b"",
                xmp=write_packet(label_for(source, style)), cancel=cancel,
            )  # fmt: skip
        except (StyleFailed, Invalid) as error:
            found.append(Preview(style=style, picture=None, error=str(error)))
            if cancel.is_over:
                break
        else:
            found.append(Preview(style=style, picture=drawn))
    return found


async def _read(
    server: Server, account: Account, picture: MediaAttachment | bytes
) -> tuple[bytes, DigitalSource | None]:
    """Read a picture, and how it came to be if that is said. Raises NotFound, TooLarge, Invalid."""
    if isinstance(picture, bytes):
        media.check_size(server, picture)
        label = await to_thread.run_sync(read_label, picture)
        return picture, label.source if label else None
    if picture.account_id != account.id:
        raise NotFound
    if picture.state != "ready" or not picture.original_key:
        raise Invalid("media_id", "is not a picture that can be drawn")
    await remixing.consent_to(account, picture)
    # What is shown is enough for a preview; the original may be several times as large.
    key = picture.file_key if picture.kind == "image" else picture.preview_key
    return await server.store.read(key), media.label_of(picture)


class _Gone:
    """Waits until whoever asked has gone."""

    def __init__(self, is_gone: IsGone) -> None:
        self._is_gone, self.is_over = is_gone, False

    async def wait(self) -> None:
        """Return once nobody waits for the answer."""
        while not self.is_over and not await self._is_gone():  # noqa: ASYNC110  told only when asked
            await asyncio.sleep(_LOOK_SECONDS)
        self.is_over = True
