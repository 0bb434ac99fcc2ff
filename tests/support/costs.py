"""What is slow by design, made cheap for servers of the tests' own process: the code stays the same."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import count
from unittest.mock import patch

from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from fedi.security import keys, passwords
from fedi.web import rendering

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


@contextmanager
def one_tls_context() -> Iterator[None]:
    """Read the certificates of the world's authorities once: each client reads them otherwise."""
    with patch.object(ssl, "create_default_context", cache(ssl.create_default_context)):
        yield


@contextmanager
def templates_compiled_once() -> Iterator[None]:
    """Keep what templates were compiled to, for all servers of this process."""
    with patch.object(rendering, "Environment", partial(Environment, bytecode_cache=_InMemory())):
        yield


class _InMemory(BytecodeCache):
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()
