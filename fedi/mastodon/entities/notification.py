"""Notifications, groups and requests of them, policies, markers (Mastodon API: entities, Notification)."""

import html
from collections.abc import Container, Sequence

from msgspec import UNSET, Struct, UnsetType

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Account, account
from fedi.mastodon.entities.report import Report, report
from fedi.mastodon.entities.status import Status, status
from fedi.mastodon.entities.times import stamp
from fedi.models.accounts import Account as AccountRow
from fedi.models.preferences import Marker as MarkerRow
from fedi.queries.notification_groups import GroupView
from fedi.queries.notification_requests import PolicyView, RequestView
from fedi.queries.notifications import UNGROUPED, NotificationView

_DEEDS = {
    "mention": "mentioned you",
    "status": "posted",
    "reblog": "boosted your post",
    "follow": "follows you",
    "follow_request": "asks to follow you",
    "favourite": "likes your post",
    "poll": "had a poll that has ended",
    "update": "edited a post",
    "quote": "quoted your post",
    "quoted_update": "edited a post that you quoted",
    "remix_request": "asks to restyle a picture of yours",
    "remix_accepted": "lets you restyle a picture",
    "admin.sign_up": "signed up",
    "admin.report": "is named in a report",
}


class NotificationFallback(Struct, kw_only=True):
    """What to show of a kind that an app does not know; HTML."""

    title: str
    summary: str | None = None
    details: str | None = None


class Notification(Struct, kw_only=True):
    """Something that happened to somebody. `filtered`, ours too: the policy keeps it back."""

    id: str
    type: str
    group_key: str
    created_at: str
    account: Account
    filtered: bool | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    report: Report | UnsetType = UNSET
    fallback: NotificationFallback | UnsetType = UNSET


class NotificationGroup(Struct, kw_only=True):
    """Notifications shown as one."""

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
    fallback: NotificationFallback | UnsetType = UNSET


class PartialAccountWithAvatar(Struct, kw_only=True):
    """As much of an account as its picture in a row of others needs."""

    id: str
    acct: str
    url: str
    avatar: str
    avatar_static: str
    avatar_description: str
    locked: bool
    bot: bool


class GroupedNotifications(Struct, kw_only=True):
    """A page of groups, and each account and post that they name once."""

    accounts: list[Account]
    statuses: list[Status]
    notification_groups: list[NotificationGroup]
    partial_accounts: list[PartialAccountWithAvatar] | UnsetType = UNSET


class NotificationRequest(Struct, kw_only=True):
    """Somebody whose notifications are kept back."""

    id: str
    created_at: str
    updated_at: str
    account: Account
    notifications_count: str
    last_status: Status | UnsetType = UNSET


class PolicySummary(Struct, kw_only=True):
    """How many people, and notifications, wait to be let in."""

    pending_requests_count: int
    pending_notifications_count: int


class NotificationPolicy(Struct, kw_only=True):
    """What becomes of the notifications of each kind of stranger: accept, filter or drop."""

    for_not_following: str
    for_not_followers: str
    for_new_accounts: str
    for_private_mentions: str
    for_limited_accounts: str
    for_bots: str
    summary: PolicySummary


class NotificationPolicyV1(Struct, kw_only=True):
    """The same as yes or no, in the older form."""

    filter_not_following: bool
    filter_not_followers: bool
    filter_new_accounts: bool
    filter_private_mentions: bool
    summary: PolicySummary


class Marker(Struct, kw_only=True):
    """How far a timeline was read."""

    last_read_id: str
    version: int
    updated_at: str


def notification(
    view: NotificationView, uris: LocalUris, *, known: Container[str] | None = None
) -> Notification:
    """Show a notification; what is not among the kinds that an app knows, if it says, in words as well."""
    row = view.notification
    return Notification(
        id=str(row.id),
        type=row.kind,
        group_key=row.group_key or f"{UNGROUPED}{row.id}",
        created_at=stamp(row.created_at),
        account=account(view.from_account, uris),
        filtered=row.filtered or UNSET,
        status=status(view.post, uris) if view.post is not None else UNSET,
        report=report(view.report, uris) if view.report is not None else UNSET,
        fallback=_fallback(view, known),
    )


def grouped(
    views: Sequence[GroupView],
    uris: LocalUris,
    *,
    known: Container[str] | None = None,
    partial: bool = False,
) -> GroupedNotifications:
    """Show a page of groups; `partial`: of all but the newest of each group no more than the picture."""
    newest = {view.newest.from_account.id: view.newest.from_account for view in views}
    others = {row.id: row for view in views for row in view.people if row.id not in newest}
    posts = {view.newest.post.post.id: view.newest.post for view in views if view.newest.post is not None}
    full = newest if partial else {**newest, **others}
    return GroupedNotifications(
        accounts=[account(row, uris) for row in full.values()],
        partial_accounts=[_partial(row, uris) for row in others.values()] if partial else UNSET,
        statuses=[status(post, uris) for post in posts.values()],
        notification_groups=[_group(view, uris, known) for view in views],
    )


def notification_request(view: RequestView, uris: LocalUris) -> NotificationRequest:
    """Show whose notifications are kept back."""
    row = view.request
    return NotificationRequest(
        id=str(row.id),
        created_at=stamp(row.created_at),
        updated_at=stamp(row.updated_at),
        account=account(view.from_account, uris),
        notifications_count=str(view.count),
        last_status=status(view.post, uris) if view.post is not None else UNSET,
    )


def policy(view: PolicyView) -> NotificationPolicy:
    """Show what becomes of the notifications of strangers."""
    return NotificationPolicy(**view.policy, summary=_summary(view))


def policy_v1(view: PolicyView) -> NotificationPolicyV1:
    """Show it in the older form."""
    names = NotificationPolicyV1.__struct_fields__[:-1]
    held = {name: view.policy[name.replace("filter_", "for_")] != "accept" for name in names}
    return NotificationPolicyV1(**held, summary=_summary(view))


def marker(row: MarkerRow) -> Marker:
    """Show how far a timeline was read."""
    return Marker(last_read_id=str(row.last_read_id), version=row.version, updated_at=stamp(row.updated_at))


def _group(view: GroupView, uris: LocalUris, known: Container[str] | None) -> NotificationGroup:
    newest = view.newest
    row = newest.notification
    return NotificationGroup(
        group_key=view.key,
        notifications_count=view.count,
        type=row.kind,
        most_recent_notification_id=row.id,
        page_min_id=str(view.min_id),
        page_max_id=str(row.id),
        latest_page_notification_at=stamp(row.created_at),
        sample_account_ids=[str(person.id) for person in view.people],
        status_id=str(row.post_id) if newest.post is not None else UNSET,
        report=report(newest.report, uris) if newest.report is not None else UNSET,
        fallback=_fallback(newest, known),
    )


def _fallback(view: NotificationView, known: Container[str] | None) -> NotificationFallback | UnsetType:
    kind, person = view.notification.kind, view.from_account
    if known is None or kind in known:
        return UNSET
    name = html.escape(person.display_name or person.username)
    return NotificationFallback(
        title=f"{name} {_DEEDS.get(kind, 'did something')}",
        details=view.post.post.content if view.post is not None else None,
    )


def _partial(row: AccountRow, uris: LocalUris) -> PartialAccountWithAvatar:
    whole = account(row, uris)
    return PartialAccountWithAvatar(
        **{name: getattr(whole, name) for name in PartialAccountWithAvatar.__struct_fields__}
    )


def _summary(view: PolicyView) -> PolicySummary:
    return PolicySummary(pending_requests_count=view.requests, pending_notifications_count=view.notifications)
