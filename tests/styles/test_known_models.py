"""The styles that ship, and models that owners will add: those, if they lie beside the checkout."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fedi.errors import StyleFailed
from fedi.styles.catalogue import EMBEDDED, Catalogue
from fedi.styles.engine import StyleEngine
from tests.support.styles import picture_file

pytestmark = pytest.mark.anyio

STUDIO = Path(__file__).parents[3] / "shared" / "studio"
NHWC = {"input__layout": "nhwc", "input__range": [-1.0, 1.0]}
KNOWN = [
    ("models-open/light_shinkai.onnx", "input_1", "output_1", 4, 4800),
    ("models-open/light_paprika.onnx", "input_1", "output_1", 4, 4800),
    (
        "models-noncommercial/AnimeGANv3_tiny_Cute.onnx",
        "AnimeGANv3_input:0", "generator/main/out_layer:0", 16, 700,
    ),
    (
        "models-noncommercial/AnimeGANv3_Hayao_36_fixed512_f16.onnx",
        "AnimeGANv3_input", "generator_1/main/out_layer", 8, 3000,
    ),
]  # fmt: skip


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


@pytest.mark.parametrize(("path", "first", "last", "multiple", "megabytes"), KNOWN)
async def test_a_known_model_draws_a_portrait(add_style, make_engine, path, first, last, multiple, megabytes):
    photo = read(STUDIO / "photos/test/astronaut.png")
    add_style(
        "known", read(STUDIO / path), **NHWC, input__name=first, output__name=last, input__multiple=multiple,
        tiles__exact=False, tiles__halo=32, size__portrait=256, size__memory_mb_per_megapixel=megabytes,
    )  # fmt: skip

    styled = await make_engine().run("known", photo, size="portrait", output="png")

    drawn = np.asarray(Image.open(io.BytesIO(styled.data))).astype(int)
    before = np.asarray(Image.open(io.BytesIO(photo)).convert("RGB").resize((256, 256))).astype(int)
    assert drawn.shape == (256, 256, 3)
    assert 3 < np.abs(drawn - before).mean() < 60


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
