"""fedi post: delivery. What became of a post of ours on its way to others."""

from collections.abc import Sequence

import click

from fedi.cli.console import as_json_option, command, opened, show_rows
from fedi.errors import NotFound
from fedi.models.posts import Post, Tombstone
from fedi.queries import deliveries
from fedi.queries.deliveries import DeliveryView
from fedi.server import Server


@click.group(no_args_is_help=True)
def app() -> None:
    """The posts of this server."""


@app.command()
@click.argument("post")
@as_json_option
@command
async def delivery(context: click.Context, post: str, *, as_json: bool) -> None:
    """Say which hosts have a post, which wait and until when, which refused it and what they answered.

    POST is its number, its page or its id.
    """
    async with opened(context) as server:
        views = await deliveries.of_object(server, await object_of(server, post))
        show_rows(
            described(views),
            as_json=as_json,
            empty="It was sent nowhere, or so long ago that nothing is remembered.",
        )


async def object_of(server: Server, name: str) -> str:
    """Give the id on the wire of a post of ours, there or deleted. Raises NotFound."""
    digits = name.rstrip("/").rpartition("/")[2]
    if digits.isascii() and digits.isdigit() and len(digits) < 20:
        uri = server.uris.post(int(digits))
        known = await Post.get_or_none(id=int(digits), local=True)
        if known is not None or await Tombstone.exists(uri=uri):
            return known.uri if known else uri
    raise NotFound(f"There is no post of this server at {name}.")


def described(views: Sequence[DeliveryView]) -> list[dict[str, object]]:
    """Give deliveries as rows to print."""
    return [
        {
            "host": view.host,
            "activity": view.activity_kind,
            "state": view.state.value,
            "tries": view.attempts,
            "next_try": view.next_try.isoformat(timespec="seconds") if view.next_try else None,
            "finished": view.finished_at.isoformat(timespec="seconds") if view.finished_at else None,
            "inbox": view.inbox_url,
            "answer": view.answer,
        }
        for view in views
    ]
