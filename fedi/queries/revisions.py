"""What a post said before (Mastodon API: statuses, history)."""

from collections.abc import Sequence

from fedi.models.media import MediaAttachment
from fedi.models.posts import Post, PostEdit


async def of(post: Post) -> list[PostEdit]:
    """Load the versions before the one that stands, the first one first."""
    return await PostEdit.filter(post_id=post.id).order_by("id")


async def media_of(post: Post, edits: Sequence[PostEdit]) -> list[MediaAttachment]:
    """Load those files of the versions that are still there and still the author's."""
    ids = {each["id"] for edit in edits for each in edit.media}
    if not ids:
        return []
    return await MediaAttachment.filter(id__in=list(ids), account_id=post.author_id)
