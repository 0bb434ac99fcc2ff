"""What a person looks for by typing."""

from fedi.models.accounts import Account
from fedi.models.posts import Tag
from fedi.queries import snapshots
from fedi.queries.presence import present, unsilenced
from fedi.queries.rows import load
from fedi.queries.snapshots import PostSnapshot
from fedi.queries.visibility import unhidden, visible
from fedi.server import Server
from fedi.text.tokens import normalise_tag

_MAX_TAG_CHARACTERS = 255
# SQLite does not look for patterns of any length, and nobody types one.
_MAX_TEXT_CHARACTERS = 2048
_LAST_CHARACTER = chr(0x10FFFF)


async def accounts(
    server: Server, viewer: Account | None, text: str, limit: int, *, following: bool = False
) -> list[Account]:
    """Find accounts by how their handle begins or by a part of their name; the followed ones first.

    `following`: only those whom `viewer` follows. Absent accounts, the server's own actor and those between
    whom and the viewer a block stands are left out; silenced ones are found by those who follow them.
    """
    username, at, domain = text.strip().removeprefix("@").lower().partition("@")
    if not username or len(text) > _MAX_TEXT_CHARACTERS:
        return []
    named = "a.username_lower >= ? AND a.username_lower < ?"
    values: list[str | int | None] = [username, username + _LAST_CHARACTER]
    if at and domain in {server.uris.account_domain, server.uris.host}:
        named += " AND a.domain = ''"
    elif at:
        named += " AND a.domain >= ? AND a.domain < ?"
        values += [domain or " ", domain + _LAST_CHARACTER]
    else:
        named = f"({named} OR a.display_name LIKE ? ESCAPE '\\')"
        values.append(_containing(text.strip()))
    viewer_id = viewer.id if viewer else None
    return await load(
        server,
        Account,
        "LEFT JOIN follows f ON f.target_id = a.id AND f.follower_id = ? AND f.state = 'accepted'"
        f" WHERE {named} AND {present('a')} AND a.uri <> ?"
        f" AND (f.id IS NOT NULL OR (NOT ? AND {unsilenced('a')}))"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = a.id AND target_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = ? AND target_id = a.id)"
        " ORDER BY f.id IS NULL, a.username_lower <> ?, a.followers_count DESC, a.id LIMIT ?",
        [viewer_id, *values, server.uris.instance_actor, following, viewer_id, viewer_id, username, limit],
        alias="a",
    )


async def tags(text: str, limit: int) -> list[Tag]:
    """Find hashtags by how they begin, the exact one first."""
    name = normalise_tag(text.strip())
    if not name or len(name) > _MAX_TAG_CHARACTERS:
        return []
    return await Tag.filter(name__gte=name, name__lt=name + _LAST_CHARACTER).order_by("name").limit(limit)


async def posts(server: Server, viewer: Account, text: str, limit: int) -> list[PostSnapshot]:
    """Find the viewer's own posts and those that name the viewer by a part of what they say, newest first."""
    if not text.strip() or len(text) > _MAX_TEXT_CHARACTERS:
        return []
    visible_sql, visible_values = visible(viewer)
    unhidden_sql, unhidden_values = unhidden(viewer, server.clock.now())
    rows = await server.db.rows(
        "SELECT p.id FROM posts p"
        " WHERE (p.author_id = ? OR p.id IN (SELECT post_id FROM mentions WHERE account_id = ?))"
        " AND (p.content LIKE ? ESCAPE '\\' OR p.summary LIKE ? ESCAPE '\\')"
        f" AND {visible_sql} AND {unhidden_sql} ORDER BY p.id DESC LIMIT ?",
        [
            *[viewer.id] * 2,
            *[_containing(text.strip())] * 2,
            *visible_values,
            *unhidden_values,
            limit,
        ],
    )
    return await snapshots.by_ids(server, [row["id"] for row in rows], viewer)


def _containing(text: str) -> str:
    """Give the LIKE pattern of whatever contains the text; its wildcards stand for themselves."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"
