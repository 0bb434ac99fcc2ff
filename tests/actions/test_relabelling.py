"""What an author says of a picture afterwards stands in its files too."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from fedi.actions import edits, media, posts
from fedi.actions.posts import Draft
from fedi.errors import Invalid
from fedi.jobs.worker import drain
from fedi.media.images import label_options
from fedi.media.provenance import DigitalSource, Label, read_label
from fedi.media.sniff import ImageKind
from fedi.media.store import FolderStore
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment
from fedi.worker import TABLE
from tests.support.pictures import photo

pytestmark = pytest.mark.anyio

COMPOSITE = DigitalSource.COMPOSITE_WITH_TRAINED


async def labels_of(server, row):
    keys = sorted({row.original_key, row.file_key, row.preview_key})
    return [label.source if (label := read_label(await server.store.read(key))) else None for key in keys]


async def test_a_label_given_later_is_written_into_all_files_and_taken_out_again(server, alice):
    row = await media.upload(server, alice, photo(4000, 3000))
    pixels = Image.open(io.BytesIO(await server.store.read(row.file_key))).tobytes()
    assert await labels_of(server, row) == [None, None, None]

    await media.describe(server, row, source_type=COMPOSITE.value)
    await drain(server, TABLE)

    told = await MediaAttachment.get(id=row.id)
    data = await server.store.read(row.file_key)
    assert await labels_of(server, row) == [COMPOSITE, COMPOSITE, COMPOSITE]
    assert told.size_bytes == len(data)
    assert Image.open(io.BytesIO(data)).tobytes() == pixels

    await media.describe(server, told, source_type="")
    await drain(server, TABLE)

    assert await labels_of(server, row) == [None, None, None]


async def test_an_edit_of_a_post_writes_it_as_well(server, alice):
    row = await media.upload(server, alice, photo())
    post = await posts.create(server, alice, Draft(text="Look", media=[row]), mentions={})
    row = await MediaAttachment.get(id=row.id)

    media.claim(row, COMPOSITE.value)
    await edits.edit(server, post, Draft(text="Look", media=[row]), mentions={})
    await drain(server, TABLE)

    assert await labels_of(server, row) == [COMPOSITE, COMPOSITE]


async def test_other_words_touch_no_file(server, alice):
    row = await media.upload(server, alice, photo())

    await media.describe(server, row, description="A street", source_type="")

    assert not await Job.filter(kind="RelabelMedia").exists()


async def test_what_the_file_said_stays(server, alice):
    file = io.BytesIO()
    label = Label(source=DigitalSource.TRAINED, system="Some model")
    Image.new("RGB", (40, 30)).save(file, "PNG", **label_options(ImageKind.PNG, label))
    row = await media.upload(server, alice, file.getvalue())

    with pytest.raises(Invalid, match="what the file itself says"):
        await media.describe(server, row, source_type="")
    await drain(server, TABLE)

    assert read_label(await server.store.read(row.file_key)) == label


async def test_a_picture_still_in_work_is_waited_for(server, alice, clock):
    row = await media.upload(server, alice, photo())
    await MediaAttachment.filter(id=row.id).update(state="processing")
    await media.describe(server, row, source_type=COMPOSITE.value)
    await drain(server, TABLE)
    assert await labels_of(server, row) == [None, None]

    await MediaAttachment.filter(id=row.id).update(state="ready")
    clock.turn(minutes=1)
    await drain(server, TABLE)

    assert await labels_of(server, row) == [COMPOSITE, COMPOSITE]


async def test_a_picture_that_is_removed_meanwhile_leaves_no_file(server, alice):
    row = await media.upload(server, alice, photo())
    await media.describe(server, row, source_type=COMPOSITE.value)

    class Removing(FolderStore):
        async def read(self, key):
            data = await super().read(key)
            current = await MediaAttachment.get_or_none(id=row.id)
            if current is not None:
                await media.drop(server, current)
            return data

    await drain(replace(server, store=Removing(server.store.root)), TABLE)

    assert not [path for path in server.store.root.rglob("*") if path.is_file()]


async def test_the_film_itself_is_left_as_it_is(server, alice):
    row = await media.upload(server, alice, photo())
    await MediaAttachment.filter(id=row.id).update(kind="video")

    await media.describe(server, row, source_type=COMPOSITE.value)
    await drain(server, TABLE)

    assert read_label(await server.store.read(row.file_key)) is None
    assert read_label(await server.store.read(row.preview_key)).source == COMPOSITE
