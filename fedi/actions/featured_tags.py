"""Hashtags that a person shows on the profile (Mastodon API: featured_tags).

Other servers read them from the collection `featuredTags`; a change is not told them by itself.
"""

from fedi.actions.followed_tags import named
from fedi.errors import Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.posts import Tag
from fedi.models.tags import FeaturedTag
from fedi.server import Server

MAX_FEATURED = 10


async def feature(server: Server, account: Account, name: str) -> FeaturedTag:
    """Show a hashtag on the profile; the second time is the first.

    Raises Invalid for what cannot be a hashtag, and for more than 10.
    """
    async with server.db.transaction():
        try:
            tag = await named(server, name.strip())
        except NotFound as error:
            raise Invalid("Tag", "is invalid") from error
        mine = FeaturedTag.filter(account_id=account.id)
        known = await mine.get_or_none(tag_id=tag.id)
        if known is not None:
            return known
        if await mine.count() >= MAX_FEATURED:
            raise Invalid("", "You have already featured the maximum number of hashtags")
        return await FeaturedTag.create(
            id=server.new_id(),
            account_id=account.id,
            tag_id=tag.id,
            name=name.strip().removeprefix("#"),
            created_at=server.clock.now(),
        )


async def unfeature(server: Server, account: Account, tag: Tag) -> None:
    """Show a hashtag on the profile no longer; nothing if it is not shown."""
    async with server.db.transaction():
        await FeaturedTag.filter(account_id=account.id, tag_id=tag.id).delete()


async def remove(server: Server, row: FeaturedTag) -> None:
    """Take one of the hashtags off its profile."""
    async with server.db.transaction():
        await row.delete()
