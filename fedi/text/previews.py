"""What a foreign HTML page says of itself, for a preview: Open Graph, Twitter cards, plain HTML.

As in `fedi.text.pages`, the page is not parsed as a whole: tags are looked for by patterns that take linear
time on any text, in the first part of the page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape

from fedi.text.html import clean_line

_MAX_PAGE_CHARACTERS = 400_000
_MAX_META = 400
_MAX_TITLE = 500
_MAX_DESCRIPTION = 1000
_MAX_NAME = 255
_MAX_URL = 2048

_META = re.compile(r"<meta\s([^<>]{1,8000})>", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]{0,500}>([^<]{1,4000})", re.IGNORECASE)
_HTML = re.compile(r"<html\s([^<>]{1,2000})>", re.IGNORECASE)
_CANONICAL = re.compile(r"<link\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-z:-]{1,30})\s{0,9}=\s{0,9}(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>=]{1,2000}))", re.IGNORECASE
)
_CHARSET = re.compile(rb"<meta[^<>]{1,200}?charset\s{0,9}=\s{0,9}[\"']?([a-z0-9_-]{1,40})", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePreview:
    """What a page says of itself; texts without markup, "" where it says nothing.

    `image` and `canonical` are as written, and may be relative. `creator` is a handle on the fediverse.
    """

    title: str
    description: str = ""
    image: str = ""
    image_description: str = ""
    site: str = ""
    author: str = ""
    author_url: str = ""
    creator: str = ""
    canonical: str = ""
    language: str = ""
    published_at: datetime | None = None


def decode_page(body: bytes, content_type: str) -> str:
    """Decode a page by the charset that its answer or its head names; what does not fit is replaced."""
    named = re.search(r"charset=[\"']?([a-z0-9_-]{1,40})", content_type, re.IGNORECASE)
    inside = _CHARSET.search(body[:4096])
    name = named[1] if named else inside[1].decode("ascii") if inside else "utf-8"
    try:
        return body.decode(name, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def read_preview(page: str) -> PagePreview | None:
    """Read what a page says of itself; None when it has no title."""
    page = page[:_MAX_PAGE_CHARACTERS]
    said: dict[str, str] = {}
    for name, content in _meta(page):
        said.setdefault(name, content)
    title = _first(said, "og:title", "twitter:title") or _html_title(page)
    if not title:
        return None
    return PagePreview(
        title=clean_line(title, _MAX_TITLE),
        description=clean_line(
            _first(said, "og:description", "twitter:description", "description"), _MAX_DESCRIPTION
        ),
        image=_first(said, "og:image:secure_url", "og:image", "og:image:url", "twitter:image")[:_MAX_URL],
        image_description=clean_line(_first(said, "og:image:alt", "twitter:image:alt"), _MAX_DESCRIPTION),
        site=clean_line(_first(said, "og:site_name"), _MAX_NAME),
        author=clean_line(_name(_first(said, "author", "article:author")), _MAX_NAME),
        author_url=_address(_first(said, "article:author")),
        creator=_first(said, "fediverse:creator").strip().removeprefix("@")[:_MAX_NAME],
        canonical=_canonical(page)[:_MAX_URL],
        language=_language(page, said),
        published_at=_moment(_first(said, "article:published_time", "og:article:published_time")),
    )


def _meta(page: str) -> Iterator[tuple[str, str]]:
    for count, found in enumerate(_META.finditer(page)):
        if count == _MAX_META:
            return
        attributes = _attributes(found[1])
        name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
        content = attributes.get("content", "").strip()
        if name and content:
            yield name, content


def _attributes(text: str) -> dict[str, str]:
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(text)
    }


def _first(said: dict[str, str], *names: str) -> str:
    return next((said[name] for name in names if said.get(name)), "")


def _html_title(page: str) -> str:
    found = _TITLE.search(page)
    return unescape(found[1]).strip() if found else ""


def _canonical(page: str) -> str:
    for found in _CANONICAL.finditer(page):
        attributes = _attributes(found[1])
        if "canonical" in attributes.get("rel", "").lower().split():
            return attributes.get("href", "").strip()
    return ""


def _name(author: str) -> str:
    """An author's name; some sites give an address instead."""
    return "" if author.startswith(("http://", "https://")) else author


def _address(author: str) -> str:
    return author[:_MAX_URL] if author.startswith(("http://", "https://")) else ""


def _language(page: str, said: dict[str, str]) -> str:
    html = _HTML.search(page)
    lang = _attributes(html[1]).get("lang", "") if html else ""
    word = (lang or _first(said, "og:locale")).strip().replace("_", "-")
    return word[:16] if _LANGUAGE.fullmatch(word) else ""


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if 1990 <= moment.year <= 2200 else None
