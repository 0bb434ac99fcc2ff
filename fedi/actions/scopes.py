"""What a token may do: the names of Mastodon's API, and which covers which. Pure."""

from fedi.errors import FediError

_READ_PARTS = (
    "accounts blocks bookmarks collections favourites filters follows lists mutes notifications "
    "search statuses"
)
_WRITE_PARTS = (
    "accounts blocks bookmarks collections conversations favourites filters follows lists media mutes "
    "notifications reports statuses"
)
_ADMIN_PARTS = (
    "accounts canonical_email_blocks domain_allows domain_blocks email_domain_blocks ip_blocks reports"
)

# `follow` is the old name of these together.
_FOLLOW = frozenset(f"{verb}:{part}" for verb in ("read", "write") for part in ("blocks", "follows", "mutes"))

# All of ActivityPub's own client side, and nothing of Mastodon's API.
ACTIVITYPUB = "activitypub"
# Writing there, but only about what is of the client's own origin (FEP-d8c2).
SAME_ORIGIN = "write:sameorigin"

KNOWN = (
    *("read", "write", "follow", "push", "profile", ACTIVITYPUB, SAME_ORIGIN),
    *(f"read:{part}" for part in _READ_PARTS.split()),
    *(f"write:{part}" for part in _WRITE_PARTS.split()),
    *("admin:read", "admin:write"),
    *(f"admin:{verb}:{part}" for verb in ("read", "write") for part in _ADMIN_PARTS.split()),
)
ALL = "read write follow push profile"
ALL_THERE_IS = f"{ALL} {ACTIVITYPUB} admin:read admin:write"
DEFAULT = "read"
_MAX_CHARACTERS = 1024


class UnknownScope(FediError):
    """The requested scope is invalid, unknown, or malformed."""

    status_code = 422


def covers(granted: str, needed: str) -> bool:
    """Tell whether `granted` (separated by spaces) holds `needed`, a parent of it, or `follow` for a part."""
    names = granted.split()
    return (
        needed in names
        or any(needed.startswith(f"{name}:") for name in names)
        or ("follow" in names and needed in _FOLLOW)
    )


def check_scopes(asked: str, registered: str) -> str:
    """Give the scopes asked for, each once, separated by single spaces; "read" when none were.

    Raises UnknownScope for one that does not exist or that `registered` does not cover.
    """
    if len(asked) > _MAX_CHARACTERS:
        raise UnknownScope
    names = list(dict.fromkeys(asked.split())) or [DEFAULT]
    if any(name not in KNOWN or not _allows(registered, name) for name in names):
        raise UnknownScope
    return " ".join(names)


def _allows(registered: str, name: str) -> bool:
    if name == "follow":
        return covers(registered, name) or all(covers(registered, part) for part in _FOLLOW)
    return covers(registered, name)
