"""Random tokens: how they are made, stored and compared. Only their hash is ever stored."""

import hashlib
import hmac
import secrets

_TOKEN_BYTES = 32


def new_token() -> str:
    """Make a token of 256 random bits, safe in URLs and headers (43 characters)."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def stored_form(token: str) -> str:
    """Give what the database keeps and looks up: the token's SHA-256, hexadecimal (64 characters).

    No salt and no slow hash: a token has 256 bits of its own and cannot be guessed.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def same_token(one: str, other: str) -> bool:
    """Compare in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
