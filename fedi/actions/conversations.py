"""Threads of direct posts as their people see them, and threads that somebody mutes."""

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.server import Server


async def added(server: Server, author: Account, post: Post) -> None:
    """Put a new direct post into the conversations of those of its people who are ours; in your transaction.

    Its mentions must be stored already. A post of any other visibility changes nothing.
    """
    del server, author, post
