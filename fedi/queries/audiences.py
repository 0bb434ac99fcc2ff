"""Who of many people comes across one post: lists turned round, in one query however many people there are.

The rules are those of `visibility`, asked with a column in the viewer's place, and of `homes`, which stand
here a second time for one post and many viewers; tests hold the two equal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from fedi.models.accounts import Account
from fedi.queries import presence
from fedi.queries.filters import CHOOSES
from fedi.queries.visibility import Clause, every, unhidden, unsilenced, visible
from fedi.server import Server

# Stands for the viewer in clauses that are made for one; no account has such an id.
_ANYBODY = -(2**62) - 1
_REPEAT_AFTER = (24 * 60 * 60 * 1000) << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides on which public lists a post stands. `tags` are normalised names."""

    id: int
    author_id: int
    is_public: bool
    is_local: bool
    is_boost: bool
    answers_others: bool
    has_media: bool
    tags: Sequence[str]


async def facts_of(server: Server, post_id: int) -> Facts | None:
    """Load the facts of a post; None when it is gone."""
    rows = await server.db.rows(_FACTS, [post_id])
    if not rows:
        return None
    row = rows[0]
    return Facts(
        id=post_id,
        author_id=row["author_id"],
        is_public=row["visibility"] == "public",
        is_local=bool(row["local"]),
        is_boost=row["boost_of_id"] is not None,
        answers_others=bool(row["answers_others"]),
        has_media=bool(row["has_media"]),
        tags=orjson.loads(row["tags"]),
    )


async def of_homes(server: Server, post_id: int, people: Iterable[int]) -> set[int]:
    """Give those of these people on whose home timeline the post stands."""
    wanted: list[list[int | str]] = [[id_, id_, 0, ""] for id_ in people]
    return await _ask(server, post_id, wanted, _STANDS_AT_HOME, _ANSWERED_AT_HOME, _TAGGED)


async def of_lists(server: Server, post_id: int, lists: Iterable[int]) -> set[int]:
    """Give those of these lists on which the post stands."""
    ids = list(lists)
    if not ids:
        return set()
    rows = await server.db.rows(
        "SELECT id, account_id, replies_policy FROM lists WHERE id IN (SELECT value FROM json_each(?))",
        [orjson.dumps(ids).decode()],
    )
    wanted = [[row["id"], row["account_id"], row["id"], row["replies_policy"]] for row in rows]
    return await _ask(server, post_id, wanted, _STANDS_ON_LIST, _ANSWERED_ON_LIST, "0")


async def of_feeds(server: Server, post_id: int, people: Iterable[int]) -> set[int]:
    """Give those of these people who come across a public post among everybody's."""
    where, values = _for_each(
        every([visible(_anybody()), unhidden(_anybody(), server.clock.now()), unsilenced(_anybody())])
    )
    rows = await server.db.rows(
        "WITH v(id) AS MATERIALIZED (SELECT value FROM json_each(?))"
        f" SELECT v.id FROM posts p CROSS JOIN v WHERE p.id = ? AND {where}",
        [orjson.dumps(list(people)).decode(), post_id, *values],
    )
    return {row["id"] for row in rows}


async def of_deleted(
    server: Server, author_id: int, named: Sequence[int], tags: Sequence[str], people: Iterable[int]
) -> set[int]:
    """Give those of these people who may have had a post on their home timeline that is gone."""
    rows = await server.db.rows(
        _OF_DELETED,
        [
            orjson.dumps(list(people)).decode(),
            author_id,
            orjson.dumps(list(named)).decode(),
            orjson.dumps(list(tags)).decode(),
        ],
    )
    return {row["id"] for row in rows}


async def of_author(server: Server, author_id: int, lists: Iterable[int]) -> set[int]:
    """Give those of these lists that an account is on."""
    rows = await server.db.rows(
        "SELECT list_id AS id FROM list_members WHERE account_id = ?"
        " AND list_id IN (SELECT value FROM json_each(?))",
        [author_id, orjson.dumps(list(lists)).decode()],
    )
    return {row["id"] for row in rows}


async def alike(server: Server, post_id: int, people: Iterable[int]) -> Mapping[int, tuple[int, ...]]:
    """Give for each person what makes a post look as it does to them; to equals it looks the same.

    Filters apart: they are their owner's own. What is said of nobody else (an author's own post, a vote, a
    reaction) makes a person equal to nobody.
    """
    quoted, quoted_values = _for_each(visible(_anybody(), "quoted"))
    rows = await server.db.rows(
        _ALIKE.format(quoted=quoted),
        [orjson.dumps(list(people)).decode(), *quoted_values, server.clock.now(), post_id],
    )
    return {row["id"]: tuple(row.values())[1:] for row in rows}


async def with_filters(server: Server, people: Iterable[int]) -> list[int]:
    """Give those of these people who have any filter, or do not want all model-made media shown."""
    listed = orjson.dumps(list(people)).decode()
    rows = await server.db.rows(
        "SELECT account_id AS id FROM custom_filters WHERE account_id IN (SELECT value FROM json_each(?))"
        " UNION SELECT u.account_id FROM users u"
        f" WHERE u.account_id IN (SELECT value FROM json_each(?)) AND {CHOOSES}",
        [listed, listed, server.settings.studio.model_media],
    )
    return [row["id"] for row in rows]


async def _ask(
    server: Server,
    post_id: int,
    wanted: Sequence[Sequence[int | str]],
    stands: str,
    answered: str,
    tagged: str,
) -> set[int]:
    if not wanted:
        return set()
    seen, seen_values = _for_each(visible(_anybody()))
    now = server.clock.now()
    sql = _HOMES.format(
        stands_p=stands.format(other="p.author_id"),
        stands_o=stands.format(other="o.author_id"),
        stands_earlier=stands.format(other="earlier.author_id"),
        fits_p=_fits("p", answered),
        fits_o=_fits("o", answered),
        tagged_p=tagged.format(post="p"),
        tagged_o=tagged.format(post="o"),
        visible=seen,
    )
    values = [now, orjson.dumps(wanted).decode(), post_id, *seen_values]
    rows = await server.db.rows(sql, values)
    return {row["key"] for row in rows}


def _anybody() -> Account:
    return Account(id=_ANYBODY, domain="")


def _for_each(clause: Clause) -> Clause:
    """Put the column `v.id` where a clause that was made for `_anybody` names the viewer."""
    sql, values = clause
    pieces = sql.split("?")
    if len(pieces) != len(values) + 1:
        raise ValueError("a clause must have one plain placeholder for each of its values")
    kept = [value for value in values if value != _ANYBODY]
    marks = ["v.id" if value == _ANYBODY else "?" for value in values]
    return "".join(part + mark for part, mark in zip(pieces, [*marks, ""], strict=True)), kept


def _hides(other: str) -> str:
    return (
        f"(EXISTS (SELECT 1 FROM blocks WHERE blocks.account_id = v.id AND blocks.target_id = {other})"
        f" OR EXISTS (SELECT 1 FROM mutes CROSS JOIN now WHERE mutes.account_id = v.id"
        f" AND mutes.target_id = {other} AND (mutes.expires_at IS NULL OR mutes.expires_at > now.at)))"
    )


def _follows(other: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM follows WHERE follows.follower_id = v.id"
        f" AND follows.target_id = {other} AND follows.state = 'accepted')"
    )


def _is_apart(other: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM list_members JOIN lists ON lists.id = list_members.list_id"
        f" WHERE list_members.account_id = {other} AND lists.account_id = v.id AND lists.exclusive)"
    )


def _is_member(other: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM list_members"
        f" WHERE list_members.list_id = v.list_id AND list_members.account_id = {other})"
    )


def _is_of_blocked_host(post: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM accounts a JOIN account_domain_blocks blocked ON blocked.domain = a.domain"
        f" WHERE a.id = {post}.author_id AND blocked.account_id = v.id)"
    )


def _fits(post: str, answered: str) -> str:
    to = f"{post}.in_reply_to_account_id"
    return (
        f"(({post}.in_reply_to_id IS NULL AND {post}.in_reply_to_uri = '')"
        f" OR {to} = {post}.author_id OR {to} = v.id OR ({answered.format(other=to)}))"
    )


# Of somebody else than the viewer: whether what `other` posts is read there, and answers to them.
_SOURCE = f"{_follows('{other}')} AND NOT {_hides('{other}')}"
_STANDS_AT_HOME = f"({_SOURCE} AND NOT {_is_apart('{other}')})"
_ANSWERED_AT_HOME = _SOURCE
_STANDS_ON_LIST = f"({_is_member('{other}')} AND {_SOURCE})"
_ANSWERED_ON_LIST = f"v.policy <> 'none' AND (v.policy = 'followed' OR {_is_member('{other}')}) AND {_SOURCE}"

_TAGGED = (
    "({post}.visibility = 'public' AND {post}.boost_of_id IS NULL AND EXISTS ("
    "SELECT 1 FROM post_tags JOIN followed_tags ON followed_tags.tag_id = post_tags.tag_id"
    " WHERE post_tags.post_id = {post}.id AND followed_tags.account_id = v.id)"
    f" AND NOT ({_follows('{post}.author_id')} AND {_is_apart('{post}.author_id')})"
    f" AND NOT {_hides('{post}.author_id')}"
    " AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = {post}.author_id"
    f" AND {presence.unsilenced('a')}))"
)

# See `homes._SQL`, of which this is the last part with the viewers `v` in place of one.
_HOMES = f"""
WITH now(at) AS MATERIALIZED (SELECT ?),
v(key, id, list_id, policy) AS MATERIALIZED (
  SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]') FROM json_each(?)
)
SELECT v.key FROM posts p LEFT JOIN posts o ON o.id = p.boost_of_id CROSS JOIN v
LEFT JOIN follows f ON f.follower_id = v.id AND f.target_id = p.author_id AND f.state = 'accepted'
  AND p.author_id <> v.id AND {{stands_p}}
WHERE p.id = ? AND (
  (p.author_id = v.id AND (v.list_id = 0 OR {_is_member("v.id")})) OR (
    ((f.id IS NOT NULL AND {{fits_p}}) OR {{tagged_p}})
    AND (
      coalesce(f.languages, '[]') = '[]' OR coalesce(o.language, p.language) = ''
      OR coalesce(o.language, p.language) IN (SELECT value FROM json_each(f.languages))
    )
    AND NOT {_is_of_blocked_host("p")}
    AND NOT EXISTS (
      SELECT 1 FROM mentions WHERE mentions.post_id = coalesce(o.id, p.id) AND {_hides("mentions.account_id")}
    )
  )
) AND (
  o.id IS NULL OR (
    (p.author_id = v.id OR f.show_boosts) AND NOT {_hides("o.author_id")} AND NOT {_is_of_blocked_host("o")}
    AND NOT (o.id > p.id - {_REPEAT_AFTER} AND (
      (((o.author_id = v.id AND (v.list_id = 0 OR {_is_member("v.id")})) OR {{stands_o}}) AND {{fits_o}})
      OR {{tagged_o}}
    ))
    AND NOT EXISTS (
      SELECT 1 FROM posts earlier LEFT JOIN follows e ON e.follower_id = v.id
        AND e.target_id = earlier.author_id AND e.state = 'accepted'
      WHERE earlier.boost_of_id = o.id AND earlier.id < p.id AND earlier.id > p.id - {_REPEAT_AFTER}
      AND (
        (earlier.author_id = v.id AND (v.list_id = 0 OR {_is_member("v.id")}))
        OR (e.show_boosts AND {{stands_earlier}})
      )
    )
  )
) AND {{visible}}
"""

_FACTS = """
SELECT author_id, visibility, local, boost_of_id,
  NOT ((in_reply_to_id IS NULL AND in_reply_to_uri = '') OR in_reply_to_account_id IS author_id)
    AS answers_others,
  EXISTS (SELECT 1 FROM media_attachments WHERE post_id = posts.id) AS has_media,
  (SELECT json_group_array(tags.name) FROM post_tags JOIN tags ON tags.id = post_tags.tag_id
    WHERE post_tags.post_id = posts.id) AS tags
FROM posts WHERE id = ?
"""

_OF_DELETED = f"""
WITH v(id) AS MATERIALIZED (SELECT value FROM json_each(?1))
SELECT v.id FROM v WHERE v.id = ?2 OR {_follows("?2")} OR v.id IN (SELECT value FROM json_each(?3))
  OR EXISTS (SELECT 1 FROM followed_tags JOIN tags ON tags.id = followed_tags.tag_id
    WHERE followed_tags.account_id = v.id AND tags.name IN (SELECT value FROM json_each(?4)))
"""

# One column a mark or tie; the last is the person's own id where the post looks like that to nobody else.
_ALIKE = """
WITH v(id) AS MATERIALIZED (SELECT value FROM json_each(?))
SELECT v.id,
  EXISTS (SELECT 1 FROM favourites m WHERE m.account_id = v.id AND m.post_id = s.id) AS favourited,
  EXISTS (SELECT 1 FROM bookmarks m WHERE m.account_id = v.id AND m.post_id = s.id) AS bookmarked,
  EXISTS (SELECT 1 FROM posts m WHERE m.author_id = v.id AND m.boost_of_id = s.id) AS boosted,
  EXISTS (SELECT 1 FROM conversation_mutes m
    WHERE m.account_id = v.id AND m.context_uri = s.context_uri) AS muted,
  EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = v.id AND m.post_id = s.id) AS named,
  EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = v.id AND f.target_id = s.author_id
    AND f.state = 'accepted') AS follows,
  EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = s.author_id AND f.target_id = v.id
    AND f.state = 'accepted') AS followed,
  EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = v.id AND f.target_id = quoted.author_id
    AND f.state = 'accepted') AS follows_quoted,
  EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = quoted.author_id AND f.target_id = v.id
    AND f.state = 'accepted') AS followed_by_quoted,
  quoted.id IS NOT NULL AND {quoted} AS sees_quoted,
  EXISTS (SELECT 1 FROM blocks m WHERE m.account_id = v.id AND m.target_id = quoted.author_id) AS blocks,
  EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = v.id AND m.target_id = quoted.author_id
    AND (m.expires_at IS NULL OR m.expires_at > ?)) AS mutes,
  CASE WHEN v.id IN (p.author_id, s.author_id, coalesce(quoted.author_id, 0))
    OR EXISTS (SELECT 1 FROM reactions m WHERE m.account_id = v.id AND m.post_id IN (s.id, quoted.id))
    OR EXISTS (SELECT 1 FROM polls JOIN poll_votes m ON m.poll_id = polls.id
      WHERE polls.post_id IN (s.id, quoted.id) AND m.account_id = v.id)
    OR EXISTS (SELECT 1 FROM favourites m WHERE m.account_id = v.id AND m.post_id = quoted.id)
    OR EXISTS (SELECT 1 FROM bookmarks m WHERE m.account_id = v.id AND m.post_id = quoted.id)
    OR EXISTS (SELECT 1 FROM posts m WHERE m.author_id = v.id AND m.boost_of_id = quoted.id)
    OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = v.id AND m.post_id = quoted.id)
    OR EXISTS (SELECT 1 FROM conversation_mutes m
      WHERE m.account_id = v.id AND m.context_uri = quoted.context_uri)
    THEN v.id ELSE 0 END AS own
FROM posts p JOIN posts s ON s.id = coalesce(p.boost_of_id, p.id)
LEFT JOIN quotes q ON q.post_id = s.id LEFT JOIN posts quoted ON quoted.id = q.quoted_id
CROSS JOIN v WHERE p.id = ?
"""
