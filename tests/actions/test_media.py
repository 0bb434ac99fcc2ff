"""Pictures of local accounts."""

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from tortoise.exceptions import IntegrityError

from fedi.actions import accounts, media
from fedi.errors import FediError, Invalid, NotFound, StorageFull, TooLarge, Unsupported
from fedi.media.images import label_options
from fedi.media.provenance import DigitalSource, Label, read_label
from fedi.media.sniff import ImageKind
from fedi.media.store import FolderStore
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.server import Server
from tests.support.factories import make_post

pytestmark = pytest.mark.anyio


class FullStore(FolderStore):
    """A disk that has room for so many files."""

    def __init__(self, root: Path, room: int) -> None:
        super().__init__(root)
        self.room = room

    async def put(self, key: str, data: bytes) -> None:
        if not self.room:
            raise StorageFull
        self.room -= 1
        await super().put(key, data)


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, kind, **options)
    return file.getvalue()


def geotagged() -> bytes:
    """A photograph that tells where and with what it was taken, lying on its side."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "SecretCameraMaker"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (48.0, 51.0, 30.0)
    return picture(size=(640, 480), exif=exif, comment=b"SecretComment")


def labelled(kind: ImageKind, label: Label) -> bytes:
    return picture(kind.value.partition("/")[2].upper(), **label_options(kind, label))


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


def files(server: Server) -> list[Path]:
    return [path for path in server.settings.path(server.settings.media.folder).rglob("*") if path.is_file()]


def with_store(server: Server, room: int) -> Server:
    return replace(server, store=FullStore(server.settings.path(server.settings.media.folder), room))


async def test_an_upload_is_ready_with_preview_and_blurhash(server: Server, alice: Account) -> None:
    kept = await media.upload(
        server, alice, picture(size=(1200, 900)), description=" A  gradient \n", focus=(0.5, -0.25)
    )

    row = await MediaAttachment.get(id=kept.id)
    assert (row.state, row.kind, row.media_type) == ("ready", "image", "image/jpeg")
    assert (row.width, row.height) == (1200, 900)
    assert row.preview_width * row.preview_height <= 230_400
    assert (row.description, row.focus_x, row.focus_y) == ("A  gradient", 0.5, -0.25)
    assert row.blurhash
    assert (row.account_id, row.post_id, row.source_type) == (alice.id, None, "")
    data = await server.store.read(row.file_key)
    assert len(data) == row.size_bytes
    assert Image.open(io.BytesIO(data)).size == (1200, 900)
    preview = Image.open(io.BytesIO(await server.store.read(row.preview_key)))
    assert preview.size == (row.preview_width, row.preview_height)
    assert row.original_key == row.file_key


async def test_place_camera_and_comment_are_gone_and_the_picture_stands_upright(
    server: Server, alice: Account
) -> None:
    assert b"SecretCameraMaker" in geotagged()

    row = await media.upload(server, alice, geotagged())

    assert (row.width, row.height) == (480, 640)
    for path in files(server):
        data = path.read_bytes()
        assert b"Secret" not in data
        assert not Image.open(io.BytesIO(data)).getexif()


@pytest.mark.parametrize("kind", [ImageKind.JPEG, ImageKind.PNG, ImageKind.WEBP])
async def test_a_picture_that_a_model_made_stays_labelled(
    server: Server, alice: Account, kind: ImageKind
) -> None:
    label = Label(source=DigitalSource.TRAINED, system="Some model", system_version="3")

    row = await media.upload(server, alice, labelled(kind, label))

    assert row.source_type == DigitalSource.TRAINED.iri
    assert (row.ai_system, row.ai_version) == ("Some model", "3")
    for path in files(server):
        found = read_label(path.read_bytes())
        assert found is not None
        assert (found.source, found.system) == (DigitalSource.TRAINED, "Some model")


async def test_what_a_camera_says_is_no_label_of_a_model(server: Server, alice: Account) -> None:
    row = await media.upload(
        server, alice, labelled(ImageKind.JPEG, Label(source=DigitalSource.DIGITAL_CAPTURE))
    )

    assert (row.source_type, row.ai_system) == ("", "")


async def test_a_large_photograph_is_kept_larger_for_the_studio(server: Server, alice: Account) -> None:
    row = await media.upload(server, alice, picture(size=(4000, 3000)))

    assert row.width * row.height <= server.settings.media.max_pixels_kept
    assert row.original_key != row.file_key
    full = Image.open(io.BytesIO(await server.store.read(row.original_key)))
    assert full.size == (4000, 3000)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", Unsupported),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", Unsupported),
        (b"<!doctype html><script>alert(1)</script>", Unsupported),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", Unsupported),
        (b"%PDF-1.7\n", Unsupported),
        (b'{"type": "Person", "publicKey": {}}', Unsupported),
        (b"GIF89a/*" + b"\0" * 20, Invalid),
        (picture()[:2000], Invalid),
        (picture("PNG")[:200], Invalid),
        (png_that_claims(50_000, 50_000), Invalid),
        (png_that_claims(1_000_000, 1), Invalid),
        (png_that_claims(8000, 8000), Invalid),
        (png_that_claims(100, 100), Invalid),
    ],
)
async def test_what_is_no_sound_picture_is_refused_and_leaves_nothing(
    server: Server, alice: Account, data: bytes, error: type[FediError]
) -> None:
    with pytest.raises(error):
        await media.upload(server, alice, data)

    assert not await MediaAttachment.exists()
    assert files(server) == []


async def test_a_file_over_the_limit_is_refused_unread(server: Server, alice: Account) -> None:
    with pytest.raises(TooLarge, match="16 MiB"):
        await media.upload(server, alice, bytes(server.settings.media.max_bytes + 1))


async def test_what_follows_a_picture_in_its_file_is_not_kept(server: Server, alice: Account) -> None:
    await media.upload(server, alice, picture("PNG") + b"<script>alert(1)</script>PK\x03\x04")

    assert all(b"script" not in path.read_bytes() for path in files(server))


@pytest.mark.parametrize("room", [0, 1])
async def test_a_full_disk_leaves_neither_row_nor_file(server: Server, alice: Account, room: int) -> None:
    with pytest.raises(StorageFull):
        await media.upload(with_store(server, room), alice, picture())

    assert not await MediaAttachment.exists()
    assert files(server) == []
    assert await media.upload(with_store(server, 2), alice, picture())


async def test_a_row_that_cannot_be_written_takes_its_files_along(server: Server, alice: Account) -> None:
    await Account.filter(id=alice.id).delete()

    with pytest.raises(IntegrityError):
        await media.upload(server, alice, picture())

    assert files(server) == []


async def test_alt_text_has_a_limit(server: Server, alice: Account) -> None:
    row = await media.upload(server, alice, picture(), description="ä" * 1500)
    assert len(row.description) == 1500

    with pytest.raises(Invalid, match="too long"):
        await media.upload(server, alice, picture(), description="ä" * 1501)
    with pytest.raises(Invalid, match="too long"):
        await media.describe(server, row, description="ä" * 1501)


@pytest.mark.parametrize(
    ("focus", "kept"),
    [
        ((5.0, -7.0), (1.0, -1.0)),
        ((float("nan"), float("inf")), (0.0, 0.0)),
        ((-0.3, 0.3), (-0.3, 0.3)),
    ],
)
async def test_the_focal_point_stays_within_the_picture(
    server: Server, alice: Account, focus: tuple[float, float], kept: tuple[float, float]
) -> None:
    row = await media.upload(server, alice, picture(), focus=focus)

    assert (row.focus_x, row.focus_y) == kept


async def test_describing_changes_what_is_given(server: Server, alice: Account) -> None:
    row = await media.upload(server, alice, picture(), description="before", focus=(0.5, 0.5))

    await media.describe(server, row, description="after\u202e")
    assert ((await MediaAttachment.get()).description, row.focus_x) == ("after", 0.5)
    await media.describe(server, row, focus=(0.1, 0.2))
    row = await MediaAttachment.get()
    assert (row.description, row.focus_x, row.focus_y) == ("after", 0.1, 0.2)


async def test_anothers_picture_is_as_if_it_were_not_there(
    server: Server, alice: Account, bob: Account
) -> None:
    row = await media.upload(server, alice, picture())

    assert await media.own(alice, row.id) == row
    for account, id_ in ((bob, row.id), (alice, row.id + 1)):
        with pytest.raises(NotFound):
            await media.own(account, id_)


async def test_a_dropped_picture_is_gone_with_its_files(server: Server, alice: Account) -> None:
    row, other = [await media.upload(server, alice, picture()) for _ in range(2)]

    await media.drop(server, row)

    assert [each.id for each in await MediaAttachment.all()] == [other.id]
    assert {path.name for path in files(server)} == {
        Path(key).name for key in (other.file_key, other.preview_key)
    }


async def test_a_picture_in_a_post_is_not_dropped(server: Server, alice: Account) -> None:
    row = await media.upload(server, alice, picture())
    post: Post = await make_post(server, alice)
    await MediaAttachment.filter(id=row.id).update(post_id=post.id)

    with pytest.raises(Invalid, match="used by"):
        await media.drop(server, row)

    assert len(files(server)) == 2


async def test_a_picture_on_a_profile_is_not_dropped(server: Server, alice: Account) -> None:
    for set_picture in (accounts.set_avatar, accounts.set_header):
        row = await media.upload(server, alice, picture())
        await set_picture(server, alice, row)

        with pytest.raises(Invalid, match="used by"):
            await media.drop(server, row)
        await set_picture(server, alice, None)
        await media.drop(server, row)
    assert files(server) == []


async def test_names_of_files_tell_nothing_and_cannot_be_guessed(server: Server, alice: Account) -> None:
    first, second = [await media.upload(server, alice, picture()) for _ in range(2)]

    names = [Path(key) for row in (first, second) for key in (row.file_key, row.preview_key)]
    assert len({(name.parent.name + name.stem) for name in names}) == 4
    assert all(len(name.parent.name + name.stem) == 32 for name in names)
    assert {name.suffix for name in names} <= {".jpg", ".webp"}
