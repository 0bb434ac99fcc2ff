"""Notification, grouped notifications and markers (Mastodon API: entities, Notification)."""

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Account, account
from fedi.mastodon.entities.report import Report, report
from fedi.mastodon.entities.status import Status, status
from fedi.mastodon.entities.times import stamp
from fedi.models.preferences import Marker as MarkerRow
from fedi.queries.notifications import NotificationView


class Notification(Struct, kw_only=True):
    """Something that happened to somebody."""

    id: str
    type: str
    group_key: str
    created_at: str
    account: Account
    status: Status | UnsetType = UNSET
    report: Report | UnsetType = UNSET


class NotificationGroup(Struct, kw_only=True):
    """Notifications shown as one. Ours hold one each: every app can read that, and nothing is lost."""

    group_key: str
    notifications_count: int
    type: str
    # A number, as on Mastodon itself: one app reads nothing else here.
    most_recent_notification_id: int
    page_min_id: str
    page_max_id: str
    latest_page_notification_at: str
    sample_account_ids: list[str]
    status_id: str | UnsetType = UNSET
    report: Report | UnsetType = UNSET


class GroupedNotifications(Struct, kw_only=True):
    """A page of groups, and each account and post that they name once."""

    accounts: list[Account]
    statuses: list[Status]
    notification_groups: list[NotificationGroup]


class Marker(Struct, kw_only=True):
    """How far a timeline was read."""

    last_read_id: str
    version: int
    updated_at: str


def notification(view: NotificationView, uris: LocalUris) -> Notification:
    """Show a notification."""
    row = view.notification
    return Notification(
        id=str(row.id),
        type=row.kind,
        group_key=group_key(row.id),
        created_at=stamp(row.created_at),
        account=account(view.from_account, uris),
        status=status(view.post, uris) if view.post is not None else UNSET,
        report=report(view.report, uris) if view.report is not None else UNSET,
    )


def grouped(views: Sequence[NotificationView], uris: LocalUris) -> GroupedNotifications:
    """Show a page of notifications as groups of one."""
    people = {view.from_account.id: view.from_account for view in views}
    posts = {view.post.post.id: view.post for view in views if view.post is not None}
    return GroupedNotifications(
        accounts=[account(row, uris) for row in people.values()],
        statuses=[status(post, uris) for post in posts.values()],
        notification_groups=[_group(view, uris) for view in views],
    )


def group_key(notification_id: int) -> str:
    """Name the group of one notification."""
    return f"ungrouped-{notification_id}"


def marker(row: MarkerRow) -> Marker:
    """Show how far a timeline was read."""
    return Marker(last_read_id=str(row.last_read_id), version=row.version, updated_at=stamp(row.updated_at))


def _group(view: NotificationView, uris: LocalUris) -> NotificationGroup:
    row = view.notification
    return NotificationGroup(
        group_key=group_key(row.id),
        notifications_count=1,
        type=row.kind,
        most_recent_notification_id=row.id,
        page_min_id=str(row.id),
        page_max_id=str(row.id),
        latest_page_notification_at=stamp(row.created_at),
        sample_account_ids=[str(row.from_account_id)],
        status_id=str(row.post_id) if view.post is not None else UNSET,
        report=report(view.report, uris) if view.report is not None else UNSET,
    )
