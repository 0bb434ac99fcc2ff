"""What the server says of itself, in both versions (Mastodon API: entities, Instance and V1::Instance)."""

from typing import Any

from msgspec import Struct, field

from fedi.actions import accounts as limits
from fedi.actions import polls
from fedi.actions.media import DESCRIPTION_MAX_CHARACTERS
from fedi.actions.pins import MAX_PINS
from fedi.activitypub.uris import LocalUris
from fedi.config import Settings
from fedi.mastodon.entities.account import DEFAULT_HEADER, Account
from fedi.queries.stats import Stats
from fedi.security import webpush
from fedi.text.compose import LINK_LENGTH

# Apps gate features by the number before the bracket; one reads its first three characters as a fraction.
# It says which API we speak, and must not promise what is not there: no collections (4.6).
MASTODON_VERSION = "4.5.0"
# 2: grouped notifications; 4: delete media; 5: blurring filters; 7: quotes; 9: the profile and its alt texts.
# 10 would promise collections. Ours counts our own extensions (/api/fedi/v1).
API_VERSIONS = {"mastodon": 9, "fedi": 1}
MEDIA_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_POLLS = {
    "max_options": polls.MAX_OPTIONS,
    "max_characters_per_option": polls.MAX_OPTION_CHARACTERS,
    "min_expiration": polls.MIN_SECONDS,
    "max_expiration": polls.MAX_SECONDS,
}
CLIP_TYPES = ("video/mp4", "video/webm", "video/quicktime")
# Apps need the keys where no clips are taken as well.
_NO_VIDEO = {"video_size_limit": 0, "video_frame_rate_limit": 0, "video_matrix_limit": 0}
_MOST_FRAMES_A_SECOND = 120
CLIP_PIXELS = 8_300_000  # as ClipLimits of fedi/reels/messages.py


class Rule(Struct, kw_only=True):
    """A rule of the server."""

    id: str
    text: str
    hint: str = ""
    translations: dict[str, Any] = {}


class Instance(Struct, kw_only=True):
    """GET /api/v2/instance."""

    domain: str
    title: str
    version: str
    source_url: str
    description: str
    usage: dict[str, Any]
    thumbnail: dict[str, Any]
    languages: list[str]
    configuration: dict[str, Any]
    registrations: dict[str, Any]
    contact: dict[str, Any]
    rules: list[Rule]
    icon: list[Any] = []
    api_versions: dict[str, int] = field(default_factory=lambda: dict(API_VERSIONS))
    wrapstodon: str | None = None


class V1Instance(Struct, kw_only=True):
    """GET /api/v1/instance."""

    uri: str
    title: str
    short_description: str
    description: str
    email: str
    version: str
    urls: dict[str, str]
    stats: dict[str, int]
    thumbnail: str | None
    languages: list[str]
    registrations: bool
    configuration: dict[str, Any]
    contact_account: Account | None
    rules: list[Rule]
    approval_required: bool = False
    invites_enabled: bool = False
    max_toot_chars: int = 500


def instance(
    settings: Settings, uris: LocalUris, stats: Stats, contact: Account | None, *, version: str, clips: bool
) -> Instance:
    """Show the server to apps of today; `clips`: whether it takes clips."""
    about = settings.instance
    thumbnail = uris.base_url + DEFAULT_HEADER
    return Instance(
        domain=uris.account_domain,
        title=about.title,
        version=_version(version),
        source_url=about.source_url or f"{uris.base_url}/about",
        description=about.description,
        usage={"users": {"active_month": stats.active_month}},
        thumbnail={"url": thumbnail, "description": "", "versions": {"@1x": thumbnail}},
        languages=about.languages,
        configuration=_configuration(settings, uris, clips=clips),
        registrations={
            "enabled": about.registrations == "open",
            "approval_required": False,
            "reason_required": False,
            "message": None,
            "min_age": None,
            "url": None,
        },
        contact={"email": about.contact_email, "account": contact},
        rules=rules(settings),
    )


def instance_v1(
    settings: Settings, uris: LocalUris, stats: Stats, contact: Account | None, *, version: str, clips: bool
) -> V1Instance:
    """Show the server to older apps."""
    about, whole = settings.instance, _configuration(settings, uris, clips=clips)
    return V1Instance(
        uri=uris.account_domain,
        title=about.title,
        short_description=about.description,
        description=about.description,
        email=about.contact_email,
        version=_version(version),
        urls={"streaming_api": streaming_url(uris)},
        stats={"user_count": stats.users, "status_count": stats.posts, "domain_count": stats.domains},
        thumbnail=uris.base_url + DEFAULT_HEADER,
        languages=about.languages,
        registrations=about.registrations == "open",
        configuration={name: whole[name] for name in ("accounts", "statuses", "media_attachments", "polls")},
        contact_account=contact,
        rules=rules(settings),
        max_toot_chars=settings.posts.max_characters,
    )


def rules(settings: Settings) -> list[Rule]:
    """Show the rules, numbered from 1."""
    return [Rule(id=str(number), text=text) for number, text in enumerate(settings.instance.rules, 1)]


def streaming_url(uris: LocalUris) -> str:
    """Give the base that apps put /api/v1/streaming behind."""
    return uris.base_url.replace("http", "ws", 1)


def _version(version: str) -> str:
    return f"{MASTODON_VERSION} (compatible; fedi {version})"


def _video(settings: Settings) -> dict[str, int]:
    return {
        "video_size_limit": settings.media.max_clip_bytes,
        "video_frame_rate_limit": _MOST_FRAMES_A_SECOND,
        "video_matrix_limit": CLIP_PIXELS,
    }


def _configuration(settings: Settings, uris: LocalUris, *, clips: bool) -> dict[str, Any]:
    about, media = settings.instance, settings.media
    open_to_all = {"local": "public", "remote": "public"}
    return {
        "urls": {
            "streaming": streaming_url(uris),
            "about": f"{uris.base_url}/about",
            "status": None,
            "privacy_policy": f"{uris.base_url}/privacy-policy" if about.privacy_file else None,
            "terms_of_service": f"{uris.base_url}/terms-of-service" if about.terms_file else None,
        },
        "vapid": {"public_key": webpush.public_key(settings.server.secret)},
        "accounts": {
            "max_featured_tags": 10,
            "max_pinned_statuses": MAX_PINS,
            "max_display_name_length": limits.MAX_DISPLAY_NAME_CHARACTERS,
            "max_note_length": limits.MAX_NOTE_CHARACTERS,
            "max_avatar_description_length": DESCRIPTION_MAX_CHARACTERS,
            "max_header_description_length": DESCRIPTION_MAX_CHARACTERS,
            "max_profile_fields": limits.MAX_FIELDS,
            "profile_field_name_limit": limits.MAX_FIELD_CHARACTERS,
            "profile_field_value_limit": limits.MAX_FIELD_CHARACTERS,
        },
        "statuses": {
            "max_characters": settings.posts.max_characters,
            "max_media_attachments": media.per_post,
            "characters_reserved_per_url": LINK_LENGTH,
        },
        "media_attachments": {
            "supported_mime_types": [*MEDIA_TYPES, *(CLIP_TYPES if clips else ())],
            "description_limit": DESCRIPTION_MAX_CHARACTERS,
            "image_size_limit": media.max_bytes,
            "image_matrix_limit": media.max_pixels,
            **(_video(settings) if clips else _NO_VIDEO),
        },
        "polls": _POLLS,
        "translation": {"enabled": bool(settings.reading.translator)},
        "timelines_access": {
            "live_feeds": open_to_all,
            "hashtag_feeds": open_to_all,
            "trending_link_feeds": open_to_all,
        },
        "limited_federation": settings.federation.allow_list,
    }
