"""Posts that wait for their time (Mastodon API: scheduled_statuses)."""

from datetime import UTC, datetime

from starlette.responses import Response

from fedi.actions import pending as actions
from fedi.errors import Invalid
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.scheduled import ScheduledStatus, scheduled_status
from fedi.mastodon.params import Params
from fedi.models.pending import PendingPost
from fedi.queries import pending


async def show_all(call: Call) -> Response:
    """GET /api/v1/scheduled_statuses."""
    page = responses.page_of(call.params)
    rows = await pending.scheduled(call.server, call.account, page)
    return responses.page(call.request, await entities(call, rows), [row.id for row in rows], page)


async def show(call: Call) -> Response:
    """GET /api/v1/scheduled_statuses/{id}."""
    return await shown(call, await pending.own_scheduled(call.account, call.id))


async def update(call: Call) -> Response:
    """PUT and PATCH /api/v1/scheduled_statuses/{id}: another time; the post itself stays."""
    row = await pending.own_scheduled(call.account, call.id)
    at = time_in(call.params)
    if at is None:
        return await shown(call, row)
    return await shown(call, await actions.reschedule(call.server, row, at))


async def delete(call: Call) -> Response:
    """DELETE /api/v1/scheduled_statuses/{id}."""
    await actions.drop(call.server, await pending.own_scheduled(call.account, call.id))
    return responses.nothing()


async def shown(call: Call, row: PendingPost) -> Response:
    """Answer with a scheduled post."""
    return responses.json((await entities(call, [row]))[0])


async def entities(call: Call, rows: list[PendingPost]) -> list[ScheduledStatus]:
    """Show scheduled posts."""
    media = await pending.media_of(rows)
    return [scheduled_status(row, media[row.id], call.server.uris) for row in rows]


def time_in(params: Params) -> datetime | None:
    """Read `scheduled_at`: ISO 8601, UTC where no zone is named; None when not given. Raises Invalid."""
    text = params.text("scheduled_at").strip()
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("", "Validation failed: Scheduled at must be in the future") from error
