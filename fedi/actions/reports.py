"""Reports of accounts and their posts: made here, passed on, received from peers (Flag), and dealt with.

Who reported is told to nobody elsewhere; of a received report only the host that sent it is kept.
"""

from collections.abc import Sequence

from fedi.actions import moderation, notify, publish
from fedi.actions.notify import STAFF
from fedi.errors import Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.moderation import Report
from fedi.models.posts import Post
from fedi.models.users import User
from fedi.queries import accounts, domains, visibility
from fedi.security.limits import Limit
from fedi.server import Server
from fedi.text.html import clean_text
from fedi.translate import activities

CATEGORIES = ("spam", "legal", "violation", "other")
MAX_COMMENT_CHARACTERS = 1000
MAX_RECEIVED_CHARACTERS = 5000
_MAX_POSTS = 100
# As Mastodon allows one person.
_REPORTS_A_DAY = Limit(400, 86_400.0)


async def file(
    server: Server,
    reporter: Account,
    target: Account,
    *,
    post_ids: Sequence[int] = (),
    comment: str = "",
    category: str = "other",
    rule_ids: Sequence[int] = (),
    forward: bool = False,
) -> Report:
    """Report an account, and posts of its own, to the people who run this server.

    `rule_ids` number the rules of the settings from 1 and make it a violation. `forward` also tells the
    server of a remote account. Raises Invalid for what does not fit, NotFound for an account or a post that
    the reporter may not see, TooMany beyond 400 reports a day.
    """
    if target.gone_at or target.suspended_at or target.uri == server.uris.instance_actor:
        raise NotFound
    comment = clean_text(comment).strip()
    category = "violation" if rule_ids else category
    _check(server, comment, category, rule_ids)
    server.limits.take(f"reports-of:{reporter.id}", _REPORTS_A_DAY)
    posts = await _own_posts(server, reporter, target, post_ids)
    is_forwarded = forward and not target.is_local
    async with server.db.transaction():
        id_ = server.new_id()
        report = await Report.create(
            id=id_,
            uri=server.uris.activity(id_),
            reporter_id=reporter.id,
            target_id=target.id,
            post_ids=[post.id for post in posts],
            comment=comment,
            category=category,
            rule_ids=list(rule_ids),
            forwarded=is_forwarded,
            created_at=server.clock.now(),
        )
        await _tell_staff(server, report, reporter)
        if is_forwarded:
            actor = await accounts.instance_actor(server)
            flag = activities.flag_of(report, target, posts, actor)
            await publish.activity(server, actor, flag, accounts=[target], object_uri=target.uri)
    return report


async def receive(server: Server, *, uri: str, domain: str, reported: Sequence[str], comment: str) -> None:
    """Keep a peer's report, one for each account of ours that it names itself or by a post.

    `uri` is the Flag's id, `domain` the host that sent it, `reported` the ids it names; those that are not
    ours leave no trace. The same report again changes nothing.
    """
    if await domains.rejects_reports(domain):
        return
    targets = await _targets(server, reported)
    actor = await accounts.instance_actor(server)
    async with server.db.transaction():
        for target_id, post_ids in targets.items():
            each = f"{uri}#{target_id}"
            if await Report.exists(uri=each):
                continue
            report = await Report.create(
                id=server.new_id(),
                uri=each,
                target_id=target_id,
                domain=domain,
                post_ids=post_ids,
                comment=clean_text(comment).strip()[:MAX_RECEIVED_CHARACTERS],
                created_at=server.clock.now(),
            )
            await _tell_staff(server, report, actor)


async def resolve(server: Server, report: Report, *, by: str, reason: str = "") -> None:
    """Take a report as dealt with; a second time changes nothing."""
    async with server.db.transaction():
        values = {"resolved_at": server.clock.now(), "resolved_by": by}
        if await Report.filter(id=report.id, resolved_at=None).update(**values):
            await moderation.record(server, by, "report.resolve", str(report.id), reason)
    await report.refresh_from_db(fields=["resolved_at", "resolved_by"])


async def reopen(server: Server, report: Report, *, by: str, reason: str = "") -> None:
    """Take a report as open again; of an open one nothing changes."""
    async with server.db.transaction():
        resolved = Report.filter(id=report.id, resolved_at__isnull=False)
        if await resolved.update(resolved_at=None, resolved_by=""):
            await moderation.record(server, by, "report.reopen", str(report.id), reason)
    await report.refresh_from_db(fields=["resolved_at", "resolved_by"])


def _check(server: Server, comment: str, category: str, rule_ids: Sequence[int]) -> None:
    if len(comment) > MAX_COMMENT_CHARACTERS:
        raise Invalid("Comment", f"is too long (maximum is {MAX_COMMENT_CHARACTERS} characters)")
    if category not in CATEGORIES:
        raise Invalid("Category", "is not included in the list")
    if any(not 1 <= number <= len(server.settings.instance.rules) for number in rule_ids):
        raise Invalid("Rules", "does not reference valid rules")


async def _own_posts(
    server: Server, reporter: Account, target: Account, post_ids: Sequence[int]
) -> list[Post]:
    wanted = list(dict.fromkeys(post_ids))[:_MAX_POSTS]
    found = await visibility.posts_for(server, reporter, wanted)
    if len(found) < len(wanted) or any(post.author_id != target.id for post in found):
        raise NotFound
    return found


async def _targets(server: Server, reported: Sequence[str]) -> dict[int, list[int]]:
    """Give the accounts of ours that a report names, each with the posts of theirs that it names."""
    ids = [id_ for uri in reported if (id_ := server.uris.account_id(uri)) is not None]
    uris = [uri for uri in reported if server.uris.post_id(uri) is not None][:_MAX_POSTS]
    posts = await Post.filter(uri__in=["", *uris], local=True, boost_of_id=None)
    named = [*ids[:_MAX_POSTS], *(post.author_id for post in posts)]
    known = await Account.filter(id__in=[0, *named], domain="", gone_at=None).exclude(
        uri=server.uris.instance_actor
    )
    return {account.id: [post.id for post in posts if post.author_id == account.id] for account in known}


async def _tell_staff(server: Server, report: Report, from_account: Account) -> None:
    for user in await User.filter(role__in=STAFF, disabled_at=None).select_related("account"):
        await notify.of_report(server, user.account, report, from_account)
