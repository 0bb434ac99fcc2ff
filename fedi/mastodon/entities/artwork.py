"""Ours: the gallery: pictures that say a model had a part in them, and what members are given to draw."""

from msgspec import Struct

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Account, account
from fedi.mastodon.entities.media import MediaAttachment, media_attachment
from fedi.mastodon.entities.times import stamp
from fedi.models.media import ArtPrompt as PromptRow
from fedi.queries.gallery import Artwork as ArtworkRow


class Artwork(Struct, kw_only=True):
    """A picture of the gallery, paged by its `id`; `url` and the rest are of the post it stands in."""

    id: str
    url: str
    status_id: str
    created_at: str
    sensitive: bool
    spoiler_text: str
    account: Account
    media_attachment: MediaAttachment


class ArtPrompt(Struct, kw_only=True):
    """A theme to answer with pictures under `tag` (without #) until `ends_at`; `text` is plain."""

    id: str
    title: str
    text: str
    tag: str
    url: str
    starts_at: str
    ends_at: str
    current: bool


def artwork(row: ArtworkRow, uris: LocalUris) -> Artwork:
    """Show a picture of the gallery."""
    return Artwork(
        id=str(row.media.id),
        url=row.post.url or row.post.uri,
        status_id=str(row.post.id),
        created_at=stamp(row.post.published_at),
        sensitive=row.post.sensitive,
        spoiler_text=row.post.summary,
        account=account(row.author, uris),
        media_attachment=media_attachment(row.media, uris),
    )


def art_prompt(row: PromptRow, uris: LocalUris, *, current: bool) -> ArtPrompt:
    """Show a prompt; `current`: it can be answered now."""
    return ArtPrompt(
        id=str(row.id),
        title=row.title,
        text=row.text,
        tag=row.tag,
        url=f"{uris.base_url}/gallery/prompts/{row.id}",
        starts_at=stamp(row.starts_at),
        ends_at=stamp(row.ends_at),
        current=current,
    )
