"""Hashtags whose public posts stand in a person's home (Mastodon API: tags, follow)."""

from fedi.errors import Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.posts import Tag
from fedi.models.tags import FollowedTag
from fedi.queries import tags
from fedi.server import Server
from fedi.text.tokens import is_tag, normalise_tag

# A home asks for the newest post of each.
MAX_FOLLOWED = 500
_MAX_CHARACTERS = 255


async def follow(server: Server, account: Account, name: str) -> Tag:
    """Follow a hashtag, one that nobody has used yet as well; the second time is the first.

    Raises NotFound for what cannot be a hashtag, Invalid for more than 500.
    """
    async with server.db.transaction():
        tag = await named(server, name)
        mine = FollowedTag.filter(account_id=account.id)
        if not await mine.filter(tag_id=tag.id).exists():
            if await mine.count() >= MAX_FOLLOWED:
                raise Invalid("", "You follow the maximum number of hashtags")
            await FollowedTag.create(
                id=server.new_id(), account_id=account.id, tag_id=tag.id, created_at=server.clock.now()
            )
    return tag


async def unfollow(server: Server, account: Account, tag: Tag) -> None:
    """Follow a hashtag no longer; nothing if it is not followed."""
    async with server.db.transaction():
        await FollowedTag.filter(account_id=account.id, tag_id=tag.id).delete()


async def named(server: Server, name: str) -> Tag:
    """Give a hashtag by its name, made if it is new; in your transaction.

    Raises NotFound for what cannot be one.
    """
    written = name.removeprefix("#")
    if not is_tag(written) or len(normalise_tag(written)) > _MAX_CHARACTERS or len(written) > _MAX_CHARACTERS:
        raise NotFound
    return await tags.by_name(written) or await Tag.create(
        id=server.new_id(), name=normalise_tag(written), display=written, created_at=server.clock.now()
    )
