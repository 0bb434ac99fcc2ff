"""From news to events: who among those who listen is told of what. Posts: fedi/mastodon/post_events.py."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from fedi.actions import news
from fedi.actions.news import News
from fedi.errors import NotFound
from fedi.logs import logger
from fedi.mastodon import post_events
from fedi.mastodon.entities.announcement import announcement
from fedi.mastodon.entities.conversation import conversation
from fedi.mastodon.entities.notification import notification
from fedi.mastodon.hub import Hub
from fedi.mastodon.streams import Event, Kind, Stream
from fedi.models.accounts import Account
from fedi.queries import announcements, conversations, notifications
from fedi.server import Server

Tell = Callable[[Server, Hub, News], Awaitable[None]]


async def keep_telling(server: Server) -> None:
    """Tell this process's listeners, for ever, what happens, and close what may be open no longer."""
    hub = server.memory.of(Hub)
    with server.db.activate(), server.pubsub.subscribe(news.TOPIC) as messages:
        async with asyncio.TaskGroup() as group:
            group.create_task(hub.keep_out(server))
            while True:
                _, message = await messages.get()
                if not hub.is_idle:
                    await _tell(server, hub, message)


async def _tell(server: Server, hub: Hub, message: str) -> None:
    piece = news.read(message)
    try:
        await _TELLING[piece.kind](server, hub, piece)
    except Exception:  # noqa: BLE001  one piece of news must not end all streams
        logger().exception("streaming.untold", kind=piece.kind, id=piece.id)


async def _post(server: Server, hub: Hub, piece: News) -> None:
    await post_events.show(server, hub, piece.id, "update")


async def _edit(server: Server, hub: Hub, piece: News) -> None:
    await post_events.show(server, hub, piece.id, "status.update")


async def _notification(server: Server, hub: Hub, piece: News) -> None:
    listeners = [
        *((each, Stream(Kind.USER)) for each in hub.of(piece.account_id, Kind.USER)),
        *(
            (each, Stream(Kind.USER_NOTIFICATION))
            for each in hub.of(piece.account_id, Kind.USER_NOTIFICATION)
        ),
    ]
    told = [(each, stream) for each, stream in listeners if each.hears_notifications]
    if not told:
        return
    try:
        view = await notifications.one(server, told[0][0].account, piece.id)
    except NotFound:
        # Hidden from them by now, or taken back.
        return
    if view.notification.filtered:
        return
    event = Event("notification", msgspec.json.encode(notification(view, server.uris)).decode())
    for listener, stream in told:
        listener.tell(event, stream)


async def _merged(server: Server, hub: Hub, piece: News) -> None:
    del server
    _tell_one(hub, piece.account_id, Event("notifications_merged", "1"))


async def _filters(server: Server, hub: Hub, piece: News) -> None:
    del server
    hub.forget_rules(piece.account_id)
    _tell_one(hub, piece.account_id, Event("filters_changed"))


def _tell_one(hub: Hub, account_id: int, event: Event) -> None:
    for listener in hub.of(account_id, Kind.USER):
        listener.tell(event, Stream(Kind.USER))


async def _conversation(server: Server, hub: Hub, piece: News) -> None:
    listeners = hub.of(piece.account_id, Kind.DIRECT)
    if not listeners:
        return
    try:
        view = await conversations.one(server, listeners[0].account, piece.id)
    except NotFound:
        return
    event = Event("conversation", msgspec.json.encode(conversation(view, server.uris)).decode())
    for listener in listeners:
        listener.tell(event, Stream(Kind.DIRECT))


async def _announcement(server: Server, hub: Hub, piece: News) -> None:
    """Tell everybody the same: what somebody who has done nothing with it is shown."""
    if hub.on(Kind.USER):
        try:
            view = await announcements.one(server, Account(id=0), piece.id)
        except NotFound:
            return
        _tell_all(hub, Event("announcement", msgspec.json.encode(announcement(view, server.uris)).decode()))


async def _announcement_reaction(server: Server, hub: Hub, piece: News) -> None:
    if hub.on(Kind.USER):
        try:
            view = await announcements.one(server, Account(id=0), piece.id)
        except NotFound:
            return
        count = sum(each.count for each in view.reactions if each.name == piece.name)
        payload = {"name": piece.name, "count": count, "announcement_id": str(piece.id)}
        _tell_all(hub, Event("announcement.reaction", msgspec.json.encode(payload).decode()))


async def _announcement_gone(server: Server, hub: Hub, piece: News) -> None:
    del server
    _tell_all(hub, Event("announcement.delete", str(piece.id)))


def _tell_all(hub: Hub, event: Event) -> None:
    for listener in hub.on(Kind.USER):
        listener.tell(event, Stream(Kind.USER))


_TELLING: dict[str, Tell] = {
    "post": _post,
    "edit": _edit,
    "gone": post_events.gone,
    "notification": _notification,
    "notifications_merged": _merged,
    "filters": _filters,
    "conversation": _conversation,
    "announcement": _announcement,
    "announcement_reaction": _announcement_reaction,
    "announcement_gone": _announcement_gone,
}
