"""Profile: one's own account as it is edited (Mastodon API: entities, Profile)."""

from msgspec import Struct

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Field, source_fields
from fedi.models.accounts import Account as AccountRow


class Profile(Struct, kw_only=True):
    """What a person typed and chose for the own profile; pictures that nobody chose are null."""

    id: str
    display_name: str
    note: str
    fields: list[Field]
    avatar: str | None
    avatar_static: str | None
    avatar_description: str
    header: str | None
    header_static: str | None
    header_description: str
    locked: bool
    bot: bool
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    attribution_domains: list[str]


def profile(row: AccountRow, uris: LocalUris) -> Profile:
    """Show an account of ours to its owner, to be edited."""
    avatar = uris.media(row.avatar_key) if row.avatar_key else None
    header = uris.media(row.header_key) if row.header_key else None
    return Profile(
        id=str(row.id),
        display_name=row.display_name,
        note=row.note_text,
        fields=source_fields(row),
        avatar=avatar,
        avatar_static=avatar,
        avatar_description=row.avatar_alt,
        header=header,
        header_static=header,
        header_description=row.header_alt,
        locked=row.locked,
        bot=row.is_bot,
        hide_collections=row.hide_collections,
        discoverable=row.discoverable,
        indexable=row.indexable,
        show_media=row.show_media,
        show_media_replies=row.show_media_replies,
        show_featured=row.show_featured,
        attribution_domains=list(row.attribution_domains),
    )
