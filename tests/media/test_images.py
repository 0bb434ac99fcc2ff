"""Pictures in, pictures out (threats T120 to T124)."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

from fedi.errors import FediError, Invalid, TooLarge, Unsupported
from fedi.media.decode import read_header
from fedi.media.images import process
from fedi.media.prepared import ImageLimits

LIMITS = ImageLimits()


def photo(width: int = 320, height: int = 240, mode: str = "RGB") -> Image.Image:
    """A picture whose top left quarter is red and whose bottom right is blue."""
    image = Image.effect_noise((width, height), 20).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2, height // 2), fill=(220, 20, 20))
    draw.rectangle((width // 2, height // 2, width, height), fill=(20, 20, 220))
    return image.convert(mode)


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    target = BytesIO()
    image.save(target, image_format, **options)
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that claims a size; its pixels are `body`."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def close_to(pixel: tuple[int, ...], wanted: tuple[int, ...], by: int = 24) -> bool:
    return all(abs(one - other) <= by for one, other in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize(
    ("image_format", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("AVIF", "image/webp")],
)
def test_a_picture_comes_out_whole_with_preview_and_blurhash(image_format: str, media_type: str) -> None:
    kept = process(encoded(photo(1200, 900), image_format), limits=LIMITS)

    assert (kept.media_type, kept.width, kept.height) == (media_type, 1200, 900)
    image, preview = opened(kept.data), opened(kept.preview)
    assert image.size == (1200, 900)
    assert close_to(image.convert("RGB").getpixel((100, 100)), (220, 20, 20))
    assert preview.size == (kept.preview_width, kept.preview_height)
    assert 200_000 < preview.width * preview.height <= 230_400
    assert len(kept.blurhash) == 28
    assert kept.source_label is None


def test_a_header_is_read_without_the_pixels() -> None:
    header = read_header(encoded(photo(), "JPEG")[:3000], limits=LIMITS)
    assert (header.kind, header.width, header.height, header.frames) == ("image/jpeg", 320, 240, 1)


def test_a_large_picture_is_scaled_to_what_is_kept() -> None:
    kept = process(encoded(photo(800, 600), "JPEG"), limits=LIMITS, max_pixels_kept=120_000)
    assert (kept.width, kept.height) == (400, 300)


def test_a_picture_of_one_pixel_and_a_long_thin_one_work() -> None:
    assert process(encoded(photo(1, 1), "PNG"), limits=LIMITS).blurhash
    thin = process(encoded(photo(16_000, 1), "PNG"), limits=LIMITS)
    assert (thin.width, thin.height, thin.preview_height) == (16_000, 1, 1)


# Hostile sizes and files


@pytest.mark.parametrize(
    ("width", "height"), [(30_000, 30_000), (50_000, 50_000), (16_385, 1), (16_384, 16_384), (10_000, 5_000)]
)
def test_a_pixel_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    body = zlib.compress(bytes(1_000_000), 9)
    with pytest.raises(Invalid, match="pixels"):
        process(png(width, height, body), limits=LIMITS)


def test_a_webp_bomb_is_refused_before_a_reader_makes_room() -> None:
    data = bytearray(encoded(photo(), "WEBP", exif=b"Exif\x00\x00MM\x00*"))
    assert data[12:16] == b"VP8X"
    data[24:30] = b"\xff\xff\xff" * 2
    with pytest.raises(Invalid, match="16777216 x 16777216 pixels"):
        process(bytes(data), limits=LIMITS)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\x00\x00MM\x00*"}])
def test_the_size_of_each_form_of_webp_is_read(options: dict[str, object]) -> None:
    data = encoded(photo(321, 123), "WEBP", **options)
    with pytest.raises(Invalid, match="321 x 123"):
        read_header(data, limits=ImageLimits(max_side=320))
    for length in (12, 16, 25):
        with pytest.raises(Invalid):
            read_header(data[:length], limits=LIMITS)
    with pytest.raises(Invalid):
        read_header(data[:12] + b"ANIM" + data[16:], limits=LIMITS)


def test_a_picture_without_pixels_is_refused() -> None:
    data = bytearray(encoded(photo(), "WEBP"))
    data[26:30] = bytes(4)
    with pytest.raises(Invalid, match="without pixels"):
        read_header(bytes(data), limits=LIMITS)


def test_too_many_bytes_are_too_large() -> None:
    with pytest.raises(TooLarge, match="16 MiB"):
        process(bytes(16 * 1024 * 1024 + 1), limits=LIMITS)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_cut_off_picture_is_refused_in_clear_words(image_format: str, share: float) -> None:
    data = encoded(photo(), image_format)
    with pytest.raises(Invalid, match=r"cut off|broken"):
        process(data[: max(40, int(len(data) * share))], limits=LIMITS)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG"),
        (b"just some words, named photo.jpg", "text file"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (b"", "empty"),
    ],
)
def test_what_is_no_picture_is_called_by_its_name(data: bytes, words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        process(data, limits=LIMITS)


def test_trailing_bytes_do_not_come_out() -> None:
    for image_format in ("JPEG", "PNG", "WEBP"):
        kept = process(encoded(photo(), image_format) + b"<script>PK\x03\x04", limits=LIMITS)
        assert b"<script>" not in kept.data


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_broken_pictures_are_refused_and_never_crash(data: st.DataObject) -> None:
    image_format = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF"]))
    broken = bytearray(SMALL[image_format])
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_header(bytes(broken), limits=LIMITS)
        process(bytes(broken), limits=LIMITS)
    except FediError:
        return


@given(
    st.binary(),
    st.sampled_from(
        [
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"RIFF\x00\x00\x00\x00WEBP",
            b"\x00\x00\x00\x18ftypavif",
        ]
    ),
)
def test_any_bytes_behind_a_known_beginning_are_refused(rest: bytes, start: bytes) -> None:
    with pytest.raises(FediError):
        read_header(start + rest, limits=LIMITS)


# What is in a file besides its pixels


def exif_of(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return exif


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_orientation_is_applied_and_the_place_is_gone(image_format: str) -> None:
    # Stored lying on its side: orientation 6 asks for a quarter turn to the right.
    data = encoded(photo(320, 240), image_format, exif=exif_of(6))
    assert b"SecretCamera" in data

    kept = process(data, limits=LIMITS)

    assert (kept.width, kept.height) == (240, 320)
    image = opened(kept.data).convert("RGB")
    assert close_to(image.getpixel((200, 50)), (220, 20, 20))
    assert close_to(image.getpixel((50, 280)), (20, 20, 220))
    for result in (kept.data, kept.preview):
        assert b"SecretCamera" not in result
        assert b"exif" not in result.lower()
        assert not dict(opened(result).getexif())


@pytest.mark.parametrize("orientation", range(9))
def test_every_orientation_is_understood(orientation: int) -> None:
    kept = process(encoded(photo(32, 24), "JPEG", exif=exif_of(orientation)), limits=LIMITS)
    assert (kept.width, kept.height) == ((24, 32) if orientation >= 5 else (32, 24))


def test_comments_and_text_are_gone() -> None:
    text = PngInfo()
    text.add_text("Comment", "secret words")
    text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>secret words</x:xmpmeta>")
    for data in (encoded(photo(), "PNG", pnginfo=text), encoded(photo(), "JPEG", comment=b"secret words")):
        assert b"secret words" in data
        assert b"secret words" not in process(data, limits=LIMITS).data


def test_colours_of_another_space_are_turned_to_srgb() -> None:
    profile = swapped_profile()
    for mode, mode_out in (("RGB", "RGB"), ("RGBA", "RGBA")):
        kept = process(encoded(photo(mode=mode), "PNG", icc_profile=profile), limits=LIMITS)
        image = opened(kept.data)
        assert image.mode == mode_out
        assert "icc_profile" not in image.info
        red, _, blue = image.getpixel((50, 50))[:3]
        assert blue > red + 100


@pytest.mark.parametrize("profile", [b"nonsense", b"\x00" * 200, b"x" * 2_000_000])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    kept = process(encoded(photo(), "JPEG", icc_profile=profile), limits=LIMITS)
    assert close_to(opened(kept.data).getpixel((50, 50)), (220, 20, 20))


def test_a_profile_of_another_space_is_ignored() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = process(encoded(photo(mode="L"), "PNG", icc_profile=profile), limits=LIMITS)
    assert opened(kept.data).mode == "RGB"


# Kinds of pixels


def test_a_cmyk_jpeg_becomes_rgb() -> None:
    kept = process(encoded(photo(mode="CMYK"), "JPEG"), limits=LIMITS)
    image = opened(kept.data)
    assert image.mode == "RGB"
    assert close_to(image.getpixel((50, 50)), (220, 20, 20), by=40)


@pytest.mark.parametrize("max_pixels_kept", [1_000, 1_000_000])
def test_sixteen_bits_keep_their_greys(max_pixels_kept: int) -> None:
    data = encoded(Image.new("I;16", (64, 64), 0x8000), "PNG")
    kept = process(data, limits=LIMITS, max_pixels_kept=max_pixels_kept)
    assert close_to(opened(kept.data).getpixel((5, 5)), (128, 128, 128), by=2)


def test_a_palette_with_transparency_keeps_it() -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 31, 63), fill=(220, 20, 20, 255))
    data = encoded(image.quantize(8), "PNG")
    assert opened(data).mode == "P"

    kept = process(data, limits=LIMITS)

    out = opened(kept.data)
    assert kept.media_type == "image/png"
    assert (out.getpixel((5, 5)), out.getpixel((60, 5))[3]) == ((220, 20, 20, 255), 0)
    assert opened(kept.preview).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    assert process(encoded(Image.new(mode, (30, 20)), "PNG"), limits=LIMITS).media_type == "image/png"


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_transparent_colour_of_a_png_is_kept(mode: str) -> None:
    data = encoded(Image.new(mode, (30, 20)), "PNG", transparency=0 if mode == "L" else (0, 0, 0))
    assert opened(process(data, limits=LIMITS).data).getpixel((5, 5))[3] == 0


def test_a_photograph_as_png_becomes_webp_and_a_drawing_stays_png() -> None:
    noise = Image.effect_noise((1200, 900), 60).convert("RGB")
    assert process(encoded(noise, "PNG"), limits=LIMITS).media_type == "image/webp"
    assert process(encoded(Image.new("RGB", (1200, 900)), "PNG"), limits=LIMITS).media_type == "image/png"


# Memory


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
@pytest.mark.parametrize(
    ("image_format", "size"), [("JPEG", (8000, 5000)), ("PNG", (8000, 5000)), ("WEBP", (4000, 4000))]
)
def test_the_largest_picture_stays_within_memory(image_format: str, size: tuple[int, int]) -> None:
    big = encoded(Image.linear_gradient("L").resize(size).convert("RGB"), image_format)
    script = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from fedi.media.images import process\n"
        "from fedi.media.prepared import ImageLimits\n"
        "def peak(): return int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "idle = peak()\n"
        "process(sys.stdin.buffer.read(), limits=ImageLimits())\n"
        "print((peak() - idle) // 1024)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], input=big, capture_output=True, check=True)
    assert int(ran.stdout) < {"JPEG": 140, "PNG": 280, "WEBP": 280}[image_format]


def test_scaling_in_bands_leaves_no_seams() -> None:
    image = Image.radial_gradient("L").resize((1300, 1700)).convert("RGB")
    kept = process(encoded(image, "PNG"), limits=LIMITS, max_pixels_kept=1_000_000)

    whole = image.resize((kept.width, kept.height), Image.Resampling.LANCZOS)
    difference = ImageChops.difference(opened(kept.data), whole).convert("L")
    assert kept.height > 3 * 256
    assert difference.getextrema()[1] <= 1


def test_what_would_take_too_much_memory_is_refused_by_kind() -> None:
    limits = ImageLimits(max_decode_bytes=5 * 320 * 240)
    for image_format, options in (("WEBP", {}), ("AVIF", {}), ("JPEG", {"progressive": True})):
        with pytest.raises(Invalid, match="of this kind"):
            read_header(encoded(photo(), image_format, **options), limits=limits)
    for image_format in ("PNG", "JPEG", "GIF"):
        read_header(encoded(photo(), image_format), limits=limits)


def swapped_profile() -> bytes:
    """sRGB with red and blue exchanged: nobody can overlook whether it was applied."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    for number in range(count):
        at = 132 + 12 * number
        if profile[at : at + 4] == b"rXYZ":
            profile[at : at + 4] = b"bXYZ"
        elif profile[at : at + 4] == b"bXYZ":
            profile[at : at + 4] = b"rXYZ"
    return bytes(profile)


SMALL = {
    image_format: encoded(photo(48, 32), image_format) for image_format in ("JPEG", "PNG", "WEBP", "AVIF")
}
