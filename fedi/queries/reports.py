"""Reports, for those who deal with them."""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.moderation import Report
from fedi.models.posts import Post
from fedi.queries.rows import among, load, load_by_id
from fedi.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report, whom it is about, the posts of theirs that are still there, and who reported.

    `reporter` is None for what another server sent: of that only the domain is known.
    """

    report: Report
    target: Account
    posts: Sequence[Post]
    reporter: Account | None


async def page(server: Server, *, resolved: bool, limit: int) -> list[ReportView]:
    """Load the newest reports, those that are dealt with or the open ones."""
    state = "IS NOT NULL" if resolved else "IS NULL"
    found = await load(server, Report, f"WHERE r.resolved_at {state} ORDER BY r.id DESC LIMIT ?", [limit])
    return await views(server, found)


async def one(server: Server, id_: int) -> ReportView:
    """Load one report, or raise NotFound."""
    found = await load(server, Report, "WHERE r.id = ?", [id_])
    if not found:
        raise NotFound("There is no such report.")
    return (await views(server, found))[0]


async def by_ids(server: Server, ids: Sequence[int]) -> dict[int, ReportView]:
    """Load reports by their ids; what is not there is left out."""
    if not ids:
        return {}
    condition, values = among("r.id", ids)
    found = await load(server, Report, f"WHERE {condition}", values)
    return {view.report.id: view for view in await views(server, found)}


async def views(server: Server, reports: Sequence[Report]) -> list[ReportView]:
    """Load what belongs to reports, in their order."""
    people = {report.target_id for report in reports} | {report.reporter_id for report in reports} - {None}
    accounts = await load_by_id(server, Account, [id_ for id_ in people if id_ is not None])
    posts = await load_by_id(server, Post, {id_ for report in reports for id_ in report.post_ids})
    return [
        ReportView(
            report=report,
            target=accounts[report.target_id],
            posts=[posts[id_] for id_ in report.post_ids if id_ in posts],
            reporter=accounts.get(report.reporter_id or 0),
        )
        for report in reports
    ]
