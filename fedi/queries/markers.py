"""How far a person has read (Mastodon API: timelines, markers)."""

from collections.abc import Sequence

from fedi.models.accounts import Account
from fedi.models.preferences import Marker


async def of(account: Account, timelines: Sequence[str]) -> list[Marker]:
    """Load the markers of an account for some timelines; those never set are left out."""
    return await Marker.filter(account_id=account.id, timeline__in=["", *timelines]).order_by("timeline")
