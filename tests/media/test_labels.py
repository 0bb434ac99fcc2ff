"""Another label for a picture that is kept: its pixels stay as they are."""

import io

import pytest
from PIL import Image, ImageSequence

from fedi.errors import Invalid
from fedi.media.images import LABELLERS, encode
from fedi.media.provenance import DigitalSource, Label, read_label
from fedi.media.sniff import ImageKind, sniff
from tests.support.pictures import animation

MODEL = Label(source=DigitalSource.TRAINED, system="Some & <model>")
CAMERA = Label(source=DigitalSource.DIGITAL_CAPTURE)


def still(kind, mode="RGB", label=None):
    return encode(Image.radial_gradient("L").resize((90, 61)).convert(mode), kind, label).data


def lossless_webp(mode):
    file = io.BytesIO()
    image = Image.radial_gradient("L").resize((91, 60)).convert("RGB")
    if mode == "RGBA":
        image.putalpha(image.getchannel(0))
    image.save(file, "WEBP", lossless=True)
    return file.getvalue()


def see_through_webp():
    image = Image.radial_gradient("L").resize((91, 60)).convert("RGB")
    image.putalpha(image.getchannel(0))
    return encode(image, ImageKind.WEBP, CAMERA).data


PICTURES = {
    "jpeg": still(ImageKind.JPEG),
    "jpeg with a label": still(ImageKind.JPEG, label=CAMERA),
    "png": still(ImageKind.PNG),
    "png with a label": still(ImageKind.PNG, "RGBA", label=CAMERA),
    "webp": still(ImageKind.WEBP),
    "webp with a label": still(ImageKind.WEBP, label=CAMERA),
    "see-through webp": see_through_webp(),
    "lossless webp": lossless_webp("RGB"),
    "lossless see-through webp": lossless_webp("RGBA"),
    "gif": animation("GIF", durations=[40, 100]),
    "moving webp": animation("WEBP", durations=[40, 100]),
    "moving png": animation("PNG", durations=[40, 100]),
}


def frames_of(data):
    with Image.open(io.BytesIO(data)) as image:
        return [
            (each.mode, each.size, each.tobytes(), each.info.get("duration"))
            for each in ImageSequence.Iterator(image)
        ]


@pytest.mark.parametrize("name", PICTURES)
def test_a_label_is_written_in_and_taken_out_and_the_pixels_stay(name):
    data = PICTURES[name]
    change = LABELLERS[sniff(data)]

    told = change(data, MODEL)
    silent = change(told, None)

    assert read_label(told) == MODEL
    assert read_label(silent) is None
    assert told.count(b"<x:xmpmeta") == 1
    assert frames_of(told) == frames_of(silent) == frames_of(data)


@pytest.mark.parametrize("name", PICTURES)
def test_saying_it_twice_is_saying_it_once(name):
    change = LABELLERS[sniff(PICTURES[name])]
    told = change(PICTURES[name], MODEL)

    assert change(told, MODEL) == told


@pytest.mark.parametrize("kind", [ImageKind.JPEG, ImageKind.WEBP])
def test_a_picture_that_ends_early_is_refused(kind):
    """Where a JPEG's pixels end, only decoding it would tell; up to them it is read."""
    data = still(kind, label=CAMERA)
    end = data.rindex(b"\xff\xda") if kind is ImageKind.JPEG else len(data) - 2

    for length in range(16, end):
        with pytest.raises(Invalid):
            LABELLERS[kind](data[:length], MODEL)
