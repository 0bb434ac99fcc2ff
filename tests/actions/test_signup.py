"""Becoming a member."""

import asyncio

import pytest

from fedi.actions import signup
from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.users import User
from fedi.security.keys import load_private, load_public
from fedi.security.passwords import check_password
from fedi.server import Server

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery staple"


async def test_a_member_gets_an_account_with_keys_and_a_login(server: Server) -> None:
    user = await signup.register(server, username="Alice", password=PASSWORD, email="Alice@Mail.example")

    account = await Account.get(id=user.account_id)
    assert (account.username, account.username_lower, account.domain) == ("Alice", "alice", "")
    assert account.uri == server.uris.actor(account.id)
    assert load_private(account.private_key_pem).public_key() == load_public(account.public_key_pem)
    assert (user.role, user.email) == ("member", "alice@mail.example")
    assert PASSWORD not in user.password_hash
    assert check_password(PASSWORD, user.password_hash)


@pytest.mark.parametrize(
    "name",
    ["", "a" * 31, "al ice", "al-ice", "al.ice", "älice", "alice@host", "al\nice", "../x", "\uff41lice"],
)
async def test_a_name_that_peers_would_not_recognise_is_refused(server: Server, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        await signup.register(server, username=name, password=PASSWORD)

    assert refused.value.field == "username"
    assert not await User.exists()


@pytest.mark.parametrize("name", ["root", "Postmaster", "ABUSE", "api"])
async def test_a_name_that_would_speak_for_the_server_is_refused(server: Server, name: str) -> None:
    with pytest.raises(Invalid, match="reserved"):
        await signup.register(server, username=name, password=PASSWORD)


async def test_a_taken_name_is_refused_in_any_case(server: Server, alice: Account) -> None:
    with pytest.raises(Invalid, match="already been taken"):
        await signup.register(server, username="ALICE", password=PASSWORD)


async def test_a_deleted_accounts_name_stays_taken(server: Server, alice: Account) -> None:
    await Account.filter(id=alice.id).update(gone_at=server.clock.now())

    with pytest.raises(Invalid, match="already been taken"):
        await signup.register(server, username="alice", password=PASSWORD)


async def test_of_two_who_ask_for_a_name_at_once_one_gets_it(server: Server) -> None:
    outcomes = await asyncio.gather(
        *(signup.register(server, username=name, password=PASSWORD) for name in ("carol", "Carol")),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Unfit", "User"]
    assert await User.all().count() == 1
    assert await Account.filter(username_lower="carol").count() == 1


@pytest.mark.parametrize("password", ["", "1234567", "x" * 129])
async def test_a_password_that_is_too_short_or_long_is_refused(server: Server, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        await signup.register(server, username="alice", password=password)

    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["12345678", "x" * 128, "пароль-пароль", "🔑🔑🔑🔑🔑🔑🔑🔑"])
async def test_any_characters_make_a_password(server: Server, password: str) -> None:
    user = await signup.register(server, username="alice", password=password)

    assert check_password(password, user.password_hash)


@pytest.mark.parametrize("email", ["alice", "a@b@c", "a b@c", "a@b\r\nBcc: d@e", "@host", "a@"])
async def test_a_broken_mail_address_is_refused(server: Server, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        await signup.register(server, username="alice", password=PASSWORD, email=email)

    assert refused.value.field == "email"


async def test_a_mail_address_belongs_to_one_login(server: Server) -> None:
    await signup.register(server, username="alice", password=PASSWORD, email="a@mail.example")

    with pytest.raises(Invalid, match="email"):
        await signup.register(server, username="bob", password=PASSWORD, email="A@MAIL.example")


async def test_a_role_that_does_not_exist_is_refused(server: Server) -> None:
    with pytest.raises(Invalid, match="role"):
        await signup.register(server, username="alice", password=PASSWORD, role="god")
