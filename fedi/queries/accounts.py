"""Accounts, found by what names them."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from fedi.errors import Forbidden, NotFound
from fedi.models.accounts import Account, FormerName
from fedi.queries import domains
from fedi.queries.presence import present
from fedi.queries.rows import among, load
from fedi.server import Server

# As long as the columns are: a longer name is nobody's, and asking for it is an error.
_MAX_USERNAME_CHARACTERS = 2048
_MAX_DOMAIN_CHARACTERS = 255


async def by_id(id_: int) -> Account | None:
    """Find an account by its id."""
    return await Account.get_or_none(id=id_)


async def by_uri(uri: str) -> Account | None:
    """Find an account by its ActivityPub id."""
    return await Account.get_or_none(uri=uri)


async def by_handle(server: Server, handle: str) -> Account | None:
    """Find an account by `alice`, `alice@our.domain` or `bob@host`, a leading @ or not, in any case."""
    username, _, domain = handle.strip().removeprefix("@").lower().partition("@")
    if domain in {"", server.uris.account_domain, server.uris.host}:
        return await local_by_username(username)
    if len(username) > _MAX_USERNAME_CHARACTERS or len(domain) > _MAX_DOMAIN_CHARACTERS:
        return None
    return await Account.get_or_none(username_lower=username, domain=domain)


async def local_by_username(username: str) -> Account | None:
    """Find an account of ours by its name, in any case, or by one that it had before."""
    if len(username.lower()) > _MAX_USERNAME_CHARACTERS:
        return None
    found = await Account.get_or_none(username_lower=username.lower(), domain="")
    if found is None:
        former = await FormerName.get_or_none(username_lower=username.lower()).select_related("account")
        found = former.account if former else None
    return found


async def account_for(server: Server, viewer: Account | None, id_: int) -> Account:
    """Give the account with this id as `viewer` may ask for it, or raise NotFound.

    Accounts that are gone and suspended ones of ours are there for nobody but themselves; a suspended
    remote account is given, for the faces to show that it is suspended and nothing else.
    """
    account = await by_id(id_)
    if account is None:
        raise NotFound
    absent = account.gone_at is not None or (account.is_local and account.suspended_at is not None)
    if absent and (viewer is None or viewer.id != account.id):
        raise NotFound
    return account


async def instance_actor(server: Server) -> Account:
    """Give the server's own actor, which exists once the server has started; NotFound before."""
    account = await by_uri(server.uris.instance_actor)
    if account is None:
        raise NotFound
    return account


def require_here(account: Account) -> None:
    """Raise Forbidden for an account of ours that has moved: it reads and deletes, and begins nothing."""
    if account.is_local and account.moved_to_uri:
        raise Forbidden("This account has moved. Take the move back in the settings to use it again.")


async def successors(server: Server, found: Iterable[Account]) -> dict[int, Account]:
    """Give the accounts that some of these have moved to, by the ids of the old ones.

    Only such as are known here and name the old one as an alias: anybody can claim to have become another.
    """
    moved = [account for account in found if account.moved_to_uri]
    if not moved:
        return {}
    condition, values = among("r.uri", [account.moved_to_uri for account in moved])
    where = f"WHERE {condition} AND {present('r')}"
    known = {account.uri: account for account in await load(server, Account, where, values)}
    return {
        account.id: new
        for account in moved
        if (new := known.get(account.moved_to_uri)) is not None and account.uri in new.also_known_as
    }


async def inboxes_of_followers(server: Server, account: Account) -> list[str]:
    """List where a broadcast to the followers goes: each remote inbox once, shared ones preferred.

    Followers that are suspended, gone, or on a suspended host are left out.
    """
    rows = await server.db.rows(
        "SELECT DISTINCT a.domain, coalesce(nullif(a.shared_inbox_url, ''), a.inbox_url) AS inbox"
        " FROM follows f JOIN accounts a ON a.id = f.follower_id"
        " WHERE f.target_id = ? AND f.state = 'accepted' AND a.domain <> ''"
        " AND a.suspended_at IS NULL AND a.gone_at IS NULL",
        [account.id],
    )
    rules = await domains.severities()
    hosts = {row["inbox"]: {row["domain"], urlsplit(row["inbox"]).netloc} for row in rows if row["inbox"]}
    return [
        inbox
        for inbox, names in hosts.items()
        if all(domains.severity_of(name, rules) != "suspend" for name in names)
    ]
