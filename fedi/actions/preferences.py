"""How a person posts and reads unless they say otherwise: kept with the login, by its own words."""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from fedi.actions.drafting import TEXT_TYPES, VISIBILITIES
from fedi.actions.quotes import POLICIES
from fedi.errors import Invalid
from fedi.models.users import User
from fedi.server import Server

MODEL_MEDIA = ("show", "blur", "hide")
EXPAND_MEDIA = ("default", "show_all", "hide_all")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LANGUAGE_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a new post gets, and how apps show posts.

    `language` "" means that none is told, `quote_policy` is who may quote it. `expand_media`: "default" hides
    what is marked sensitive, "show_all" nothing, "hide_all" all; `expand_warnings` opens what has a warning.
    `text_type` is how what is typed is read; `show_application`: posts say what they were written with.
    `model_media` is what is shown of pictures that a model had a part in, `model_tag` whether posts with own
    ones get the server's hashtag for them; "" and None leave it to the server.
    """

    visibility: str = "public"
    sensitive: bool = False
    language: str = ""
    quote_policy: str = "public"
    expand_media: str = "default"
    expand_warnings: bool = False
    text_type: str = "text/plain"
    show_application: bool = True
    model_media: str = ""
    model_tag: bool | None = None


def of(user: User) -> Preferences:
    """Give a login's preferences; what was never chosen is the default."""
    known = {name: user.preferences[name] for name in Preferences.__slots__ if name in user.preferences}
    return Preferences(**known)


def tags_model_media(server: Server, chosen: Preferences) -> bool:
    """Say whether new posts with pictures that a model had a part in get the server's hashtag for them."""
    studio = server.settings.studio
    return bool(studio.tag) and (studio.tag_by_default if chosen.model_tag is None else chosen.model_tag)


async def change(
    server: Server,
    user: User,
    *,
    visibility: str | None = None,
    sensitive: bool | None = None,
    language: str | None = None,
    quote_policy: str | None = None,
    expand_media: str | None = None,
    expand_warnings: bool | None = None,
    text_type: str | None = None,
    show_application: bool | None = None,
    model_media: str | None = None,
    model_tag: bool | None = None,
) -> Preferences:
    """Change a login's preferences; None leaves one as it is. Raises Invalid for what does not exist."""
    if visibility is not None and visibility not in VISIBILITIES:
        raise Invalid("privacy", "is not one that exists")
    if language and (len(language) > _LANGUAGE_CHARACTERS or not _LANGUAGE.fullmatch(language)):
        raise Invalid("language", "is not a language")
    if quote_policy is not None and quote_policy not in POLICIES:
        raise Invalid("quote_policy", "is not one that exists")
    if expand_media is not None and expand_media not in EXPAND_MEDIA:
        raise Invalid("expand_media", "is not one that exists")
    if text_type is not None and text_type not in TEXT_TYPES:
        raise Invalid("status_content_type", "is not one that can be posted here")
    if model_media and model_media not in MODEL_MEDIA:
        raise Invalid("model_media", "is not one that exists")
    before = of(user)
    given: dict[str, Any] = {
        "visibility": visibility,
        "sensitive": sensitive,
        "language": language,
        "quote_policy": quote_policy,
        "expand_media": expand_media,
        "expand_warnings": expand_warnings,
        "text_type": text_type,
        "show_application": show_application,
        "model_media": model_media,
        "model_tag": model_tag,
    }
    chosen = replace(before, **{name: value for name, value in given.items() if value is not None})
    if chosen != before:
        user.preferences = {**user.preferences, **asdict(chosen)}
        async with server.db.transaction():
            await user.save(update_fields=["preferences"])
    return chosen
