"""fedi domain, job, style and doctor."""

import json
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from PIL import Image

from fedi.cli.doctor import confinement
from fedi.media.provenance import DigitalSource, read_label
from fedi.styles.catalogue import EMBEDDED
from tests.cli.conftest import Instance

needs_cel = pytest.mark.skipif(
    not (EMBEDDED / "cel" / "cel.onnx").exists(), reason="the cel model is not in this checkout"
)


def put_job(instance: Instance, **columns: object) -> None:
    with sqlite3.connect(instance.folder / "data" / "fedi.db") as database:
        names = {row[1]: row for row in database.execute("PRAGMA table_info(jobs)")}
        values = {
            "id": 7, "kind": "prune", "lane": "housekeeping", "payload": "{}", "state": "ready", "run_at": 0,
            "attempts": 0, "error": "", "group_key": "", "order_key": "", "priority": 5, **columns,
        }  # fmt: skip
        for name, (_, _, kind, needed, default, _) in names.items():
            if needed and default is None and name not in values:
                values[name] = 0 if "INT" in kind else ""
        values = {name: value for name, value in values.items() if name in names}
        marks = ", ".join("?" * len(values))
        database.execute(f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})", [*values.values()])


def portrait(file: Path) -> Path:
    Image.radial_gradient("L").convert("RGB").save(file)
    return file


def verdicts(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row["check"]: row["verdict"] for row in rows}


def test_a_host_is_blocked_listed_and_served_again(instance: Instance):
    instance.fedi("domain", "block", "Bad.Example", "--reason", "spam")
    instance.fedi("domain", "block", "loud.example", "--severity", "silence")

    listed = {row["domain"]: row for row in instance.json("domain", "list")}
    assert {name: row["severity"] for name, row in listed.items()} == {
        "bad.example": "suspend",
        "loud.example": "silence",
    }
    assert listed["bad.example"]["reason"] == "spam"

    instance.fedi("domain", "unblock", "bad.example")
    instance.fedi("domain", "unblock", "loud.example")
    assert instance.json("domain", "list", expect=3) == []
    assert "There is no rule" in instance.fedi("domain", "list", expect=3).stdout


def test_a_list_of_domains_is_imported_and_exported_as_other_servers_exchange_it(
    instance: Instance, tmp_path: Path
):
    file = tmp_path / "list.csv"
    file.write_text(
        "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
        "spam.example,suspend,True,True,spam,False\n"
        "loud.example,limit,false,true,,\n"
        "not a host,suspend,,,,\n"
    )

    said = instance.json("domain", "import", str(file), expect=4)
    exported = instance.fedi("domain", "export").stdout
    for name in ("spam.example", "loud.example"):
        instance.fedi("domain", "unblock", name)

    assert said["taken"] == 2
    assert [each["domain"] for each in said["refused"]] == ["not a host"]
    assert exported.splitlines()[1:] == [
        "loud.example,silence,False,True,,False",
        "spam.example,suspend,True,True,spam,False",
    ]


@pytest.mark.parametrize("words", [["block", "not a host"], ["block", ""], ["unblock", "never.example"]])
def test_a_rule_that_cannot_be_is_refused(instance: Instance, words):
    assert len(instance.fedi("domain", *words, expect=1).stderr.strip().splitlines()) == 1


def test_jobs_are_listed_with_the_reason_and_tried_again(instance: Instance):
    assert instance.json("job", "list", expect=3) == []
    put_job(instance, state="buried", error="Traceback ...\nRefused: The peer answered 403.", attempts=16)

    row = instance.json("job", "list", "--state", "buried")[0]
    assert (row["id"], row["state"], row["attempts"]) == ("7", "buried", 16)
    assert row["error"] == "Refused: The peer answered 403."
    assert "403" in instance.fedi("job", "list").stdout

    assert instance.json("job", "retry", "7") == {"revived": 1}
    assert instance.json("job", "list")[0]["state"] == "ready"
    assert instance.json("job", "list", "--lane", "deliver", expect=3) == []
    assert instance.json("job", "retry", "8", expect=3) == {"revived": 0}


@needs_cel
def test_styles_are_listed_with_their_licences(instance: Instance):
    cel = next(row for row in instance.json("style", "list") if row["name"] == "cel")

    assert cel["licence"]
    assert cel["version"]
    assert "cel" in instance.fedi("style", "list").stdout


@needs_cel
@pytest.mark.slow
@pytest.mark.parametrize("ending", ["webp", "png", "jpg"])
def test_a_picture_is_drawn_and_labelled(instance: Instance, tmp_path: Path, ending: str):
    out = tmp_path / f"out.{ending}"

    said = instance.json("style", "run", str(portrait(tmp_path / "in.png")), str(out))

    drawn = Image.open(out)
    assert (drawn.width, drawn.height) == (said["width"], said["height"])
    assert drawn.format == {"webp": "WEBP", "png": "PNG", "jpg": "JPEG"}[ending]
    label = read_label(out.read_bytes())
    assert label is not None
    assert label.source is DigitalSource.COMPOSITE_WITH_TRAINED


@needs_cel
@pytest.mark.parametrize(
    ("source", "out", "more", "sentence"),
    [
        ("in.png", "out.webp", ["--style", "nothing"], "nothing"),
        ("in.txt", "out.webp", [], "picture"),
        ("gone.png", "out.webp", [], "No such file"),
        (".", "out.webp", [], "directory"),
        ("in.png", "out.gif", [], ".webp, .png or .jpg"),
        ("in.png", "no/such/out.webp", [], "No such file"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(instance: Instance, tmp_path, source, out, more, sentence):
    portrait(tmp_path / "in.png")
    (tmp_path / "in.txt").write_text("not a picture")

    words = ["style", "run", str(tmp_path / source), str(tmp_path / out), *more]
    said = instance.fedi(*words, expect=1).stderr.strip()

    assert sentence in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / out).exists()


@needs_cel
def test_the_doctor_finds_a_sound_instance_sound_but_for_the_server(instance: Instance):
    instance.fedi("account", "create", "owner", "--role", "owner")

    found = verdicts(instance.json("doctor"))

    assert found.pop("answers") == "warning"
    assert found.pop("disk") in {"ok", "warning"}
    # What a system grants differs; that it is asked, and what is said of it, is proven below.
    assert found.pop("studio sandbox") in {"ok", "warning"}
    styles = {f"style {name}": "ok" for name in ("cel", "ink", "sky", "soft")}
    assert found == {"config": "ok", "database": "ok", "owner": "ok", "jobs": "ok", **styles}


@needs_cel
def test_the_doctor_sees_what_is_amiss(instance: Instance):
    put_job(instance, state="buried", error="Refused: no")
    copy = instance.folder / "data" / "styles" / "mine"
    shutil.copytree(EMBEDDED / "cel", copy)
    manifest = (copy / "style.toml").read_text()
    (copy / "style.toml").write_text(manifest.replace('name = "cel"', 'name = "mine"'))
    model = bytearray((copy / "cel.onnx").read_bytes())
    model[len(model) // 2] ^= 1
    (copy / "cel.onnx").write_bytes(model)

    result = instance.fedi("doctor", "--json", expect=1)

    found = verdicts(json.loads(result.stdout))
    assert (found["jobs"], found["owner"], found["style cel"]) == ("warning", "warning", "ok")
    assert found["style mine"] == "error"


def test_the_doctor_asks_what_the_style_process_is_denied_here(instance: Instance):
    (said,) = [row for row in instance.json("doctor") if row["check"] == "studio sandbox"]

    assert said["detail"].startswith(("11 bounds in force", "not in force here: "))


def test_the_doctor_names_the_bounds_that_a_system_does_not_grant():
    said = confinement({"memory": True, "own files only": False, "no network, no programs": False})

    assert said.verdict == "warning"
    assert said.detail == "not in force here: own files only, no network, no programs"
    assert confinement({"memory": True}).verdict == "ok"


def test_the_doctor_warns_of_credentials_that_nothing_here_can_sign(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
):
    instance.append("[studio]\ncredentials = true")
    # How Python itself is told that there is no such module, whether the extra is installed here or not.
    monkeypatch.setitem(sys.modules, "c2pa", None)

    (said,) = [row for row in instance.json("doctor") if row["check"] == "content credentials"]

    assert said["verdict"] == "warning"
    assert "fedi[c2pa]" in said["detail"]


def test_the_doctor_finds_credentials_sound_where_the_extra_is_installed(instance: Instance):
    pytest.importorskip("c2pa")
    instance.append("[studio]\ncredentials = true")

    assert verdicts(instance.json("doctor"))["content credentials"] == "ok"


def test_the_doctor_names_a_manifest_that_cannot_be_read(instance: Instance):
    folder = instance.folder / "data" / "styles" / "mine"
    folder.mkdir(parents=True)
    (folder / "style.toml").write_text('name = "mine"\ncolour = "red"\n')

    rows = json.loads(instance.fedi("doctor", "--json", expect=1).stdout)

    (said,) = [row for row in rows if row["check"] == "style manifest"]
    assert said["verdict"] == "error"
    assert "style.toml" in said["detail"]


def test_the_doctor_says_what_is_wrong_with_the_config(instance: Instance):
    instance.append("[media]\nmax_byte = 5")

    said = instance.fedi("doctor", expect=1).stdout

    assert "max_byte" in said


def test_the_doctor_sees_a_broken_database(instance: Instance):
    file = instance.folder / "data" / "fedi.db"
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    file.write_bytes(data)

    result = instance.fedi("doctor", "--json", expect=1)

    assert verdicts(json.loads(result.stdout))["database"] == "error"
    assert "database" in instance.fedi("account", "list", expect=1).stderr


def test_the_doctor_says_what_styles_are_computed_with(instance: Instance):
    instance.append('[studio]\nproviders = ["cuda", "cpu"]')

    (said,) = [row for row in instance.json("doctor") if row["check"] == "style cel"]

    assert said["verdict"] == "warning"
    assert (
        said["detail"] == "matches its manifest, runs on cpu; not on cuda: not in the installed onnxruntime"
    )
