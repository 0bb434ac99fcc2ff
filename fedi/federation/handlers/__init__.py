"""The table: which activity is handled where. FEDERATION.md is held to it by a test."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fedi.activitypub import activities
from fedi.federation.handlers import (
    announce,
    answers,
    block,
    create,
    delete,
    flag,
    follow,
    like,
    move,
    pins,
    quotes,
    remixes,
    undo,
    update,
)
from fedi.models.accounts import Account
from fedi.server import Server

# Each function takes the activity of its own row; a table of them cannot say so.
Handler = Callable[[Server, Any, Account], Awaitable[None]]

HANDLERS: Final[Mapping[type, Handler]] = MappingProxyType(
    {
        activities.Accept: answers.accept,
        activities.Add: pins.add,
        activities.Announce: announce.receive,
        activities.Block: block.receive,
        activities.Create: create.receive,
        activities.Delete: delete.receive,
        activities.Flag: flag.receive,
        activities.Follow: follow.receive,
        activities.Like: like.receive,
        activities.Move: move.receive,
        activities.QuoteRequest: quotes.request,
        activities.Reject: answers.reject,
        activities.RemixRequest: remixes.request,
        activities.Remove: pins.remove,
        activities.Undo: undo.receive,
        activities.Update: update.receive,
    }
)
