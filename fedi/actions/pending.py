"""Posts to come: scheduled ones, and drafts that their author keeps on the server.

Who posts them when their time has come is fedi/federation/pending.py: names may have to be looked up.
"""

from datetime import datetime, timedelta

from fedi.actions import contents, forms, posts
from fedi.actions.drafting import Draft
from fedi.actions.forms import PostForm
from fedi.errors import Invalid, NotFound
from fedi.jobs.kinds import PublishPending
from fedi.jobs.queue import NewJob, enqueue
from fedi.models.accounts import Account
from fedi.models.pending import PendingPost
from fedi.models.users import Application
from fedi.queries import pending
from fedi.server import Server
from fedi.text.compose import CODES_A_CHARACTER

# Mastodon's: apps do not offer less.
SOONEST = timedelta(minutes=5)
_ERROR_CHARACTERS = 500


async def schedule(
    server: Server,
    account: Account,
    form: PostForm,
    draft: Draft,
    at: datetime,
    *,
    instead_of: PendingPost | None = None,
) -> PendingPost:
    """Keep a post until its time; `draft` is what the form stands for now, and must be postable.

    `instead_of` is what it was until now, and is taken away. The same key within an hour gives the first one
    again. Raises as `posts.create`, and Invalid for a time less than five minutes ahead, for too many posts
    that wait, and for too many of one day.
    """
    async with server.db.transaction():
        since = server.clock.now() - posts.IDEMPOTENT_FOR
        known = await pending.by_key(server, account, form.idempotency, since)
        if known is not None:
            return known
        if instead_of is not None:
            await take(server, instead_of)
        await posts.rehearse(server, account, draft)
        await _check_time(server, account, at)
        row = await _keep(server, account, form, draft.application, at)
        await _set_alarm(server, row)
    return row


async def reschedule(server: Server, row: PendingPost, at: datetime) -> PendingPost:
    """Give a scheduled post another time. Raises Invalid as `schedule`, NotFound when it was posted."""
    async with server.db.transaction():
        row = await _still(row)
        await _check_time(server, await Account.get(id=row.account_id), at, but=row.id)
        row.scheduled_at, row.error, row.updated_at = at, "", server.clock.now()
        await row.save(update_fields=["scheduled_at", "error", "updated_at"])
        await _set_alarm(server, row)
    return row


async def keep_draft(
    server: Server,
    account: Account,
    form: PostForm,
    *,
    application: Application | None = None,
    instead_of: PendingPost | None = None,
) -> PendingPost:
    """Keep a draft; `instead_of`, what it was until now, is taken away.

    Raises Invalid for one that is too large, and for more than an account may have.
    """
    _check_size(server, form)
    async with server.db.transaction():
        if instead_of is not None:
            await take(server, instead_of)
        most = server.settings.posts.drafts
        if await PendingPost.filter(account_id=account.id, scheduled_at=None).count() >= most:
            raise Invalid("", f"You have {most} drafts already, the most that can be kept")
        await contents.attachable(server, account, await contents.own_media(account, form.media_ids))
        return await _keep(server, account, form, application, None)


async def change_draft(server: Server, row: PendingPost, form: PostForm) -> PendingPost:
    """Replace what a draft says. Raises Invalid for one that is too large."""
    _check_size(server, form)
    async with server.db.transaction():
        row = await _still(row)
        account = await Account.get(id=row.account_id)
        added = [id_ for id_ in form.media_ids if id_ not in row.media_ids]
        await contents.attachable(server, account, await contents.own_media(account, added))
        row.params, row.media_ids, row.updated_at = forms.kept(form), form.media_ids, server.clock.now()
        await row.save(update_fields=["params", "media_ids", "updated_at"])
    return row


async def drop(server: Server, row: PendingPost) -> None:
    """Forget a post to come; its files stay for a day, as others that no post uses. Twice is once."""
    async with server.db.transaction():
        await PendingPost.filter(id=row.id).delete()


async def take(server: Server, row: PendingPost) -> None:
    """Take a row away that is being posted, in the transaction that posts it. Raises NotFound if it changed.

    Whoever comes second finds nothing: a post that was to come is made once.
    """
    if not await PendingPost.filter(id=row.id, updated_at=row.updated_at).delete():
        raise NotFound


async def note_failure(server: Server, row: PendingPost, reason: str) -> None:
    """Have a scheduled post say why it could not be posted; it waits for its author."""
    async with server.db.transaction():
        await PendingPost.filter(id=row.id, updated_at=row.updated_at).update(
            error=reason[:_ERROR_CHARACTERS]
        )


async def _keep(
    server: Server,
    account: Account,
    form: PostForm,
    application: Application | None,
    at: datetime | None,
) -> PendingPost:
    now = server.clock.now()
    return await PendingPost.create(
        id=server.new_id(),
        account_id=account.id,
        scheduled_at=at,
        params=forms.kept(form),
        media_ids=form.media_ids,
        application_id=application.id if application else None,
        created_at=now,
        updated_at=now,
    )


async def _set_alarm(server: Server, row: PendingPost) -> None:
    """Have the post made in time; one whose time was changed has an alarm for each, and the row decides."""
    if row.scheduled_at is None:
        return
    wait = max(0.0, (row.scheduled_at - server.clock.now()).total_seconds())
    moment = int(row.scheduled_at.timestamp() * 1000)
    job = NewJob(
        work=PublishPending(pending_id=row.id), unique_key=f"pending:{row.id}:{moment}", wait_seconds=wait
    )
    await enqueue(server, job)


async def _still(row: PendingPost) -> PendingPost:
    found = await PendingPost.get_or_none(id=row.id)
    if found is None:
        raise NotFound
    return found


async def _check_time(server: Server, account: Account, at: datetime, *, but: int = 0) -> None:
    if at < server.clock.now() + SOONEST:
        raise Invalid("", "Validation failed: Scheduled at must be in the future")
    limits = server.settings.posts
    waiting, that_day = await pending.counted(server, account, at, but=but)
    if waiting >= limits.scheduled:
        raise Invalid(
            "", f"Validation failed: You have exceeded the limit of {limits.scheduled} scheduled posts"
        )
    if that_day >= limits.scheduled_per_day:
        raise Invalid(
            "",
            f"Validation failed: You have exceeded the limit of {limits.scheduled_per_day}"
            " scheduled posts for that day",
        )


def _check_size(server: Server, form: PostForm) -> None:
    most = server.settings.posts.max_characters * CODES_A_CHARACTER
    options = form.poll.options if form.poll else []
    if len(form.text) + len(form.spoiler_text) + sum(map(len, options)) > most:
        raise Invalid("text", f"is too long for a draft (the most is {most} characters)")
