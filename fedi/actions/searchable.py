"""The index that full-text search asks: what it keeps of each post and account, and how it keeps up.

A post is kept when somebody may find it: its author lets everybody (`indexable`, public posts only), or it
belongs to somebody here: written by them, naming them, favourited, bookmarked, boosted or voted in by them.
Beside the words of a post stand marks for what else is asked: who wrote it, whose it is, what it has.
What a viewer may see is asked of the rows themselves at each search (`fedi.queries.fulltext`), so a mark that
is behind can hide a post but never show one.

New and edited posts come through the digest. Everything else that changes what is kept is noted by triggers
in `search_stale_posts` and `search_stale_accounts` (migration 0004) and worked off here a little later; what
is deleted they take out of the index at once.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

from fedi.queries.presence import present
from fedi.queries.rows import among, marks
from fedi.server import Server
from fedi.text import words
from fedi.text.html import Html, to_text

# A batch holds the event loop for about 10 ms, on a busy machine several times that.
_BATCH = 50
# Between texts that have nothing to do with each other, so that no phrase begins in one and ends in the next.
_APART = words.MARK
_MEDIA = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


async def index(server: Server, ids: Sequence[int]) -> None:
    """Bring the index up to date with these posts, new or changed; in your transaction."""
    if not ids:
        return
    posts = await _posts(server, ids)
    kept = [row for row in posts if row["is_open"] or row["readers"]]
    parts = await _parts(server, [row["id"] for row in kept])
    await server.db.execute(f"DELETE FROM search_posts WHERE rowid IN ({marks(ids)})", ids)
    await server.db.execute_many(
        "INSERT INTO search_posts (rowid, words) VALUES (?, ?)",
        [(row["id"], _words_of(row, parts[row["id"]])) for row in kept],
    )


async def catch_up(server: Server) -> int:
    """Work off a batch of what is behind, the newest first; says how many posts and accounts it had."""
    async with server.db.transaction():
        posts = await _taken(server, "search_stale_posts")
        await index(server, posts)
        accounts = await _taken(server, "search_stale_accounts")
        await _index_accounts(server, accounts)
    return len(posts) + len(accounts)


async def _taken(server: Server, table: str) -> list[int]:
    rows = await server.db.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id DESC LIMIT ?) RETURNING id",
        [_BATCH],
    )
    return [row["id"] for row in rows]


async def _index_accounts(server: Server, ids: Sequence[int]) -> None:
    if not ids:
        return
    rows = await server.db.rows(
        f"SELECT id, username, domain, display_name FROM accounts a WHERE id IN ({marks(ids)})"
        f" AND {present('a')}",
        ids,
    )
    await server.db.execute(f"DELETE FROM search_accounts WHERE rowid IN ({marks(ids)})", ids)
    await server.db.execute_many(
        "INSERT INTO search_accounts (rowid, words) VALUES (?, ?)",
        [(row["id"], _joined([row["username"], row["display_name"], row["domain"]])) for row in rows],
    )


async def _posts(server: Server, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Load posts that are no boosts, of authors who are present; `readers` are those here they belong to."""
    condition, values = among("p.id", ids)
    rows = await server.db.rows(
        "SELECT p.id, p.author_id, p.local, p.content, p.summary, p.sensitive, p.language,"
        " (p.in_reply_to_id IS NOT NULL OR p.in_reply_to_uri <> '') AS is_reply,"
        " (p.visibility = 'public' AND a.indexable) AS is_open"
        f" FROM posts p JOIN accounts a ON a.id = p.author_id WHERE {condition} AND p.boost_of_id IS NULL"
        f" AND {present('a')}",
        values,
    )
    readers = await _readers(server, ids)
    for row in rows:
        row["readers"] = readers[row["id"]] | ({row["author_id"]} if row["local"] else set())
    return rows


async def _readers(server: Server, ids: Sequence[int]) -> defaultdict[int, set[int]]:
    condition, values = among("post_id", ids)
    boosted, _ = among("boost_of_id", ids)
    found = await server.db.rows(
        "SELECT t.post_id, t.account_id FROM ("
        f"SELECT post_id, account_id FROM mentions WHERE {condition}"
        f" UNION SELECT post_id, account_id FROM favourites WHERE {condition}"
        f" UNION SELECT post_id, account_id FROM bookmarks WHERE {condition}"
        " UNION SELECT polls.post_id, v.account_id FROM polls JOIN poll_votes v ON v.poll_id = polls.id"
        f" WHERE polls.{condition}"
        f" UNION SELECT boost_of_id, author_id FROM posts WHERE {boosted} AND local"
        ") t JOIN accounts a ON a.id = t.account_id WHERE a.domain = ''",
        values * 5,
    )
    readers: defaultdict[int, set[int]] = defaultdict(set)
    for row in found:
        readers[row["post_id"]].add(row["account_id"])
    return readers


async def _parts(server: Server, ids: Sequence[int]) -> defaultdict[int, list[tuple[str, str]]]:
    """Load what belongs to posts, as pairs of a kind (tag, mention, poll, or of media) and its text."""
    parts: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    if not ids:
        return parts
    condition, values = among("post_id", ids)
    found = await server.db.rows(
        "SELECT pt.post_id, 'tag' AS kind, t.display AS text"
        f" FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.{condition}"
        " UNION ALL SELECT m.post_id, 'mention', a.username || '@' || a.domain"
        f" FROM mentions m JOIN accounts a ON a.id = m.account_id WHERE m.{condition} AND NOT m.silent"
        f" UNION ALL SELECT post_id, 'poll', options FROM polls WHERE {condition}"
        f" UNION ALL SELECT post_id, kind, description FROM media_attachments WHERE {condition}",
        values * 4,
    )
    for row in found:
        parts[row["post_id"]].append((row["kind"], row["text"]))
    return parts


def _words_of(row: dict[str, Any], parts: Sequence[tuple[str, str]]) -> str:
    """Give all words and marks of a post, as the index splits them: at spaces."""
    texts = [to_text(Html(row["content"])), row["summary"]]
    addresses = words.links(row["content"])
    has = {"link"} if addresses else set()
    for kind, text in parts:
        if kind == "poll":
            has.add("poll")
            texts += [option["name"] for option in orjson.loads(text)]
            continue
        texts.append(text)
        if kind not in {"tag", "mention"}:
            has |= {"media", _MEDIA.get(kind, "media")}
    language = row["language"].lower()
    noted = [
        *(["open"] if row["is_open"] else []),
        f"by{row['author_id']}",
        *(f"of{reader}" for reader in sorted(row["readers"])),
        *(f"has{each}" for each in sorted(has)),
        *(["isreply"] if row["is_reply"] else []),
        *(["issensitive"] if row["sensitive"] else []),
        *(f"lang{each}" for each in {language.partition("-")[0], language.replace("-", "")} if each),
    ]
    return " ".join(
        [_joined(texts), *(words.address_word(each) for each in addresses), *(words.MARK + n for n in noted)]
    )


def _joined(texts: Sequence[str]) -> str:
    """Give the words of several texts, and after them the letters that are found alone."""
    split = [words.split(text) for text in texts if text]
    letters = sorted({letter for each in split for letter in each.letters})
    return " ".join([f" {_APART} ".join(" ".join(each.sequence) for each in split), *letters])
