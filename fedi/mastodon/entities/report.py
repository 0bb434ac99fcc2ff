"""Report (Mastodon API: entities, Report)."""

from msgspec import Struct

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Account, account
from fedi.mastodon.entities.times import stamp, stamp_or_none
from fedi.queries.reports import ReportView


class Report(Struct, kw_only=True):
    """A report of an account and some of its posts."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str]
    rule_ids: list[str]
    target_account: Account
    collection_ids: list[str] = []


def report(view: ReportView, uris: LocalUris) -> Report:
    """Show a report; who made it is not said."""
    row = view.report
    return Report(
        id=str(row.id),
        action_taken=row.resolved_at is not None,
        action_taken_at=stamp_or_none(row.resolved_at),
        category=row.category,
        comment=row.comment,
        forwarded=row.forwarded,
        created_at=stamp(row.created_at),
        status_ids=[str(id_) for id_ in row.post_ids],
        rule_ids=[str(id_) for id_ in row.rule_ids],
        target_account=account(view.target, uris),
    )
