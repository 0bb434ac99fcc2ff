"""The owner's own pages, written in Markdown: about, privacy, terms."""

from markdown_it import MarkdownIt

from fedi.text.html import Html


def document(text: str) -> Html:
    """Render Markdown (CommonMark with tables) as HTML. HTML inside is shown as text; links are checked."""
    return Html(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
