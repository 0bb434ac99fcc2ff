"""fedi style: add, verify, bench, run, remove, default, enable, disable, queue, usage."""

import functools
import hashlib
import http.server
import json
import threading

import pytest
from PIL import Image

from tests.support.styles import convolutions, first_channel_inverted, picture_file, write_style

# The styles that ship with the program.
OURS = ["cel", "ink", "sky", "soft"]

TOLD = ("--author", "Ada", "--licence", "Apache-2.0", "--licence-url", "https://www.apache.org/licenses/")
MODEL = convolutions()


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "Wave_01.onnx"
    path.write_bytes(MODEL)
    return path


def styles_of(instance):
    return {row["name"]: row for row in instance.json("style", "list")}


def test_a_model_is_guessed_tried_agreed_to_and_installed(instance, model, tmp_path):
    said = instance.json("style", "add", str(model), *TOLD, "--agree", "--commercial-use")
    assert (said["name"], said["sha256"]) == ("wave_01", hashlib.sha256(MODEL).hexdigest())
    assert (said["licence"], said["commercial_use"]) == ("Apache-2.0", True)

    row = styles_of(instance)["wave_01"]
    assert (row["author"], row["offered"], row["default"], row["version"]) == ("Ada", True, False, "1")
    manifest = (instance.folder / "data" / "styles" / "wave_01" / "style.toml").read_text()
    assert 'layout = "nchw"' in manifest
    assert "multiple = 1" in manifest
    assert "range = [0.0, 1.0]" in manifest

    photo = tmp_path / "photo.png"
    photo.write_bytes(picture_file(90, 60))
    drawn = instance.json("style", "run", str(photo), str(tmp_path / "out.png"), "--style", "wave_01")
    assert (drawn["width"], drawn["style"]) == (180, "wave_01")


def test_controls_of_a_drawing_are_options(instance, tmp_path):
    photo, out = tmp_path / "photo.png", tmp_path / "out.png"
    photo.write_bytes(picture_file(90, 60))
    words = ["style", "run", str(photo), str(out), "--style", "cel", "--size", "full"]

    instance.json(*words, "--strength", "0", "--crop", "square")
    wrong = instance.fedi(*words, "--strength", "2", expect=1)

    assert Image.open(out).size == (60, 60)
    assert "strength" in wrong.output


def test_who_agreed_and_when_is_kept(instance, model):
    import sqlite3

    instance.fedi("account", "create", "olga", "--role", "owner")
    instance.fedi("style", "add", str(model), *TOLD, "--agree")

    with sqlite3.connect(instance.folder / "data" / "fedi.db") as database:
        rows = database.execute(
            "SELECT c.name, a.username, c.agreed_at IS NOT NULL FROM style_choices c"
            " JOIN accounts a ON a.id = c.agreed_by_id"
        ).fetchall()
    assert rows == [("wave_01", "olga", 1)]


def test_without_a_yes_nothing_is_installed(instance, model):
    said = instance.fedi("style", "add", str(model), *TOLD, "--title", "Waves", expect=1).stderr

    assert "Waves 1 by Ada" in said
    assert "Apache-2.0" in said
    assert "wave_01" not in styles_of(instance)
    assert list((instance.folder / "data" / "styles").iterdir()) == []


def test_a_yes_at_the_prompt_installs(instance, model):
    from click.testing import CliRunner

    from fedi.cli.main import build

    words = ["--config", str(instance.config), "style", "add", str(model), *TOLD]
    result = CliRunner().invoke(build(), words, input="y\n", prog_name="fedi")

    assert result.exit_code == 0
    assert "wave_01" in styles_of(instance)


def test_a_manifest_beside_the_model_is_taken(instance, tmp_path):
    folder = write_style(
        tmp_path, "swap", first_channel_inverted(), version="7", licence_text="Do what you like."
    )

    instance.fedi("style", "add", str(folder / "model.onnx"), "--name", "swapped", "--agree")

    assert styles_of(instance)["swapped"]["version"] == "7"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--author", "Ada", "--agree"], 1, "licence must be told"),
        ([*TOLD[:4], "--agree"], 1, "licence_url or the licence's text"),
        ([*TOLD, "--agree", "--sha256", "0" * 64], 1, "not that of the file"),
        ([*TOLD, "--agree", "--name", "../up"], 1, "name"),
        ([*TOLD, "--agree", "--name", "cel"], 1, "already"),
        ([*TOLD, "--agree", "--by", "nobody"], 1, "names nobody"),
        ([*TOLD, "--json"], 2, "--agree"),
    ],
)
def test_what_is_missing_or_wrong_is_said(instance, model, words, code, said):
    result = instance.fedi("style", "add", str(model), *words, expect=code)

    assert said in result.stderr
    assert sorted(styles_of(instance)) == OURS


def test_a_file_that_is_no_model_is_refused(instance, tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"nonsense")
    (tmp_path / "link.onnx").symlink_to(tmp_path / "a.onnx")
    (tmp_path / "huge.onnx").write_bytes(bytes(17 << 20))
    for name, said in (
        ("a", "not a sound ONNX"),
        ("link", "link.onnx"),
        ("huge", "larger"),
        ("no", "No such"),
    ):
        result = instance.fedi("style", "add", str(tmp_path / f"{name}.onnx"), *TOLD, "--agree", expect=1)
        assert said in result.stderr


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/Wave_01.onnx")
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture
def site(model):
    serving = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(model.parent))
    )
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()


def test_a_url_needs_its_hash_and_is_fetched(instance, site):
    digest = hashlib.sha256(MODEL).hexdigest()
    url = f"{site}/moved"
    wanted = instance.fedi("style", "add", url, *TOLD, "--agree", expect=1).stderr
    wrong = instance.fedi("style", "add", url, *TOLD, "--agree", "--sha256", "0" * 64, expect=1).stderr
    instance.fedi("style", "add", url, *TOLD, "--agree", "--name", "wave", "--sha256", digest)

    assert "--sha256 is needed" in wanted
    assert digest in wrong
    assert "wave" in styles_of(instance)


def test_only_https_is_fetched_where_people_live(instance, site):
    text = instance.config.read_text().replace("development = true", "development = false")
    instance.config.write_text(text.replace(f'domain = "127.0.0.1:{instance.port}"', 'domain = "a.example"'))
    digest = hashlib.sha256(MODEL).hexdigest()

    said = instance.fedi(
        "style", "add", f"{site}/Wave_01.onnx", *TOLD, "--agree", "--sha256", digest, expect=1
    )

    assert "Only https" in said.stderr


def test_a_style_is_chosen_switched_off_and_removed(instance, model):
    instance.fedi("style", "add", str(model), *TOLD, "--agree")
    assert instance.json("style", "default")["default"] == "cel"
    assert instance.json("style", "default", "wave_01")["default"] == "wave_01"
    assert "another default first" in instance.fedi("style", "disable", "wave_01", expect=1).stderr

    instance.fedi("style", "disable", "cel")
    assert not styles_of(instance)["cel"]["offered"]
    instance.fedi("style", "default", "cel", expect=1)
    instance.fedi("style", "enable", "cel")
    assert "ships with the program" in instance.fedi("style", "remove", "cel", expect=1).stderr

    instance.fedi("style", "remove", "wave_01")
    assert sorted(styles_of(instance)) == OURS
    assert instance.json("style", "default")["default"] == "cel"
    assert list((instance.folder / "data" / "styles").iterdir()) == []
    instance.fedi("style", "remove", "wave_01", expect=1)


def test_verify_says_which_styles_are_not_sound(instance, tmp_path):
    styles = instance.folder / "data" / "styles"
    write_style(styles, "good", MODEL)
    assert instance.json("style", "verify", "good")[0]["verdict"] == "ok"
    write_style(styles, "broken", MODEL, sha256="0" * 64)
    write_style(styles, "wrong", MODEL, name="NO")

    rows = {row["style"]: row for row in instance.json("style", "verify", expect=1)}

    assert {name: row["verdict"] for name, row in rows.items()} == {
        "broken": "error", "good": "ok", "-": "error", **dict.fromkeys(OURS, "ok"),
    }  # fmt: skip
    assert "does not match" in rows["broken"]["detail"]
    assert "wrong" in rows["-"]["detail"]


def test_bench_measures_against_the_floor(instance):
    write_style(instance.folder / "data" / "styles", "good", MODEL)

    small, large = instance.json("style", "bench", "good")

    assert (small["picture"], large["picture"], small["provider"]) == ("400 x 400", "1 MP", "cpu")
    assert 0 < small["seconds"] < large["seconds"] < 20
    assert 0 < large["floor_seconds"] < large["seconds"]
    assert small["peak_mb"] > 20


def test_queue_and_usage_say_who_had_what_drawn(instance):
    assert instance.fedi("style", "queue", expect=3).stdout.strip() == "Nobody waits."
    assert json.loads(instance.fedi("style", "usage", "--json", expect=3).stdout) == []
