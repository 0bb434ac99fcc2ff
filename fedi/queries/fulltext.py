"""Ask the index of full-text search (SQLite FTS5): which posts and accounts have these words.

What the index keeps, and why a mark in it never decides what somebody may see: `fedi.actions.searchable`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.models.accounts import Account
from fedi.queries import aside
from fedi.queries.visibility import Clause, every, unhidden, unsilenced, visible
from fedi.server import Server
from fedi.text import words
from fedi.text.questions import Question, Span, Term

_SECONDS = 1.5
_MS_SHIFT = 16
_MOST_ACCOUNTS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which of the posts found: newest first, by place and by id (strictly between)."""

    limit: int
    offset: int = 0
    above: int | None = None
    below: int | None = None


async def posts(
    server: Server, viewer: Account, asked: Question, window: Window, *, author_id: int | None = None
) -> list[int]:
    """Give the ids of posts that `viewer` may find, newest first; what there is no time for is left out."""
    authors = [(await _author(server, viewer, handle), wanted) for handle, wanted in asked.authors]
    if author_id is not None:
        authors.append((author_id, True))
    if asked.is_empty or any(wanted and not author for author, wanted in authors):
        return []
    where, values = every(
        [
            ("search_posts MATCH ?", [_expression(viewer, asked, authors)]),
            *(_within(span) for span in asked.spans),
            *_bounds(window),
            _findable(viewer),
            visible(viewer),
            unhidden(viewer, server.clock.now()),
            unsilenced(viewer),
            *_embedding(asked),
        ]
    )
    rows = await aside.rows(
        server,
        "SELECT w.rowid AS id FROM search_posts w CROSS JOIN posts p ON p.id = w.rowid"
        f" CROSS JOIN accounts a ON a.id = p.author_id WHERE {where}"
        " ORDER BY w.rowid DESC LIMIT ? OFFSET ?",
        [*values, window.limit, window.offset],
        seconds=_SECONDS,
    )
    return [row["id"] for row in rows]


def accounts(text: str) -> Clause | None:
    """Give a SELECT of the ids of accounts with names that begin with these words; None without words."""
    split = words.split(text)
    wanted = [*split.sequence[:8]]
    if not wanted:
        return None
    begun = " AND ".join(f'"{word}"*' for word in wanted)
    sql = f"SELECT rowid FROM search_accounts WHERE search_accounts MATCH ? LIMIT {_MOST_ACCOUNTS}"
    return f"SELECT * FROM ({sql})", [begun]


async def _author(server: Server, viewer: Account, handle: str) -> int:
    """Give the id of who is meant by a handle, or 0."""
    if handle == "me":
        me: int = viewer.id
        return me
    username, _, domain = handle.partition("@")
    if domain in {server.uris.account_domain, server.uris.host}:
        domain = ""
    rows = await server.db.rows(
        "SELECT id FROM accounts WHERE username_lower = ? AND domain = ?",
        [each.encode("utf-8", "replace").decode() for each in (username, domain)],
    )
    ids: list[int] = [row["id"] for row in rows]
    return ids[0] if ids else 0


def _expression(viewer: Account, asked: Question, authors: Sequence[tuple[int, bool]]) -> str:
    """Write the question in the language of the index (SQLite: FTS5, full-text query syntax)."""
    mine, open_ = _mark(f"of{viewer.id}"), _mark("open")
    places = [({"library": mine, "public": open_}[place], wanted) for place, wanted in asked.places]
    parts = [
        (f"({mine} OR {open_})", True),
        *places,
        *((_mark(f"by{author}"), wanted) for author, wanted in authors),
        *((_mark(mark), wanted) for mark, wanted in asked.having if mark != "hasembed"),
        *((_phrase(term), term.wanted) for term in asked.terms),
    ]
    wanted = " AND ".join(part for part, is_wanted in parts if is_wanted)
    unwanted = " OR ".join(part for part, is_wanted in parts if not is_wanted)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _phrase(term: Term) -> str:
    # Words are letters and digits: there is nothing in them to escape.
    return f'"{" ".join(term.words)}"{" *" if term.begun else ""}'


def _mark(name: str) -> str:
    return f'"{words.MARK}{name}"'


def _within(span: Span) -> Clause:
    """Ids are made of the time of posting, so a time is a range of ids."""
    bounds = [("w.rowid >= ?", span.start), ("w.rowid < ?", span.end)]
    sql, values = every([(sql, [ms << _MS_SHIFT]) for sql, ms in bounds if ms is not None])
    return (sql if span.wanted else f"NOT ({sql})"), values


def _bounds(window: Window) -> list[Clause]:
    bounds = [("w.rowid > ?", window.above), ("w.rowid < ?", window.below)]
    return [(sql, [id_]) for sql, id_ in bounds if id_ is not None]


def _findable(viewer: Account) -> Clause:
    """Of others' posts: those that everybody may find, and those the viewer has to do with."""
    mine = [
        f"EXISTS (SELECT 1 FROM {table} t WHERE t.account_id = ? AND t.post_id = p.id)"
        for table in ("mentions", "favourites", "bookmarks")
    ]
    voted = (
        "EXISTS (SELECT 1 FROM polls JOIN poll_votes v ON v.poll_id = polls.id"
        " WHERE polls.post_id = p.id AND v.account_id = ?)"
    )
    sql = " OR ".join(
        [
            "(p.visibility = 'public' AND a.indexable)",
            "p.author_id = ?",
            *mine,
            "EXISTS (SELECT 1 FROM posts b WHERE b.author_id = ? AND b.boost_of_id = p.id)",
            voted,
        ]
    )
    values: list[int | str | datetime] = [viewer.id] * 6
    return f"({sql})", values


def _embedding(asked: Question) -> list[Clause]:
    """Previews come after their posts, so whether something is embedded is not in the index."""
    embedded = (
        "EXISTS (SELECT 1 FROM preview_cards c WHERE c.id = p.card_id AND c.state = 'ready'"
        " AND c.kind IN ('video', 'rich'))"
    )
    return [
        (embedded if wanted else f"NOT {embedded}", []) for mark, wanted in asked.having if mark == "hasembed"
    ]
