"""Custom emoji: what is kept of their pictures, and switching them off."""

from io import BytesIO

import pytest
from PIL import Image

from fedi.actions import emojis
from fedi.models.emoji import CustomEmoji

pytestmark = pytest.mark.anyio


def animation(kind: str) -> bytes:
    """Two frames of 16 pixels square, with a text that nobody else should read."""
    frames = [Image.new("RGBA", (16, 16), colour) for colour in ("red", "blue")]
    buffer = BytesIO()
    more = {"exif": b"Exif\x00\x00MM\x00*secret place"} if kind == "WEBP" else {}
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100, loop=0, **more)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
async def test_an_animated_emoji_moves_and_has_a_picture_that_stands_still(server, kind):
    row = await emojis.add(server, "blob", animation(kind))

    moving, still = await server.store.read(row.file_key), await server.store.read(row.static_key)

    assert getattr(Image.open(BytesIO(moving)), "n_frames", 1) == 2
    assert Image.open(BytesIO(still)).format == "PNG"
    assert b"secret" not in moving


async def test_an_emoji_is_switched_off_and_on(server):
    await emojis.add(server, "blob", animation("GIF"), category="cats")

    off = await emojis.set_disabled(server, "blob", disabled=True)
    on = await emojis.set_disabled(server, "blob", disabled=False)

    assert (off.disabled_at is None, on.disabled_at, await CustomEmoji.all().count()) == (False, None, 1)
