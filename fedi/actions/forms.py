"""A post as a client's form gives it: words and ids, kept as they are for later or made a draft at once.

What it names is looked up when the draft is made, each time anew: a parent may be gone by then.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from fedi.actions import media
from fedi.actions.drafting import Draft
from fedi.actions.polls import PollDraft
from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.models.users import Application
from fedi.queries import visibility
from fedi.server import Server


class PollForm(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A poll of a form; `expires_in` in seconds from the time of posting, None where it was not said."""

    options: list[str]
    expires_in: int | None = None
    multiple: bool = False
    hide_totals: bool = False


class PostForm(msgspec.Struct, kw_only=True):
    """A post to be. `visibility` is our word; `idempotency` the key that the client sent with it."""

    text: str = ""
    poll: PollForm | None = None
    media_ids: list[int] = []
    sensitive: bool = False
    spoiler_text: str = ""
    visibility: str = "public"
    local_only: bool = False
    content_type: str = "text/plain"
    in_reply_to_id: int | None = None
    quoted_status_id: int | None = None
    quote_approval_policy: str = "public"
    remix_policy: str = ""
    licence: str | None = None
    model_tag: bool | None = None
    language: str = ""
    idempotency: str = ""
    allowed_mentions: list[int] | None = None


def kept(form: PostForm) -> dict[str, Any]:
    """Give a form as it is stored."""
    stored: dict[str, Any] = msgspec.to_builtins(form)
    return stored


def read(stored: Any) -> PostForm:
    """Read a stored form back."""
    return msgspec.convert(stored, PostForm)


async def draft_of(
    server: Server, account: Account, form: PostForm, *, application: Application | None = None
) -> Draft:
    """Look up what a form of the account's names. Raises NotFound for what the account may not see or use."""
    return Draft(
        text=form.text,
        text_type=form.content_type,
        visibility=form.visibility,
        local_only=form.local_only,
        summary=form.spoiler_text,
        sensitive=form.sensitive,
        language=form.language,
        in_reply_to=await _seen(server, account, form.in_reply_to_id, "reply to"),
        media=await _files(account, form.media_ids),
        poll=poll_of(form.poll),
        quoted=await _seen(server, account, form.quoted_status_id, "quote"),
        quote_policy=form.quote_approval_policy,
        remix_policy=form.remix_policy,
        licence=form.licence,
        model_tag=form.model_tag,
        idempotency_key=form.idempotency,
        application=application,
    )


def poll_of(poll: PollForm | None) -> PollDraft | None:
    """Give the poll of a form as a draft."""
    if poll is None:
        return None
    return PollDraft(
        options=poll.options, seconds=poll.expires_in, multiple=poll.multiple, hide_totals=poll.hide_totals
    )


async def _seen(server: Server, account: Account, id_: int | None, deed: str) -> Post | None:
    if id_ is None:
        return None
    try:
        return await visibility.post_for(server, account, id_)
    except NotFound as error:
        raise NotFound(f"The post you are trying to {deed} does not appear to exist.") from error


async def _files(account: Account, ids: Sequence[int]) -> list[MediaAttachment]:
    try:
        return [await media.own(account, id_) for id_ in dict.fromkeys(ids)]
    except NotFound as error:
        raise NotFound("A file that you are trying to post does not appear to exist.") from error
