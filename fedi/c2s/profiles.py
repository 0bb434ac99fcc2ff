"""An actor updated by its owner's client (ActivityPub 6.3): the parts of a profile, and nothing else.

The profile's text is plain here, so of an HTML summary its text is kept.
"""

from collections.abc import Mapping
from typing import Any, Final

from fedi.actions import accounts
from fedi.actions.accounts import ProfileChanges
from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import Json
from fedi.c2s import writing
from fedi.c2s.admission import Caller
from fedi.errors import Malformed
from fedi.models.media import MediaAttachment
from fedi.text.html import sanitise, to_text
from fedi.translate.actors import actor_of

_CHANGEABLE: Final = frozenset(
    {"name", "summary", "icon", "image", "attachment", "type", "source"}
    | {"manuallyApprovesFollowers", "discoverable", "indexable"}
)
_TYPES: Final[Mapping[str, bool]] = {"Person": False, "Service": True}
_SETTERS: Final = {"icon": accounts.set_avatar, "image": accounts.set_header}
_MAX_CHARACTERS = 20_000


async def update(caller: Caller, given: Json) -> None:
    """Change what is given; what is null is emptied. What says the same as before may stand there as well.

    Raises Malformed for a part that is not the owner's to change, Invalid for one that is too long.
    """
    server, account = caller.server, caller.account
    current = actor_of(account, server.uris).to_json()
    changed = {name: value for name, value in given.items() if current.get(name) != value}
    fixed = changed.keys() - _CHANGEABLE - {"@context", "id"}
    if fixed:
        raise Malformed(f"{min(fixed)} cannot be changed.")
    pictures = {name: await _picture(caller, changed[name]) for name in _SETTERS if name in changed}
    await accounts.update_profile(server, account, _changes(changed))
    for name, media in pictures.items():
        await _SETTERS[name](server, account, media)


def _changes(changed: Json) -> ProfileChanges:
    read = Reader(changed)
    return ProfileChanges(
        display_name=(read.line("name", limit=_MAX_CHARACTERS) or "") if "name" in changed else None,
        note=_note(read),
        fields=_fields(read) if "attachment" in changed else None,
        locked=_flag(read, "manuallyApprovesFollowers"),
        discoverable=_flag(read, "discoverable"),
        indexable=_flag(read, "indexable"),
        is_bot=_is_bot(read),
    )


def _note(read: Reader) -> str | None:
    source = read.object("source")
    if source is not None:
        return source.text("content", limit=_MAX_CHARACTERS) or ""
    if "summary" not in read.json:
        return None
    return to_text(sanitise(read.string("summary", limit=_MAX_CHARACTERS) or ""))


def _fields(read: Reader) -> list[tuple[str, str]]:
    return [
        (
            each.line("name", limit=_MAX_CHARACTERS) or "",
            to_text(sanitise(each.string("value", limit=_MAX_CHARACTERS) or "")),
        )
        for each in read.objects("attachment")
    ]


def _flag(read: Reader, name: str) -> bool | None:
    return bool(read.flag(name)) if name in read.json else None


def _is_bot(read: Reader) -> bool | None:
    if "type" not in read.json:
        return None
    return _TYPES[read.type(_TYPES)]


async def _picture(caller: Caller, value: Any) -> MediaAttachment | None:
    first = next(iter(Reader({"picture": value}).many("picture")), None)
    return None if first is None else await writing.media_at(caller, first)
