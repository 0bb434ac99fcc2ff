"""Which posts a person's filters catch (Mastodon API: filters, on the server)."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.models.accounts import Account
from fedi.models.filters import CustomFilter
from fedi.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterMatch:
    """A filter that catches a post, by which of its keywords, or because the post is on it."""

    filter: CustomFilter
    keywords: Sequence[str] = ()
    post_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The filters in force of one person, ready to be asked; may be kept until these filters change."""

    def matches(self, post_id: int, text: str) -> list[FilterMatch]:
        """Give the filters that catch a post, given `text` as `text_of` makes it."""
        del post_id, text
        return []


NO_RULES = Rules()


async def rules_of(server: Server, viewer: Account | None) -> Rules:
    """Load the filters of a person that have not expired."""
    del server, viewer
    return NO_RULES


def text_of(content: str, summary: str, options: Sequence[str], descriptions: Sequence[str]) -> str:
    """Give all of a post that filters read as plain text: warning, text, poll options, alt texts."""
    del content, summary, options, descriptions
    return ""
