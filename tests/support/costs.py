"""What is slow by design, made cheap for servers of the tests' own process: the code stays the same."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import count
from unittest.mock import patch

from argon2 import PasswordHasher
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from fedi.actions import accounts, signup
from fedi.security import passwords
from fedi.security.keys import KeyPair, make_rsa_pair
from fedi.web import rendering

_REAL_HASHER = passwords._hasher
# Nobody in a test has the key of somebody else: none registers as many.
_KEYS = 24


@contextmanager
def few_rsa_keys() -> Iterator[None]:
    """Give whoever registers a key of a few in turn: to make one takes a tenth of a second.

    What tests make for themselves, and what is rotated, is new each time.
    """
    made: dict[int, KeyPair] = {}
    turns = count()

    def next_pair() -> KeyPair:
        turn = next(turns) % _KEYS
        if turn not in made:
            made[turn] = make_rsa_pair()
        return made[turn]

    with patch.object(signup, "make_rsa_pair", next_pair), patch.object(accounts, "make_rsa_pair", next_pair):
        yield


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Hash passwords with Argon2id of little memory and one round."""
    cheap = cache(lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    with patch.object(passwords, "_hasher", cheap):
        yield


@contextmanager
def real_passwords() -> Iterator[None]:
    """Hash passwords as servers do, where the time it takes is the subject."""
    dummy = cache(passwords._dummy.__wrapped__)
    with patch.object(passwords, "_hasher", _REAL_HASHER), patch.object(passwords, "_dummy", dummy):
        yield


@contextmanager
def one_tls_context() -> Iterator[None]:
    """Read the certificates of the world's authorities once: each client reads them otherwise.

    The context is shared: a test that changes one makes its own.
    """
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
