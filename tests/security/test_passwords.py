"""Passwords: hashed, checked, renewed (threat T144)."""

import time

import pytest
from argon2 import PasswordHasher

from fedi.errors import Invalid
from fedi.security.passwords import check_password, hash_password, needs_rehash

pytestmark = pytest.mark.usefixtures("passwords_at_their_cost")


def test_the_right_password_passes_and_no_other() -> None:
    stored = hash_password("correct horse")

    assert check_password("correct horse", stored)
    assert not check_password("correct horse ", stored)
    assert not check_password("", stored)
    assert "correct" not in stored
    assert stored != hash_password("correct horse")


def test_nobody_has_no_password_and_takes_as_long() -> None:
    stored = hash_password("x")
    check_password("x", None)

    def seconds(hashed: str | None) -> float:
        started = time.process_time()
        assert not check_password("wrong", hashed)
        return time.process_time() - started

    known, unknown = min(seconds(stored) for _ in range(5)), min(seconds(None) for _ in range(5))
    assert 0.5 < unknown / known < 2


def test_passwords_of_any_letters_work_and_endless_ones_do_not() -> None:
    assert check_password("pässwörd\ud800\x00", hash_password("pässwörd\ud800\x00"))
    with pytest.raises(Invalid):
        hash_password("x" * 1025)
    assert not check_password("x" * 1025, hash_password("x"))


def test_a_broken_hash_matches_nothing() -> None:
    assert not check_password("x", "not a hash")


def test_a_hash_costs_what_is_recommended() -> None:
    """OWASP's Password Storage Cheat Sheet: Argon2id with 19 MiB and two rounds, or more."""
    assert hash_password("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_hashes_of_other_costs_are_to_be_renewed() -> None:
    assert not needs_rehash(hash_password("x"))
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("x"))
