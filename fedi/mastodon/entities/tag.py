"""FeaturedTag (Mastodon API: entities, FeaturedTag). A hashtag by itself stands in status.py."""

from msgspec import Struct

from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.times import day
from fedi.queries.tags import Featured


class FeaturedTag(Struct, kw_only=True):
    """A hashtag on a profile."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


def featured_tag(featured: Featured, uris: LocalUris) -> FeaturedTag:
    """Show a hashtag that stands on a profile."""
    return FeaturedTag(
        id=str(featured.row.id),
        name=featured.row.name,
        url=uris.tag_page(featured.tag_name),
        statuses_count=str(featured.posts_count),
        last_status_at=day(featured.last_post_at),
    )
