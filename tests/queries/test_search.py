"""What people find by typing."""

import pytest

from fedi.models.accounts import Account
from fedi.queries import search
from fedi.server import Server
from tests.support.factories import (
    make_account,
    make_block,
    make_follow,
    make_mention,
    make_post,
    make_tag,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alice(server: Server) -> Account:
    return await make_account(server, "alice")


async def found(server: Server, viewer: Account | None, text: str, **choice: bool) -> list[str]:
    return [each.acct for each in await search.accounts(server, viewer, text, 10, **choice)]


async def test_accounts_are_found_by_handle_and_name(server: Server, alice: Account) -> None:
    await make_account(server, "Bobby", display_name="Robert Tables")
    await make_account(server, "bob", domain="b.example")
    await make_account(server, "bob", domain="c.example", display_name="100%_sure")

    assert set(await found(server, alice, "BOB")) == {"Bobby", "bob@b.example", "bob@c.example"}
    assert await found(server, alice, "@bob@b") == ["bob@b.example"]
    assert await found(server, alice, "bobby@127.0.0.1:8000") == ["Bobby"]
    assert await found(server, alice, "tables") == ["Bobby"]
    assert await found(server, alice, "100%_s") == ["bob@c.example"]
    assert await found(server, alice, "%") == ["bob@c.example"]
    assert await found(server, alice, "obb") == []
    assert await found(server, alice, " @ ") == []


async def test_followed_accounts_come_first_then_the_exact_name_then_the_best_known(
    server: Server, alice: Account
) -> None:
    await make_account(server, "bobby", followers_count=9)
    await make_account(server, "bobbo", followers_count=99)
    await make_account(server, "bob")
    await make_follow(server, alice, await make_account(server, "bobster"))

    assert await found(server, alice, "bob") == ["bobster", "bob", "bobbo", "bobby"]
    assert await found(server, alice, "bob", following=True) == ["bobster"]
    assert await found(server, None, "bob") == ["bob", "bobbo", "bobby", "bobster"]
    assert await found(server, None, "bob", following=True) == []


async def test_absent_blocked_and_silenced_accounts_are_not_found(server: Server, alice: Account) -> None:
    now = server.clock.now()
    await make_account(server, "bob1", suspended_at=now)
    await make_account(server, "bob2", gone_at=now)
    await make_block(server, alice, await make_account(server, "bob3"))
    await make_block(server, await make_account(server, "bob4"), alice)
    await make_account(server, "bob5", silenced_at=now)
    await make_follow(server, alice, await make_account(server, "bob6", silenced_at=now))

    assert await found(server, alice, "bob") == ["bob6"]


async def test_the_servers_own_actor_is_not_found(server: Server, alice: Account) -> None:
    await Account.filter(uri=server.uris.instance_actor).delete()
    await make_account(server, server.uris.host, uri=server.uris.instance_actor)

    assert await found(server, alice, "127") == []


async def test_tags_are_found_by_their_beginning(server: Server, alice: Account) -> None:
    post = await make_post(server, alice)
    for name in ("Catalogue", "cats", "Cat", "dog"):
        await make_tag(server, post, name)

    assert [tag.name for tag in await search.tags("#CAT", 2)] == ["cat", "catalogue"]
    assert await search.tags(" ", 2) == []


async def test_posts_are_found_among_own_ones_and_those_that_name_one(server: Server, alice: Account) -> None:
    bob = await make_account(server, "bob")
    own = await make_post(server, alice, "a needle here")
    naming = await make_post(server, bob, "another needle", visibility="direct")
    await make_mention(server, naming, alice)
    warned = await make_post(server, alice, "quiet", summary="needle")
    await make_post(server, bob, "a needle elsewhere")

    assert [each.post for each in await search.posts(server, alice, "NEEDLE", 5)] == [warned, naming, own]
    assert await search.posts(server, alice, "need_e", 5) == []
    assert await search.posts(server, alice, " ", 5) == []
