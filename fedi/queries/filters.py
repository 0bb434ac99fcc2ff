"""A person's filters, and which posts they catch (Mastodon API: filters, on the server).

A keyword is looked for as it stands, whatever its case: no pattern is made of what people type. Nobody
without filters pays more than one look into an index.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import regex

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.filters import CustomFilter, FilterKeyword, FilterPost
from fedi.queries.rows import among, load
from fedi.server import Server
from fedi.text.html import Html, to_text

_WORD = regex.compile(r"\w")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterView:
    """A filter with its keywords and single posts, each in the order in which they were added."""

    filter: CustomFilter
    keywords: Sequence[FilterKeyword] = ()
    posts: Sequence[FilterPost] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterMatch:
    """A filter that catches a post, by which of its keywords, or because the post is on it."""

    filter: CustomFilter
    keywords: Sequence[str] = ()
    post_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    filter: CustomFilter
    # As typed, as looked for, and whether a word must begin and end where it does.
    keywords: Sequence[tuple[str, str, bool, bool]]
    post_ids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The filters in force of one person, ready to be asked; may be kept until these filters change.

    False when there are none: then the text of a post need not be made.
    """

    rules: Sequence[_Rule] = ()

    def __bool__(self) -> bool:
        """Say whether there is any filter."""
        return bool(self.rules)

    def matches(self, post_id: int, text: str) -> list[FilterMatch]:
        """Give the filters that catch a post, given `text` as `text_of` makes it."""
        folded, found = text.casefold(), []
        for rule in self.rules:
            keywords = [
                typed
                for typed, wanted, begins, ends in rule.keywords
                if _stands_in(folded, wanted, begins=begins, ends=ends)
            ]
            post_ids = [post_id] if post_id in rule.post_ids else []
            if keywords or post_ids:
                found.append(FilterMatch(filter=rule.filter, keywords=keywords, post_ids=post_ids))
        return found


NO_RULES = Rules()


async def rules_of(server: Server, viewer: Account | None) -> Rules:
    """Load the filters of a person that have not expired."""
    if viewer is None:
        return NO_RULES
    rows = await load(
        server,
        CustomFilter,
        "WHERE r.account_id = ? AND (r.expires_at IS NULL OR r.expires_at > ?) ORDER BY r.id",
        [viewer.id, server.clock.now()],
    )
    return Rules(
        rules=[
            _Rule(
                view.filter,
                [_prepared(each) for each in view.keywords],
                frozenset(each.post_id for each in view.posts),
            )
            for view in await _views(server, rows)
        ]
    )


def text_of(content: str, summary: str, options: Sequence[str], descriptions: Sequence[str]) -> str:
    """Give all of a post that filters read as plain text: warning, text, poll options, alt texts."""
    parts = [summary, to_text(Html(content)), *options, *descriptions]
    return "\n\n".join(part for part in parts if part)


async def of_account(server: Server, account: Account) -> list[FilterView]:
    """Load all filters of an account, also those that have expired, in the order they were made."""
    rows = await load(server, CustomFilter, "WHERE r.account_id = ? ORDER BY r.id", [account.id])
    return await _views(server, rows)


async def one(server: Server, account: Account, id_: int) -> FilterView:
    """Load one filter of the account, or raise NotFound."""
    rows = await load(server, CustomFilter, "WHERE r.id = ? AND r.account_id = ?", [id_, account.id])
    if not rows:
        raise NotFound
    return (await _views(server, rows))[0]


async def keyword(server: Server, account: Account, id_: int) -> tuple[FilterView, FilterKeyword]:
    """Load one keyword with its whole filter, one of the account's, or raise NotFound."""
    view = await _around(server, account, "filter_keywords", id_)
    return view, next(each for each in view.keywords if each.id == id_)


async def filtered_post(server: Server, account: Account, id_: int) -> tuple[FilterView, FilterPost]:
    """Load one line of the posts of a filter of the account, with the filter, or raise NotFound."""
    view = await _around(server, account, "filter_posts", id_)
    return view, next(each for each in view.posts if each.id == id_)


async def _around(server: Server, account: Account, table: str, id_: int) -> FilterView:
    rows: list[dict[str, Any]] = await server.db.rows(
        f"SELECT custom_filter_id AS id FROM {table} WHERE id = ?",
        [id_],
    )
    return await one(server, account, rows[0]["id"] if rows else 0)


async def _views(server: Server, rows: Sequence[CustomFilter]) -> list[FilterView]:
    if not rows:
        return []
    condition, values = among("r.custom_filter_id", [row.id for row in rows])
    where = f"WHERE {condition} ORDER BY r.id"
    keywords: defaultdict[int, list[FilterKeyword]] = defaultdict(list)
    for each in await load(server, FilterKeyword, where, values):
        keywords[each.custom_filter_id].append(each)
    posts: defaultdict[int, list[FilterPost]] = defaultdict(list)
    for line in await load(server, FilterPost, where, values):
        posts[line.custom_filter_id].append(line)
    return [FilterView(filter=row, keywords=keywords[row.id], posts=posts[row.id]) for row in rows]


def _prepared(row: FilterKeyword) -> tuple[str, str, bool, bool]:
    """Give a keyword as it is looked for; a sign at its edge is a border by itself (Mastodon)."""
    wanted = row.keyword.casefold()
    begins = row.whole_word and bool(_WORD.match(wanted[:1]))
    ends = row.whole_word and bool(_WORD.match(wanted[-1:]))
    return row.keyword, wanted, begins, ends


def _stands_in(text: str, wanted: str, *, begins: bool, ends: bool) -> bool:
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        is_cut = (begins and at > 0 and _WORD.match(text[at - 1])) or (
            ends and end < len(text) and _WORD.match(text[end])
        )
        if not is_cut:
            return True
        at = text.find(wanted, at + 1)
    return False
