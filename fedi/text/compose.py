"""What an author typed, as HTML, with what it names; and how long it counts.

Shapes and counting are Mastodon's (TextFormatter, StatusLengthValidator), so that its readers and apps
find the links, mentions and hashtags they know.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import regex

from fedi.text.html import Html, clean_text
from fedi.text.tokens import Kind, Token, find_tokens, normalise_tag

LINK_LENGTH = 23  # what every link counts, however long it is
# A text of more code points than this for each character that it may count is not looked through.
CODES_A_CHARACTER = 20
_SHOWN_LINK_LENGTH = 30

_LINK_START = regex.compile(r"https?://(?:www\.)?+", regex.IGNORECASE)
_PARAGRAPHS = regex.compile(r"\n(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionTarget:
    """Who a mention means: `uri` is the actor, `url` the page to link; `acct` is `bob` or `bob@host`."""

    uri: str
    url: str
    acct: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Composed HTML and what it names, each once, in the order of the text.

    `mentions` are keys of the given mapping; `tags` are as typed, without `#`.
    """

    html: Html
    mentions: list[str]
    tags: list[str]


def compose(text: str, *, mentioned: Mapping[str, MentionTarget], tag_url: Callable[[str], str]) -> Composed:
    """Write plain text as paragraphs with links, mentions and hashtags.

    `mentioned` maps handles (as they stand in the text) to who they are; a mention of nobody in it stays
    text. `tag_url` gives the page of a normalised hashtag.
    """
    writer = Writer(mentioned, tag_url)
    paragraphs = [part for part in _PARAGRAPHS.split(clean_text(text).strip()) if part]
    written = "".join(f"<p>{writer.write(part)}</p>" for part in paragraphs)
    return Composed(html=Html(written), mentions=list(writer.mentions), tags=list(writer.tags.values()))


def compose_field(value: str) -> Html:
    """Write the value of a profile field: text whose links say `rel="me"` (RelMeAuth, Mastodon's check)."""
    text = clean_text(value).strip()
    links = [token for token in find_tokens(text) if token.kind is Kind.LINK]
    return Html(_join(text, links, lambda link: _link(link.value, rel="me nofollow noopener")))


def compose_quote(page: str) -> Html:
    """Write the line that tells readers without quotes what is quoted (FEP-044f)."""
    return Html(f'<p class="quote-inline">RE: {_link(page, rel="nofollow noopener noreferrer")}</p>')


def compose_credit(page: str, maker: MentionTarget) -> Html:
    """Write the line that tells from whose picture a remix was made; `page` shows the original."""
    return Html(
        f'<p class="remix-credit">Based on <a href="{html.escape(page)}" rel="nofollow noopener noreferrer"'
        f' target="_blank">a picture</a> by {_mention_of(maker, maker.acct)}</p>'
    )


def count_characters(text: str) -> int:
    """Count as Mastodon does: graphemes; a link is 23, a mention counts without its host."""
    counted = clean_text(text)
    return len(regex.findall(r"\X", _join(counted, find_tokens(counted), _counted_as, lambda plain: plain)))


class Writer:
    """Writes what one text consists of, and notes what it names."""

    def __init__(self, mentioned: Mapping[str, MentionTarget], tag_url: Callable[[str], str]) -> None:
        self._targets = dict(mentioned)
        # A local person may be named without a host: their `acct` says so.
        self._handles = {target.acct.lower(): handle for handle, target in mentioned.items()}
        self._handles |= {handle.lower(): handle for handle in mentioned}
        self._tag_url = tag_url
        self.mentions: dict[str, None] = {}
        self.tags: dict[str, str] = {}

    def write(self, paragraph: str) -> str:
        """Give the inside of one paragraph."""
        return _join(paragraph, find_tokens(paragraph), self.write_token)

    def write_token(self, token: Token) -> str:
        """Give a token as HTML, and note what it names."""
        match token.kind:
            case Kind.LINK:
                return _link(token.value, rel="nofollow noopener noreferrer")
            case Kind.MENTION:
                return self._mention(token.value)
            case Kind.HASHTAG:
                return self._hashtag(token.value)
            case Kind.EMOJI:
                return f":{token.value}:"

    def _mention(self, name: str) -> str:
        handle = self._handles.get(name.lower())
        if handle is None:
            return html.escape(f"@{name}")
        self.mentions[handle] = None
        target = self._targets[handle]
        return _mention_of(target, self._shown_name(target))

    def _shown_name(self, target: MentionTarget) -> str:
        """Give the name alone, or the whole handle where another mentioned person has the same name."""
        username = target.acct.split("@")[0]
        others = {other.acct for other in self._targets.values() if other.acct.split("@")[0] == username}
        return username if len(others) == 1 else target.acct

    def _hashtag(self, name: str) -> str:
        normal = normalise_tag(name)
        self.tags.setdefault(normal, name)
        url = html.escape(self._tag_url(normal))
        return f'<a href="{url}" class="mention hashtag" rel="tag">#<span>{html.escape(name)}</span></a>'


def _mention_of(target: MentionTarget, name: str) -> str:
    return (
        f'<span class="h-card" translate="no"><a href="{html.escape(target.url)}" class="u-url mention">'
        f"@<span>{html.escape(name)}</span></a></span>"
    )


def _join(
    text: str,
    tokens: list[Token],
    write: Callable[[Token], str],
    write_plain: Callable[[str], str] = lambda plain: html.escape(plain).replace("\n", "<br />"),
) -> str:
    parts: list[str] = []
    position = 0
    for token in tokens:
        parts += [write_plain(text[position : token.start]), write(token)]
        position = token.end
    return "".join([*parts, write_plain(text[position:])])


def _link(url: str, *, rel: str) -> str:
    """Write a link that shows 30 characters and keeps the rest for those who copy it."""
    start = _LINK_START.match(url)
    shown_from = start.end() if start else 0
    shown_to = shown_from + _SHOWN_LINK_LENGTH
    before, shown, after = (
        html.escape(part) for part in (url[:shown_from], url[shown_from:shown_to], url[shown_to:])
    )
    shown_class = "ellipsis" if after else ""
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="{rel}" translate="no">'
        f'<span class="invisible">{before}</span><span class="{shown_class}">{shown}</span>'
        f'<span class="invisible">{after}</span></a>'
    )


def _counted_as(token: Token) -> str:
    match token.kind:
        case Kind.LINK:
            return "x" * LINK_LENGTH
        case Kind.MENTION:
            return f"@{token.value.split('@')[0]}"
        case Kind.HASHTAG:
            return f"#{token.value}"
        case Kind.EMOJI:
            return f":{token.value}:"
