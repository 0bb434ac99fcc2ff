"""What a person looks for by typing: people, hashtags, and posts (`fedi.queries.fulltext`)."""

from collections.abc import Sequence

from fedi.models.accounts import Account
from fedi.models.posts import Tag
from fedi.queries import aside, fulltext, snapshots
from fedi.queries.fulltext import Window
from fedi.queries.presence import present, unsilenced
from fedi.queries.rows import load_by_id
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import Clause
from fedi.server import Server
from fedi.text import questions
from fedi.text.tokens import normalise_tag

_MAX_TAG_CHARACTERS = 255
# SQLite does not look for patterns of any length, and nobody types one.
_MAX_TEXT_CHARACTERS = 2048
_LAST_CHARACTER = chr(0x10FFFF)
# People type on while they wait.
_SECONDS = 1.0
_MOST_CANDIDATES = 20_000
_MOST_TAGS, _MOST_USES = 1000, 1000
_WEEK_MS = 7 * 86_400_000
_MS_SHIFT = 16


async def accounts(
    server: Server,
    viewer: Account | None,
    text: str,
    limit: int,
    *,
    offset: int = 0,
    following: bool = False,
) -> list[Account]:
    """Find accounts by how their handle begins, or the words of their name.

    A whole handle comes first, then those whom `viewer` follows, then the best known. `following`: only
    those followed. Absent accounts, the server's own actor and those who block `viewer` are left out;
    so are those whom they block, unless their whole name is given: apps look people up so to unblock them.
    Silenced ones are found by those who follow them.
    """
    candidates, handle = _candidates(server, text)
    if candidates is None:
        return []
    viewer_id = viewer.id if viewer else None
    found = await aside.rows(
        server,
        f"SELECT a.id FROM ({candidates[0]}) c CROSS JOIN accounts a ON a.id = c.id"
        " LEFT JOIN follows f ON f.target_id = a.id AND f.follower_id = ? AND f.state = 'accepted'"
        f" WHERE {present('a')} AND a.uri <> ?"
        f" AND (f.id IS NOT NULL OR (NOT ? AND {unsilenced('a')}))"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = a.id AND target_id = ?)"
        " AND ((a.username_lower = ? AND a.domain = ?)"
        " OR NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = ? AND target_id = a.id))"
        " ORDER BY a.username_lower <> ? OR a.domain <> ?, f.id IS NULL, a.username_lower <> ?,"
        " a.followers_count DESC, a.id LIMIT ? OFFSET ?",
        [
            *candidates[1],
            viewer_id,
            server.uris.instance_actor,
            following,
            viewer_id,
            handle[0],
            handle[1].strip(),
            viewer_id,
            *handle,
            handle[0],
            limit,
            offset,
        ],
        seconds=_SECONDS,
    )
    return await _in_order(server, [row["id"] for row in found])


async def tags(server: Server, text: str, limit: int, *, offset: int = 0) -> list[Tag]:
    """Find hashtags by how they begin: the exact one first, then those most used of late."""
    name = normalise_tag(text.strip())
    if not name or len(name) > _MAX_TAG_CHARACTERS:
        return []
    begun = [name, name + _LAST_CHARACTER]
    week = int(server.clock.now().timestamp() * 1000 - _WEEK_MS) << _MS_SHIFT
    # Of a short beginning there may be very many: what trends is looked at whatever its place among them.
    found = await aside.rows(
        server,
        "SELECT t.id, (SELECT count(*) FROM (SELECT 1 FROM post_tags pt WHERE pt.tag_id = t.id"
        f" AND pt.post_id > ? LIMIT {_MOST_USES})) AS uses FROM tags t WHERE t.id IN ("
        f"SELECT * FROM (SELECT id FROM tags WHERE name >= ? AND name < ? ORDER BY name LIMIT {_MOST_TAGS})"
        " UNION SELECT o.id FROM trends r CROSS JOIN tags o ON o.id = r.target_id"
        " WHERE r.kind = 'tag' AND o.name >= ? AND o.name < ?)"
        " ORDER BY t.name <> ?, uses DESC, t.name LIMIT ? OFFSET ?",
        [week, *begun, *begun, name, limit, offset],
        seconds=_SECONDS,
    )
    by_id = await load_by_id(server, Tag, [row["id"] for row in found])
    return [by_id[row["id"]] for row in found]


async def posts(
    server: Server,
    viewer: Account,
    text: str,
    limit: int,
    *,
    offset: int = 0,
    author_id: int | None = None,
    above: int | None = None,
    below: int | None = None,
) -> list[PostSnapshot]:
    """Find posts that `viewer` may find by their words, newest first (`fedi.text.questions`).

    `author_id`: only those of one account; `above` and `below`: only those with ids strictly between.
    """
    asked = questions.read(text)
    window = Window(limit=limit, offset=offset, above=above, below=below)
    ids = await fulltext.posts(server, viewer, asked, window, author_id=author_id)
    return await snapshots.by_ids(server, ids, viewer)


def _candidates(server: Server, text: str) -> tuple[Clause | None, tuple[str, str]]:
    """Give a SELECT of the ids that may be meant, and the handle (name, host) if the text is a whole one."""
    plain = text.strip().removeprefix("@").encode("utf-8", "replace").decode()
    username, at, domain = plain.lower().partition("@")
    if not username or len(plain) > _MAX_TEXT_CHARACTERS:
        return None, ("", "")
    values: list[str] = [username, username + _LAST_CHARACTER]
    sql = "SELECT id FROM accounts WHERE username_lower >= ? AND username_lower < ?"
    if at and domain in {server.uris.account_domain, server.uris.host}:
        return (f"{sql} AND domain = '' LIMIT {_MOST_CANDIDATES}", values), (username, "")
    if at:
        values += [domain or " ", domain + _LAST_CHARACTER]
        sql += f" AND domain >= ? AND domain < ? LIMIT {_MOST_CANDIDATES}"
        return (sql, values), (username, domain)
    named = fulltext.accounts(plain)
    selects: list[Clause] = [(f"SELECT * FROM ({sql} LIMIT {_MOST_CANDIDATES})", values)]
    selects += [named] if named is not None else []
    joined = " UNION ".join(select for select, _ in selects)
    # No account has this host: only who writes a whole handle means one account.
    return (joined, [value for _, part in selects for value in part]), (username, " ")


async def _in_order(server: Server, ids: Sequence[int]) -> list[Account]:
    by_id = await load_by_id(server, Account, ids)
    return [by_id[id_] for id_ in ids if id_ in by_id]
