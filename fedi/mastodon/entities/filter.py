"""Filter, FilterResult and what belongs to them (Mastodon API: entities, Filter)."""

from msgspec import Struct

from fedi.mastodon.entities.times import stamp_or_none
from fedi.models.filters import CustomFilter, FilterPost
from fedi.models.filters import FilterKeyword as KeywordRow
from fedi.queries.filters import FilterMatch, FilterView


class FilterKeyword(Struct, kw_only=True):
    """A word or phrase of a filter."""

    id: str
    keyword: str
    whole_word: bool


class FilterStatus(Struct, kw_only=True):
    """A single post of a filter."""

    id: str
    status_id: str


class FilterExtras(Struct, kw_only=True):
    """Ours: whether it catches posts with pictures that a model made, or had a part in."""

    model_media: bool


class FilterInResult(Struct, kw_only=True):
    """A filter as it stands beside a post that it catches."""

    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    fedi: FilterExtras


class Filter(FilterInResult, kw_only=True):
    """A filter with all that is in it."""

    keywords: list[FilterKeyword]
    statuses: list[FilterStatus]


class FilterResult(Struct, kw_only=True):
    """That a filter catches a post, and by what."""

    filter: FilterInResult
    keyword_matches: list[str] | None
    status_matches: list[str] | None


class FilterV1(Struct, kw_only=True):
    """A keyword as the older API knows filters; the id is the keyword's."""

    id: str
    phrase: str
    context: list[str]
    whole_word: bool
    expires_at: str | None
    irreversible: bool


def filter_result(match: FilterMatch) -> FilterResult:
    """Show that a filter catches a post."""
    return FilterResult(
        filter=filter_in_result(match.filter),
        keyword_matches=list(match.keywords) or None,
        status_matches=[str(id_) for id_ in match.post_ids] or None,
    )


def filter_in_result(row: CustomFilter) -> FilterInResult:
    """Show a filter without its keywords and posts."""
    return FilterInResult(
        id=str(row.id),
        title=row.title,
        context=list(row.contexts),
        expires_at=stamp_or_none(row.expires_at),
        filter_action=row.action,
        fedi=FilterExtras(model_media=row.model_media),
    )


def filter_whole(view: FilterView) -> Filter:
    """Show a filter with its keywords and posts."""
    row = view.filter
    return Filter(
        id=str(row.id),
        title=row.title,
        context=list(row.contexts),
        expires_at=stamp_or_none(row.expires_at),
        filter_action=row.action,
        fedi=FilterExtras(model_media=row.model_media),
        keywords=[filter_keyword(each) for each in view.keywords],
        statuses=[filter_status(each) for each in view.posts],
    )


def filter_keyword(row: KeywordRow) -> FilterKeyword:
    """Show a keyword."""
    return FilterKeyword(id=str(row.id), keyword=row.keyword, whole_word=row.whole_word)


def filter_status(row: FilterPost) -> FilterStatus:
    """Show that a post is on a filter."""
    return FilterStatus(id=str(row.id), status_id=str(row.post_id))


def filter_v1(row: CustomFilter, keyword: KeywordRow) -> FilterV1:
    """Show a keyword in the older form."""
    return FilterV1(
        id=str(keyword.id),
        phrase=keyword.keyword,
        context=list(row.contexts),
        whole_word=keyword.whole_word,
        expires_at=stamp_or_none(row.expires_at),
        irreversible=row.action == "hide",
    )
