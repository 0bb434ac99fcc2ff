"""Account, CredentialAccount, Relationship and what belongs to them (Mastodon API: entities, Account)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.times import day, midnight, stamp_or_none
from fedi.media.provenance import said_in_words
from fedi.models.accounts import Account as AccountRow
from fedi.queries.relationships import Standing

# Some apps tell from this file name that nobody chose the picture, and draw one of their own.
DEFAULT_AVATAR = "/avatars/original/missing.png"
DEFAULT_HEADER = "/headers/original/missing.png"


class CustomEmoji(Struct, kw_only=True):
    """A custom emoji that a text names by its shortcode."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool = True
    category: str | None = None


class Field(Struct, kw_only=True):
    """A line of a profile; the value is HTML, in a source plain text."""

    name: str
    value: str
    verified_at: str | None = None


class AccountLabels(Struct, kw_only=True):
    """Ours: how the pictures of a profile came to be (IPTC digital source types), null when nobody says."""

    avatar_source_type: str | None
    avatar_ai_system: str
    header_source_type: str | None
    header_ai_system: str


class FeatureApproval(Struct, kw_only=True):
    """Who may put the account into a collection: nobody, collections are not built yet."""

    automatic: list[str] = []
    manual: list[str] = []
    current_user: str = "denied"


class Account(Struct, kw_only=True):
    """Somebody's profile."""

    id: str
    username: str
    acct: str
    url: str
    uri: str
    display_name: str
    note: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    locked: bool
    fields: list[Field]
    emojis: list[CustomEmoji]
    bot: bool
    group: bool
    discoverable: bool | None
    indexable: bool
    noindex: bool
    created_at: str
    last_status_at: str | None
    statuses_count: int
    followers_count: int
    following_count: int
    hide_collections: bool | None
    fedi: AccountLabels
    moved: "Account | UnsetType" = UNSET
    suspended: bool | UnsetType = UNSET
    limited: bool | UnsetType = UNSET
    memorial: bool | UnsetType = UNSET
    roles: list[Any] = []
    show_media: bool = True
    show_media_replies: bool = True
    show_featured: bool = True
    feature_approval: FeatureApproval = field(default_factory=FeatureApproval)


class Role(Struct, kw_only=True):
    """What a login may do on this server; permissions are a bitmask that no app of ours reads."""

    id: str
    name: str
    color: str = ""
    permissions: str = "0"
    highlighted: bool = False
    collection_limit: int = 0


class Source(Struct, kw_only=True):
    """What a person typed into the profile, and how they post by default."""

    privacy: str
    sensitive: bool
    language: str | None
    note: str
    fields: list[Field]
    follow_requests_count: int
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    quote_policy: str
    remix_policy: str
    in_gallery: bool
    attribution_domains: list[str] = []


class CredentialAccount(Account, kw_only=True):
    """A person's own account."""

    source: Source
    role: Role


class MutedAccount(Account, kw_only=True):
    """An account that is muted, for some time or (null) for ever."""

    mute_expires_at: str | None


class Relationship(Struct, kw_only=True):
    """How the asking person stands to an account."""

    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: list[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str
    muting_expires_at: str | None = None


class FamiliarFollowers(Struct, kw_only=True):
    """Who of those that one follows follows an account."""

    id: str
    accounts: list[Account]


def account(row: AccountRow, uris: LocalUris, *, moved_to: AccountRow | None = None) -> Account:
    """Show an account; of a suspended one nothing but its name is shown."""
    return Account(**_values(row, uris, moved_to))


def credential_account(
    row: AccountRow, uris: LocalUris, *, source: Source, role: Role, moved_to: AccountRow | None = None
) -> CredentialAccount:
    """Show a person's own account."""
    return CredentialAccount(**_values(row, uris, moved_to), source=source, role=role)


def muted_account(row: AccountRow, uris: LocalUris, expires_at: datetime | None) -> MutedAccount:
    """Show a muted account."""
    return MutedAccount(**_values(row, uris, None), mute_expires_at=stamp_or_none(expires_at))


def source_fields(row: AccountRow) -> list[Field]:
    """Give the lines of a profile as they were typed."""
    return [
        Field(name=each["name"], value=each.get("text", each["value"]), verified_at=each.get("verified_at"))
        for each in row.fields_list
    ]


def relationship(standing: Standing) -> Relationship:
    """Show how somebody stands to an account."""
    return Relationship(
        id=str(standing.target_id),
        following=standing.following,
        showing_reblogs=standing.showing_boosts,
        notifying=standing.notifying,
        languages=list(standing.languages) or None,
        followed_by=standing.followed_by,
        blocking=standing.blocking,
        blocked_by=standing.blocked_by,
        muting=standing.muting,
        muting_notifications=standing.muting_notifications,
        muting_expires_at=stamp_or_none(standing.muted_until),
        requested=standing.requested,
        requested_by=standing.requested_by,
        domain_blocking=standing.domain_blocking,
        endorsed=standing.endorsed,
        note=standing.note,
    )


def emojis(found: Sequence[dict[str, Any]]) -> list[CustomEmoji]:
    """Show the custom emoji of a remote text; what is incomplete is left out."""
    return [
        CustomEmoji(
            shortcode=each["shortcode"], url=each["url"], static_url=each.get("static_url") or each["url"]
        )
        for each in found
        if each.get("shortcode") and each.get("url")
    ]


def avatar_url(row: AccountRow, uris: LocalUris) -> str:
    """Give the address of an account's avatar; there always is one."""
    return _picture(uris, row.avatar_key, row.avatar_url, DEFAULT_AVATAR)


def _values(row: AccountRow, uris: LocalUris, moved_to: AccountRow | None) -> dict[str, Any]:
    suspended = row.suspended_at is not None or row.suspended_at_origin
    avatar = avatar_url(row, uris) if not suspended else uris.base_url + DEFAULT_AVATAR
    header = _picture(uris, row.header_key, row.header_url, DEFAULT_HEADER)
    return {
        "id": str(row.id),
        "username": row.username,
        "acct": row.acct,
        "url": row.url or (uris.profile_page(row.username) if row.is_local else row.uri),
        "uri": row.uri,
        "avatar": avatar,
        "avatar_static": avatar,
        "locked": row.locked,
        "bot": row.is_bot,
        "group": row.actor_type == "Group",
        "indexable": row.indexable,
        "show_media": row.show_media,
        "show_media_replies": row.show_media_replies,
        "show_featured": row.show_featured,
        "noindex": not row.indexable,
        "created_at": midnight(row.created_at),
        "memorial": True if row.memorial else UNSET,
        "limited": True if row.silenced_at is not None else UNSET,
        "moved": account(moved_to, uris) if moved_to is not None else UNSET,
        **(_blank(uris) if suspended else _told(row, uris, header)),
    }


def _told(row: AccountRow, uris: LocalUris, header: str) -> dict[str, Any]:
    return {
        "display_name": row.display_name,
        "note": row.note,
        "avatar_description": said_in_words(row.avatar_alt, row.avatar_source_type),
        "header": header,
        "header_static": header,
        "header_description": said_in_words(row.header_alt, row.header_source_type),
        "fields": [
            Field(name=each["name"], value=each["value"], verified_at=each.get("verified_at"))
            for each in row.fields_list
        ],
        "emojis": emojis(row.emojis),
        "discoverable": row.discoverable,
        "last_status_at": day(row.last_post_at),
        "statuses_count": row.posts_count,
        "followers_count": row.followers_count,
        "following_count": row.following_count,
        "hide_collections": row.hide_collections,
        "fedi": AccountLabels(
            avatar_source_type=row.avatar_source_type or None,
            avatar_ai_system=row.avatar_ai_system,
            header_source_type=row.header_source_type or None,
            header_ai_system=row.header_ai_system,
        ),
    }


def _blank(uris: LocalUris) -> dict[str, Any]:
    return {
        **dict.fromkeys(("display_name", "note", "avatar_description", "header_description"), ""),
        **dict.fromkeys(("header", "header_static"), uris.base_url + DEFAULT_HEADER),
        **dict.fromkeys(("statuses_count", "followers_count", "following_count"), 0),
        "fields": [],
        "emojis": [],
        "discoverable": False,
        "last_status_at": None,
        "hide_collections": False,
        "suspended": True,
        "fedi": AccountLabels(
            avatar_source_type=None, avatar_ai_system="", header_source_type=None, header_ai_system=""
        ),
    }


def _picture(uris: LocalUris, key: str, url: str, default: str) -> str:
    return uris.media(key) if key else url or uris.base_url + default
