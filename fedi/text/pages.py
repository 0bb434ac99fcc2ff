"""What the links of a foreign HTML page say, read without trusting the page.

The page is not parsed as a whole: tags are looked for by a pattern that takes linear time on any text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from fedi.text.html import Html, to_text

_LINK = re.compile(r"<(?:a|link)\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-z]{1,20})\s{0,9}=\s{0,9}(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>=]{1,2000}))", re.IGNORECASE
)
_ONLY_LINK = re.compile(r"\s*<a\s([^<>]{1,4000})>(.{1,4000}?)</a>\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLink:
    """An `a` or `link` element: `rel` in lower case, `href` as written, `type` in lower case or ""."""

    rel: frozenset[str]
    href: str
    type: str


def find_links(page: str) -> Iterator[PageLink]:
    """Give the links of a page in order."""
    for found in _LINK.finditer(page):
        attributes = _attributes(found[1])
        yield PageLink(
            rel=frozenset(attributes.get("rel", "").lower().split()),
            href=attributes.get("href", "").strip(),
            type=attributes.get("type", "").lower(),
        )


def shown_link(markup: Html) -> str | None:
    """Give the address that a profile field is: a link alone, whose words are its address; else None.

    Words that say another address than they lead to would lend it the other's name (CVE-2023-36462).
    """
    found = _ONLY_LINK.fullmatch(markup.removeprefix("<p>").removesuffix("</p>"))
    if found is None:
        return None
    href = _attributes(found[1]).get("href", "")
    words = to_text(Html(found[2])).strip()
    return href if words in {href, href.partition("://")[2]} else None


def _attributes(text: str) -> dict[str, str]:
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(text)
    }
