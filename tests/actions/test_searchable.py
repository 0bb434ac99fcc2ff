"""What the index of full-text search keeps, and that it follows what happens to posts and accounts."""

import pytest

from fedi import digest
from fedi.actions import bookmarks, boosts, deletes, edits, favourites, posts, searchable
from fedi.actions.posts import Draft
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.polls import Poll
from fedi.models.posts import Post
from fedi.queries import search
from fedi.server import Server
from tests.support.factories import make_account, make_mention, make_post, make_tag

pytestmark = pytest.mark.anyio


async def found(server: Server, viewer: Account, text: str) -> list[int]:
    while await digest.digest(server):
        pass
    return [each.post.id for each in await search.posts(server, viewer, text, 40)]


async def kept(server: Server) -> set[int]:
    while await digest.digest(server):
        pass
    return {row["id"] for row in await server.db.rows("SELECT rowid AS id FROM search_posts")}


@pytest.fixture
async def open_one(server: Server) -> Account:
    """Somebody of another server who lets everybody find their posts."""
    return await make_account(server, "opal", domain="b.example", indexable=True)


@pytest.fixture
async def closed_one(server: Server) -> Account:
    """Somebody of another server who does not."""
    return await make_account(server, "clara", domain="b.example")


async def test_a_new_post_is_found_a_moment_later(server: Server, alice: Account):
    post = await posts.create(server, alice, Draft(text="a needle in the hay"), mentions={})

    assert await found(server, alice, "needle") == [post.id]


async def test_everything_that_a_post_says_is_kept(server: Server, alice: Account, bob: Account):
    post = await make_post(server, alice, "body", summary="warning")
    await make_tag(server, post, "Caturday")
    await make_mention(server, post, bob)
    await Poll.create(id=server.new_id(), post=post, options=[{"name": "option", "votes": 0}])
    await MediaAttachment.create(
        id=server.new_id(), account=alice, post=post, description="alternative", created_at=server.clock.now()
    )
    await searchable.index(server, [post.id])

    for text in ("body", "warning", "#caturday", "@bob", "option", "alternative", "has:poll has:image"):
        assert await found(server, alice, text) == [post.id], text
    assert await found(server, alice, '"body warning"') == []


async def test_only_what_somebody_may_find_is_kept(
    server: Server, alice: Account, open_one: Account, closed_one: Account
):
    free = await make_post(server, open_one)
    quiet = await make_post(server, open_one, visibility="unlisted")
    closed = await make_post(server, closed_one)
    naming = await make_post(server, closed_one, visibility="direct")
    await make_mention(server, naming, alice)
    own = await make_post(server, alice, visibility="direct")
    boost = await make_post(server, alice, "", boost_of=free)

    await searchable.index(server, [each.id for each in (free, quiet, closed, naming, own, boost)])

    assert await kept(server) == {free.id, naming.id, own.id}


async def test_what_becomes_somebodys_own_affair_is_kept_and_forgotten_again(
    server: Server, alice: Account, closed_one: Account
):
    liked, marked, boosted = [await make_post(server, closed_one) for _ in range(3)]
    assert await kept(server) == set()

    await favourites.favourite(server, alice, liked)
    await bookmarks.add(server, alice, marked)
    boost = await boosts.boost(server, alice, boosted)
    during = await kept(server)
    await favourites.unfavourite(server, alice, liked)
    await bookmarks.remove(server, alice, marked)
    await boosts.unboost(server, alice, boost)

    assert during == {liked.id, marked.id, boosted.id}
    assert await kept(server) == set()


async def test_favourites_of_people_elsewhere_concern_nobody_here(server: Server, closed_one: Account):
    post = await make_post(server, closed_one)
    await favourites.favourite(server, await make_account(server, "far", domain="c.example"), post)

    assert await kept(server) == set()


async def test_an_author_may_change_their_mind(server: Server, closed_one: Account):
    post = await make_post(server, closed_one)

    await Account.filter(id=closed_one.id).update(indexable=True)
    opened = await kept(server)
    await Account.filter(id=closed_one.id).update(indexable=False)

    assert opened == {post.id}
    assert await kept(server) == set()


@pytest.mark.parametrize("mark", ["suspended_at", "gone_at"])
async def test_posts_of_absent_authors_are_dropped_until_they_are_back(
    server: Server, open_one: Account, mark: str
):
    post = await make_post(server, open_one)
    await searchable.index(server, [post.id])

    await Account.filter(id=open_one.id).update(**{mark: server.clock.now()})
    absent = await kept(server)
    await Account.filter(id=open_one.id).update(**{mark: None})

    assert absent == set()
    assert await kept(server) == {post.id}


async def test_a_deleted_post_is_forgotten_at_once(server: Server, alice: Account):
    post = await posts.create(server, alice, Draft(text="a needle"), mentions={})
    assert await found(server, alice, "needle") == [post.id]

    await deletes.delete(server, post)

    assert await server.db.rows("SELECT rowid FROM search_posts") == []


async def test_posts_that_go_with_their_author_are_forgotten(server: Server, open_one: Account):
    post = await make_post(server, open_one)
    await searchable.index(server, [post.id])

    await open_one.delete()

    assert await kept(server) == set()
    assert await server.db.rows("SELECT rowid FROM search_accounts") == []


async def test_an_edited_post_is_found_by_what_it_says_now(server: Server, alice: Account):
    post = await posts.create(server, alice, Draft(text="a needle"), mentions={})
    assert await found(server, alice, "needle") == [post.id]

    await edits.edit(server, post, Draft(text="a pin"), mentions={})

    assert await found(server, alice, "needle") == []
    assert await found(server, alice, "pin") == [post.id]


async def test_indexing_twice_changes_nothing(server: Server, alice: Account):
    post = await make_post(server, alice, "needle")

    await searchable.index(server, [post.id])
    await searchable.index(server, [post.id])
    await searchable.index(server, [])
    await searchable.index(server, [1])

    assert await found(server, alice, "needle") == [post.id]


async def test_names_are_kept_up_to_date(server: Server, alice: Account):
    bob = await make_account(server, "bob", display_name="Robert")
    await kept(server)
    await Account.filter(id=bob.id).update(display_name="Roberta")
    await kept(server)

    assert [each.id for each in await search.accounts(server, alice, "roberta", 5)] == [bob.id]


async def test_what_is_behind_is_worked_off_in_batches_the_newest_first(server: Server, alice: Account):
    made = [(await make_post(server, alice)).id for _ in range(80)]
    await server.db.execute("INSERT INTO search_stale_posts SELECT id FROM posts")

    await searchable.catch_up(server)

    first = {row["id"] for row in await server.db.rows("SELECT rowid AS id FROM search_posts")}
    assert first == set(made[-50:])
    assert await kept(server) == set(made)
    assert await Post.all().count() == 80
