"""Report an account, and a post of theirs, to the people who run this server."""

from starlette.responses import Response

from fedi.actions import reports
from fedi.errors import FediError, NotFound
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import accounts, snapshots, visibility
from fedi.web import views
from fedi.web.forms import Form, read_id
from fedi.web.rendering import render
from fedi.web.visits import Visit, see

_CATEGORIES = {
    "spam": "It is spam",
    "violation": "It breaks a rule of this server",
    "legal": "It is against the law",
    "other": "Something else",
}


async def show(visit: Visit) -> Response:
    """GET /report?account= or ?post=: the form."""
    query = visit.request.query_params
    account, post = await _reported(visit, query.get("account", ""), query.get("post", ""))
    return await _page(visit, account, post)


async def send(visit: Visit, form: Form) -> Response:
    """POST /report."""
    account, post = await _reported(visit, form.text("account"), form.text("post"))
    try:
        await reports.file(
            visit.server,
            visit.person,
            account,
            post_ids=[post.id] if post else [],
            comment=form.text("comment"),
            category=form.text("category") or "other",
            rule_ids=form.ids("rule") if form.text("category") == "violation" else [],
            forward=form.flag("forward"),
        )
    except FediError as error:
        return await _page(visit, account, post, problem=str(error), status=error.status_code, form=form)
    return see(f"{views.profile_path(account)}?notice=reported")


async def _reported(visit: Visit, account_text: str, post_text: str) -> tuple[Account, Post | None]:
    """Give whom a report is about: the author of the post, or the account alone."""
    server, person = visit.server, visit.person
    if post_text:
        post = await visibility.post_for(server, person, read_id(post_text) or 0)
        if post.boost_of_id is not None:
            raise NotFound
        return await accounts.account_for(server, person, post.author_id), post
    return await accounts.account_for(server, person, read_id(account_text) or 0), None


async def _page(
    visit: Visit,
    account: Account,
    post: Post | None,
    *,
    problem: str = "",
    status: int = 200,
    form: Form | None = None,
) -> Response:
    snapshot = await snapshots.of_post(visit.server, post, visit.account) if post else None
    return render(
        visit,
        "report.html",
        status,
        account=account,
        snapshot=snapshot,
        categories=_CATEGORIES,
        rules=visit.server.settings.instance.rules,
        chosen=form.text("category") if form else "",
        comment=form.text("comment") if form else "",
        problem=problem,
        most=reports.MAX_COMMENT_CHARACTERS,
    )
