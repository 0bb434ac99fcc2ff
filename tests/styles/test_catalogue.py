from pathlib import Path

import pytest

from fedi.errors import ConfigError, NotFound, StyleFailed
from fedi.styles.catalogue import Catalogue, read_style
from tests.support.styles import convolutions, write_style

MODEL = convolutions()


def test_a_manifest_is_read_whole(tmp_path):
    folder = write_style(tmp_path, "cel", MODEL, tiles__halo=64)

    style = read_style(folder)

    assert (style.name, style.title, style.version) == ("cel", "Cel", "1.0.0")
    assert (style.input.layout, style.input.range, style.tiles.halo) == ("nchw", (0.0, 1.0), 64)
    assert style.path == folder / "model.onnx"


@pytest.mark.parametrize(
    ("change", "value", "named"),
    [
        ("colour", "red", "colour"),
        ("input__speed", 3, "speed"),
        ("name", "Bad Name", "name"),
        ("name", "../up", "name"),
        ("file", "../model.onnx", "file"),
        ("file", "/etc/passwd", "file"),
        ("file", ".hidden", "file"),
        ("sha256", "abc", "sha256"),
        ("commercial_use", "yes", "commercial_use"),
        ("input__layout", "hwc", "layout"),
        ("input__channels", "grey", "channels"),
        ("input__range", [0.0, 2.0], "range"),
        ("input__range", [0.0], "range"),
        ("input__multiple", 0, "multiple"),
        ("tiles__exact", 1, "exact"),
        ("tiles__halo", -1, "halo"),
        ("size__portrait", 1_000_000, "portrait"),
        ("size__memory_mb_per_megapixel", 0, "memory_mb_per_megapixel"),
    ],
)
def test_a_wrong_key_is_named(tmp_path, change, value, named):
    folder = write_style(tmp_path, "cel", MODEL, **{change: value})

    with pytest.raises(ConfigError, match=named):
        read_style(folder)


def test_a_missing_key_is_named(tmp_path):
    folder = write_style(tmp_path, "cel", MODEL)
    manifest = folder / "style.toml"
    manifest.write_text(manifest.read_text().replace('licence = "AGPL-3.0-or-later"\n', ""))

    with pytest.raises(ConfigError, match="licence"):
        read_style(folder)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"name = ", b"a = 1\n" * 20_000])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    (tmp_path / "style.toml").write_bytes(content)

    with pytest.raises(ConfigError):
        read_style(tmp_path)


def test_styles_are_listed_by_name_and_broken_ones_told(tmp_path):
    write_style(tmp_path, "sketch", MODEL)
    write_style(tmp_path, "cel", MODEL)
    write_style(tmp_path, "broken", MODEL, name="NO")

    catalogue = Catalogue([tmp_path, tmp_path / "absent"])

    assert [style.name for style in catalogue.list()] == ["cel", "sketch"]
    assert len(catalogue.problems()) == 1
    assert "broken" in catalogue.problems()[0]


def test_the_first_folder_wins(tmp_path):
    write_style(tmp_path / "mine", "cel", MODEL, title="Mine")
    write_style(tmp_path / "theirs", "cel", MODEL, title="Theirs")

    assert Catalogue([tmp_path / "mine", tmp_path / "theirs"]).get("cel").title == "Mine"


def test_a_style_added_later_is_found(tmp_path):
    catalogue = Catalogue([tmp_path])
    with pytest.raises(NotFound):
        catalogue.get("cel")

    write_style(tmp_path, "cel", MODEL)

    assert catalogue.get("cel").name == "cel"


def test_the_model_is_handed_out_when_its_hash_fits(tmp_path):
    write_style(tmp_path, "cel", MODEL)
    catalogue = Catalogue([tmp_path])

    assert catalogue.read_model(catalogue.get("cel")) == MODEL


def test_a_changed_model_is_refused(tmp_path):
    folder = write_style(tmp_path, "cel", MODEL)
    (folder / "model.onnx").write_bytes(MODEL[:-1] + b"\x00")
    catalogue = Catalogue([tmp_path])

    with pytest.raises(StyleFailed, match="does not match its manifest"):
        catalogue.read_model(catalogue.get("cel"))


def test_a_model_over_the_size_is_refused(tmp_path):
    write_style(tmp_path, "cel", MODEL)
    catalogue = Catalogue([tmp_path], max_model_bytes=len(MODEL) - 1)

    with pytest.raises(StyleFailed, match="larger than"):
        catalogue.read_model(catalogue.get("cel"))


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "absent"])
def test_a_model_that_is_no_plain_file_is_refused(tmp_path, kind):
    import os

    folder = write_style(tmp_path, "cel", MODEL)
    path: Path = folder / "model.onnx"
    path.rename(tmp_path / "elsewhere")
    match kind:
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
    catalogue = Catalogue([tmp_path])

    with pytest.raises(StyleFailed, match="cannot be read"):
        catalogue.read_model(catalogue.get("cel"))
