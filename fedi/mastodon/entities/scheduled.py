"""ScheduledStatus (Mastodon API: entities), and our drafts, which have the same shape but for the time."""

from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType

from fedi.actions import forms
from fedi.actions.forms import PostForm
from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.media import MediaAttachment, media_attachment
from fedi.mastodon.entities.status import visibility_word
from fedi.mastodon.entities.times import stamp
from fedi.models.media import MediaAttachment as MediaRow
from fedi.models.pending import PendingPost


class PollParams(Struct, kw_only=True):
    """The poll of a post to come; `expires_in` in seconds, null in a draft that does not say."""

    options: list[str]
    expires_in: int | None
    multiple: bool
    hide_totals: bool


class Params(Struct, kw_only=True):
    """What was sent; `application_id` 0: by no app. `fedi_visibility` is ours: with mutuals."""

    text: str
    poll: PollParams | None
    media_ids: list[str] | None
    sensitive: bool | None
    spoiler_text: str | None
    visibility: str
    in_reply_to_id: int | None
    language: str | None
    application_id: int
    scheduled_at: None = None
    idempotency: str | None
    with_rate_limit: bool = False
    quoted_status_id: str | None
    quote_approval_policy: str
    remix_policy: str
    licence: str | None
    model_tag: bool | None
    local_only: bool
    content_type: str
    fedi_visibility: str


class ScheduledStatus(Struct, kw_only=True):
    """A post that waits for its time. `error` is ours: why it could not be posted when that had come."""

    id: str
    scheduled_at: str
    params: Params
    media_attachments: list[MediaAttachment]
    error: str | UnsetType = UNSET


class Draft(Struct, kw_only=True):
    """Ours: a draft."""

    id: str
    params: Params
    media_attachments: list[MediaAttachment]
    created_at: str
    updated_at: str


def scheduled_status(row: PendingPost, media: Sequence[MediaRow], uris: LocalUris) -> ScheduledStatus:
    """Show a scheduled post with the files that wait with it."""
    return ScheduledStatus(
        id=str(row.id),
        scheduled_at=stamp(row.scheduled_at or row.created_at),
        params=_params(row, media),
        media_attachments=[media_attachment(each, uris) for each in media],
        error=row.error or UNSET,
    )


def draft(row: PendingPost, media: Sequence[MediaRow], uris: LocalUris) -> Draft:
    """Show a draft with its files."""
    return Draft(
        id=str(row.id),
        params=_params(row, media),
        media_attachments=[media_attachment(each, uris) for each in media],
        created_at=stamp(row.created_at),
        updated_at=stamp(row.updated_at),
    )


def _params(row: PendingPost, media: Sequence[MediaRow]) -> Params:
    form: PostForm = forms.read(row.params)
    poll = form.poll
    return Params(
        text=form.text,
        poll=PollParams(
            options=poll.options,
            expires_in=poll.expires_in,
            multiple=poll.multiple,
            hide_totals=poll.hide_totals,
        )
        if poll
        else None,
        media_ids=[str(each.id) for each in media] or None,
        sensitive=form.sensitive,
        spoiler_text=form.spoiler_text or None,
        visibility=visibility_word(form.visibility),
        in_reply_to_id=form.in_reply_to_id,
        language=form.language or None,
        application_id=row.application_id or 0,
        idempotency=form.idempotency or None,
        quoted_status_id=str(form.quoted_status_id) if form.quoted_status_id else None,
        quote_approval_policy=form.quote_approval_policy,
        remix_policy=form.remix_policy,
        licence=form.licence,
        model_tag=form.model_tag,
        local_only=form.local_only,
        content_type=form.content_type,
        fedi_visibility=form.visibility,
    )
