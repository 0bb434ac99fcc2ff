"""fedi style verify, bench, queue, usage: whether styles are sound, how fast they are, who has what drawn."""

import sys
from dataclasses import replace
from typing import Any

import click
from anyio import to_thread

from fedi.cli.console import ERROR, as_json_option, command, opened, settings_of, show_rows
from fedi.errors import FediError
from fedi.queries import studio_use
from fedi.server import Server, catalogue
from fedi.styles.catalogue import Style
from fedi.styles.engine import StyleEngine
from fedi.styles.samples import sample

_BENCH: dict[str, tuple[int, int]] = {"400 x 400": (400, 400), "1 MP": (1000, 1000)}
_FIGURES = ("seconds", "cpu_seconds", "peak_mb", "floor_seconds", "gflops")
_TRIES = 3
_MB = 1_000_000


@click.command()
@click.argument("name", required=False)
@as_json_option
@command
async def verify(context: click.Context, name: str | None, *, as_json: bool) -> None:
    """Check every style, or one: manifest, hash, model; each is loaded in the sandbox."""
    async with opened(context) as server:
        found = catalogue(server.settings)
        styles = [found.get(name)] if name else found.list()
        rows = [await _verdict(server, style) for style in styles]
        if not name:
            rows += [_row("-", "error", problem) for problem in found.problems()]
    show_rows(rows, as_json=as_json, empty="No style is installed.")
    if any(row["verdict"] == "error" for row in rows):
        raise click.exceptions.Exit(ERROR)


@click.command()
@click.argument("names", nargs=-1)
@as_json_option
@command
async def bench(context: click.Context, names: tuple[str, ...], *, as_json: bool) -> None:
    """Measure styles on this machine: seconds and memory, beside what its processor could do at best.

    The floor is the time that the model's convolutions would take at the rate of a large float32 matrix
    product, measured in the same run on as many threads.
    """
    settings = settings_of(context)
    found = catalogue(settings)
    styles = [found.get(name) for name in names] if names else list(found.list())
    rows: list[dict[str, Any]] = []
    async with opened(context) as server:
        for style in styles:
            for title, sides in _BENCH.items():
                if not as_json and sys.stderr.isatty():
                    print(f"{style.name}, {title} …", file=sys.stderr)
                rows.append(await _measured(server, style, title, sides))
    show_rows(rows, as_json=as_json, empty="No style is installed.")


@click.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@as_json_option
@command
async def queue(context: click.Context, *, limit: int, as_json: bool) -> None:
    """Say who waits for what, the next first, and which pictures were parked after two tries."""
    async with opened(context) as server:
        rows = [
            {
                "id": str(row["id"]),
                "member": row["member"],
                "style": row["style"],
                "kind": row["kind"],
                "state": row["state"],
                "percent": round(100 * row["progress"]),
                "attempts": row["attempts"],
                "asked": row["created_at"],
                "reason": row["reason"],
            }
            for row in await studio_use.queue(server, limit=limit)
        ]
    show_rows(rows, as_json=as_json, empty="Nobody waits.")


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@as_json_option
@command
async def usage(context: click.Context, *, days: int, limit: int, as_json: bool) -> None:
    """Say what was drawn, by member and style, and the seconds it took."""
    async with opened(context) as server:
        rows = await studio_use.usage(server, days=days, limit=limit)
    show_rows(rows, as_json=as_json, empty=f"Nothing was drawn in {days} days.")


async def _verdict(server: Server, style: Style) -> dict[str, Any]:
    try:
        facts = (await server.styles.describe(style.name))["model"]
    except FediError as error:
        return _row(style.name, "error", str(error))
    return _row(style.name, "ok", f"opset {facts['opset']}, {facts['nodes']} nodes, on {facts['provider']}")


def _row(name: str, verdict: str, detail: str) -> dict[str, Any]:
    return {"style": name, "verdict": verdict, "detail": detail}


async def _measured(server: Server, style: Style, title: str, sides: tuple[int, int]) -> dict[str, Any]:
    """The best of some tries, in a worker of its own, for its own peak."""
    picture = await to_thread.run_sync(sample, *sides)
    guide = picture if style.needs_guide else b""
    engine = StyleEngine(server.styles.catalogue, replace(server.styles.limits))
    row: dict[str, Any] = {"style": style.name, "picture": title}
    try:
        provider = (await engine.describe(style.name))["model"]["provider"]
        measured = await engine.measure(style.name)
        drawn = [await engine.run(style.name, picture, size="full", guide=guide) for _ in range(_TRIES)]
    except FediError as error:
        return {**row, **dict.fromkeys(_FIGURES), "provider": "", "problem": str(error)}
    finally:
        await engine.close()
    best = min(drawn, key=lambda each: each.seconds)
    rate = measured.operations_per_second
    floor = measured.operations_per_pixel * best.width * best.height / rate
    return {
        **row,
        "seconds": round(best.seconds, 3),
        "cpu_seconds": round(best.cpu_seconds, 2),
        "peak_mb": round(best.peak_bytes / _MB),
        "floor_seconds": round(floor, 3),
        "gflops": round(rate / 1e9),
        "provider": provider,
        "problem": "",
    }
