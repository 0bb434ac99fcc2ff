"""Decide whose notifications are kept back, let people in or send them away (Mastodon API: notifications)."""

from collections.abc import Mapping, Sequence

from tortoise.queryset import QuerySet

from fedi.actions import conversations, news
from fedi.actions.news import News
from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.notifications import (
    Notification,
    NotificationPermission,
    NotificationPolicy,
    NotificationRequest,
)
from fedi.models.posts import Post
from fedi.queries.notification_requests import DEFAULT_POLICY
from fedi.server import Server

VERDICTS = ("accept", "filter", "drop")


async def set_policy(server: Server, account: Account, changes: Mapping[str, str]) -> None:
    """Change some of an account's policy, by the names of `DEFAULT_POLICY`. Raises Invalid for no verdict."""
    for name, verdict in changes.items():
        if verdict not in VERDICTS:
            raise Invalid(name, f"must be one of {', '.join(VERDICTS)}")
    if not changes:
        return
    async with server.db.transaction():
        await NotificationPolicy.get_or_create(
            {"id": server.new_id(), **DEFAULT_POLICY}, account_id=account.id
        )
        await NotificationPolicy.filter(account_id=account.id).update(**changes)


async def accept(server: Server, account: Account, ids: Sequence[int]) -> None:
    """Let people in for good, with all of theirs that was kept back; requests of others are left alone."""
    async with server.db.transaction():
        found = await NotificationRequest.filter(account_id=account.id, id__in=[0, *ids])
        people = [each.from_account_id for each in found]
        if not people:
            return
        for id_ in people:
            await NotificationPermission.get_or_create(
                {"id": server.new_id(), "created_at": server.clock.now()},
                account_id=account.id,
                from_account_id=id_,
            )
        mentions = await _kept_of(account, people).filter(kind="mention")
        private = Post.filter(id__in=[0, *(each.post_id for each in mentions)], visibility="direct")
        await _kept_of(account, people).update(filtered=False)
        for post in await private.order_by("id"):
            await conversations.received(server, account, post)
        await NotificationRequest.filter(id__in=[each.id for each in found]).delete()
        news.tell(server, News(kind="notifications_merged", account_id=account.id))


async def dismiss(server: Server, account: Account, ids: Sequence[int]) -> None:
    """Send people away, and forget what of theirs was kept back; requests of others are left alone."""
    async with server.db.transaction():
        found = await NotificationRequest.filter(account_id=account.id, id__in=[0, *ids])
        if found:
            await _kept_of(account, [each.from_account_id for each in found]).delete()
            await NotificationRequest.filter(id__in=[each.id for each in found]).delete()


def _kept_of(account: Account, people: Sequence[int]) -> QuerySet[Notification]:
    return Notification.filter(account_id=account.id, from_account_id__in=people, filtered=True)
