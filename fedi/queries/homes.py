"""The home timeline and those of lists, as ids: read by query, not kept as a list for everybody.

Who posts is known, so the newest posts of each are taken from the index on (author, id) and merged. What such
a post must be to be shown is asked only of those few (as Mastodon does when it fills a home):

* the rule of `visibility`: also direct posts, when they name the viewer;
* by the viewer, or by somebody followed who is neither muted nor blocked, in a language wanted of them;
* nothing that is by, boosts or names somebody whom the viewer blocks or mutes, or is by, or boosts, somebody
  of a host that the viewer blocks;
* an answer only to its own author, to the viewer, or to somebody followed;
* a boost only where boosts of that person are wanted, and once: not when the post itself, or a boost of it,
  stood in this home within the day before.

Beside them stand the public posts with a hashtag that the viewer follows, answers and all, but none of
silenced people. Who is on an exclusive list of the viewer's stands on that list alone.

The timeline of a list is a home of those of its members who are followed, without hashtags. Answers to others
than their own author and the viewer stand there when they are to members (`replies_policy` list) or to
anybody followed (followed).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fedi.models.accounts import Account
from fedi.models.lists import List
from fedi.queries import presence
from fedi.queries.paging import Page
from fedi.queries.visibility import hidden, of_blocked_host, visible
from fedi.server import Server

# How long ago a post must have stood here to be boosted in again: ids count milliseconds << 16.
_REPEAT_AFTER = (24 * 60 * 60 * 1000) << 16
# Those who follow only accounts whose posts are all left out get a short page, not an endless query.
_ROUNDS = 5
_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Kind:
    """Which timeline is read: whose posts (SQL and its values), and which of the rarer rules hold in it."""

    sources: str
    values: Sequence[int | str] = ()
    has_tags: bool = False
    has_hosts: bool = False


async def ids(server: Server, viewer: Account, page: Page) -> list[int]:
    """Give the ids of a page of the home timeline, newest first."""
    has = await _rarities(server, viewer)
    sources = _SOURCES_APART if has["lists"] else _SOURCES
    return await _read(server, viewer, page, _Kind(sources, (), has["tags"], has["hosts"]))


async def ids_of_list(server: Server, viewer: Account, row: List, page: Page) -> list[int]:
    """Give the ids of a page of the timeline of one of the viewer's lists, newest first."""
    has = await _rarities(server, viewer)
    kind = _Kind(_SOURCES_OF_LIST, [row.id, row.replies_policy], has_hosts=has["hosts"])
    return await _read(server, viewer, page, kind)


async def _rarities(server: Server, viewer: Account) -> dict[str, bool]:
    """Say which of what few people have the viewer has: the rules for it cost everybody else as much."""
    rows = await server.db.rows(
        "SELECT EXISTS (SELECT 1 FROM followed_tags WHERE account_id = ?) AS tags,"
        " EXISTS (SELECT 1 FROM lists WHERE account_id = ? AND exclusive) AS lists,"
        " EXISTS (SELECT 1 FROM account_domain_blocks WHERE account_id = ?) AS hosts",
        [viewer.id] * 3,
    )
    return {name: bool(has) for name, has in rows[0].items()}


async def _read(server: Server, viewer: Account, page: Page, kind: _Kind) -> list[int]:
    found: list[int] = []
    max_id, above = page.max_id, page.since_id if page.min_id is None else page.min_id
    candidates = 2 * page.limit
    for _ in range(_ROUNDS):
        part = Page(candidates, max_id, above)
        rows = await _candidates(server, viewer, part, kind, climbs=page.climbs)
        found += [row["id"] for row in rows if row["kept"]]
        if len(found) >= page.limit or len(rows) < candidates:
            break
        if page.climbs:
            above = rows[-1]["id"]
        else:
            max_id = rows[-1]["id"]
        candidates *= 2
    return page.arrange(found[: page.limit])


async def _candidates(
    server: Server, viewer: Account, part: Page, kind: _Kind, *, climbs: bool
) -> list[dict[str, Any]]:
    """Read the next posts of all sources, as many as the limit says, each with whether it is kept."""
    hidden_sql, hidden_values = hidden(viewer, server.clock.now())
    visible_sql, visible_values = visible(viewer)
    host_sql, host_values = of_blocked_host(viewer, "p.author_id")
    boosted_host_sql, boosted_host_values = of_blocked_host(viewer, "o.author_id")
    bounds, bound_values = part.clause("{column}")
    tagged = kind.has_tags
    sql = (_WITH + (_CANDIDATES_WITH_TAGS if tagged else _CANDIDATES) + _KEPT).format(
        hidden=hidden_sql,
        sources=kind.sources,
        visible=visible_sql,
        is_tagged=_is_tagged("p") if tagged else "0",
        boosts_tagged=_is_tagged("o") if tagged else "0",
        is_of_blocked_host=host_sql if kind.has_hosts else "0",
        boosts_blocked_host=boosted_host_sql if kind.has_hosts else "0",
        post_bounds=bounds.format(column="posts.id"),
        tag_bounds=bounds.format(column="post_tags.post_id"),
        order="ASC" if climbs else "DESC",
        next="min" if climbs else "max",
        end=_LAST_ID if climbs else 0,
        within="<=" if climbs else ">=",
        onward=">=" if climbs else "<=",
    )
    times, count = 2 if tagged else 1, part.limit
    nearest = [viewer.id, *hidden_values, *kind.values, *[*bound_values] * times]
    candidates = [count - 1, *[count - 1, *bound_values] * times, count]
    hosts = [*host_values, *boosted_host_values] if kind.has_hosts else []
    kept = [*hosts, _REPEAT_AFTER, _REPEAT_AFTER, *visible_values]
    return await server.db.rows(sql, [*nearest, *candidates, *kept])


def _fits(post_alias: str) -> str:
    """Whether a post answers nobody, or somebody to whom answers stand in this timeline."""
    return (
        f"(({post_alias}.in_reply_to_id IS NULL AND {post_alias}.in_reply_to_uri = '')"
        f" OR {post_alias}.in_reply_to_account_id = {post_alias}.author_id"
        f" OR {post_alias}.in_reply_to_account_id IN (SELECT id FROM sources WHERE answered))"
    )


def _is_tagged(post_alias: str) -> str:
    """Whether a post stands in this timeline for a hashtag of its own."""
    return (
        f"({post_alias}.visibility = 'public' AND {post_alias}.boost_of_id IS NULL AND EXISTS ("
        f" SELECT 1 FROM post_tags WHERE post_tags.post_id = {post_alias}.id"
        " AND post_tags.tag_id IN (SELECT id FROM subjects))"
        f" AND {post_alias}.author_id NOT IN (SELECT id FROM sources WHERE NOT stands)"
        f" AND {post_alias}.author_id NOT IN (SELECT id FROM hidden)"
        f" AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = {post_alias}.author_id"
        f" AND {presence.unsilenced('a')}))"
    )


# `stands`: whether what they post is read here; `answered`: whether answers to them are shown.
_SOURCES = """
sources(id, show_boosts, languages, stands, answered) AS MATERIALIZED (
  SELECT id, 1, '[]', 1, 1 FROM me
  UNION ALL SELECT follows.target_id, follows.show_boosts, follows.languages, 1, 1
  FROM me JOIN follows ON follows.follower_id = me.id AND follows.target_id <> me.id
  WHERE follows.state = 'accepted' AND follows.target_id NOT IN (SELECT id FROM hidden)
)
"""

_SOURCES_APART = """
apart(id) AS MATERIALIZED (
  SELECT list_members.account_id FROM me JOIN lists ON lists.account_id = me.id AND lists.exclusive
  JOIN list_members ON list_members.list_id = lists.id
),
sources(id, show_boosts, languages, stands, answered) AS MATERIALIZED (
  SELECT id, 1, '[]', 1, 1 FROM me
  UNION ALL SELECT follows.target_id, follows.show_boosts, follows.languages,
    follows.target_id NOT IN (SELECT id FROM apart), 1
  FROM me JOIN follows ON follows.follower_id = me.id AND follows.target_id <> me.id
  WHERE follows.state = 'accepted' AND follows.target_id NOT IN (SELECT id FROM hidden)
)
"""

_SOURCES_OF_LIST = """
chosen(id, policy) AS MATERIALIZED (SELECT ?, ?),
members(id) AS MATERIALIZED (
  SELECT list_members.account_id FROM chosen JOIN list_members ON list_members.list_id = chosen.id
),
sources(id, show_boosts, languages, stands, answered) AS MATERIALIZED (
  SELECT id, 1, '[]', id IN (SELECT id FROM members), 1 FROM me
  UNION ALL SELECT follows.target_id, follows.show_boosts, follows.languages,
    follows.target_id IN (SELECT id FROM members), chosen.policy <> 'none'
  FROM me CROSS JOIN chosen CROSS JOIN follows
  WHERE follows.follower_id = me.id AND follows.target_id <> me.id
  AND (chosen.policy = 'followed' OR follows.target_id IN (SELECT id FROM members))
  AND follows.state = 'accepted' AND follows.target_id NOT IN (SELECT id FROM hidden)
)
"""

_WITH = """
WITH me(id) AS MATERIALIZED (SELECT ?),
hidden(id) AS MATERIALIZED ({hidden}),
{sources},
nearest(source_id, show_boosts, languages, post_id) AS MATERIALIZED (
  SELECT id, show_boosts, languages,
    (SELECT {next}(posts.id) FROM posts WHERE posts.author_id = sources.id AND {post_bounds})
  FROM sources WHERE stands
),
"""

# `nearest` is each source's next post. When there are `count` of them, the last is the edge of what can be on
# the page: sources beyond it are not read further. Of the others at most `count` posts are read each.
_OF_SOURCES = """
  SELECT posts.id AS id, nearest.show_boosts AS show_boosts, nearest.languages AS languages
  FROM edge CROSS JOIN nearest CROSS JOIN posts
  WHERE nearest.post_id {within} edge.post_id AND posts.author_id = nearest.source_id
  AND posts.id {within} coalesce((
    SELECT farthest.id FROM posts farthest WHERE farthest.author_id = nearest.source_id
    AND farthest.id {onward} nearest.post_id AND farthest.id {within} edge.post_id
    ORDER BY farthest.id {order} LIMIT 1 OFFSET ?
  ), edge.post_id) AND {post_bounds}
"""

_CANDIDATES = f"""
edge(post_id) AS MATERIALIZED (
  SELECT coalesce((
    SELECT post_id FROM nearest WHERE post_id IS NOT NULL ORDER BY post_id {{order}} LIMIT 1 OFFSET ?
  ), {{end}})
),
candidates(id, show_boosts, languages) AS MATERIALIZED (
  {_OF_SOURCES} ORDER BY posts.id {{order}} LIMIT ?
)
"""

# The same, with hashtags as sources beside people. A post may come from several of them and counts once.
_CANDIDATES_WITH_TAGS = f"""
subjects(id) AS MATERIALIZED (
  SELECT followed_tags.tag_id FROM me JOIN followed_tags ON followed_tags.account_id = me.id
),
nearest_tagged(tag_id, post_id) AS MATERIALIZED (
  SELECT id, (
    SELECT {{next}}(post_tags.post_id) FROM post_tags
    WHERE post_tags.tag_id = subjects.id AND {{tag_bounds}}
  ) FROM subjects
),
edge(post_id) AS MATERIALIZED (
  SELECT coalesce((
    SELECT post_id FROM (
      SELECT post_id FROM nearest WHERE post_id IS NOT NULL
      UNION SELECT post_id FROM nearest_tagged WHERE post_id IS NOT NULL
    ) ORDER BY post_id {{order}} LIMIT 1 OFFSET ?
  ), {{end}})
),
candidates(id, show_boosts, languages) AS MATERIALIZED (
  SELECT id, max(show_boosts), max(languages) FROM (
    {_OF_SOURCES}
    UNION ALL SELECT post_tags.post_id, NULL, NULL
    FROM edge CROSS JOIN nearest_tagged CROSS JOIN post_tags
    WHERE nearest_tagged.post_id {{within}} edge.post_id AND post_tags.tag_id = nearest_tagged.tag_id
    AND post_tags.post_id {{within}} coalesce((
      SELECT farthest.post_id FROM post_tags farthest WHERE farthest.tag_id = nearest_tagged.tag_id
      AND farthest.post_id {{onward}} nearest_tagged.post_id AND farthest.post_id {{within}} edge.post_id
      ORDER BY farthest.post_id {{order}} LIMIT 1 OFFSET ?
    ), edge.post_id) AND {{tag_bounds}}
  ) GROUP BY id ORDER BY id {{order}} LIMIT ?
)
"""

# Of a post that a hashtag alone brings, nobody's follow says whether boosts and which languages are wanted.
_KEPT = f"""
SELECT p.id, (
  (
    p.author_id = (SELECT id FROM me) OR (
      ((c.show_boosts IS NOT NULL AND {_fits("p")}) OR {{is_tagged}})
      AND (
        coalesce(c.languages, '[]') = '[]' OR coalesce(o.language, p.language) = ''
        OR coalesce(o.language, p.language) IN (SELECT value FROM json_each(c.languages))
      )
      AND NOT {{is_of_blocked_host}}
      AND NOT EXISTS (
        SELECT 1 FROM mentions WHERE mentions.post_id = coalesce(o.id, p.id)
        AND mentions.account_id IN (SELECT id FROM hidden)
      )
    )
  ) AND (
    o.id IS NULL OR (
      c.show_boosts AND o.author_id NOT IN (SELECT id FROM hidden) AND NOT {{boosts_blocked_host}}
      AND NOT (o.id > p.id - ? AND (
        (o.author_id IN (SELECT id FROM sources WHERE stands) AND {_fits("o")}) OR {{boosts_tagged}}
      ))
      AND NOT EXISTS (
        SELECT 1 FROM posts earlier WHERE earlier.boost_of_id = o.id
        AND earlier.id < p.id AND earlier.id > p.id - ?
        AND +earlier.author_id IN (SELECT id FROM sources WHERE stands AND show_boosts)
      )
    )
  ) AND {{visible}}
) AS kept
FROM candidates c JOIN posts p ON p.id = c.id LEFT JOIN posts o ON o.id = p.boost_of_id
ORDER BY p.id {{order}}
"""
