"""Signing in and staying so."""

import dataclasses
import statistics
import time

import msgspec
import pytest

from fedi.actions import moderation, oauth, sessions
from fedi.clock import TurnableClock
from fedi.errors import Forbidden, Invalid, TooMany, Unauthorized
from fedi.models.accounts import Account
from fedi.models.users import Session, User
from fedi.security.passwords import check_password
from fedi.server import Server

pytestmark = pytest.mark.anyio


async def sign_in(server: Server, name: str, password: str, *, address: str = "203.0.113.7") -> str:
    _, token = await sessions.sign_in(server, name, password, user_agent="Tests/1", address=address)
    return token


async def user_of(account: Account) -> User:
    return await User.get(account_id=account.id).select_related("account")


@pytest.mark.parametrize("name", ["alice", "ALICE", "@alice", " alice ", "alice@127.0.0.1:8000"])
async def test_a_right_password_begins_a_session(
    server: Server, alice: Account, password: str, name: str
) -> None:
    user, token = await sessions.sign_in(server, name, password, user_agent="Tests/1", address="203.0.113.7")

    assert user.account.id == alice.id
    found = await sessions.user_of(server, token)
    assert found is not None
    assert found.account.username == "alice"
    assert (await Session.get()).user_agent == "Tests/1"


async def test_a_mail_address_serves_as_name(server: Server, alice: Account, password: str) -> None:
    await User.filter(account_id=alice.id).update(email="alice@mail.example")

    token = await sign_in(server, "Alice@mail.example", password)

    assert await sessions.user_of(server, token) is not None


@pytest.mark.parametrize(
    ("name", "attempt"),
    [
        ("alice", "wrong password"),
        ("nobody", "wrong password"),
        ("", ""),
        ("alice", ""),
        ("alice", "x" * 5000),
    ],
)
async def test_a_wrong_name_and_a_wrong_password_are_told_alike(
    server: Server, alice: Account, name: str, attempt: str
) -> None:
    with pytest.raises(Unauthorized, match=r"^Wrong user name or password\.$"):
        await sign_in(server, name, attempt)

    assert not await Session.exists()


@pytest.mark.usefixtures("passwords_at_their_cost")
async def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    server: Server, alice: Account, password: str
) -> None:
    await sessions.set_password(server, await user_of(alice), password)
    await User.filter(account_id=alice.id).update(email="alice@mail.example")
    spent: dict[str, list[float]] = {
        "alice": [],
        "nobody": [],
        "alice@mail.example": [],
        "no@mail.example": [],
    }
    for round_ in range(7):
        for name, times in spent.items():
            begun = time.process_time()
            with pytest.raises(Unauthorized):
                await sign_in(server, name, "wrong password", address=f"203.0.113.{round_}")
            times.append(time.process_time() - begun)

    medians = [statistics.median(times) for times in spent.values()]
    # A name that is looked up and not hashed for would take a tenth.
    assert max(medians) < 1.5 * min(medians)


async def test_no_token_lies_in_the_database(server: Server, alice: Account, password: str) -> None:
    token = await sign_in(server, "alice", password)

    assert token not in str(await Session.all().values())


async def test_too_many_tries_from_an_address_are_refused_even_with_the_right_password(
    server: Server, alice: Account, bob: Account, password: str
) -> None:
    # Four, not 25: on a busy machine 25 hashes take so long that a try comes back meanwhile.
    limits = msgspec.structs.replace(server.settings.limits, sign_ins_per_address=4)
    server = dataclasses.replace(server, settings=msgspec.structs.replace(server.settings, limits=limits))
    for n in range(4):
        with pytest.raises(Unauthorized):
            await sign_in(server, f"nobody{n}", "wrong password")

    with pytest.raises(TooMany):
        await sign_in(server, "alice", password)
    assert await sign_in(server, "bob", password, address="203.0.113.8")


async def test_too_many_tries_for_a_name_are_refused_from_anywhere_but_sessions_go_on(
    server: Server, alice: Account, password: str, clock: TurnableClock
) -> None:
    token = await sign_in(server, "alice", password)
    with pytest.raises(TooMany):
        for n in range(30):
            with pytest.raises(Unauthorized):
                await sign_in(server, "Alice", "wrong password", address=f"198.51.100.{n}")

    with pytest.raises(TooMany):
        await sign_in(server, "alice", password, address="203.0.113.99")
    assert await sessions.user_of(server, token) is not None
    clock.turn(hours=1)
    assert await sign_in(server, "alice", password, address="203.0.113.99")


def test_addresses_of_one_ipv6_customer_count_as_one() -> None:
    assert sessions.network_of("2001:db8:1:2::1") == sessions.network_of("2001:db8:1:2:ffff::9")
    assert sessions.network_of("2001:db8:1:2::1") != sessions.network_of("2001:db8:1:3::1")
    assert sessions.network_of("203.0.113.7") != sessions.network_of("203.0.113.8")
    assert sessions.network_of("testclient") == "testclient"


async def test_a_disabled_login_is_told_so_only_after_the_right_password(
    server: Server, alice: Account, password: str
) -> None:
    token = await sign_in(server, "alice", password)
    await User.filter(account_id=alice.id).update(disabled_at=server.clock.now())

    with pytest.raises(Unauthorized):
        await sign_in(server, "alice", "wrong password")
    with pytest.raises(Forbidden, match="disabled"):
        await sign_in(server, "alice", password)
    assert await sessions.user_of(server, token) is None


async def test_a_suspended_account_cannot_sign_in_and_its_sessions_stop(
    server: Server, alice: Account, password: str
) -> None:
    token = await sign_in(server, "alice", password)

    await moderation.suspend(server, alice, by="cli", reason="spam")

    with pytest.raises(Forbidden, match="suspended"):
        await sign_in(server, "alice", password)
    assert await sessions.user_of(server, token) is None


async def test_a_session_ends_thirty_days_after_its_last_use(
    server: Server, alice: Account, password: str, clock: TurnableClock
) -> None:
    token = await sign_in(server, "alice", password)

    for _ in range(3):
        clock.turn(days=20)
        assert await sessions.user_of(server, token) is not None
    clock.turn(days=31)
    assert await sessions.user_of(server, token) is None


async def test_use_within_the_hour_writes_nothing(
    server: Server, alice: Account, password: str, clock: TurnableClock
) -> None:
    token = await sign_in(server, "alice", password)
    before = (await Session.get()).last_used_at

    clock.turn(minutes=30)
    await sessions.user_of(server, token)
    assert (await Session.get()).last_used_at == before
    clock.turn(minutes=31)
    await sessions.user_of(server, token)
    assert (await Session.get()).last_used_at > before
    assert (await user_of(alice)).last_active_at == (await Session.get()).last_used_at


async def test_signing_out_ends_this_session_alone(server: Server, alice: Account, password: str) -> None:
    first, second = [await sign_in(server, "alice", password) for _ in range(2)]

    await sessions.sign_out(server, first)
    await sessions.sign_out(server, first)

    assert await sessions.user_of(server, first) is None
    assert await sessions.user_of(server, second) is not None


async def test_another_password_ends_all_that_was_open(server: Server, alice: Account, password: str) -> None:
    cookie = await sign_in(server, "alice", password)
    bearer = await oauth.issue_token(server, None, await user_of(alice), "read")

    with server.pubsub.subscribe(sessions.access_topic((await user_of(alice)).id)) as heard:
        await sessions.set_password(server, await user_of(alice), "another password")

    assert heard.get_nowait()[1] == "ended"
    assert await sessions.user_of(server, cookie) is None
    assert await oauth.find_token(server, bearer) is None
    with pytest.raises(Unauthorized):
        await sign_in(server, "alice", password)
    assert await sign_in(server, "alice", "another password")


async def test_another_password_must_keep_the_rules(server: Server, alice: Account, password: str) -> None:
    with pytest.raises(Invalid):
        await sessions.set_password(server, await user_of(alice), "short")

    assert await sign_in(server, "alice", password)


async def test_the_password_can_be_asked_again(server: Server, alice: Account, password: str) -> None:
    user = await user_of(alice)

    assert await sessions.has_password(server, user, password)
    assert not await sessions.has_password(server, user, "wrong password")


async def test_a_hash_of_older_costs_is_renewed_at_a_sign_in(
    server: Server, alice: Account, password: str
) -> None:
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(password)
    await User.filter(account_id=alice.id).update(password_hash=cheap)

    await sign_in(server, "alice", password)

    renewed = (await user_of(alice)).password_hash
    assert renewed != cheap
    assert check_password(password, renewed)


async def test_a_login_without_a_password_cannot_be_signed_in_to(server: Server, alice: Account) -> None:
    await User.filter(account_id=alice.id).update(password_hash="")

    for attempt in ("", "anything"):
        with pytest.raises(Unauthorized):
            await sign_in(server, "alice", attempt)
