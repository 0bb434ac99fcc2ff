"""Hash and check passwords with Argon2id. Slow by design: callers run these in a thread, few at once."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fedi.errors import Invalid

# OWASP's second choice of equal strength: the first (46 MiB) would be a sixth of our memory per login.
_MEMORY_KIBIBYTES = 19 * 1024
_ROUNDS = 2
_THREADS = 1
_MAX_LENGTH = 1024


def hash_password(password: str) -> str:
    """Hash into the PHC string that is stored; raises Invalid beyond 1024 characters."""
    if len(password) > _MAX_LENGTH:
        raise Invalid("password", "is too long")
    return _hasher().hash(_bytes(password))


def check_password(password: str, stored: str | None) -> bool:
    """Tell whether `password` is the one that was hashed into `stored`.

    None (there is no such user) takes as long as a wrong password, so the answer's time tells nothing.
    """
    if len(password) > _MAX_LENGTH:
        return False
    try:
        _hasher().verify(_dummy() if stored is None else stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Tell whether `stored` was made with other costs than today's, so that it is renewed at a log-in."""
    return _hasher().check_needs_rehash(stored)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIBIBYTES, parallelism=_THREADS)


@cache
def _dummy() -> str:
    return _hasher().hash(b"nobody")


def _bytes(password: str) -> bytes:
    # Lone surrogates cannot be encoded strictly; a password with one must not be a server error.
    return password.encode("utf-8", "surrogatepass")
