"""Sign in with a password, stay signed in by a cookie's token, sign out, change the password."""

import ipaddress
from datetime import datetime, timedelta
from functools import partial

from anyio import to_thread

from fedi.actions import activity
from fedi.actions.signup import check_password_rules
from fedi.errors import Forbidden, Unauthorized
from fedi.models.users import AccessToken, AuthorizationCode, Session, User
from fedi.security.limits import Limit
from fedi.security.passwords import check_password, hash_password, needs_rehash
from fedi.security.tokens import new_token, stored_form
from fedi.server import Server

SESSION_LIFE = timedelta(days=30)

_WINDOW_SECONDS = 300
# Slow enough that a dictionary of 10 000 passwords takes more than two weeks.
_TRIES_PER_NAME = Limit(25, 3600)
# The sliding end of a session needs no more than this, and most requests then write nothing.
_TOUCH_EVERY = timedelta(hours=1)
_AGENT_CHARACTERS = 512
# No name of a login, handle or address is longer.
_MAX_NAME_CHARACTERS = 320


async def sign_in(
    server: Server, name_or_email: str, password: str, *, user_agent: str, address: str
) -> tuple[User, str]:
    """Check a password and begin a session; gives its login (account loaded) and the token for the cookie.

    Every try counts, by address and by name, and unknown names take as long as wrong passwords. Raises
    TooMany, Unauthorized for a wrong name or password, Forbidden for an account that may not sign in.
    """
    name = name_or_email.strip().lower().removeprefix("@")
    by_address = Limit(server.settings.limits.sign_ins_per_address, _WINDOW_SECONDS)
    server.limits.take(f"sign-in:{network_of(address)}", by_address)
    server.limits.take(f"sign-in-as:{stored_form(name)}", _TRIES_PER_NAME)

    user = await _find_user(server, name)
    stored = user.password_hash or None if user else None
    right = await to_thread.run_sync(check_password, password, stored, limiter=server.password_turns)
    if user is None or not right:
        raise Unauthorized("Wrong user name or password.")
    if reason := refusal(user):
        raise Forbidden(reason)

    fresh = None
    if needs_rehash(user.password_hash):
        fresh = await to_thread.run_sync(hash_password, password, limiter=server.password_turns)
    token, now = new_token(), server.clock.now()
    async with server.db.transaction():
        if fresh:
            await User.filter(id=user.id).update(password_hash=fresh)
        await activity.seen(server, user.id, now)
        await Session.create(
            id=server.new_id(),
            user=user,
            token_hash=stored_form(token),
            user_agent=user_agent[:_AGENT_CHARACTERS],
            created_at=now,
            last_used_at=now,
        )
    return user, token


async def user_of(server: Server, token: str) -> User | None:
    """Find who a session's token belongs to (account loaded); None when it ended or they may not act.

    A session ends 30 days after its last use.
    """
    session = (
        await Session.filter(token_hash=stored_form(token)).select_related("user", "user__account").first()
    )
    if session is None:
        return None
    now = server.clock.now()
    if session.last_used_at + SESSION_LIFE < now or refusal(session.user):
        return None
    if session.last_used_at + _TOUCH_EVERY < now:
        await _touch(server, session, now)
    return session.user


async def sign_out(server: Server, token: str) -> None:
    """End the session of a token; one that has ended already is no error."""
    await Session.filter(token_hash=stored_form(token)).delete()


async def end(server: Server, user: User, session_id: int) -> None:
    """End one session of a login's; one that is not there, or another's, is no error."""
    async with server.db.transaction():
        if await Session.filter(id=session_id, user_id=user.id).delete():
            server.db.after_commit(partial(server.pubsub.publish, access_topic(user.id), "ended"))


async def end_others(server: Server, user: User, token: str) -> None:
    """End every session of a login's but the one with this token."""
    async with server.db.transaction():
        await Session.filter(user_id=user.id).exclude(token_hash=stored_form(token)).delete()
        server.db.after_commit(partial(server.pubsub.publish, access_topic(user.id), "ended"))


async def set_password(server: Server, user: User, password: str) -> None:
    """Give a login another password, and end every session, token and grant made under the old one.

    Raises Invalid for a password that is too short or too long.
    """
    check_password_rules(password)
    fresh = await to_thread.run_sync(hash_password, password, limiter=server.password_turns)
    async with server.db.transaction():
        await User.filter(id=user.id).update(password_hash=fresh)
        await end_access(server, user)


async def has_password(server: Server, user: User, password: str) -> bool:
    """Tell whether this is the login's password (asked again before something that cannot be undone).

    Raises TooMany: tries count with those of signing in.
    """
    server.limits.take(f"sign-in-as:{user.id}", _TRIES_PER_NAME)
    stored = user.password_hash or None
    return await to_thread.run_sync(check_password, password, stored, limiter=server.password_turns)


async def end_access(server: Server, user: User) -> None:
    """End every session, token and grant of a login; open streams learn it through `access_topic`."""
    async with server.db.transaction():
        await Session.filter(user_id=user.id).delete()
        await AuthorizationCode.filter(user_id=user.id).delete()
        await AccessToken.filter(user_id=user.id).delete()
        server.db.after_commit(partial(server.pubsub.publish, access_topic(user.id), "ended"))


def access_topic(user_id: int) -> str:
    """The topic on which what is open for a login hears that its access changed and must be checked anew."""
    return f"access:{user_id}"


def refusal(user: User) -> str:
    """Say why a login (account loaded) may not act; "" when it may."""
    if user.disabled_at is not None:
        return "This login is disabled. Ask whoever runs this server."
    if user.account.suspended_at is not None:
        return "This account is suspended. Ask whoever runs this server."
    if user.account.gone_at is not None:
        return "This account was deleted."
    return ""


def network_of(address: str) -> str:
    """Give what an address is counted as: itself, or the /64 that one IPv6 customer usually holds."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


async def _find_user(server: Server, name: str) -> User | None:
    if len(name) > _MAX_NAME_CHARACTERS:
        return None
    own_handle = name.removesuffix(f"@{server.uris.account_domain}")
    by_name = {"account__username_lower": own_handle, "account__domain": ""}
    wanted = {"email": name} if "@" in own_handle else by_name
    return await User.filter(**wanted).select_related("account").first()


async def _touch(server: Server, session: Session, now: datetime) -> None:
    async with server.db.transaction():
        await Session.filter(id=session.id).update(last_used_at=now)
        await activity.seen(server, session.user_id, now)
