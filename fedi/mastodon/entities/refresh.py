"""AsyncRefresh (Mastodon API: entities)."""

from msgspec import Struct

from fedi.models.federation import AsyncRefresh as RefreshRow


class AsyncRefresh(Struct, kw_only=True):
    """How far some work in the background is; `result_count` is what it has found so far."""

    id: str
    status: str
    result_count: int


def async_refresh(row: RefreshRow) -> AsyncRefresh:
    """Show a refresh."""
    status = "running" if row.finished_at is None else "finished"
    return AsyncRefresh(id=str(row.id), status=status, result_count=row.found)
