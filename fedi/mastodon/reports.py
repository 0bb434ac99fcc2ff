"""Report an account (Mastodon API: reports)."""

from starlette.responses import Response

from fedi.actions import reports
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.report import report
from fedi.queries import accounts
from fedi.queries import reports as report_queries

_MOST_POSTS, _MOST_RULES = 100, 100


async def create(call: Call) -> Response:
    """POST /api/v1/reports. Rules make it a violation; `forward` tells the account's own server as well.

    Of `forward_to_domains` that server alone is heard: reports are not sent to third ones.
    """
    server, params = call.server, call.params
    target = await accounts.account_for(server, call.account, params.id("account_id") or 0)
    domains = params.texts("forward_to_domains") or [target.domain]
    filed = await reports.file(
        server,
        call.account,
        target,
        post_ids=params.ids("status_ids", limit=_MOST_POSTS),
        comment=params.text("comment"),
        category=params.text("category") or "other",
        rule_ids=params.ids("rule_ids", limit=_MOST_RULES),
        forward=params.flag("forward") and target.domain in domains,
    )
    view = await report_queries.one(server, filed.id)
    return responses.json(report(view, server.uris))
