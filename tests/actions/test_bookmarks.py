"""Bookmarks: for their owner, and never sent."""

import pytest

from fedi.actions import bookmarks
from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.interactions import Bookmark
from fedi.models.jobs import Job
from fedi.server import Server
from tests.support.factories import make_boost, make_post

pytestmark = pytest.mark.anyio


async def test_a_bookmark_is_kept_once_and_nobody_hears_of_it(
    server: Server, ann: Account, ben: Account, rita: Account
):
    post = await make_post(server, rita)
    boost = await make_boost(server, ben, post)

    first = await bookmarks.add(server, ann, post)
    second = await bookmarks.add(server, ann, boost)

    assert first.id == second.id
    assert not await Job.exists()

    await bookmarks.remove(server, ann, boost)
    await bookmarks.remove(server, ann, boost)
    assert not await Bookmark.exists()


async def test_what_cannot_be_seen_cannot_be_bookmarked(server: Server, ann: Account, rita: Account):
    with pytest.raises(NotFound):
        await bookmarks.add(server, ann, await make_post(server, rita, visibility="direct"))
