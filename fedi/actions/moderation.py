"""What the people who run the server decide about accounts and hosts, and the record of it.

`by` is who decided, as it stands in the record: a handle, or "cli". An act that changes nothing is not
recorded. Federation reference: section 15.
"""

from functools import partial

import idna

from fedi.actions import follows, lists, publish
from fedi.actions.sessions import access_topic
from fedi.errors import Invalid, NotFound
from fedi.jobs import queue
from fedi.jobs.kinds import ForgetMedia, SeverDomain
from fedi.jobs.queue import NewJob
from fedi.models.accounts import Account
from fedi.models.moderation import AuditEntry, DomainRule
from fedi.models.relationships import Follow
from fedi.models.users import User
from fedi.queries import domains
from fedi.server import Server
from fedi.translate.activities import update_actor
from fedi.translate.actors import actor_of

SEVERITIES = ("suspend", "silence", "none")

_BATCH = 200


async def suspend(server: Server, account: Account, *, by: str, reason: str = "") -> None:
    """Hide an account and all it made, until `unsuspend`.

    Of ours: its sessions and tokens stop working and its followers elsewhere see it as suspended. Of
    another server: it stops following accounts here, or it would go on receiving their posts.
    """
    if account.uri == server.uris.instance_actor:
        raise Invalid("", "The server's own actor cannot be suspended.")
    async with server.db.transaction():
        changed = await Account.filter(id=account.id, suspended_at=None).update(
            suspended_at=server.clock.now()
        )
        await account.refresh_from_db(fields=["suspended_at"])
        if not changed:
            return
        await record(server, by, "suspend", account.acct, reason)
        if account.is_local:
            await _show_standing(server, account)
        else:
            await _end_follows_of(server, account)


async def unsuspend(server: Server, account: Account, *, by: str, reason: str = "") -> None:
    """Lift a suspension: what was hidden is seen again, sign-in works. Ended follows do not come back."""
    async with server.db.transaction():
        changed = await Account.filter(id=account.id, suspended_at__isnull=False).update(suspended_at=None)
        await account.refresh_from_db(fields=["suspended_at"])
        if not changed:
            return
        await record(server, by, "unsuspend", account.acct, reason)
        if account.is_local:
            await _show_standing(server, account)


async def silence(server: Server, account: Account, *, by: str, reason: str = "") -> None:
    """Take an account out of public timelines; its followers see it as before."""
    async with server.db.transaction():
        changed = await Account.filter(id=account.id, silenced_at=None).update(silenced_at=server.clock.now())
        await account.refresh_from_db(fields=["silenced_at"])
        if changed:
            await record(server, by, "silence", account.acct, reason)


async def unsilence(server: Server, account: Account, *, by: str, reason: str = "") -> None:
    """Let an account into public timelines again."""
    async with server.db.transaction():
        changed = await Account.filter(id=account.id, silenced_at__isnull=False).update(silenced_at=None)
        await account.refresh_from_db(fields=["silenced_at"])
        if changed:
            await record(server, by, "unsilence", account.acct, reason)


async def block_domain(
    server: Server,
    domain: str,
    *,
    by: str,
    severity: str = "suspend",
    reject_media: bool = False,
    reject_reports: bool = False,
    reason: str = "",
    public_comment: str = "",
) -> DomainRule:
    """Set what we do with a host and all below it, instead of what we did before.

    "suspend" ends every follow with it, and what refuses its media removes what is here of it: in jobs.
    "none" makes an exception from a rule about a domain above it, or about every host. Raises Invalid for
    what is no host, for our own, and for a severity that does not exist.
    """
    if severity not in SEVERITIES:
        raise Invalid("severity", f"must be one of {', '.join(SEVERITIES)}")
    host = checked_host(server, domain)
    async with server.db.transaction():
        rule, _ = await DomainRule.get_or_create(
            domain=host,
            defaults={"id": server.new_id(), "severity": "none", "created_at": server.clock.now()},
        )
        rule.severity, rule.private_comment = severity, reason
        rule.reject_media, rule.reject_reports = reject_media, reject_reports
        rule.public_comment = public_comment
        await rule.save(
            update_fields=[
                "severity",
                "reject_media",
                "reject_reports",
                "private_comment",
                "public_comment",
            ]
        )
        await record(server, by, f"domain.{severity}", host, reason)
        if severity == "suspend":
            await queue.enqueue(server, NewJob(work=SeverDomain(domain=host)))
        if reject_media or severity == "suspend":
            await queue.enqueue(server, NewJob(work=ForgetMedia(domain=host)))
    return rule


async def ensure_allow_list(server: Server) -> None:
    """Make the rule about every host as `federation.allow_list` says: at each start, for all processes."""
    wanted = server.settings.federation.allow_list
    async with server.db.transaction():
        there = await DomainRule.exists(domain=domains.EVERY_HOST)
        if there and not wanted:
            await DomainRule.filter(domain=domains.EVERY_HOST).delete()
        elif wanted and not there:
            await DomainRule.create(
                id=server.new_id(),
                domain=domains.EVERY_HOST,
                severity="suspend",
                private_comment="federation.allow_list is on",
                created_at=server.clock.now(),
            )
            await queue.enqueue(server, NewJob(work=SeverDomain(domain=domains.EVERY_HOST)))


async def unblock_domain(server: Server, domain: str, *, by: str, reason: str = "") -> None:
    """Remove the rule about a host. Ended follows do not come back. Raises NotFound when there is none."""
    host = checked_host(server, domain)
    async with server.db.transaction():
        if not await DomainRule.filter(domain=host).delete():
            raise NotFound(f"There is no rule about {host}.")
        await record(server, by, "domain.unblock", host, reason)


async def sever_domain(server: Server, job: SeverDomain) -> None:
    """End the follows between this server and a suspended domain, batch by batch (job SeverDomain).

    Nothing is sent: nothing goes to a suspended host. A host below it that has a milder rule is spared.
    """
    rules = await domains.severities()
    rows = await server.db.rows("SELECT DISTINCT domain FROM accounts WHERE domain <> ''")
    for host in (str(row["domain"]) for row in rows):
        if _is_within(host, job.domain) and domains.severity_of(host, rules) == "suspend":
            while await _sever_some(server, host):
                pass


async def forget_media(server: Server, job: ForgetMedia) -> None:
    """Remove what is here of the pictures of a domain whose media is refused (job ForgetMedia).

    Remote pictures are links: what goes are the rows that show them, avatars, headers and emoji.
    """
    rows = await server.db.rows("SELECT DISTINCT domain FROM accounts WHERE domain <> ''")
    for host in (str(row["domain"]) for row in rows):
        if _is_within(host, job.domain) and await domains.rejects_media(host):
            async with server.db.transaction():
                await server.db.execute(
                    "DELETE FROM media_attachments WHERE account_id IN"
                    " (SELECT id FROM accounts WHERE domain = ?)",
                    [host],
                )
                await server.db.execute(
                    "UPDATE posts SET emojis = '[]' WHERE emojis <> '[]' AND author_id IN"
                    " (SELECT id FROM accounts WHERE domain = ?)",
                    [host],
                )
                await Account.filter(domain=host).update(
                    avatar_url="", avatar_alt="", header_url="", header_alt="", emojis=[]
                )


async def record(server: Server, by: str, action: str, target: str, reason: str) -> None:
    """Write an act of moderation into the record, in your transaction."""
    await AuditEntry.create(
        id=server.new_id(),
        actor=by,
        action=action,
        target=target,
        reason=reason,
        created_at=server.clock.now(),
    )


async def _show_standing(server: Server, account: Account) -> None:
    """Tell open streams, and followers elsewhere, that an account of ours was suspended or is back."""
    user = await User.get_or_none(account_id=account.id)
    if user is not None:
        server.db.after_commit(partial(server.pubsub.publish, access_topic(user.id), "ended"))
    activity = update_actor(actor_of(account, server.uris), id_=server.uris.new_activity())
    await publish.activity(server, account, activity, followers=True, object_uri=account.uri)


async def _end_follows_of(server: Server, follower: Account) -> None:
    for follow in await Follow.filter(follower_id=follower.id).select_related("target"):
        if follow.target.is_local:
            await follows.remove_follower(server, follow.target, follower)


async def _sever_some(server: Server, host: str) -> int:
    """End some of the follows with a host and lower our people's counts; gives how many."""
    async with server.db.transaction():
        rows = await server.db.rows(
            "SELECT f.id, f.state, f.follower_id, f.target_id, a.domain AS follower_domain FROM follows f"
            " JOIN accounts a ON a.id = f.follower_id JOIN accounts t ON t.id = f.target_id"
            " WHERE a.domain = ? OR t.domain = ? LIMIT ?",
            [host, host, _BATCH],
        )
        for row in rows:
            if row["state"] == "accepted":
                await _uncount(server, row, host)
            await lists.forget(server, row["follower_id"], row["target_id"])
        await Follow.filter(id__in=[row["id"] for row in rows]).delete()
    return len(rows)


async def _uncount(server: Server, row: dict[str, object], host: str) -> None:
    """Lower the count of the one of the two who is ours; the other's are what its own server says."""
    column, account_id = (
        ("followers_count", row["target_id"])
        if row["follower_domain"] == host
        else ("following_count", row["follower_id"])
    )
    await server.db.execute(
        f"UPDATE accounts SET {column} = MAX(0, {column} - 1) WHERE id = ?",  # noqa: S608  one of two names
        [account_id],
    )


def checked_host(server: Server, domain: str) -> str:
    """Give a host as rules name it: lower case, IDNA-encoded, no dot at the end. Raises Invalid."""
    name, colon, port = domain.strip().lower().rstrip(".").partition(":")
    try:
        host = idna.encode(name.rstrip("."), uts46=True).decode()
    except idna.IDNAError as error:
        raise Invalid("domain", "is not a host name") from error
    # Ports stand in hosts only among servers under development.
    if colon and not (server.settings.server.development and port.isascii() and port.isdecimal()):
        raise Invalid("domain", "is not a host name")
    host += colon + port
    if any(_is_within(own, host) for own in (server.uris.host, server.uris.account_domain)):
        raise Invalid("domain", "is this server's own")
    return host


def _is_within(host: str, domain: str) -> bool:
    """Whether a rule about `domain` reaches `host`: itself, below it, or on another port of it."""
    if domain == domains.EVERY_HOST:
        return True
    name = host.partition(":")[0]
    return host == domain or name == domain or name.endswith(f".{domain}")
