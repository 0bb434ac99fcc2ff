"""Hashtags as lists of them show them: with their history, and what the viewer did with them."""

from collections.abc import Mapping, Sequence

from fedi.mastodon.calls import Call
from fedi.mastodon.entities.status import Tag, tag
from fedi.models.posts import Tag as TagRow
from fedi.queries import tags, trends
from fedi.queries.trends import History


async def shown(
    call: Call, rows: Sequence[TagRow], histories: Mapping[int, History] | None = None
) -> list[Tag]:
    """Show hashtags in their order; histories that are not given are counted."""
    if histories is None:
        histories = await trends.history(call.server, "tag", [row.id for row in rows])
    found = []
    ids = [row.id for row in rows]
    followed, featured = await tags.marks(call.server, call.viewer, ids) if call.viewer else (set(), set())
    for row in rows:
        each = tag(row, call.server.uris, signed_in=call.viewer is not None)
        each.history = history(histories.get(row.id, []))
        if call.viewer is not None:
            each.following, each.featuring = row.id in followed, row.id in featured
        found.append(each)
    return found


def history(days: History) -> list[dict[str, str]]:
    """Show how often something was used: all numbers are texts (Mastodon API: entities, Tag#history)."""
    return [{name: str(number) for name, number in day.items()} for day in days]
