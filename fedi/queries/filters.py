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
from fedi.media.provenance import is_model_made
from fedi.models.accounts import Account
from fedi.models.filters import CustomFilter, FilterKeyword, FilterPost
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.queries.rows import among, load
from fedi.server import Server
from fedi.text.html import Html, to_text

# The id under which the choice about model-made media looks like a filter; no row has it.
MODEL_MEDIA_ID = 1
# That somebody's choice about it (? is the server's default) is not to be shown all, of users u.
CHOOSES = "coalesce(nullif(json_extract(u.preferences, '$.model_media'), ''), ?) <> 'show'"

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
    keywords: Sequence[tuple[str, str, bool, bool]] = ()
    post_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The filters in force of one person, ready to be asked; may be kept until these filters change.

    False when there are none: then the text of a post need not be made.
    """

    rules: Sequence[_Rule] = ()
    viewer_id: int | None = None

    def __bool__(self) -> bool:
        """Say whether there is any filter."""
        return bool(self.rules)

    def matches(self, post: Post, text: str, media: Sequence[MediaAttachment]) -> list[FilterMatch]:
        """Give the filters that catch a post, given `text` as `text_of` makes it, and its pictures.

        What one posted oneself is never hidden from one because a model had a part in it.
        """
        post_id = post.id
        is_made = post.author_id != self.viewer_id and any(is_model_made(each.source_type) for each in media)
        folded, found = text.casefold(), []
        for rule in self.rules:
            keywords = [
                typed
                for typed, wanted, begins, ends in rule.keywords
                if _stands_in(folded, wanted, begins=begins, ends=ends)
            ]
            post_ids = [post_id] if post_id in rule.post_ids else []
            if keywords or post_ids or (is_made and rule.filter.model_media):
                found.append(FilterMatch(filter=rule.filter, keywords=keywords, post_ids=post_ids))
        return found


NO_RULES = Rules()


async def rules_of(server: Server, viewer: Account | None) -> Rules:
    """Load the filters of a person that have not expired, and what they chose to see of model-made media.

    A visitor has only the latter, the server's default.
    """
    wish = await wish_about_model_media(server, viewer)
    if viewer is None:
        return Rules(rules=_chosen(server, wish))
    rows = await load(
        server,
        CustomFilter,
        "WHERE r.account_id = ? AND (r.expires_at IS NULL OR r.expires_at > ?) ORDER BY r.id",
        [viewer.id, server.clock.now()],
    )
    return Rules(
        viewer_id=viewer.id,
        rules=[
            *_chosen(server, wish),
            *(
                _Rule(
                    view.filter,
                    [_prepared(each) for each in view.keywords],
                    frozenset(each.post_id for each in view.posts),
                )
                for view in await _views(server, rows)
            ),
        ],
    )


async def wish_about_model_media(server: Server, viewer: Account | None) -> str:
    """Give what somebody wants of pictures that a model had a part in: show, blur or hide.

    The server's default for a visitor and for who has not chosen.
    """
    usual = server.settings.studio.model_media
    if viewer is None:
        return usual
    (asked,) = await server.db.rows(
        "SELECT max(json_extract(preferences, '$.model_media')) AS chosen FROM users WHERE account_id = ?",
        [viewer.id],
    )
    return asked["chosen"] or usual


def _chosen(server: Server, wish: str) -> list[_Rule]:
    """Give the rule that does what somebody wishes for model-made media: show, blur or hide.

    It looks like a filter of theirs, so that apps which know filters alone obey; it has no row.
    """
    if wish == "show":
        return []
    made = CustomFilter(
        id=MODEL_MEDIA_ID,
        title="Made with an AI model",
        contexts=["home", "notifications", "public", "thread", "account"],
        action=wish,
        model_media=True,
        created_at=server.clock.now(),
    )
    return [_Rule(made)]


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
