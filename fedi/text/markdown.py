"""What an author typed as Markdown (CommonMark, and `~~gone~~`), as HTML, with what it names.

Links, mentions and hashtags are the same as in plain text, outside code and the words of a link. HTML in the
text is text, pictures are links, and the allow-list of `fedi.text.html` has the last word.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token as MarkdownToken
from markdown_it.utils import EnvType, OptionsDict

from fedi.text.compose import Composed, MentionTarget, Writer
from fedi.text.html import Html, clean_text, sanitise
from fedi.text.tokens import Token, find_tokens

# Lists and quotes within each other: no reader shows more, and parsing costs time for each.
_MAX_NESTING = 20
# Nested brackets cost the parser time that grows with the square of their number: so many, half a second.
MAX_MARKDOWN = 20_000
_NAMED, _WRITER = "fedi_named", "fedi_writer"


def compose_markdown(
    text: str, *, mentioned: Mapping[str, MentionTarget], tag_url: Callable[[str], str]
) -> Composed:
    """Write Markdown as HTML with links, mentions and hashtags; see `fedi.text.compose.compose`."""
    writer = Writer(mentioned, tag_url)
    written = _parser().render(clean_text(text).strip(), {_WRITER: writer})
    return Composed(
        html=Html(sanitise(written).strip().replace("\n<", "<")),
        mentions=list(writer.mentions),
        tags=list(writer.tags.values()),
    )


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": _MAX_NESTING})
    parser.enable("strikethrough").disable(["image", "html_inline", "html_block"])
    # Before all others: a name may hold what would be emphasis.
    parser.inline.ruler.before("text", _NAMED, _read_named)
    parser.inline.ruler.at("text", _read_text)
    parser.add_render_rule(_NAMED, _write_named)
    return parser


def _read_named(state: StateInline, silent: bool) -> bool:
    """Take a link, mention, hashtag or emoji whole, where one begins at this place."""
    token = _tokens(state)[0].get(state.pos)
    if token is None or token.end > state.posMax or state.linkLevel:
        return False
    if not silent:
        pushed = state.push(_NAMED, "", 0)
        pushed.content = state.src[token.start : token.end]
        pushed.meta = {"token": token}
    state.pos = token.end
    return True


def _read_text(state: StateInline, silent: bool) -> bool:
    """Take plain text up to what may mean something to Markdown, or to us."""
    mark = state.md.inline.terminator_re.search(state.src, state.pos)
    end = mark.start() if mark else state.posMax
    _, starts = _tokens(state)
    place = bisect_right(starts, state.pos)
    if place < len(starts):
        end = min(end, starts[place])
    if end <= state.pos:
        return False
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _tokens(state: StateInline) -> tuple[dict[int, Token], list[int]]:
    """Find what the text of a block names, once: by where it begins, and where that is, in order."""
    known = state.env.get(_NAMED)
    if known is None or known[0] is not state.src:
        tokens = {token.start: token for token in find_tokens(state.src)}
        known = (state.src, (tokens, list(tokens)))
        state.env[_NAMED] = known
    found: tuple[dict[int, Token], list[int]] = known[1]
    return found


def _write_named(
    self: RendererHTML, tokens: Sequence[MarkdownToken], idx: int, options: OptionsDict, env: EnvType
) -> str:
    del self, options
    writer: Writer = env[_WRITER]
    token: Token = tokens[idx].meta["token"]
    return writer.write_token(token)
