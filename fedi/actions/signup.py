"""Become a member: an account with its keys, and the login of whom it belongs to."""

import re
from collections.abc import Callable
from functools import partial

from anyio import to_thread
from tortoise.exceptions import IntegrityError

from fedi.actions import accounts, notify
from fedi.errors import Invalid
from fedi.models.accounts import Account, FormerName
from fedi.models.users import User
from fedi.security.keys import make_rsa_pair
from fedi.security.passwords import hash_password
from fedi.server import Server

ROLES = ("owner", "moderator", "member")
PASSWORD_MIN_CHARACTERS = 8
PASSWORD_MAX_CHARACTERS = 128
USERNAME_MAX_CHARACTERS = 30

# Mastodon's rule for local names: peers and apps recognise no others in a text.
_USERNAME = re.compile(r"[A-Za-z0-9_]{1,30}")
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_EMAIL_CHARACTERS = 320
# A handle looks like a mail address: whoever holds one of RFC 2142's names would seem to speak for the
# server. The rest are names that our own programs and pages go by.
_RESERVED = {
    *("abuse", "hostmaster", "noc", "postmaster", "security", "support", "webmaster"),
    *("api", "fedi", "instance", "nobody", "oauth", "root", "system"),
}
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,255}")


class Unfit(Invalid):
    """A part of a sign-up that is not taken; `code` is the word that apps have sentences for.

    Of those that Mastodon has: ERR_BLANK, ERR_INVALID, ERR_RESERVED, ERR_TAKEN, ERR_TOO_LONG, ERR_TOO_SHORT
    and ERR_ACCEPTED.
    """

    def __init__(self, field: str, code: str, reason: str) -> None:
        super().__init__(field, reason)
        self.code = code


async def problems(server: Server, *, username: str, password: str, email: str = "") -> list[Unfit]:
    """Say all that is wrong with what somebody wants to sign up with, a field at most once."""
    found = []
    checks: list[Callable[[], None]] = [
        partial(check_username, server, username),
        partial(check_password_rules, password),
        partial(_check_email, email),
    ]
    for check in checks:
        try:
            check()
        except Unfit as error:
            found.append(error)
    wrong = {error.field for error in found}
    return found + [error for error in await _taken(username, email) if error.field not in wrong]


async def register(
    server: Server,
    *,
    username: str,
    password: str,
    email: str = "",
    role: str = "member",
    locale: str = "en",
) -> User:
    """Make a local account with keys of its own, and its login.

    The name keeps the case it was typed in and is unique without regard to it, for ever: a deleted account
    keeps its row. A `locale` that is no language is English. Raises Invalid naming the field that is wrong
    or taken.
    """
    username, email = username.strip(), email.strip().lower()
    if role not in ROLES:
        raise Invalid("role", f"must be one of {', '.join(ROLES)}")
    for problem in await problems(server, username=username, password=password, email=email):
        raise problem

    password_hash = await to_thread.run_sync(hash_password, password, limiter=server.password_turns)
    keys = await to_thread.run_sync(make_rsa_pair, limiter=server.password_turns)
    try:
        async with server.db.transaction():
            for problem in await _taken(username, email):
                raise problem
            account = await accounts.create_local(server, username, keys=keys)
            await notify.of_sign_up(server, account)
            return await User.create(
                id=server.new_id(),
                account=account,
                email=email,
                password_hash=password_hash,
                role=role,
                locale=locale if _LOCALE.fullmatch(locale) else "en",
                created_at=server.clock.now(),
            )
    except IntegrityError as error:
        # Another process took the name between our look and our commit.
        raise Unfit("username", "ERR_TAKEN", "has already been taken") from error


def check_password_rules(password: str) -> None:
    """Raise Invalid unless a new password has 8 to 128 characters."""
    if not password:
        raise Unfit("password", "ERR_BLANK", "can't be blank")
    if len(password) < PASSWORD_MIN_CHARACTERS:
        reason = f"is too short (the least is {PASSWORD_MIN_CHARACTERS} characters)"
        raise Unfit("password", "ERR_TOO_SHORT", reason)
    if len(password) > PASSWORD_MAX_CHARACTERS:
        reason = f"is too long (the most is {PASSWORD_MAX_CHARACTERS} characters)"
        raise Unfit("password", "ERR_TOO_LONG", reason)


def check_username(server: Server, username: str) -> None:
    """Raise Invalid for a name that no account here can have, whoever has it."""
    if not username:
        raise Unfit("username", "ERR_BLANK", "can't be blank")
    if len(username) > USERNAME_MAX_CHARACTERS:
        reason = f"is too long (the most is {USERNAME_MAX_CHARACTERS} characters)"
        raise Unfit("username", "ERR_TOO_LONG", reason)
    if not _USERNAME.fullmatch(username):
        raise Unfit("username", "ERR_INVALID", "must be of letters, digits and underscores only")
    # The server's own actor goes by the host's name, which has no dot in development.
    if username.lower() in _RESERVED | {server.uris.host.lower()}:
        raise Unfit("username", "ERR_RESERVED", "is reserved")


def _check_email(email: str) -> None:
    if email and not _EMAIL.fullmatch(email):
        raise Unfit("email", "ERR_INVALID", "is not a mail address")


async def _taken(username: str, email: str) -> list[Unfit]:
    found = []
    lower = username.lower()
    is_name = _USERNAME.fullmatch(username) is not None
    if is_name and (
        await Account.exists(username_lower=lower, domain="") or await FormerName.exists(username_lower=lower)
    ):
        found.append(Unfit("username", "ERR_TAKEN", "has already been taken"))
    if email and len(email) <= _EMAIL_CHARACTERS and await User.filter(email=email).exists():
        found.append(Unfit("email", "ERR_TAKEN", "has already been taken"))
    return found
