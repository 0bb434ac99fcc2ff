"""The styles that ship, and models that owners will add: those, if they lie beside the checkout."""

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fedi.errors import StyleFailed
from fedi.styles import installing, manifests
from fedi.styles.catalogue import EMBEDDED, Catalogue
from fedi.styles.controls import Controls
from fedi.styles.engine import StyleEngine
from tests.support.styles import picture_file

pytestmark = pytest.mark.anyio

STUDIO = Path(__file__).parents[3] / "shared" / "studio"
# What their authors say of them; the catalogue finds it out by itself.
MINUS_ONE = [-1.0, 1.0]
KNOWN = [
    ("models-open/light_shinkai.onnx", MINUS_ONE, 4, None),
    ("models-open/light_paprika.onnx", MINUS_ONE, 4, None),
    ("models-noncommercial/AnimeGANv3_tiny_Cute.onnx", MINUS_ONE, 16, None),
    ("models-noncommercial/AnimeGANv3_Shinkai_37_f16.onnx", MINUS_ONE, 8, None),
    ("models-noncommercial/AnimeGANv3_Hayao_36_fixed512_f16.onnx", MINUS_ONE, 64, [512, 512]),
]
MANY = """
[[extra]]
name = "style_weights"
control = "variant"
shape = [26]
[extra.variants]
first = 0
last = 25
between = [0.5%s, 0.5]
""" % (", 0.0" * 24)
LIKE = """
[[extra]]
name = "mobilenet_conv/Conv/BiasAdd"
control = "guide"
[guide]
file = "predict.onnx"
sha256 = "%s"
side = 256
[guide.input]
name = "style_image"
layout = "nhwc"
channels = "rgb"
range = [0.0, 1.0]
multiple = 1
[guide.output]
name = "mobilenet_conv/Conv/BiasAdd"
"""


def pixels_of(styled):
    return np.asarray(Image.open(io.BytesIO(styled.data))).astype(int)


def difference(drawn, photo):
    """Of 255, from the photo at the drawing's size."""
    size = drawn.shape[1], drawn.shape[0]
    before = np.asarray(Image.open(io.BytesIO(photo)).convert("RGB").resize(size)).astype(int)
    return np.abs(drawn - before).mean()


def small(photo):
    file = io.BytesIO()
    Image.open(io.BytesIO(photo)).convert("RGB").resize((200, 160)).save(file, "PNG")
    return file.getvalue()


def read(path):
    if not path.exists():
        pytest.skip(f"../shared has no {path.name}")
    return path.read_bytes()


async def test_every_style_that_ships_is_sound_and_draws():
    catalogue = Catalogue([EMBEDDED])
    engine = StyleEngine(catalogue)

    for style in catalogue.list():
        steps = []
        drawn = await engine.run(style.name, picture_file(300, 200), size="full", on_progress=steps.append)
        assert (drawn.width, drawn.height, steps[-1]) == (300, 200, 1.0)
    await engine.close()

    assert catalogue.problems() == []


@pytest.mark.parametrize(("path", "values", "multiple", "fixed"), KNOWN)
async def test_a_known_model_is_understood_and_draws(tmp_path, make_engine, path, values, multiple, fixed):
    model, photo = read(STUDIO / path), small(read(STUDIO / "photos/test/astronaut.png"))
    engine, told = (
        make_engine(),
        {"name": "known", "author": "them", "licence": "theirs", "licence_text": "x"},
    )

    facts = await engine.inspect(model)
    manifest = manifests.guess(facts, file="a.onnx", sha256=hashlib.sha256(model).hexdigest(), told=told)
    now = datetime.now(UTC)
    installing.install(tmp_path, installing.stage(tmp_path, manifest, {"a.onnx": model}, now), "known")
    styled = await engine.run("known", photo, size="full", output="png")

    assert (facts["layout"], facts["range"], facts["multiple"]) == ("nhwc", values, multiple)
    assert (facts["fixed"], facts["norm"]) == (fixed, "instance")
    assert 3 < difference(pixels_of(styled), photo) < 60


async def test_each_variant_of_many_styles_draws_in_its_own_way(add_style, make_engine):
    photo = read(STUDIO / "photos/test/astronaut.png")
    add_style(
        "many", read(STUDIO / "models-open/multistyle26.onnx"),
        output__name="stylized", tiles__exact=False, tiles__norm="instance", tiles__halo=32,
        input__multiple=4, size__portrait=256, size__memory_mb_per_megapixel=1100, more=MANY,
    )  # fmt: skip
    engine = make_engine()

    drawn = [
        pixels_of(await engine.run("many", photo, size="portrait", output="png", controls=controls))
        for controls in (Controls(), *(Controls(variant=name) for name in ("first", "last", "between")))
    ]

    assert all(8 < difference(each, photo) < 100 for each in drawn)
    assert (drawn[0] == drawn[1]).all()
    assert np.abs(drawn[1] - drawn[2]).mean() > 10
    assert np.abs(drawn[3] - drawn[1]).mean() > 2
    with pytest.raises(StyleFailed, match="no variant called 27"):
        await engine.run("many", photo, controls=Controls(variant="27"))


async def test_a_picture_is_drawn_like_another_picture(add_style, make_engine):
    photo = read(STUDIO / "photos/test/astronaut.png")
    guide = read(STUDIO / "models-open/arbitrary_predict.onnx")
    folder = add_style(
        "like", read(STUDIO / "models-open/arbitrary_transform.onnx"),
        input__name="content_image", input__layout="nhwc", input__multiple=4,
        output__name="transformer/expand/conv3/conv/Sigmoid", tiles__exact=False, tiles__halo=32,
        size__portrait=384, size__memory_mb_per_megapixel=1500, more=LIKE % hashlib.sha256(guide).hexdigest(),
    )  # fmt: skip
    (folder / "predict.onnx").write_bytes(guide)
    engine = make_engine()

    by_coffee, by_cat, again = [
        pixels_of(await engine.run("like", photo, size="portrait", output="png", guide=read(path)))
        for path in (STUDIO / f"photos/test/{name}.png" for name in ("coffee", "chelsea", "coffee"))
    ]

    assert difference(by_coffee, photo) > 8
    assert np.abs(by_coffee - by_cat).mean() > 3
    assert (by_coffee == again).all()
    with pytest.raises(StyleFailed, match="choose one"):
        await engine.run("like", photo)
    with pytest.raises(StyleFailed, match="format"):
        await engine.run("like", photo, guide=b"<svg/>")
    (folder / "predict.onnx").write_bytes(guide + b"\x00")
    with pytest.raises(StyleFailed, match="does not match"):
        await make_engine().warm("like")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("multistyle26", "image", "stylized"),
        ("ultraface_rfb320", "input", "boxes"),
        ("arbitrary_transform", "content_image", "x"),
    ],
)
async def test_a_model_that_wants_more_than_a_picture_is_refused(add_style, make_engine, name, first, last):
    add_style("other", read(STUDIO / f"models-open/{name}.onnx"), input__name=first, output__name=last)

    with pytest.raises(StyleFailed):
        await make_engine().warm("other")
