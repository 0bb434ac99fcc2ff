"""What posts quote, as somebody may know it (FEP-044f). What may not be seen is not loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.queries.rows import among, load
from fedi.queries.visibility import posts_for
from fedi.server import Server

# Mastodon's words. A quote that nobody was asked about waits like one that was not answered yet.
State = Literal[
    "pending",
    "accepted",
    "rejected",
    "revoked",
    "deleted",
    "unauthorized",
    "blocked_account",
    "muted_account",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLink:
    """A quote as somebody may know it: `quoted` is there if they may see it, to be shown if accepted."""

    row: Quote
    state: State
    quoted: Post | None

    @property
    def stands(self) -> bool:
        """Whether the quoting post still says that it quotes: asked for or allowed, and not deleted since."""
        accepted = self.row.state == "accepted" and self.row.quoted_id is not None
        return accepted or self.row.state == "pending"

    @property
    def page(self) -> str:
        """Where what is quoted can be read."""
        return (self.quoted.url if self.quoted else "") or self.row.quoted_uri


async def of_posts(server: Server, ids: Sequence[int], viewer: Account | None) -> dict[int, QuoteLink]:
    """Load what the posts with these ids quote, by their ids; in three queries at most."""
    if not ids:
        return {}
    condition, values = among("r.post_id", ids)
    rows = await load(server, Quote, f"WHERE {condition}", values)
    wanted = list({row.quoted_id for row in rows if row.quoted_id is not None})
    seen = {post.id: post for post in await posts_for(server, viewer, wanted)}
    shut = await _shut(server, viewer, [post.author_id for post in seen.values()])
    found = {}
    for row in rows:
        quoted = seen.get(row.quoted_id or 0)
        found[row.post_id] = QuoteLink(row=row, state=_state(row, quoted, shut), quoted=quoted)
    return found


def _state(row: Quote, quoted: Post | None, shut: Mapping[int, State]) -> State:
    match row.state:
        case "rejected" | "revoked" as refused:
            return refused
        case "accepted" if row.quoted_id is None:
            return "deleted"
        case "accepted" if quoted is None:
            return "unauthorized"
        case "accepted" if quoted is not None:
            return shut.get(quoted.author_id, "accepted")
        case _:
            return "pending"


async def _shut(server: Server, viewer: Account | None, authors: Sequence[int]) -> dict[int, State]:
    """Give whom of the authors `viewer` blocks or mutes."""
    if viewer is None or not authors:
        return {}
    condition, values = among("target_id", authors)
    rows = await server.db.rows(
        f"SELECT target_id AS id, 'muted_account' AS state FROM mutes WHERE account_id = ? AND {condition}"
        " AND (expires_at IS NULL OR expires_at > ?)"
        f" UNION ALL SELECT target_id, 'blocked_account' FROM blocks WHERE account_id = ? AND {condition}",
        [viewer.id, *values, server.clock.now(), viewer.id, *values],
    )
    return {row["id"]: row["state"] for row in rows}
