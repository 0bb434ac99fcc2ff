"""The index that full-text search asks."""

from collections.abc import Sequence

from fedi.server import Server


async def index(server: Server, ids: Sequence[int]) -> None:
    """Bring the index up to date with these posts, new or changed; in your transaction."""
    del server, ids


async def forget(server: Server, ids: Sequence[int]) -> None:
    """Take posts that go out of the index; in the transaction that deletes them."""
    del server, ids
