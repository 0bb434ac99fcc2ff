"""New posts are digested a moment later, whatever one of them brings."""

import pytest

from fedi import digest
from fedi.actions import posts
from fedi.actions.polls import PollDraft
from fedi.actions.posts import Draft
from fedi.errors import StorageFull

pytestmark = pytest.mark.anyio


async def waiting(server):
    return await server.db.rows("SELECT id FROM fresh_posts")


async def test_a_post_that_cannot_be_digested_holds_up_no_other(server, alice):
    good = await posts.create(server, alice, Draft(text="good words"), mentions={})
    asked = PollDraft(options=["a", "b"], seconds=3600)
    await posts.create(server, alice, Draft(text="bad", poll=asked), mentions={})
    await server.db.execute("UPDATE polls SET options = '{'")

    await digest.digest(server)

    assert await waiting(server) == []
    found = await server.db.rows("SELECT rowid FROM search_posts WHERE search_posts MATCH 'good'")
    assert [row["rowid"] for row in found] == [good.id]


async def test_a_full_disk_leaves_no_post_out(server, alice, monkeypatch):
    post = await posts.create(server, alice, Draft(text="words"), mentions={})

    async def index(*_):
        raise StorageFull

    with monkeypatch.context() as full, pytest.raises(StorageFull):
        full.setattr("fedi.actions.searchable.index", index)
        await digest.digest(server)

    assert await waiting(server) == [{"id": post.id}]
