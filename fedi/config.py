"""The settings: a TOML file and FEDI_SECTION_KEY variables in, one frozen Settings out.

Every key has a default here but the domain and the secret; config.example.toml lists them all and a test
holds the two equal. Nothing else reads the environment.
"""

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from fedi.errors import ConfigError

SECRET_MIN_CHARACTERS = 32
_Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
_Positive = Annotated[int, msgspec.Meta(ge=1)]


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where this server stands. `development` allows plain http, ports in handles and loopback peers.

    `development_hosts` maps host names (`*.b.test` for those right below) to `address:port` of this machine.
    """

    domain: str = ""
    web_domain: str = ""
    host: str = "127.0.0.1"
    port: _Port = 8000
    development: bool = False
    development_hosts: dict[str, str] = {}
    secret: str = ""
    trusted_proxies: list[str] = []


class InstanceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What visitors and clients read about this server; the files are Markdown, beside the config file."""

    title: str = "fedi"
    description: str = "A small place on the fediverse, with an art studio inside."
    contact_email: str = ""
    contact_account: str = ""
    source_url: str = ""
    languages: list[str] = msgspec.field(default_factory=lambda: ["en"])
    publish_blocks: Literal["nobody", "people", "everybody"] = "nobody"
    about_file: str = ""
    privacy_file: str = ""
    terms_file: str = ""
    rules: list[str] = msgspec.field(default_factory=lambda: ["Be kind.", "Label what a model made."])
    registrations: Literal["open", "closed"] = "closed"


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The database: a SQLite file, relative to the config file."""

    file: str = "data/fedi.db"
    synchronous: Literal["FULL", "NORMAL"] = "FULL"


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where pictures lie and how large they may be; clips (with the extra `video`) have a limit of their own.

    `reserve_mb` of the disk are kept free of pictures, so that the database can always write. `quota_mb` is
    what the pictures of one member may take; 0 is no limit.
    """

    folder: str = "data/media"
    max_bytes: _Positive = 16 * 1024 * 1024
    max_clip_bytes: _Positive = 40 * 1024 * 1024
    max_pixels: _Positive = 40_000_000
    max_pixels_kept: _Positive = 8_300_000
    per_post: Annotated[int, msgspec.Meta(ge=1, le=16)] = 16
    reserve_mb: Annotated[int, msgspec.Meta(ge=0)] = 256
    quota_mb: Annotated[int, msgspec.Meta(ge=0)] = 0


class PostSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long posts may be, in characters as Mastodon counts them, and how many may wait."""

    max_characters: _Positive = 5000
    scheduled: _Positive = 300
    scheduled_per_day: _Positive = 25
    drafts: _Positive = 100


class ReadingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is offered beside the posts themselves. `translator` is the URL of a LibreTranslate server."""

    previews: bool = True
    trends: bool = True
    translator: str = ""
    translator_key: str = ""


class StudioSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The studio: its styles, what one run may cost, and how what it makes is marked and shown.

    `providers` are what onnxruntime computes with, the first that works; the processor stands behind them.
    `tag` is the hashtag put under posts with labelled pictures by authors who want it, `tag_by_default`
    whether that is all who did not choose. `model_media` is what visitors, and members who did not choose,
    see of labelled pictures. `credentials` signs what is made with C2PA (needs the extra `c2pa`).
    """

    enabled: bool = True
    folder: str = "data/styles"
    default_style: str = "cel"
    threads: _Positive = 2
    seconds: _Positive = 120
    memory_mb: _Positive = 1536
    max_pixels: _Positive = 16_000_000
    idle_seconds: _Positive = 120
    runs_per_day: _Positive = 100
    runs_per_day_in_all: _Positive = 5000
    batch: Annotated[int, msgspec.Meta(ge=1, le=10)] = 10
    max_frames: _Positive = 300
    clip_seconds: _Positive = 15
    providers: list[Literal["tensorrt", "cuda", "openvino", "coreml", "directml", "cpu"]] = msgspec.field(
        default_factory=lambda: ["cpu"]
    )
    tag: str = "AIart"
    tag_by_default: bool = True
    model_media: Literal["show", "blur", "hide"] = "show"
    credentials: bool = False
    gallery: bool = True
    prompts: bool = False


class FederationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How we speak with other servers."""

    deliveries_at_once: _Positive = 64
    deliveries_per_host: _Positive = 4
    authorised_fetch: bool = False
    allow_list: bool = False
    send_blocks: bool = True
    backfill: bool = True
    clients: bool = True

    @property
    def demands_signatures(self) -> bool:
        """Whether reads are answered only when they are signed: who may read must be known."""
        return self.authorised_fetch or self.allow_list


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often one address or account may ask: requests per five minutes, and a few things by themselves.

    Uploads, the studio's previews, deletes (unboosts with them), posts (boosts with them) and follows count
    by account; apps that register and sign-ups by address.
    """

    per_address: _Positive = 1500
    per_account: _Positive = 1500
    sign_ins_per_address: _Positive = 25
    uploads_per_half_hour: _Positive = 30
    previews_per_minute: _Positive = 120
    deletes_per_half_hour: _Positive = 30
    posts_per_three_hours: _Positive = 300
    follows_per_day: _Positive = 400
    sign_ups_per_half_hour: _Positive = 5
    apps_per_ten_minutes: _Positive = 5


class JobSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether `fedi serve` runs the worker in its own process."""

    embedded: bool = True


class LogSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings. `root` is the folder that relative paths start from."""

    server: ServerSettings = ServerSettings()
    instance: InstanceSettings = InstanceSettings()
    database: DatabaseSettings = DatabaseSettings()
    media: MediaSettings = MediaSettings()
    posts: PostSettings = PostSettings()
    reading: ReadingSettings = ReadingSettings()
    studio: StudioSettings = StudioSettings()
    federation: FederationSettings = FederationSettings()
    limits: LimitSettings = LimitSettings()
    jobs: JobSettings = JobSettings()
    logs: LogSettings = LogSettings()
    root: str = "."

    @property
    def web_host(self) -> str:
        """The host, with its port if it needs one, that pages and ids live on."""
        return self.server.web_domain or self.server.domain

    @property
    def base_url(self) -> str:
        """The scheme and host of every URL of ours; plain http only in development."""
        return f"{'http' if self.server.development else 'https'}://{self.web_host}"

    def path(self, name: str) -> Path:
        """Give a path of the settings, taken from the config file's folder when relative."""
        return Path(self.root) / name


def load(file: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; FEDI_SECTION_KEY in the environment (ours by default) overrides the file.

    Raises ConfigError naming the key when the file is absent, is not TOML, has a key that does not
    exist or a value of the wrong kind, or when the settings do not fit together.
    """
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{file}: there is no such file. `fedi init` writes one.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: this is not TOML: {error}") from error
    given = os.environ if environment is None else environment  # noqa: TID251  the one place that reads it
    _override(tables, given)
    try:
        settings = msgspec.convert({**tables, "root": str(file.resolve().parent)}, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {_worded(str(error))}") from error
    check(settings)
    return settings


def check(settings: Settings) -> None:
    """Raise ConfigError when the settings cannot be served with."""
    server = settings.server
    if not server.domain:
        raise ConfigError("server.domain is missing: the name that handles end in, such as example.social")
    if server.domain != server.domain.lower() or "/" in server.domain or " " in server.domain:
        raise ConfigError("server.domain must be a lower-case host name, without scheme or path")
    if len(server.secret) < SECRET_MIN_CHARACTERS or len(set(server.secret)) < SECRET_MIN_CHARACTERS // 4:
        raise ConfigError(
            "server.secret is missing, too short or a default: `fedi init` writes a fresh one; "
            f"it needs {SECRET_MIN_CHARACTERS} characters or more"
        )
    if server.development_hosts and not server.development:
        raise ConfigError("server.development_hosts is allowed only with server.development = true")
    if not all(re.fullmatch(r"[0-9.]+:[0-9]{1,5}", where) for where in server.development_hosts.values()):
        raise ConfigError("server.development_hosts maps names to an address and a port: 127.0.0.1:9000")
    if ":" in settings.web_host and not server.development:
        raise ConfigError("server.domain: a port is allowed only with server.development = true")


def fresh_secret() -> str:
    """Make a secret for a new config file."""
    return secrets.token_urlsafe(48)


def _override(tables: dict[str, Any], environment: Mapping[str, str]) -> None:
    for section in Settings.__struct_fields__:
        prefix = f"FEDI_{section.upper()}_"
        for name, text in environment.items():
            if name.startswith(prefix):
                tables.setdefault(section, {})[name.removeprefix(prefix).lower()] = _value(text)


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _worded(message: str) -> str:
    return message.replace("Object contains unknown field", "there is no setting named").replace(
        " - at `$", " in `"
    )
