"""Become a member: an account with its keys, and the login of whom it belongs to."""

import re

from anyio import to_thread
from tortoise.exceptions import IntegrityError

from fedi.actions import accounts
from fedi.errors import Invalid
from fedi.models.accounts import Account, FormerName
from fedi.models.users import User
from fedi.security.keys import make_rsa_pair
from fedi.security.passwords import hash_password
from fedi.server import Server

ROLES = ("owner", "moderator", "member")
PASSWORD_MIN_CHARACTERS = 8
PASSWORD_MAX_CHARACTERS = 128

# Mastodon's rule for local names: peers and apps recognise no others in a text.
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,30}")
# A handle looks like a mail address: whoever holds one of RFC 2142's names would seem to speak for the
# server. The rest are names that our own programs and pages go by.
_RESERVED = {
    *("abuse", "hostmaster", "noc", "postmaster", "security", "support", "webmaster"),
    *("api", "fedi", "instance", "nobody", "oauth", "root", "system"),
}
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,255}")


async def register(
    server: Server, *, username: str, password: str, email: str = "", role: str = "member"
) -> User:
    """Make a local account with keys of its own, and its login.

    The name keeps the case it was typed in and is unique without regard to it, for ever: a deleted account
    keeps its row. Raises Invalid naming the field that is wrong or taken.
    """
    username, email = username.strip(), email.strip().lower()
    check_username(server, username)
    check_password_rules(password)
    _check_email(email)
    if role not in ROLES:
        raise Invalid("role", f"must be one of {', '.join(ROLES)}")
    await _check_free(username, email)

    password_hash = await to_thread.run_sync(hash_password, password, limiter=server.password_turns)
    keys = await to_thread.run_sync(make_rsa_pair, limiter=server.password_turns)
    try:
        async with server.db.transaction():
            await _check_free(username, email)
            account = await accounts.create_local(server, username, keys=keys)
            return await User.create(
                id=server.new_id(),
                account=account,
                email=email,
                password_hash=password_hash,
                role=role,
                created_at=server.clock.now(),
            )
    except IntegrityError as error:
        # Another process took the name between our look and our commit.
        raise Invalid("username", "has already been taken") from error


def check_password_rules(password: str) -> None:
    """Raise Invalid unless a new password has 8 to 128 characters."""
    if len(password) < PASSWORD_MIN_CHARACTERS:
        raise Invalid("password", f"is too short (the least is {PASSWORD_MIN_CHARACTERS} characters)")
    if len(password) > PASSWORD_MAX_CHARACTERS:
        raise Invalid("password", f"is too long (the most is {PASSWORD_MAX_CHARACTERS} characters)")


def check_username(server: Server, username: str) -> None:
    """Raise Invalid for a name that no account here can have, whoever has it."""
    if not _USERNAME.fullmatch(username):
        raise Invalid("username", "must be 1 to 30 letters, digits and underscores")
    # The server's own actor goes by the host's name, which has no dot in development.
    if username.lower() in _RESERVED | {server.uris.host.lower()}:
        raise Invalid("username", "is reserved")


def _check_email(email: str) -> None:
    if email and not _EMAIL.fullmatch(email):
        raise Invalid("email", "is not a mail address")


async def _check_free(username: str, email: str) -> None:
    taken = await Account.exists(username_lower=username.lower(), domain="")
    if taken or await FormerName.exists(username_lower=username.lower()):
        raise Invalid("username", "has already been taken")
    if email and await User.filter(email=email).exists():
        raise Invalid("email", "has already been taken")
