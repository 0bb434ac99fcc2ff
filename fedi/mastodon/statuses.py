"""Posts: write, read, edit, delete (Mastodon API: statuses). What people do with them: marks.py."""

from collections.abc import Sequence
from typing import cast

from starlette.responses import Response

from fedi.actions import deletes, drafting, edits, media, pending, posts, remixes
from fedi.actions import forms as form_actions
from fedi.actions.posts import Draft
from fedi.errors import Invalid, NotFound
from fedi.federation import backfill, resolve
from fedi.mastodon import forms, refreshes, rendered, responses, scheduled
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.account import account as account_entity
from fedi.mastodon.entities.media import media_attachment
from fedi.mastodon.entities.status import Context, Status, history, source, status
from fedi.mastodon.params import Params
from fedi.media.provenance import own_words
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.queries import revisions, snapshots, threads, visibility
from fedi.text.html import clean_text

_MOST_AT_ONCE = 40


async def create(call: Call) -> Response:
    """POST /api/v1/statuses; with an Idempotency-Key, a second time within an hour gives the first post.

    With `scheduled_at` the post waits for its time, and a ScheduledStatus is the answer.
    """
    server, account = call.server, call.account
    form = forms.read(call)
    draft = await form_actions.draft_of(server, account, form, application=forms.named_app(call))
    if (at := scheduled.time_in(call.params)) is not None:
        return await scheduled.shown(call, await pending.schedule(server, account, form, draft, at))
    mentions = await resolve.mentions(server, draft.text)
    if form.allowed_mentions is not None:
        named = drafting.composed(server, draft, mentions)[1]
        unexpected = [who for who, _ in named.values() if who.id not in {account.id, *form.allowed_mentions}]
        if unexpected:
            return _unexpected(call, unexpected)
    post = await posts.create(server, account, draft, mentions=mentions)
    return await shown(call, post)


async def show(call: Call) -> Response:
    """GET /api/v1/statuses/{id}."""
    post = await visibility.post_for(call.server, call.viewer, call.id)
    return responses.json(await rendered.one(call.server, call.viewer, post.id))


async def show_many(call: Call) -> Response:
    """GET /api/v1/statuses; those that may not be seen are left out."""
    ids = dict.fromkeys(call.params.ids("id", limit=_MOST_AT_ONCE))
    seen = await visibility.posts_for(call.server, call.viewer, list(ids))
    shown = await rendered.statuses(call.server, call.viewer, [post.id for post in seen])
    return responses.json(shown.body)


async def edit(call: Call) -> Response:
    """PUT /api/v1/statuses/{id}: text, warning, pictures and poll are replaced by what is sent.

    As on Mastodon, what is not sent is empty, but for the language and how the text is read;
    `media_attributes` changes alt texts, focal points and, ours, labels (as PUT /api/v1/media). Ours too:
    `remix_policy` and `licence` of all pictures, which stay as they are when they are not sent.
    """
    server, params = call.server, call.params
    post = await _own(call)
    pictures = await _pictures(call, most=server.settings.media.per_post + 1)
    await _describe(pictures, params.each("media_attributes"))
    summary = params.text("spoiler_text")
    draft = Draft(
        text=params.text("status"),
        text_type=params.text("content_type") or post.text_type,
        visibility=post.visibility,
        summary=summary,
        sensitive=params.flag("sensitive") or bool(summary),
        language=params.text("language") or post.language,
        media=pictures,
        licence=params.optional_text("licence"),
        poll=form_actions.poll_of(forms.poll_in(params)),
    )
    if "remix_policy" in params:
        remixes.check_policy(params.text("remix_policy"))
    mentions = await resolve.mentions(server, draft.text)
    edited = await edits.edit(server, post, draft, mentions=mentions)
    if "remix_policy" in params:
        edited = await remixes.set_policy(server, edited, params.text("remix_policy"))
    return await shown(call, edited)


async def delete(call: Call) -> Response:
    """DELETE /api/v1/statuses/{id}: answers with what was typed, to write it anew.

    The pictures stay for that, for a day, unless `delete_media` says otherwise.
    """
    server = call.server
    post = await _own(call)
    answer = status(await snapshots.of_post(server, post, call.account), server.uris)
    answer.text, answer.content_type = post.text, post.text_type
    await deletes.delete(server, post, keep_media=not call.params.flag("delete_media"))
    return responses.json(answer)


async def context(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/context; of other servers' threads, more may be looked for meanwhile."""
    server, viewer = call.server, call.viewer
    post = await visibility.post_for(server, viewer, call.id)
    refresh = await backfill.ask(server, viewer, post)
    above = await rendered.statuses(server, viewer, await threads.ancestor_ids(server, post, viewer))
    below = await rendered.statuses(server, viewer, await threads.descendant_ids(server, post, viewer))
    # The lists are JSON already.
    shown = Context(ancestors=cast("list[Status]", above.body), descendants=cast("list[Status]", below.body))
    return refreshes.told(responses.json(shown), refresh)


async def show_source(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/source: what was typed, for its author."""
    return responses.json(source(await _own(call)))


async def show_history(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/history."""
    server = call.server
    post = await visibility.post_for(server, call.viewer, call.id)
    edited = await revisions.of(post)
    pictures = await revisions.media_of(post, edited)
    media_by_id = {row.id: media_attachment(row, server.uris) for row in pictures}
    snapshot = await snapshots.of_post(server, post, call.viewer)
    return responses.json(history(edited, snapshot, media_by_id, server.uris))


async def shown(call: Call, post: Post) -> Response:
    """Answer with a post as the viewer sees it."""
    return responses.json(status(await snapshots.of_post(call.server, post, call.viewer), call.server.uris))


async def _pictures(call: Call, *, most: int) -> list[MediaAttachment]:
    """Load the pictures that are named, in their order; one more than may be attached, for the refusal."""
    ids = dict.fromkeys(call.params.ids("media_ids", limit=most))
    return [await media.own(call.account, id_) for id_ in ids]


async def _describe(pictures: Sequence[MediaAttachment], changes: Sequence[Params]) -> None:
    """Put what is said of pictures on the loaded rows; the edit stores it."""
    by_id = {row.id: row for row in pictures}
    for change in changes:
        row = by_id.get(change.id("id") or 0)
        if row is None:
            continue
        if "source_type" in change:
            media.claim(row, change.text("source_type"))
        if "shows_source" in change:
            await media.show_source(row, shows=change.flag("shows_source"))
        if "description" in change:
            row.description = own_words(_alt_text(change.text("description")), row.source_type)
        if (focus := change.focus()) is not None:
            row.focus_x, row.focus_y = focus


def _alt_text(text: str) -> str:
    text = clean_text(text).strip()
    if len(text) > media.DESCRIPTION_MAX_CHARACTERS:
        raise Invalid(
            "description", f"is too long (the most is {media.DESCRIPTION_MAX_CHARACTERS} characters)"
        )
    return text


def _unexpected(call: Call, accounts: Sequence[Account]) -> Response:
    """Refuse a post that names others than the app told its author of (Mastodon: allowed_mentions)."""
    shown = [account_entity(each, call.server.uris) for each in accounts]
    body = {"error": "Post would be sent to unexpected accounts", "unexpected_accounts": shown}
    return responses.json(body, status=Invalid.status_code)


async def _own(call: Call) -> Post:
    """Give the post in the path if it is the viewer's own. Raises NotFound for any other."""
    post = await visibility.post_for(call.server, call.viewer, call.id)
    if post.author_id != call.account.id or post.boost_of_id is not None:
        raise NotFound
    return post
