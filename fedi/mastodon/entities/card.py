"""PreviewCard: what a linked page says of itself (Mastodon API: entities, PreviewCard)."""

from msgspec import Struct

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Account
from fedi.mastodon.entities.times import stamp_or_none
from fedi.models.cards import PreviewCard as CardRow


class PreviewCardAuthor(Struct, kw_only=True):
    """Who wrote the page; `account` when it is somebody whom we know."""

    name: str
    url: str
    account: Account | None = None


class PreviewCard(Struct, kw_only=True):
    """A linked page."""

    url: str
    title: str
    description: str
    type: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    image: str | None
    image_description: str
    embed_url: str
    blurhash: str | None
    language: str | None
    published_at: str | None
    authors: list[PreviewCardAuthor]


def preview_card(row: CardRow, uris: LocalUris, *, author: Account | None = None) -> PreviewCard:
    """Show a card; `author` is the account that the page names, if it is here."""
    authors = []
    if row.author_name or author is not None:
        authors.append(PreviewCardAuthor(name=row.author_name, url=row.author_url, account=author))
    return PreviewCard(
        url=row.url,
        title=row.title,
        description=row.description,
        type=row.kind,
        author_name=row.author_name,
        author_url=row.author_url,
        provider_name=row.provider_name,
        provider_url=row.provider_url,
        html=row.html,
        width=row.width,
        height=row.height,
        image=uris.media(row.image_key) if row.image_key else None,
        image_description=row.image_description,
        embed_url=row.embed_url,
        blurhash=row.blurhash or None,
        language=row.language or None,
        published_at=stamp_or_none(row.published_at),
        authors=authors,
    )
