"""fedi style add, remove, enable, disable, default: what stands on the owner's shelf."""

import hashlib
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click

from fedi.actions import style_shelf
from fedi.cli.console import as_json_option, command, opened, show
from fedi.cli.downloads import fetch
from fedi.errors import FediError, Invalid
from fedi.models.accounts import Account
from fedi.models.users import User
from fedi.queries import offers
from fedi.server import Server
from fedi.styles import manifests
from fedi.styles.catalogue import MANIFEST, MAX_MANIFEST_BYTES, MAX_MODEL_BYTES, read_plain

_RANGES = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}


@click.command()
@click.argument("source", metavar="FILE|URL")
@click.option("--sha256", default="", help="The hash the model must have; needed for a URL.")
@click.option("--manifest", type=click.Path(path_type=Path), help="Its style.toml, if not beside the file.")
@click.option("--guide", type=click.Path(path_type=Path), help="The second model that the manifest names.")
@click.option("--name", default="", help="What it is called here: a to z, digits, - and _.")
@click.option("--title", default="")
@click.option("--author", default="", help="Who made it.")
@click.option("--licence", default="", help="The name of its licence, like Apache-2.0.")
@click.option("--licence-url", default="", help="Where the licence can be read.")
@click.option("--licence-file", type=click.Path(path_type=Path), help="The licence's text.")
@click.option("--commercial-use", is_flag=True, help="The licence allows commercial use.")
@click.option("--description", default="")
@click.option("--channels", type=click.Choice(["rgb", "bgr"]), help="The order of colours it was made for.")
@click.option("--range", "range_", type=click.Choice(list(_RANGES)), help="The values it takes and gives.")
@click.option("--agree", is_flag=True, help="Agree to the licence without being asked.")
@click.option("--by", default="", help="Who agrees: a user name; the owner without it.")
@as_json_option
@command
async def add(
    context: click.Context,
    /,
    source: str,
    *,
    sha256: str,
    manifest: Path | None,
    guide: Path | None,
    licence_file: Path | None,
    range_: str | None,
    agree: bool,
    by: str,
    as_json: bool,
    **words: Any,
) -> None:
    """Install a style: an ONNX model that draws pictures anew.

    Its manifest (style.toml) is taken from beside the file, or guessed from the model and what you tell here.
    The model is checked and draws a small picture in the sandbox first; then you are shown its licence.
    """
    if as_json and not agree:
        raise click.UsageError("--json needs --agree: there is nobody to ask.")
    told = {key: value for key, value in words.items() if value not in (None, "", False)}
    if licence_file is not None:
        told["licence_text"] = _text(licence_file)
    if range_ is not None:
        told["range"] = _RANGES[range_]
    async with opened(context) as server:
        agreeing = await _account(by)
        model, file = await _model(server, source, sha256)
        is_url = source.startswith(("https://", "http://"))
        described = _manifest(manifest, None if is_url else Path(source))
        candidate = await style_shelf.offer(
            server,
            model,
            file=file,
            manifest=described,
            guide=_guide(guide, described, None if is_url else Path(source)),
            sha256=sha256,
            told=told,
        )
        about = candidate.manifest
        if not as_json:
            _print_licence(candidate)
        # A closed input is a no, too.
        if not agree and not _says_yes():
            await style_shelf.decline(server, candidate.token)
            raise FediError("Nothing was installed.")
        style = await style_shelf.accept(
            server, candidate.token, by=agreeing, source_url=source if is_url else ""
        )
        show(
            {
                "name": style.name,
                "sha256": style.sha256,
                "licence": about.licence,
                "commercial_use": about.commercial_use,
                "agreed_by": agreeing.username if agreeing else None,
                "seconds": round(candidate.drawn.seconds, 3),
            },
            as_json=as_json,
            sentence=f"{style.name} is installed: fedi style run IN OUT --style {style.name}",
        )


@click.command()
@click.argument("name")
@as_json_option
@command
async def remove(context: click.Context, name: str, *, as_json: bool) -> None:
    """Remove a style; what was drawn in it stays."""
    async with opened(context) as server:
        await style_shelf.remove(server, name)
    show({"removed": name}, as_json=as_json, sentence=f"{name} is gone.")


@click.command()
@click.argument("name", required=False)
@as_json_option
@command
async def default(context: click.Context, name: str | None, *, as_json: bool) -> None:
    """Say which style is taken where none was chosen, or choose another.

    A running server heeds it at once.
    """
    async with opened(context) as server:
        if name:
            await style_shelf.set_default(server, name)
        chosen = await offers.default_name(server)
    show({"default": chosen}, as_json=as_json, sentence=f"The default style is {chosen}.")


@click.command()
@click.argument("name")
@as_json_option
@command
async def disable(context: click.Context, name: str, *, as_json: bool) -> None:
    """Offer a style to members no more; it stays installed."""
    async with opened(context) as server:
        await style_shelf.set_enabled(server, name, enabled=False)
    show({"disabled": name}, as_json=as_json, sentence=f"{name} is offered no more.")


@click.command()
@click.argument("name")
@as_json_option
@command
async def enable(context: click.Context, name: str, *, as_json: bool) -> None:
    """Offer a style to members again."""
    async with opened(context) as server:
        await style_shelf.set_enabled(server, name, enabled=True)
    show({"enabled": name}, as_json=as_json, sentence=f"{name} is offered.")


async def _account(name: str) -> Account | None:
    """Who agrees. Without a name the owner; None before there is one."""
    if name:
        account = await Account.get_or_none(username=name, domain="")
        if account is None or not await User.filter(account_id=account.id).exists():
            raise Invalid("by", f"names nobody here: {name}")
        return account
    owner = await User.filter(role="owner").select_related("account").order_by("id").first()
    return owner.account if owner else None


async def _model(server: Server, source: str, sha256: str) -> tuple[bytes, str]:
    """The model's bytes and name. Raises Invalid, or what a fetch raises."""
    if not source.startswith(("https://", "http://")):
        return _contents(Path(source), MAX_MODEL_BYTES), Path(source).name
    if not sha256:
        raise Invalid("--sha256", "is needed for a URL: the hash that the model's author publishes")
    model = await fetch(server, source, max_bytes=MAX_MODEL_BYTES)
    # Said here too, before anything else is looked at.
    if hashlib.sha256(model).hexdigest() != sha256.lower():
        raise Invalid("--sha256", f"is not that of the file, which is {hashlib.sha256(model).hexdigest()}")
    return model, unquote(urlsplit(source).path).rsplit("/", 1)[-1]


def _manifest(named: Path | None, model: Path | None) -> bytes | None:
    """The manifest that was named, or the one beside the model that names it."""
    if named is not None:
        return _contents(named, MAX_MANIFEST_BYTES)
    if model is None or not (beside := model.parent / MANIFEST).is_file():
        return None
    content = _contents(beside, MAX_MANIFEST_BYTES)
    return content if manifests.read(content).file == model.name else None


def _guide(named: Path | None, manifest: bytes | None, model: Path | None) -> bytes | None:
    if named is not None:
        return _contents(named, MAX_MODEL_BYTES)
    guide = manifests.read(manifest).guide if manifest is not None else None
    return _contents(model.parent / guide.file, MAX_MODEL_BYTES) if guide is not None and model else None


def _contents(path: Path, max_bytes: int) -> bytes:
    try:
        return read_plain(path, max_bytes)
    except OSError as error:
        raise FediError(f"{path}: {error.strerror or error}") from error


def _text(path: Path) -> str:
    return _contents(path, MAX_MANIFEST_BYTES).decode(errors="replace")


def _says_yes() -> bool:
    try:
        return click.confirm("Do you agree to it?", err=True)
    except click.Abort:
        return False


def _print_licence(candidate: style_shelf.Candidate) -> None:
    about, drawn = candidate.manifest, candidate.drawn
    use = "allowed" if about.commercial_use else "NOT allowed, or not known"
    lines = [
        f"{about.title} {about.version} by {about.author}",
        f"  sha256          {about.sha256}",
        f"  trial           {drawn.width} x {drawn.height} pixels in {drawn.seconds:.2f} s",
        f"  licence         {about.licence}",
        *([f"  to be read at   {about.licence_url}"] if about.licence_url else []),
        f"  commercial use  {use}",
    ]
    print("\n".join(lines), file=sys.stderr)
    if about.licence_text:
        print(f"\n{about.licence_text.strip()}\n", file=sys.stderr)
