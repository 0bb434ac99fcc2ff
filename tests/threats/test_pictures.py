"""T120 to T124, T127: files that are bombs, something else, two things, talkative, or ask for more."""

import io
import resource
import socket
from functools import partial
from itertools import product
from pathlib import Path

import httpx
import pytest
from PIL import Image

from fedi.media.prepared import ImageLimits
from tests.support import films
from tests.support.pictures import animation, photo
from tests.threats import bombs
from tests.threats.evil import Target

pytestmark = pytest.mark.anyio

SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script>"
    b"<image href='http://127.0.0.1/x'/></svg>"
)
HTML = b"<!doctype html><script>alert(document.domain)</script>"
PLACE = b"N 51 30 26 E 0 7 39 at home"
MEGABYTE = 1024 * 1024


async def uploaded(s: Target, data: bytes, name: str = "a.png", kind: str = "image/png") -> httpx.Response:
    return await s.api("alice", "POST", "/api/v1/media", files={"file": (name, data, kind)})


async def fetched(s: Target, url: str) -> httpx.Response:
    return await s.send("GET", "/media/" + url.partition("/media/")[2])


async def files_of(s: Target) -> list[bytes]:
    """Everything that the server keeps, and of it all that is given out."""
    folder = s.running.server.settings.path(s.running.server.settings.media.folder)
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def memory() -> int:
    """Resident memory of this process, which is the server's as well."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def processes() -> list[str]:
    """The names of all programs that run."""
    return [each.read_text().strip() for each in Path("/proc").glob("[0-9]*/comm") if each.exists()]


# T120


BOMBS = {
    "png": lambda: bombs.huge_png(50_000, 50_000),
    "strip": lambda: bombs.huge_png(2**31 - 1, 1),
    "gif": lambda: bombs.long_gif(10_000),
    "webp": lambda: bombs.long_webp(5000),
    "apng": lambda: bombs.long_apng(5000),
    **{kind: partial(bombs.of_another_kind, kind) for kind in ("TIFF", "ICO", "PSD")},
}


async def test_t120_a_bomb_is_refused_by_what_it_says_of_itself(s: Target) -> None:
    before = memory()
    for name, bomb in BOMBS.items():
        answer = await uploaded(s, bomb())

        assert (name, answer.status_code) == (name, 422)
        assert answer.elapsed.total_seconds() < 10
        assert memory() - before < 64 * MEGABYTE
    assert await s.is_alive()
    assert await files_of(s) == []


async def test_t120_frames_within_their_number_are_counted_by_their_pixels(s: Target) -> None:
    limits = ImageLimits()
    frames = limits.max_animation_pixels // (2000 * 2000) + 1
    assert frames < limits.max_frames

    for data in (bombs.long_gif(frames), bombs.long_webp(frames)):
        answer = await uploaded(s, data)
        assert (answer.status_code, "too much animation" in answer.text) == (422, True)
        assert answer.elapsed.total_seconds() < 10


# T121: what it is, by its content


OTHERS = {
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\nshowpage\n",
    "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
    "svg": SVG,
    "psd": bombs.of_another_kind("PSD"),
    "icns": b"icns" + (1000).to_bytes(4, "big") + b"ic07" + bytes(992),
    "bmp": bombs.of_another_kind("BMP"),
    "dds": b"DDS " + bytes(200),
    "tiff": bombs.of_another_kind("TIFF"),
    "jpeg2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(100),
}


async def test_t121_no_other_reader_is_woken_by_a_name(s: Target) -> None:
    for name, data in OTHERS.items():
        for claimed, kind in (("a.png", "image/png"), (f"a.{name}", f"image/{name}")):
            answer = await uploaded(s, data, claimed, kind)

            assert (name, answer.status_code) == (name, 422)
            assert answer.json()["error"]
    assert not {"gs", "gsx", "inkscape", "convert"} & set(processes())


# T122: two things at once


POLYGLOTS = {
    "gif and script": (partial(animation, "GIF"), b"/*GIF*/=1;alert(document.domain)//"),
    "webp and page": (partial(animation, "WEBP"), HTML),
    "apng and page": (partial(animation, "PNG"), HTML),
    "png and zip": (lambda durations: photo(64, 48, "PNG"), bombs.zip_of("run.js", HTML)),
    "jpeg and page": (lambda durations: photo(64, 48, "JPEG"), HTML),
    "mp4 and zip": (lambda durations: films.clip(len(durations) / 10), bombs.zip_of("run.js", HTML)),
}


async def test_t122_what_else_a_picture_is_does_not_come_out(s: Target) -> None:
    for name, (picture, tail) in POLYGLOTS.items():
        answer = await uploaded(s, picture(durations=[40, 40]) + tail, "a.html", "text/html")

        assert (name, answer.status_code) == (name, 200)
        given = await fetched(s, answer.json()["url"])
        assert given.headers["content-type"].startswith(("image/", "video/"))
        assert given.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in given.headers["content-security-policy"]
    for data in await files_of(s):
        assert b"alert(" not in data
        assert b"PK\x03\x04" not in data


async def test_t122_a_script_in_the_comment_of_a_gif_does_not_come_out(s: Target) -> None:
    answer = await uploaded(s, animation("GIF", durations=[40, 40], comment="*/alert(1)//"))

    assert answer.status_code == 200
    assert all(b"alert(" not in data for data in await files_of(s))


# T123: drawings that run


async def test_t123_an_svg_is_taken_nowhere(s: Target) -> None:
    drawings = (SVG, b"<?xml version='1.0'?>\n" + SVG, b"\xef\xbb\xbf" + SVG)
    kinds = (("a.svg", "image/svg+xml"), ("a.png", "image/png"))
    for data, (name, kind) in product(drawings, kinds):
        answers = [await uploaded(s, data, name, kind)]
        for field in ("avatar", "header"):
            files = {field: (name, data, kind)}
            path = "/api/v1/accounts/update_credentials"
            answers.append(await s.api("alice", "PATCH", path, files=files))
        assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert await files_of(s) == []


# T124: what a camera writes


def talkative() -> bytes:
    """A portrait photograph, lying on its side, with a place, a serial number and a thumbnail of its own."""
    image = Image.new("RGB", (120, 80), "red")
    image.paste("blue", (0, 0, 60, 80))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 26.0)
    exif.get_ifd(0x8769)[0xA431] = "serial 4711"
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif, comment=PLACE, xmp=b"<x:xmpmeta>" + PLACE + b"</x:xmpmeta>")
    return file.getvalue()


async def test_t124_nothing_but_the_picture_is_kept_of_a_photograph(s: Target) -> None:
    data = talkative()
    assert PLACE in data
    assert b"serial 4711" in data

    media = await uploaded(s, data, "a.jpg", "image/jpeg")
    worn = await s.api(
        "alice",
        "PATCH",
        "/api/v1/accounts/update_credentials",
        files={"avatar": ("a.jpg", data, "image/jpeg"), "header": ("a.jpg", data, "image/jpeg")},
    )

    assert (media.status_code, worn.status_code) == (200, 200)
    kept = await files_of(s)
    assert len(kept) >= 4
    for each in kept:
        assert PLACE not in each
        assert b"4711" not in each
        with Image.open(io.BytesIO(each)) as image:
            assert dict(image.getexif()) == {}
            # Turned upright: higher than wide, what lay at the left is on top.
            if image.width < image.height:
                top = image.convert("RGB").getpixel((image.width // 2, 2))
                assert top[2] > 200 > 60 > top[0]
    shown = (await fetched(s, media.json()["url"])).content
    with Image.open(io.BytesIO(shown)) as image:
        assert image.size == (80, 120)


async def test_t124_nor_of_what_moves(s: Target) -> None:
    place = PLACE.decode()
    for data in (
        *(animation(kind, durations=[40, 40], comment=place) for kind in ("GIF", "WEBP", "PNG")),
        *(films.clip(0.3, container=each, metadata={"comment": place}) for each in ("mp4", "webm")),
    ):
        assert PLACE in data
        answer = await uploaded(s, data)

        assert answer.status_code == 200
    assert all(PLACE not in each for each in await files_of(s))


# T127: clips that ask for more


LISTS = [
    "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile '{address}'\n",
    "<?xml version='1.0'?><MPD><Period><BaseURL>{address}</BaseURL></Period></MPD>",
]


async def test_t127_a_list_of_addresses_is_no_clip(s: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        web = f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts"
        for written, address in product(LISTS, ("file:///etc/passwd", web)):
            text = written.format(address=address).encode()
            # As it stands, and behind the first bytes of a clip.
            for data in (text, b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + text, b"\x1aE\xdf\xa3\x84webm" + text):
                answer = await uploaded(s, data, "a.mp4", "video/mp4")
                assert answer.status_code == 422
                assert b"root:" not in answer.content
        with pytest.raises(TimeoutError):
            listener.accept()
    assert await files_of(s) == []


async def test_t127_a_clip_that_keeps_its_pictures_elsewhere_gets_none(s: Target) -> None:
    data = films.clip(0.3)
    # The reference to its own data (ISO 14496-12, dref: flag 1) becomes one to another file.
    at = data.index(b"url \0\0\0\1")
    elsewhere = data[:at] + b"url \0\0\0\0" + data[at + 8 :]

    answer = await uploaded(s, elsewhere, "a.mp4", "video/mp4")

    assert answer.status_code in {200, 422}
    assert all(b"root:" not in each for each in await files_of(s))


async def test_t127_a_clip_that_is_cut_off_is_refused_in_words(s: Target) -> None:
    # Its index is at the end, as cameras write it.
    data = films.clip(1)
    for share in (0.01, 0.1, 0.5):
        answer = await uploaded(s, data[: int(len(data) * share)], "a.mp4", "video/mp4")

        assert answer.status_code == 422
        assert "cannot be read" in answer.json()["error"]
    assert await files_of(s) == []
    assert await s.is_alive()


async def test_t127_a_clip_of_too_many_pixels_or_seconds_is_refused(s: Target) -> None:
    for data, words in (
        (films.clip(0.1, size=(4096, 2304), sound=False), "pixels"),
        (films.clip(17, size=(32, 32), rate=5, sound=False), "longer than 15 seconds"),
    ):
        answer = await uploaded(s, data, "a.mp4", "video/mp4")

        assert (answer.status_code, words in answer.json()["error"]) == (422, True)
    assert await files_of(s) == []
