"""Foreign HTML in, safe HTML out; HTML to plain text; plain text made safe to show.

The only maker of `Html`. The allow-list is Mastodon's (Sanitize::Config::MASTODON_STRICT); parsing and
cleaning is nh3's, an HTML5 parser. What nh3 gives back is well-formed, so small regular expressions may
walk it afterwards.
"""

import html
from functools import cache
from typing import NewType

import nh3
import regex

Html = NewType("Html", str)

MAX_HTML_BYTES = 100_000
# Open lists cost the parser time that grows with the square of their number: 24 000 tags took 2.7 s.
MAX_TAGS = 5_000
MAX_DEPTH = 50

_TAGS = {
    *("p", "span", "br", "a", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i", "em"),
    *("ul", "ol", "li", "ruby", "rt", "rp"),
}
_ATTRIBUTES = {
    "a": {"href", "rel", "class", "translate"},
    "span": {"class", "translate"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
_DROPPED_WITH_CONTENT = {
    *("script", "style", "iframe", "math", "svg", "noembed", "noframes", "noscript", "xmp", "template"),
    *("object", "select", "textarea", "title"),
}
_SCHEMES = {"http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini"}
_CLASS = regex.compile(
    r"(?:h|p|u|dt|e)-[a-zA-Z0-9-]{1,64}|mention|hashtag|ellipsis|invisible|quote-inline|remix-credit"
)
_REL = "nofollow noopener noreferrer"
_WHOLE_NUMBER = regex.compile(r"-?[0-9]{1,9}")

_HEADING = regex.compile(r"<(/?+)h[1-6](?=[\s>/])[^<>]*+>", regex.IGNORECASE)
_TAG = regex.compile(r"<(?P<closing>/?+)(?P<name>[a-z0-9]++)(?P<attributes>[^<>]*+)>")
_QUOTE_LINE = regex.compile(
    r"""<p\ class="quote-inline">(?:(?!</?p>).)*+</p>
      | <span\ class="quote-inline">(?:(?!</?span).)*+</span>""",
    regex.VERBOSE | regex.DOTALL,
)
_CREDIT_LINE = regex.compile(r'<p class="remix-credit">(?:(?!</?p>).)*+</p>', regex.DOTALL)
_BLOCK_END = regex.compile(r"</(?:p|blockquote|pre|ul|ol)>")
_LINE_END = regex.compile(r"<br>|</li>")

# U+202A to U+202E and U+2066 to U+2069 turn the reading direction: names could pose as other names.
_BIDI = r"\u202a-\u202e\u2066-\u2069"
_UNSEEN = regex.compile(rf"[\p{{Cc}}\p{{Cs}}\ufeff\u200b\u2060{_BIDI}]")
_UNSEEN_IN_TEXT = regex.compile(r"[\p{Cs}\u202a-\u202e]|(?![\n\t])\p{Cc}")
_SPACES = regex.compile(r"\s+")


def sanitise(raw: str) -> Html:
    """Keep of `raw` what the allow-list names; every link opens apart and lends us no weight.

    Input beyond 100 000 bytes or 5 000 tags is cut off, elements nested deeper than 50 lose their tags.
    Headings become strong paragraphs, pictures vanish. Never raises; what came out passes again unchanged
    as long as it is under the caps.
    """
    headed = _HEADING.sub(lambda tag: "</strong></p>" if tag[1] else "<p><strong>", _cut(raw))
    return Html(_finish(_cleaner().clean(headed)))


def to_text(markup: Html) -> str:
    """Give the plain text of sanitised HTML: paragraphs apart by an empty line, `<br>` a new line."""
    lines = _LINE_END.sub("\n", _BLOCK_END.sub("\n\n", regex.sub(r"<br ?/>", "<br>", markup)))
    text = html.unescape(_TAG.sub("", lines))
    return regex.sub(r"\n{3,}", "\n\n", text).strip()


def without_quote(markup: Html) -> Html:
    """Take the line out that tells readers without quotes what is quoted (FEP-044f; Misskey's is a span)."""
    return Html(_QUOTE_LINE.sub("", markup))


def without_credit(markup: Html) -> Html:
    """Take the line out that tells readers who know nothing of remixes from whose picture one was made."""
    return Html(_CREDIT_LINE.sub("", markup))


def escape_text(text: str) -> Html:
    """Give plain text as HTML that shows it; unseen control characters are taken out."""
    return Html(html.escape(clean_text(text), quote=True))


def clean_text(text: str) -> str:
    """Prepare plain text of several lines: one kind of line end, no controls or direction overrides."""
    return _UNSEEN_IN_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def clean_line(text: str, max_length: int) -> str:
    """Prepare a plain-text field of one line: spaces collapsed, nothing unseen, at most so many characters.

    Direction overrides and isolates go too: they let a name pose as another (Unicode TR 36, section 2.5).
    """
    # Four times the length leaves room for what is taken out without reading a megabyte through.
    return (
        _SPACES.sub(" ", _UNSEEN.sub("", _SPACES.sub(" ", text[: 4 * max_length])))
        .strip()[:max_length]
        .strip()
    )


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel=None,
    )


def _filter_attribute(_tag: str, name: str, value: str) -> str | None:
    match name:
        case "class":
            return " ".join(word for word in value.split() if _CLASS.fullmatch(word)) or None
        case "rel":
            return "tag" if "tag" in value.split() else None
        case "translate":
            return "no" if value == "no" else None
        case "start" | "value":
            return value if _WHOLE_NUMBER.fullmatch(value) else None
        case "reversed":
            return ""
        case _:
            return value


def _cut(raw: str) -> str:
    """Cut `raw` to the size and the number of tags that a parser may be given; mend lone surrogates."""
    text = raw[:MAX_HTML_BYTES].encode("utf-8", "replace")[:MAX_HTML_BYTES].decode("utf-8", "ignore")
    parts = text.split("<", MAX_TAGS)
    return "<".join(parts[:MAX_TAGS])


def _finish(clean: str) -> str:
    """Walk well-formed HTML once: take tags below the depth cap and links to nowhere out, complete `rel`."""
    kept: list[bool] = []
    depth = 0

    def rewrite(tag: regex.Match[str]) -> str:
        nonlocal depth
        if tag["name"] == "br":
            return "<br>"
        if tag["closing"]:
            was_kept = kept.pop()
            depth -= was_kept
            return tag.group() if was_kept else ""
        keep = depth < MAX_DEPTH and not (tag["name"] == "a" and ' href="' not in tag["attributes"])
        kept.append(keep)
        depth += keep
        return _with_rel(tag) if keep else ""

    return _TAG.sub(rewrite, clean)


def _with_rel(tag: regex.Match[str]) -> str:
    if tag["name"] != "a":
        return tag.group()
    # Quotes in values are escaped, so this can only be the attribute itself.
    attributes = tag["attributes"].replace(' rel="tag"', "")
    is_tag = attributes != tag["attributes"]
    return f'<a{attributes} rel="{"tag " if is_tag else ""}{_REL}" target="_blank">'
