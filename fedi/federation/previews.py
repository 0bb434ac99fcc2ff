"""Read a page that posts link to, for its preview: once, unsigned, within limits, through the one way out."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from fedi.actions import cards
from fedi.actions.media import image_limits
from fedi.activitypub.reader import host_of, is_http_uri
from fedi.errors import FediError, Malformed, StorageFull, Unreachable
from fedi.federation.fetch import fetch_file
from fedi.jobs.kinds import ReadPage
from fedi.media.store import new_key
from fedi.models.accounts import Account
from fedi.models.cards import PreviewCard
from fedi.queries import accounts
from fedi.server import Server
from fedi.text.previews import PagePreview, decode_page, read_preview

_MAX_PAGE_BYTES = 1024 * 1024
_MAX_IMAGE_BYTES = 8 * 1024 * 1024
_IMAGE_PIXELS = 400_000
_FOLDER = "cards"
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
_PAGE = {"Accept": "text/html, application/xhtml+xml;q=0.9"}
_IMAGE = {"Accept": "image/webp, image/png, image/jpeg, image/gif"}


async def read(server: Server, job: ReadPage) -> None:
    """Run a ReadPage job. Raises Unreachable when the page may be there later; else the card is settled."""
    card = await PreviewCard.get_or_none(id=job.card_id)
    if card is None or card.state != "pending":
        return
    try:
        columns = await _read(server, card.url)
    except (Unreachable, StorageFull):
        raise
    except FediError:
        columns = {}
    await cards.fill(server, card, columns)


async def _read(server: Server, url: str) -> Mapping[str, Any]:
    answer = await fetch_file(server, url, _PAGE, _MAX_PAGE_BYTES, cut=True)
    kind = answer.headers.get("content-type", "").lower()
    if kind.startswith("image/"):
        return await _photo(server, url)
    if not kind.startswith(("text/html", "application/xhtml+xml")):
        raise Malformed("The page is no page.")
    page = read_preview(decode_page(answer.body, kind))
    if page is None:
        return {}
    creator = await _creator(server, page, answer.url)
    return {
        "title": page.title,
        "description": page.description,
        "language": page.language,
        "author_name": page.author,
        "author_url": page.author_url if is_http_uri(page.author_url) else "",
        "author_uri": creator.uri if creator else "",
        "provider_name": page.site or host_of(answer.url),
        "provider_url": _origin(answer.url),
        "published_at": page.published_at,
        **await _picture(server, urljoin(answer.url, page.image) if page.image else "", page),
    }


async def _photo(server: Server, url: str) -> Mapping[str, Any]:
    """A link to a picture itself: the picture is the preview."""
    shown = await _picture(server, url, None)
    return {"kind": "photo", "title": host_of(url), "provider_url": _origin(url), **shown} if shown else {}


async def _picture(server: Server, url: str, page: PagePreview | None) -> Mapping[str, Any]:
    """Keep a small copy of a page's picture; a page whose picture cannot be had is shown without."""
    if not is_http_uri(url):
        return {}
    try:
        answer = await fetch_file(server, url, _IMAGE, _MAX_IMAGE_BYTES)
        made = await server.pictures.prepare(
            answer.body, image_limits(server.settings), pixels_kept=_IMAGE_PIXELS
        )
    except StorageFull:
        raise
    except FediError:
        return {}
    key = new_key(_FOLDER, _EXTENSIONS[made.file.media_type])
    await server.store.put(key, made.file.data)
    return {
        "image_key": key,
        "image_description": page.image_description if page else "",
        "width": made.file.width,
        "height": made.file.height,
        "blurhash": made.blurhash,
    }


async def _creator(server: Server, page: PagePreview, url: str) -> Account | None:
    """Find the author whom the page names, if that account says that it writes there (as Mastodon asks)."""
    if not page.creator:
        return None
    account = await accounts.by_handle(server, page.creator)
    host = host_of(url)
    named = account.attribution_domains if account else []
    return account if any(host == domain or host.endswith(f".{domain}") for domain in named) else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
