"""Filter, FilterResult and what belongs to them (Mastodon API: entities, Filter)."""

from msgspec import Struct

from fedi.mastodon.entities.times import stamp_or_none
from fedi.models.filters import CustomFilter
from fedi.queries.filters import FilterMatch


class FilterInResult(Struct, kw_only=True):
    """A filter as it stands beside a post that it catches."""

    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str


class FilterResult(Struct, kw_only=True):
    """That a filter catches a post, and by what."""

    filter: FilterInResult
    keyword_matches: list[str] | None
    status_matches: list[str] | None


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
    )
