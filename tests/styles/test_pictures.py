import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from fedi.errors import StyleFailed
from fedi.styles.framing import fitted
from fedi.styles.pictures import Picture, decode, encode, open_picture, upright_size
from tests.support.styles import picture_file, waves

LIMIT = 40_000_000
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>trainedAlgorithmicMedia</x:xmpmeta>"


def read(data, size=None):
    image = open_picture(data, max_pixels=LIMIT)
    return decode(image, size or upright_size(image))


def png_header(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_the_formats_of_the_web_are_read(kind):
    picture = read(picture_file(40, 30, (200, 50, 100), kind=kind))

    assert picture.pixels.shape == (30, 40, 3)
    assert picture.alpha is None
    assert np.abs(picture.pixels.astype(int) - (200, 50, 100)).max() <= 4


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "EPS", "PDF", "ICO", "TGA", "PPM"])
def test_other_formats_are_refused_by_their_content(kind):
    with pytest.raises(StyleFailed, match="format that can be read"):
        open_picture(picture_file(16, 16, (1, 2, 3), kind=kind), max_pixels=LIMIT)


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(StyleFailed):
        open_picture(data, max_pixels=LIMIT)


def test_the_size_in_the_header_is_checked_before_a_pixel_is_decoded():
    with pytest.raises(StyleFailed, match="30000 x 30000 pixels"):
        open_picture(png_header(30_000, 30_000), max_pixels=LIMIT)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_picture_cut_off_is_refused(kind):
    data = picture_file(200, 200, kind=kind)

    with pytest.raises(StyleFailed):
        read(data[: len(data) // 2])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_applied(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # What each orientation says of how an upright picture was stored (Exif 2.32 section 4.6.4).
    stored = {
        1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2), 6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2), 8: lambda a: np.rot90(a, 3),
    }[orientation]  # fmt: skip
    upright = waves(40, 24)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(stored(upright))).save(file, "PNG", exif=exif)

    assert (read(file.getvalue()).pixels == upright).all()


def test_a_nonsense_orientation_is_ignored():
    exif = Image.Exif()
    exif[0x0112] = 77

    assert read(picture_file(40, 24, exif=exif)).pixels.shape == (24, 40, 3)


def test_a_large_jpeg_is_brought_down_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = picture_file(1600, 800, (10, 200, 30), kind="JPEG", exif=exif)

    assert read(data, (200, 400)).pixels.shape == (400, 200, 3)
    assert read(picture_file(1600, 800, kind="JPEG"), (400, 200)).pixels.shape == (200, 400, 3)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "I;16", "CMYK", "RGBA", "RGBa"])
def test_every_kind_of_pixel_becomes_rgb(mode):
    image = Image.new("RGB", (16, 16), (120, 120, 120))
    if mode == "I;16":
        image = Image.fromarray(np.full((16, 16), 120 << 8, np.uint16))
    elif mode == "RGBa":
        image = image.convert("RGBA")
    elif mode == "P":
        image = image.convert("P", palette=Image.Palette.ADAPTIVE)
    else:
        image = image.convert(mode)
    file = io.BytesIO()
    image.save(file, "JPEG" if mode == "CMYK" else "PNG")

    pixels = read(file.getvalue()).pixels

    assert pixels.shape == (16, 16, 3)
    assert mode == "1" or np.abs(pixels.astype(int) - 120).max() <= 3


def test_alpha_is_kept_and_the_colour_laid_on_white():
    picture = read(picture_file(8, 8, (255, 0, 0, 128)))

    assert picture.alpha is not None
    assert (picture.alpha == 128).all()
    assert picture.pixels[0, 0].tolist() == [255, 127, 127]


def test_alpha_that_is_everywhere_full_is_none():
    assert read(picture_file(8, 8, (255, 0, 0, 255))).alpha is None


def test_the_first_frame_of_a_moving_picture_is_taken():
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])

    assert read(file.getvalue()).pixels[0, 0].tolist() == [255, 0, 0]


def test_a_colour_profile_is_applied_and_a_broken_one_ignored():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    for profile in (srgb, b"nonsense"):
        pixels = read(picture_file(8, 8, (200, 50, 100), icc_profile=profile)).pixels
        assert np.abs(pixels.astype(int) - (200, 50, 100)).max() <= 1


# The primaries of Display P3 (SMPTE EG 432-1) adapted to D50, as ICC profiles write them.
P3 = np.array([[0.5151, 0.2412, -0.0011], [0.2920, 0.6922, 0.0419], [0.1571, 0.0666, 0.7841]])


def wide_gamut_profile():
    """The profile of sRGB with the primaries of P3 in its place (ICC.1:2022, 10.31: XYZType)."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), P3, strict=True):
        entry = profile.index(name)
        at = int.from_bytes(profile[entry + 4 : entry + 8], "big") + 8
        numbers = struct.pack(">3i", *(round(each * 65536) for each in xyz))
        profile = profile[:at] + numbers + profile[at + 12 :]
    return profile


@pytest.mark.parametrize("alpha", [(), (128,)], ids=["opaque", "see-through"])
def test_wide_colours_become_those_of_srgb(alpha):
    # P3 (200, 100, 50) is sRGB (214, 95, 31), by the matrices of both.
    wide = read(picture_file(8, 8, (200, 100, 50, *alpha), icc_profile=wide_gamut_profile()))
    plain = read(picture_file(8, 8, (214, 95, 31, *alpha)))

    assert np.abs(wide.pixels.astype(int) - plain.pixels).max() <= 2


@pytest.mark.parametrize("mode", ["L", "CMYK", "I;16"])
def test_a_profile_of_another_kind_of_colour_is_ignored(mode):
    image = Image.fromarray(np.full((8, 8), 120 << 8, np.uint16)) if mode == "I;16" else None
    image = image or Image.new("RGB", (8, 8), (120, 120, 120)).convert(mode)
    file = io.BytesIO()
    image.save(file, "JPEG" if mode == "CMYK" else "PNG", icc_profile=wide_gamut_profile())

    assert np.abs(read(file.getvalue()).pixels.astype(int) - 120).max() <= 3


def test_a_part_of_a_picture_is_decoded_by_itself_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    file, pixels = io.BytesIO(), waves(40, 24)
    Image.fromarray(np.ascontiguousarray(np.rot90(pixels))).save(file, "PNG", exif=exif)

    part = decode(open_picture(file.getvalue(), max_pixels=LIMIT), (10, 8), (5, 6, 15, 14)).pixels

    assert (part == pixels[6:14, 5:15]).all()


@pytest.mark.parametrize(("output", "kind"), [("webp", "WEBP"), ("png", "PNG"), ("jpeg", "JPEG")])
def test_a_result_carries_pixels_xmp_and_nothing_else(output, kind):
    picture = Picture(pixels=waves(40, 30), alpha=None)

    marked = Image.open(io.BytesIO(encode(picture, output, XMP)))
    plain = Image.open(io.BytesIO(encode(picture, output, None)))

    assert (marked.format, marked.size) == (kind, (40, 30))
    assert b"trainedAlgorithmicMedia" in encode(picture, output, XMP)
    assert marked.info.get("xmp") or marked.info["XML:com.adobe.xmp"]
    assert "xmp" not in plain.info
    assert not plain.getexif()
    assert encode(picture, output, XMP) == encode(picture, output, XMP)


def test_alpha_is_written_where_the_format_has_it():
    picture = Picture(pixels=waves(16, 16), alpha=np.full((16, 16), 90, np.uint8))

    modes = {
        kind: Image.open(io.BytesIO(encode(picture, kind, None))).mode for kind in ("webp", "png", "jpeg")
    }

    assert modes == {"webp": "RGBA", "png": "RGBA", "jpeg": "RGB"}


@pytest.mark.parametrize(
    ("size", "longer", "wanted"),
    [
        ((4000, 3000), 1024, (1024, 768)),
        ((300, 200), 1024, (600, 400)),
        ((900, 600), 1024, (1024, 683)),
        ((4000, 3000), None, (4000, 3000)),
        ((8000, 4000), None, (5657, 2828)),
        ((30_000, 1), None, (16_383, 1)),
        ((1, 1), 512, (2, 2)),
    ],
)
def test_a_picture_is_fitted(size, longer, wanted):
    assert fitted(size, longer=longer, max_pixels=16_000_000) == wanted
