"""What has access to a login: the apps that were let in, and the browsers that are signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.models.users import AccessToken, Application, Session, User


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAccess:
    """An app with tokens in force; `application` is None for those that were made on the command line.

    `scopes` are those of all its tokens; `last_used_at` is to the day, None when none was used yet.
    """

    application: Application | None
    scopes: str
    since: datetime
    last_used_at: datetime | None


async def apps_of(user: User) -> list[AppAccess]:
    """List the apps that may act for a login, the one used last first."""
    found: dict[int | None, list[AccessToken]] = {}
    for token in await AccessToken.filter(user_id=user.id).select_related("application").order_by("id"):
        found.setdefault(token.application_id, []).append(token)
    apps = [_together(tokens) for tokens in found.values()]
    return sorted(apps, key=lambda app: app.last_used_at or app.since, reverse=True)


async def sessions_of(user: User) -> list[Session]:
    """List the browsers that are signed in, the one used last first."""
    return await Session.filter(user_id=user.id).order_by("-last_used_at", "-id")


def _together(tokens: Sequence[AccessToken]) -> AppAccess:
    return AppAccess(
        application=tokens[0].application,
        scopes=" ".join(dict.fromkeys(name for token in tokens for name in token.scopes.split())),
        since=tokens[0].created_at,
        last_used_at=max((token.last_used_at for token in tokens if token.last_used_at), default=None),
    )
