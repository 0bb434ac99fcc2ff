"""How a person posts unless they say otherwise: kept with the login, by its own words."""

import re
from dataclasses import asdict, dataclass

from fedi.actions.posts import VISIBILITIES
from fedi.actions.quotes import POLICIES
from fedi.errors import Invalid
from fedi.models.users import User
from fedi.server import Server

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LANGUAGE_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a new post gets; `language` "" means that none is told, `quote_policy` is who may quote it."""

    visibility: str = "public"
    sensitive: bool = False
    language: str = ""
    quote_policy: str = "public"


def of(user: User) -> Preferences:
    """Give a login's preferences; what was never chosen is the default."""
    known = {name: user.preferences[name] for name in Preferences.__slots__ if name in user.preferences}
    return Preferences(**known)


async def change(
    server: Server,
    user: User,
    *,
    visibility: str | None = None,
    sensitive: bool | None = None,
    language: str | None = None,
    quote_policy: str | None = None,
) -> Preferences:
    """Change a login's preferences; None leaves one as it is. Raises Invalid for what does not exist."""
    if visibility is not None and visibility not in VISIBILITIES:
        raise Invalid("privacy", "is not one that exists")
    if language and (len(language) > _LANGUAGE_CHARACTERS or not _LANGUAGE.fullmatch(language)):
        raise Invalid("language", "is not a language")
    if quote_policy is not None and quote_policy not in POLICIES:
        raise Invalid("quote_policy", "is not one that exists")
    before = of(user)
    chosen = Preferences(
        visibility=before.visibility if visibility is None else visibility,
        sensitive=before.sensitive if sensitive is None else sensitive,
        language=before.language if language is None else language,
        quote_policy=before.quote_policy if quote_policy is None else quote_policy,
    )
    if chosen != before:
        user.preferences = {**user.preferences, **asdict(chosen)}
        async with server.db.transaction():
            await user.save(update_fields=["preferences"])
    return chosen
