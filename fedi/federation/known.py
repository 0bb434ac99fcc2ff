"""What of other servers is stored here already, by its ActivityPub id. Every activity asks: kept cheap."""

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries.rows import load
from fedi.server import Server


async def find_account(server: Server, uri: str) -> Account | None:
    """Find an account by its id."""
    return next(iter(await load(server, Account, "WHERE r.uri = ?", [uri])), None)


async def find_post(server: Server, uri: str) -> Post | None:
    """Find a post by its id, whoever may see it."""
    return next(iter(await load(server, Post, "WHERE r.uri = ?", [uri])), None)
