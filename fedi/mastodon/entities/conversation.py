"""Conversation (Mastodon API: entities, Conversation)."""

from msgspec import Struct

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Account, account
from fedi.mastodon.entities.status import Status, status
from fedi.queries.conversations import ConversationView


class Conversation(Struct, kw_only=True):
    """A thread of direct posts."""

    id: str
    unread: bool
    accounts: list[Account]
    last_status: Status | None


def conversation(view: ConversationView, uris: LocalUris) -> Conversation:
    """Show a conversation as its owner sees it."""
    return Conversation(
        id=str(view.conversation.id),
        unread=view.conversation.unread,
        accounts=[account(row, uris) for row in view.people],
        last_status=status(view.post, uris) if view.post is not None else None,
    )
