"""Stricter limits of some routes beside the general one, each shared by a few (Mastodon API: rate limits)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.requests import Request

from fedi.mastodon import auth
from fedi.mastodon.calls import Entry
from fedi.models.users import AccessToken
from fedi.security.limits import Limit
from fedi.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What is counted together: by person, or by address where nobody is known yet.

    `setting` names how often, among the settings of limits.
    """

    name: str
    setting: str
    seconds: int
    by_address: bool = False


UPLOADS: Final = Family(name="media", setting="uploads_per_half_hour", seconds=1800)
DELETES: Final = Family(name="deletes", setting="deletes_per_half_hour", seconds=1800)
POSTS: Final = Family(name="posts", setting="posts_per_three_hours", seconds=3 * 3600)
FOLLOWS: Final = Family(name="follows", setting="follows_per_day", seconds=24 * 3600)
SIGN_UPS: Final = Family(name="sign-up", setting="sign_ups_per_half_hour", seconds=1800, by_address=True)
PREVIEWS: Final = Family(name="previews", setting="previews_per_minute", seconds=60)
APPS: Final = Family(name="apps", setting="apps_per_ten_minutes", seconds=600, by_address=True)

_ROUTES: Final[Mapping[tuple[str, str], Family]] = MappingProxyType(
    {
        ("POST", "/api/v1/media"): UPLOADS,
        ("POST", "/api/v2/media"): UPLOADS,
        ("POST", "/api/fedi/v1/styles/{name}/preview"): PREVIEWS,
        ("POST", "/api/fedi/v1/previews"): PREVIEWS,
        ("DELETE", "/api/v1/statuses/{id}"): DELETES,
        ("POST", "/api/v1/statuses/{id}/unreblog"): DELETES,
        ("POST", "/api/v1/statuses"): POSTS,
        ("POST", "/api/v1/statuses/{id}/reblog"): POSTS,
        ("POST", "/api/v1/accounts/{id}/follow"): FOLLOWS,
        ("POST", "/api/v1/accounts"): SIGN_UPS,
        ("POST", "/api/v1/apps"): APPS,
    }
)


def limit_of(
    server: Server, request: Request, entry: Entry, token: AccessToken | None
) -> tuple[str, Limit] | None:
    """Give what a request to this route counts as beside the general limit, and how often that may be."""
    family = _ROUTES.get((entry.method, entry.path))
    if family is None:
        return None
    whose = ""
    if family.by_address:
        whose = auth.network_of(request)
    elif token is not None and token.user is not None:
        whose = str(token.user.account_id)
    return f"{family.name}:{whose}", limit(server, family)


def limit(server: Server, family: Family) -> Limit:
    """Give how often something of a family may be done."""
    return Limit(getattr(server.settings.limits, family.setting), family.seconds)
