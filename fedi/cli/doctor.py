"""fedi doctor: look at an installation and say what is wrong with it."""

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import click

from fedi.cli.console import BROKEN_DATABASE, ERROR, as_json_option, command, opened, settings_of, show_rows
from fedi.config import Settings
from fedi.errors import FediError
from fedi.media import credentials
from fedi.models.jobs import Job
from fedi.models.users import User
from fedi.server import Server

_FREE_BYTES = 500 * 1024 * 1024
_ANSWER_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `verdict` is ok, warning or error."""

    check: str
    verdict: str
    detail: str


@click.command()
@as_json_option
@command
async def doctor(context: click.Context, *, as_json: bool) -> None:
    """Check config, database, disk, styles, jobs and whether the server answers."""
    findings: list[Finding] = []
    try:
        settings = settings_of(context)
        findings.append(Finding(check="config", verdict="ok", detail=settings.base_url))
        async with opened(context) as server:
            findings += [finding async for finding in _look(server)]
    except FediError as error:
        findings.append(
            Finding(check="database" if findings else "config", verdict="error", detail=str(error))
        )
    except BROKEN_DATABASE as error:
        findings.append(Finding(check="database", verdict="error", detail=str(error)))
    rows = [
        {"check": finding.check, "verdict": finding.verdict, "detail": finding.detail} for finding in findings
    ]
    show_rows(rows, as_json=as_json, empty="Nothing was looked at.")
    if any(finding.verdict == "error" for finding in findings):
        raise click.exceptions.Exit(ERROR)


async def _look(server: Server) -> AsyncIterator[Finding]:
    yield await _database(server)
    yield _disk(server.settings)
    yield await _owner()
    yield await _jobs()
    yield await _sandbox(server)
    if server.settings.studio.credentials:
        yield _credentials()
    for problem in server.styles.catalogue.problems():
        yield Finding(check="style manifest", verdict="error", detail=problem)
    for style in server.styles.catalogue.list():
        yield await _style(server, style.name)
    yield await _answers(server)


def confinement(limits: Mapping[str, bool]) -> Finding:
    """Say which bounds of the process that draws this system does not grant."""
    missing = [name for name, holds in limits.items() if not holds]
    return Finding(
        check="studio sandbox",
        verdict="warning" if missing else "ok",
        detail=f"not in force here: {', '.join(missing)}" if missing else f"{len(limits)} bounds in force",
    )


async def _database(server: Server) -> Finding:
    rows = await server.db.rows("PRAGMA quick_check")
    verdict = next(iter(rows[0].values()))
    return Finding(check="database", verdict="ok" if verdict == "ok" else "error", detail=str(verdict))


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.root).free
    return Finding(
        check="disk",
        verdict="ok" if free > _FREE_BYTES else "warning",
        detail=f"{free // (1024 * 1024)} MB free",
    )


async def _owner() -> Finding:
    there = await User.filter(role="owner").exists()
    return Finding(
        check="owner",
        verdict="ok" if there else "warning",
        detail="there is one" if there else "none: fedi account create NAME --role owner",
    )


async def _jobs() -> Finding:
    buried = await Job.filter(state="buried").count()
    waiting = await Job.filter(state="ready").count()
    return Finding(
        check="jobs",
        verdict="warning" if buried else "ok",
        detail=f"{waiting} wait, {buried} were given up" + (" (fedi job list)" if buried else ""),
    )


async def _sandbox(server: Server) -> Finding:
    try:
        return confinement(await server.styles.limits_in_force())
    except FediError as error:
        return Finding(check="studio sandbox", verdict="error", detail=str(error))


def _credentials() -> Finding:
    # Drawings are kept without a signature then, and only the log says so.
    there = credentials.can_sign()
    return Finding(
        check="content credentials",
        verdict="ok" if there else "warning",
        detail="what the studio makes is signed"
        if there
        else 'switched on, but nothing is signed without the extra c2pa: pip install "fedi[c2pa]"',
    )


async def _style(server: Server, name: str) -> Finding:
    try:
        facts = (await server.styles.describe(name))["model"]
    except FediError as error:
        return Finding(check=f"style {name}", verdict="error", detail=str(error))
    others = "; ".join(facts["passed_over"])
    return Finding(
        check=f"style {name}",
        verdict="warning" if others else "ok",
        detail=f"matches its manifest, runs on {facts['provider']}"
        + (f"; not on {others}" if others else ""),
    )


async def _answers(server: Server) -> Finding:
    url = f"{server.settings.base_url}/.well-known/nodeinfo"
    try:
        answer = await server.egress.request(
            "GET", url, headers={"Accept": "application/json"}, max_bytes=_ANSWER_BYTES
        )
    except FediError as error:
        return Finding(check="answers", verdict="warning", detail=f"{url}: {error}")
    verdict = "ok" if answer.status == 200 else "error"
    return Finding(check="answers", verdict=verdict, detail=f"{url} says {answer.status}")
