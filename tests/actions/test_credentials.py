"""Content Credentials: what the studio makes is signed, and stays valid through the store."""

import io
import json
import stat
import sys
from dataclasses import replace

import msgspec
import pytest

from fedi.actions import credentials, media
from fedi.config import Settings
from fedi.media.prepared import EncodedImage, Prepared
from fedi.media.provenance import DigitalSource, Label, read_label
from fedi.server import Server
from tests.support.pictures import photo

c2pa = pytest.importorskip("c2pa")
pytestmark = pytest.mark.anyio

LABEL = Label(source=DigitalSource.COMPOSITE_WITH_TRAINED, system="cel", system_version="3", tool="fedi 0.1")
KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a server that signs."""
    return msgspec.structs.replace(
        settings, studio=msgspec.structs.replace(settings.studio, credentials=True)
    )


async def drawing(server: Server, kind: str = "WEBP") -> Prepared:
    file = EncodedImage(data=photo(320, 240, kind), media_type=KINDS[kind], width=320, height=240)
    return await media.prepare_drawn(server, file, LABEL)


def read(data: bytes, media_type: str) -> dict[str, object]:
    with c2pa.Reader(media_type, io.BytesIO(data)) as reader:
        return json.loads(reader.json())


@pytest.mark.parametrize("kind", list(KINDS))
async def test_a_drawing_says_in_a_valid_manifest_how_it_was_made(server: Server, kind: str):
    made = await credentials.signed(server, await drawing(server, kind))

    found = read(made.file.data, made.file.media_type)
    assert found["validation_state"] == "Valid"
    (action,) = found["manifests"][found["active_manifest"]]["assertions"][0]["data"]["actions"]
    assert action["digitalSourceType"] == LABEL.source.iri
    assert action["softwareAgent"] == {"name": "cel", "version": "3"}
    assert read_label(made.file.data).source is LABEL.source
    assert len(made.file.data) < len((await drawing(server, kind)).file.data) + 8192


async def test_the_stored_file_is_the_signed_one(server: Server):
    made = await credentials.signed(server, await drawing(server))

    async with media.stored(server, made) as columns:
        kept = await server.store.read(columns["file_key"])
    assert read(kept, "image/webp")["validation_state"] == "Valid"


async def test_a_changed_file_is_not_valid(server: Server):
    made = await credentials.signed(server, await drawing(server, "JPEG"))

    forged = bytearray(made.file.data)
    forged[-20] ^= 1

    assert read(bytes(forged), "image/jpeg")["validation_state"] == "Invalid"


async def test_the_key_is_made_once_and_for_nobody_else(server: Server):
    first, second = credentials.identity_of(server), credentials.identity_of(server)

    folder = server.settings.path(server.settings.database.file).parent
    assert first == second == (folder / "credentials.pem").read_bytes()
    assert stat.S_IMODE((folder / "credentials.pem").stat().st_mode) == 0o600
    assert [each.name for each in folder.glob("credentials*")] == ["credentials.pem"]


async def test_a_broken_key_leaves_the_drawing_as_it_was(server: Server):
    (server.settings.path(server.settings.database.file).parent / "credentials.pem").write_text("nonsense")
    made = await drawing(server)

    assert await credentials.signed(server, made) == made


async def test_a_library_that_cannot_be_loaded_leaves_the_drawing_as_it_was(server: Server, monkeypatch):
    made = await drawing(server)
    monkeypatch.setattr(credentials.credentials, "can_sign", lambda: True)
    monkeypatch.setitem(sys.modules, "c2pa", None)

    assert await credentials.signed(server, made) == made


async def test_nothing_is_signed_unless_the_owner_wants_it(server: Server):
    quiet = msgspec.structs.replace(server.settings.studio, credentials=False)
    server = replace(server, settings=msgspec.structs.replace(server.settings, studio=quiet))
    made = await drawing(server)

    assert await credentials.signed(server, made) == made
