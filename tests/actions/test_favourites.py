"""Favourites: a row, a count, a Like to the author alone; and all of it back again."""

import pytest

from fedi.actions import boosts, deletes, favourites
from fedi.errors import Conflict, Gone, NotFound
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite
from fedi.models.posts import Post
from fedi.server import Server
from tests.support.factories import make_follow, make_post
from tests.support.outgoing import sent, told

pytestmark = pytest.mark.anyio


async def likes(post: Post) -> int:
    return (await Post.get(id=post.id)).favourites_count


async def test_a_like_goes_to_the_authors_own_inbox_alone(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await make_follow(server, rob, ann)
    post = await make_post(server, rita)

    row = await favourites.favourite(server, ann, post)
    again = await favourites.favourite(server, ann, post)

    assert again.id == row.id
    (delivery,) = await sent()
    assert delivery.inbox == rita.inbox_url
    assert delivery.json == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{server.uris.base_url}/ap/a/{row.id}",
        "type": "Like",
        "actor": ann.uri,
        "object": post.uri,
    }
    assert await likes(post) == 1


async def test_taking_it_back_sends_the_like_inside_an_undo(server: Server, ann: Account, rita: Account):
    post = await make_post(server, rita)
    row = await favourites.favourite(server, ann, post)

    await favourites.unfavourite(server, ann, post)
    await favourites.unfavourite(server, ann, post)

    like, undo = await sent()
    assert undo.json == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{row.uri}#undo",
        "type": "Undo",
        "actor": ann.uri,
        "object": {name: value for name, value in like.json.items() if name != "@context"},
    }
    assert undo.job.order_key == like.job.order_key
    assert await likes(post) == 0


async def test_a_second_like_has_an_id_of_its_own(server: Server, ann: Account, rita: Account):
    post = await make_post(server, rita)

    first = await favourites.favourite(server, ann, post)
    await favourites.unfavourite(server, ann, post)
    second = await favourites.favourite(server, ann, post)

    assert first.uri != second.uri


async def test_a_count_never_falls_below_zero(server: Server, ann: Account, rita: Account):
    post = await make_post(server, rita)
    await favourites.favourite(server, ann, post)
    await Post.filter(id=post.id).update(favourites_count=0)

    await favourites.unfavourite(server, ann, post)

    assert await likes(post) == 0


async def test_a_peers_like_tells_the_author_once_and_its_undo_takes_that_back(
    server: Server, ann: Account, rita: Account
):
    post = await make_post(server, ann)

    await favourites.favourite(server, rita, post, uri="https://b.example/l/1")
    await favourites.favourite(server, rita, post, uri="https://b.example/l/2")
    assert await told(ann) == [("favourite", rita.id, post.id)]
    assert (await Favourite.get()).uri == "https://b.example/l/1"

    await favourites.unfavourite(server, rita, post)
    assert await told(ann) == []
    assert await sent() == []


async def test_a_boost_is_liked_as_its_original(server: Server, ann: Account, ben: Account, rita: Account):
    post = await make_post(server, rita)
    boost = await boosts.boost(server, ben, post)

    await favourites.favourite(server, ann, boost)

    assert await likes(post) == 1


async def test_a_like_of_what_is_hidden_undone_or_under_anothers_id_is_refused(
    server: Server, ann: Account, rita: Account, rob: Account
):
    hidden = await make_post(server, ann, visibility="followers")
    post, other = await make_post(server, ann), await make_post(server, ann)
    await deletes.remember_deleted(server, "https://b.example/l/1", rita.uri)
    await favourites.favourite(server, rob, other, uri="https://c.example/l/1")

    with pytest.raises(NotFound):
        await favourites.favourite(server, rita, hidden, uri="https://b.example/l/2")
    with pytest.raises(Gone):
        await favourites.favourite(server, rita, post, uri="https://b.example/l/1")
    with pytest.raises(Conflict):
        await favourites.favourite(server, rita, post, uri="https://c.example/l/1")
    await favourites.favourite(server, rita, post, uri="https://b.example/l/2")

    assert await likes(post) == 1
