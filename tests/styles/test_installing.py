"""A style's way in: written manifests are read again as they were, and nothing is ever half there."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from fedi.errors import Conflict, Invalid, NotFound
from fedi.styles import installing, manifests
from fedi.styles.catalogue import Catalogue, Manifest, read_style
from tests.support.styles import convolutions, write_guided, write_style

MODEL = convolutions()
NOW = datetime.now(UTC)
FACTS = {
    "inputs": {"image": [1, 3, "h", "w"]}, "input": "image", "output": "styled", "layout": "nchw",
    "fixed": None, "multiple": 4, "range": [-1.0, 1.0], "norm": "instance", "memory_mb_per_megapixel": 100,
}  # fmt: skip
TOLD = {"author": "Ada", "licence": "MIT", "licence_url": "https://a.example"}


def guessed(facts=FACTS, **told):
    digest = hashlib.sha256(MODEL).hexdigest()
    return manifests.guess(
        facts, file="Big Wave.onnx".replace(" ", "-"), sha256=digest, told={**TOLD, **told}
    )


def manifest_of(style):
    return Manifest(**{name: getattr(style, name) for name in Manifest.__struct_fields__})


@pytest.mark.parametrize(
    "words",
    ['quotes " and \\ backslashes', "lines\nand\ttabs", "del \x7f bell \x07", "日本語 🎨", "# [x]\n= 1"],
)
def test_what_is_written_is_read_again_as_it_was(tmp_path, words):
    plain = manifest_of(read_style(write_guided(tmp_path, "like")))
    variants = msgspec.structs.replace(
        manifest_of(read_style(write_style(tmp_path, "many", MODEL))),
        licence_text=words,
        extra=guessed({**FACTS, "inputs": {**FACTS["inputs"], "w": [3]}}).extra,
    )

    for manifest in (plain, variants, guessed({**FACTS, "fixed": [64, 64]}, licence_text=words)):
        assert manifests.read(manifests.to_toml(manifest).encode()) == manifest


def test_a_guess_is_careful():
    manifest = guessed()

    assert (manifest.name, manifest.title, manifest.version) == ("big-wave", "Big-Wave", "1")
    assert (manifest.tiles.exact, manifest.tiles.norm, manifest.commercial_use) == (False, "instance", False)
    assert (manifest.input.multiple, manifest.input.range) == (4, (-1.0, 1.0))
    assert manifest.size.memory_mb_per_megapixel > 100


def test_a_list_of_numbers_is_taken_for_a_choice():
    manifest = guessed({**FACTS, "inputs": {**FACTS["inputs"], "w": [3]}})

    assert (manifest.variants, manifest.extra[0].shape) == (("1", "2", "3"), (3,))


@pytest.mark.parametrize(
    ("facts", "told", "said"),
    [
        ({"inputs": {"image": [], "a": [1, 4, 4]}}, {}, "manifest is needed"),
        ({"inputs": {"image": [], "a": [3], "b": [3]}}, {}, "manifest is needed"),
        ({"range": None}, {}, "range must be told"),
        ({}, {"author": ""}, "author must be told"),
        ({}, {"name": "../up"}, "manifest"),
        ({}, {"licence_text": "x" * 50_000}, "manifest"),
    ],
)
def test_what_only_its_owner_can_say_is_asked_for(facts, told, said):
    with pytest.raises(Invalid, match=said):
        guessed({**FACTS, **facts}, **told)


def test_a_staged_style_is_not_there_before_it_is_installed(tmp_path):
    manifest = guessed(name="wave")
    token = installing.stage(tmp_path, manifest, {manifest.file: MODEL}, NOW)
    assert Catalogue([tmp_path]).list() == []
    assert Catalogue([installing.aside(tmp_path, token)]).get("wave").licence == "MIT"

    installing.install(tmp_path, token, "wave")

    catalogue = Catalogue([tmp_path])
    assert catalogue.read_model(catalogue.get("wave")) == MODEL
    assert [path.name for path in tmp_path.iterdir()] == ["wave"]
    with pytest.raises(NotFound):
        installing.install(tmp_path, token, "wave")


def test_a_name_that_is_taken_is_a_conflict_and_the_first_stays(tmp_path):
    write_style(tmp_path, "wave", convolutions(seed=3))
    manifest = guessed(name="wave")
    token = installing.stage(tmp_path, manifest, {manifest.file: MODEL}, NOW)

    with pytest.raises(Conflict):
        installing.install(tmp_path, token, "wave")

    catalogue = Catalogue([tmp_path])
    assert catalogue.read_model(catalogue.get("wave")) == convolutions(seed=3)


@pytest.mark.parametrize("token", ["", "x", "../../etc", "." * 32, "a" * 31 + "/", "é" * 32])
def test_a_token_leads_nowhere_else(tmp_path, token):
    with pytest.raises(NotFound):
        installing.aside(tmp_path, token)


def test_a_kill_leaves_nothing_that_is_listed_and_the_rest_is_swept(tmp_path):
    """Killed after each of its writes: the style is whole, or it is not there."""
    script = (
        "import os, sys, hashlib\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from fedi.styles import installing, manifests\n"
        "left = int(sys.argv[2])\n"
        "def fsync(at, real=os.fsync):\n"
        "    global left\n"
        "    real(at)\n"
        "    left -= 1\n"
        "    if left == 0: os.kill(os.getpid(), 9)\n"
        "os.fsync = fsync\n"
        "manifest = manifests.read(Path(sys.argv[3]).read_bytes())\n"
        "model, root = Path(sys.argv[4]).read_bytes(), Path(sys.argv[1])\n"
        "token = installing.stage(root, manifest, {manifest.file: model}, datetime.now(UTC))\n"
        "installing.install(root, token, manifest.name)\n"
    )
    source = write_style(tmp_path, "source", MODEL)
    (tmp_path / "manifest").write_text(manifests.to_toml(guessed(name="wave")))
    seen = set()
    for steps in range(1, 6):
        root = tmp_path / f"root{steps}"
        words = [str(root), str(steps), str(tmp_path / "manifest"), str(source / "model.onnx")]
        subprocess.run([sys.executable, "-c", script, *words], check=False)
        catalogue = Catalogue([root])
        whole = [catalogue.read_model(style) == MODEL for style in catalogue.list()]
        assert catalogue.problems() == []
        assert whole in ([], [True])
        seen.add(len(whole))
        installing.sweep(root, NOW + timedelta(hours=2))
        assert not [path for path in root.iterdir() if path.name.startswith(".")]
    assert seen == {0, 1}


def test_what_is_removed_is_gone_in_one_step(tmp_path):
    folder = write_style(tmp_path, "wave", MODEL)
    os.link(folder / "model.onnx", tmp_path / "kept")

    installing.remove(tmp_path, folder)

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
