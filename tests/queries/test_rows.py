"""Rows by hand are the rows of the ORM."""

import pytest

from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.queries.rows import load, load_by_id
from fedi.server import Server
from tests.support.factories import make_account, make_post

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("model", [Account, Post, MediaAttachment])
async def test_a_row_by_hand_equals_the_row_of_the_orm(server: Server, model: type) -> None:
    bob = await make_account(
        server, "bob", domain="b.example", locked=True, fields_list=[{"name": "a", "value": "b"}]
    )
    post = await make_post(server, bob, "zwölf", sensitive=True, edited_at=server.clock.now())
    await MediaAttachment.create(
        id=server.new_id(), account=bob, post=post, focus_x=0.5, created_at=server.clock.now()
    )

    (by_hand,) = await load(server, model, "")
    by_orm = await model.all().first()

    assert by_hand.__dict__ == by_orm.__dict__
    assert {type(value) for value in by_hand.__dict__.values()} == {
        type(value) for value in by_orm.__dict__.values()
    }


async def test_a_row_by_hand_can_be_saved(server: Server) -> None:
    bob = await make_account(server, "bob", domain="b.example")

    (by_hand,) = (await load_by_id(server, Account, [bob.id])).values()
    by_hand.display_name = "Bob"
    await by_hand.save(update_fields=["display_name"])

    assert (await Account.get(id=bob.id)).display_name == "Bob"


async def test_rows_that_are_not_there_are_left_out(server: Server) -> None:
    bob = await make_account(server, "bob")

    assert set(await load_by_id(server, Account, [bob.id, 5, bob.id])) == {bob.id}
    assert await load_by_id(server, Account, []) == {}


async def test_the_objects_share_nothing_that_changes(server: Server) -> None:
    await make_account(server, "alice")
    await make_account(server, "bob")

    one, other = await load(server, Account, "")

    assert one._await_when_save is not other._await_when_save
    assert one.emojis is not other.emojis
