"""The settings: what is read, what is refused, and that the example tells the truth."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from fedi.config import Settings, fresh_secret, load
from fedi.errors import ConfigError

ROOT = Path(__file__).parent.parent


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text)
    return file


def server(**more: str) -> str:
    lines = {"domain": '"example.social"', "secret": f'"{fresh_secret()}"', **more}
    return "[server]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items())


def test_a_minimal_file_gives_https_and_the_defaults(tmp_path):
    settings = load(write(tmp_path, server()), {})

    assert settings.base_url == "https://example.social"
    assert settings.path(settings.database.file) == tmp_path / "data/fedi.db"
    assert not settings.server.development


def test_a_variable_overrides_the_file(tmp_path):
    file = write(tmp_path, server())

    settings = load(file, {"FEDI_SERVER_PORT": "9001", "FEDI_INSTANCE_TITLE": "Foxes", "OTHER": "x"})

    assert (settings.server.port, settings.instance.title) == (9001, "Foxes")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (server(prot="1"), "prot"),
        (server(port='"eighty"'), "port"),
        (server(port="70000"), "port"),
        (server(domain='"Example.Social"'), "server.domain"),
        (server(domain='"https://example.social"'), "server.domain"),
        (server(domain='"example.social:8000"'), "server.domain"),
        (server(secret='""'), "server.secret"),
        (server(secret='"' + "a" * 64 + '"'), "server.secret"),
        (server() + "\n[sever]\nport = 1", "sever"),
        ("[server", "TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_the_name_of_what_is_wrong(tmp_path, text, named):
    with pytest.raises(ConfigError, match=named):
        load(write(tmp_path, text), {})


def test_a_missing_file_says_what_writes_one(tmp_path):
    with pytest.raises(ConfigError, match="fedi init"):
        load(tmp_path / "none.toml", {})


def test_the_example_lists_every_setting_with_its_default():
    example = tomllib.loads((ROOT / "config.example.toml").read_text())

    defaults = msgspec.to_builtins(Settings())
    defaults.pop("root")
    assert example == defaults


def test_names_of_a_small_internet_belong_to_development_alone(tmp_path):
    secret = "x0123456789abcdefghijklmnopqrstuvwxyz"
    (tmp_path / "config.toml").write_text(
        f'[server]\ndomain = "a.example"\nsecret = "{secret}"\n'
        'development_hosts = {"b.test" = "127.0.0.1:9000"}\n'
    )

    with pytest.raises(ConfigError, match="development_hosts"):
        load(tmp_path / "config.toml", {})
