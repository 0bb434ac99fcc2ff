"""What scopes let an app do, in words that people know (Mastodon API: OAuth scopes). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fedi.actions.scopes import ACTIVITYPUB, KNOWN, SAME_ORIGIN, covers


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Something that an app may do: an icon, a sentence, and the parts of it, if it is not all.

    `grave` marks what nobody should grant without a thought.
    """

    icon: str
    words: str
    more: str = ""
    parts: Sequence[str] = ()
    grave: bool = False


_WHOLE: Final[Mapping[str, Leave]] = MappingProxyType(
    {
        "profile": Leave(icon="user", words="See who you are", more="Your name, handle and picture"),
        "read": Leave(
            icon="eye",
            words="Read everything your account can see",
            more="Timelines, private posts, notifications, lists, bookmarks and settings",
        ),
        "write": Leave(
            icon="pen",
            words="Post and change things in your name",
            more="Write, edit and delete posts; follow, block and mute; edit your profile",
        ),
        "follow": Leave(
            icon="people",
            words="See and change whom you follow, block and mute",
            more="An older permission that many apps still ask for",
        ),
        "push": Leave(
            icon="bell",
            words="Send you notifications",
            more="Through the push service of your phone or browser",
        ),
        ACTIVITYPUB: Leave(
            icon="globe",
            words="Use your account by ActivityPub",
            more="Read your inbox; write, follow and block for you; edit your profile, move your account",
        ),
        SAME_ORIGIN: Leave(
            icon="pen", words="Post and change things about what is its own", more="Of nobody else"
        ),
        "admin:read": Leave(
            icon="warning",
            words="Read what the people who run this server see",
            more="Accounts with their addresses, reports and rules",
            grave=True,
        ),
        "admin:write": Leave(
            icon="warning",
            words="Run this server for you",
            more="Deal with accounts, reports and rules",
            grave=True,
        ),
    }
)
_READ: Final = MappingProxyType(
    {
        "accounts": "accounts and profiles",
        "blocks": "whom you block",
        "bookmarks": "your bookmarks",
        "collections": "your collections",
        "favourites": "what you liked",
        "filters": "your filters",
        "follows": "whom you follow and who follows you",
        "lists": "your lists",
        "mutes": "whom you mute",
        "notifications": "your notifications",
        "search": "what a search finds",
        "statuses": "posts you can see, private ones too",
    }
)
_WRITE: Final = MappingProxyType(
    {
        "accounts": "edit your profile",
        "blocks": "block people and servers",
        "bookmarks": "set and remove bookmarks",
        "collections": "change your collections",
        "conversations": "mark private conversations read, or remove them",
        "favourites": "like posts and take that back",
        "filters": "change your filters",
        "follows": "follow and unfollow people",
        "lists": "change your lists",
        "media": "upload pictures",
        "mutes": "mute people and threads",
        "notifications": "clear your notifications",
        "reports": "report people",
        "statuses": "write, edit and delete posts",
    }
)


def in_words(scopes: str) -> list[Leave]:
    """Say what scopes (separated by spaces) let an app do; what another one covers is not said again."""
    names = [name for name in KNOWN if name in scopes.split()]
    if {"read", "write"} <= set(names):
        # The two together are more than the old name for a part of both.
        names = [name for name in names if name != "follow"]
    told = [name for name in names if not any(covers(other, name) for other in names if other != name)]
    leaves = [_WHOLE[name] for name in _WHOLE if name in told]
    for verb, icon, words, parts in (("read", "eye", "Read", _READ), ("write", "pen", "Act for you", _WRITE)):
        some = [parts[name.partition(":")[2]] for name in told if _is_part(name, verb)]
        if some:
            leaves.append(Leave(icon=icon, words=words, parts=some))
    admin = [_of_admin(name) for name in told if name.startswith("admin:") and name not in _WHOLE]
    if admin:
        leaves.append(Leave(icon="warning", words="Run this server for you", parts=admin, grave=True))
    return leaves


def _is_part(name: str, verb: str) -> bool:
    return name.startswith(f"{verb}:") and name not in _WHOLE


def _of_admin(name: str) -> str:
    _, verb, part = name.split(":")
    return f"{'change' if verb == 'write' else 'read'} {part.replace('_', ' ')}"
