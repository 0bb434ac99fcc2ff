"""Post what waited: a scheduled post in its time (job PublishPending), or a draft when its author says so."""

from fedi.actions import forms, pending, posts
from fedi.actions.forms import PostForm
from fedi.errors import Fate, FediError, Postponed
from fedi.federation import resolve
from fedi.jobs.kinds import PublishPending
from fedi.models.accounts import Account
from fedi.models.pending import PendingPost
from fedi.models.posts import Post
from fedi.models.users import Application
from fedi.server import Server


async def publish(server: Server, row: PendingPost) -> Post:
    """Make the post that waited; see `publish_form`."""
    account = await Account.get(id=row.account_id)
    application = await Application.get_or_none(id=row.application_id) if row.application_id else None
    form = forms.read(row.params)
    return await publish_form(server, account, form, instead_of=row, application=application)


async def publish_form(
    server: Server,
    account: Account,
    form: PostForm,
    *,
    instead_of: PendingPost | None,
    application: Application | None = None,
) -> Post:
    """Make a post of a form, and take away, in the same transaction, what it was until now.

    Raises as `posts.create`, and NotFound when that was changed or posted meanwhile.
    """
    draft = await forms.draft_of(server, account, form, application=application)
    mentions = await resolve.mentions(server, draft.text)
    async with server.db.transaction():
        if instead_of is not None:
            # First, so that its files are free to be attached.
            await pending.take(server, instead_of)
        return await posts.create(server, account, draft, mentions=mentions)


async def run(server: Server, work: PublishPending) -> None:
    """Run the job: post what is due, once. What cannot be posted keeps the reason, for its author.

    Raises Postponed when the time was changed to a later one.
    """
    row = await PendingPost.get_or_none(id=work.pending_id)
    if row is None or row.scheduled_at is None:
        return
    left = (row.scheduled_at - server.clock.now()).total_seconds()
    if left > 0:
        raise Postponed("Its time was changed.", wait_seconds=left)
    try:
        await publish(server, row)
    except FediError as error:
        if not await PendingPost.exists(id=row.id, updated_at=row.updated_at):
            # Somebody changed or posted it meanwhile: another run looks at what it has become.
            return
        if error.fate is Fate.RETRY:
            raise
        await pending.note_failure(server, row, str(error))
