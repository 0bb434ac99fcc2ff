"""The home timeline, as ids: read by query, not kept as a list for everybody.

Who posts is known, so the newest posts of each are taken from the index on (author, id) and merged. What such
a post must be to be shown is asked only of those few (as Mastodon does when it fills a home):

* the rule of `visibility`: also direct posts, when they name the viewer;
* by the viewer, or by somebody followed who is neither muted nor blocked, in a language wanted of them;
* nothing that is by, boosts or names somebody whom the viewer blocks or mutes;
* an answer only to its own author, to the viewer, or to somebody followed;
* a boost only where boosts of that person are wanted, and once: not when the post itself, or a boost of it,
  stood in this home within the day before.
"""

from typing import Any

from fedi.models.accounts import Account
from fedi.queries.paging import Page
from fedi.queries.visibility import hidden, visible
from fedi.server import Server

# How long ago a post must have stood here to be boosted in again: ids count milliseconds << 16.
_REPEAT_AFTER = (24 * 60 * 60 * 1000) << 16
# Those who follow only accounts whose posts are all left out get a short page, not an endless query.
_ROUNDS = 5
_LAST_ID = 2**63 - 1


async def ids(server: Server, viewer: Account, page: Page) -> list[int]:
    """Give the ids of a page of the home timeline, newest first."""
    found: list[int] = []
    max_id, above = page.max_id, page.since_id if page.min_id is None else page.min_id
    candidates = 2 * page.limit
    for _ in range(_ROUNDS):
        rows = await _candidates(server, viewer, max_id, above, candidates, climbs=page.climbs)
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
    server: Server, viewer: Account, max_id: int | None, above: int | None, count: int, *, climbs: bool
) -> list[dict[str, Any]]:
    """Read the next `count` posts of all sources, each with whether it is kept."""
    hidden_sql, hidden_values = hidden(viewer, server.clock.now())
    visible_sql, visible_values = visible(viewer)
    bounds, bound_values = Page(count, max_id, above).clause("posts.id")
    sql = _SQL.format(
        hidden=hidden_sql,
        bounds=bounds,
        visible=visible_sql,
        order="ASC" if climbs else "DESC",
        next="min" if climbs else "max",
        end=_LAST_ID if climbs else 0,
        within="<=" if climbs else ">=",
        onward=">=" if climbs else "<=",
    )
    before = [viewer.id, *hidden_values, *bound_values, count - 1, count - 1, *bound_values, count]
    return await server.db.rows(sql, [*before, _REPEAT_AFTER, _REPEAT_AFTER, *visible_values])


def _fits(post_alias: str) -> str:
    """Whether a post answers nobody, or somebody whose posts stand in this home."""
    return (
        f"(({post_alias}.in_reply_to_id IS NULL AND {post_alias}.in_reply_to_uri = '')"
        f" OR {post_alias}.in_reply_to_account_id = {post_alias}.author_id"
        f" OR {post_alias}.in_reply_to_account_id IN (SELECT id FROM sources))"
    )


# `nearest` is each source's next post. When there are `count` of them, the last is the edge of what can be on
# the page: sources beyond it are not read further. Of the others at most `count` posts are read each.
_SQL = f"""
WITH me(id) AS MATERIALIZED (SELECT ?),
hidden(id) AS MATERIALIZED ({{hidden}}),
sources(id, show_boosts, languages) AS MATERIALIZED (
  SELECT id, 1, '[]' FROM me
  UNION ALL SELECT follows.target_id, follows.show_boosts, follows.languages FROM me
  JOIN follows ON follows.follower_id = me.id AND follows.target_id <> me.id
  WHERE follows.state = 'accepted' AND follows.target_id NOT IN (SELECT id FROM hidden)
),
nearest(source_id, show_boosts, languages, post_id) AS MATERIALIZED (
  SELECT id, show_boosts, languages,
    (SELECT {{next}}(posts.id) FROM posts WHERE posts.author_id = sources.id AND {{bounds}})
  FROM sources
),
edge(post_id) AS MATERIALIZED (
  SELECT coalesce((
    SELECT post_id FROM nearest WHERE post_id IS NOT NULL ORDER BY post_id {{order}} LIMIT 1 OFFSET ?
  ), {{end}})
),
candidates(id, show_boosts, languages) AS MATERIALIZED (
  SELECT posts.id, nearest.show_boosts, nearest.languages
  FROM edge CROSS JOIN nearest CROSS JOIN posts
  WHERE nearest.post_id {{within}} edge.post_id AND posts.author_id = nearest.source_id
  AND posts.id {{within}} coalesce((
    SELECT farthest.id FROM posts farthest WHERE farthest.author_id = nearest.source_id
    AND farthest.id {{onward}} nearest.post_id AND farthest.id {{within}} edge.post_id
    ORDER BY farthest.id {{order}} LIMIT 1 OFFSET ?
  ), edge.post_id) AND {{bounds}}
  ORDER BY posts.id {{order}} LIMIT ?
)
SELECT p.id, (
  (
    p.author_id = (SELECT id FROM me) OR (
      {_fits("p")}
      AND (
        c.languages = '[]' OR coalesce(o.language, p.language) = ''
        OR coalesce(o.language, p.language) IN (SELECT value FROM json_each(c.languages))
      )
      AND NOT EXISTS (
        SELECT 1 FROM mentions WHERE mentions.post_id = coalesce(o.id, p.id)
        AND mentions.account_id IN (SELECT id FROM hidden)
      )
    )
  ) AND (
    o.id IS NULL OR (
      c.show_boosts AND o.author_id NOT IN (SELECT id FROM hidden)
      AND NOT (o.id > p.id - ? AND o.author_id IN (SELECT id FROM sources) AND {_fits("o")})
      AND NOT EXISTS (
        SELECT 1 FROM posts earlier WHERE earlier.boost_of_id = o.id
        AND earlier.id < p.id AND earlier.id > p.id - ?
        AND +earlier.author_id IN (SELECT id FROM sources WHERE show_boosts)
      )
    )
  ) AND {{visible}}
) AS kept
FROM candidates c JOIN posts p ON p.id = c.id LEFT JOIN posts o ON o.id = p.boost_of_id
ORDER BY p.id {{order}}
"""
