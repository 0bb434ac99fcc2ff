"""What is slow by design, made cheap for servers of the tests' own process: the code stays the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from unittest.mock import patch

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from fedi.security import keys, passwords

# More than one test has people whose keys it tells apart.
_KEYS = 16


@contextmanager
def few_rsa_keys() -> Iterator[None]:
    """Take new RSA keys from a few in turn: to make one takes a tenth of a second."""
    made: dict[int, RSAPrivateKey] = {}
    turns = count()

    def next_key(exponent: int, bits: int) -> RSAPrivateKey:
        turn = next(turns) % _KEYS
        if turn not in made:
            made[turn] = generate_private_key(exponent, bits)
        return made[turn]

    with patch.object(keys, "generate_private_key", next_key):
        yield


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Hash passwords with Argon2id of little memory and one round."""
    cheap = cache(lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with patch.object(passwords, "_hasher", cheap):
        yield
