"""Trends::Link: a linked page and how often it was linked to (Mastodon API: entities, Trends::Link)."""

import msgspec

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.card import PreviewCard, preview_card
from fedi.models.cards import PreviewCard as CardRow


class TrendsLink(PreviewCard, kw_only=True):
    """A linked page with its history, the newest day first, all numbers as texts."""

    history: list[dict[str, str]]
    missing_attribution: bool | None = None


def trends_link(row: CardRow, history: list[dict[str, str]], uris: LocalUris) -> TrendsLink:
    """Show a link that trends."""
    return TrendsLink(**msgspec.structs.asdict(preview_card(row, uris)), history=history)
