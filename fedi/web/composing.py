"""The composer: write a post, an answer or an edit, with pictures.

All of it goes through one form: "attach" and "remove" show it again with what was typed, so it works without
scripts, and a script that swaps the form does the same without a new page.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from fedi.actions import edits, media, pending, posts, preferences, quotes, remixes, uploads
from fedi.actions import forms as form_actions
from fedi.actions.posts import Draft
from fedi.activitypub.licences import word_of
from fedi.errors import FediError, Invalid, NotFound
from fedi.federation import pending as publishing
from fedi.federation import resolve
from fedi.media.provenance import own_words
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.queries import pending as waiting
from fedi.queries import prompts, snapshots, visibility
from fedi.queries.snapshots import PostSnapshot
from fedi.web import polls, views
from fedi.web.compositions import MOMENT, Composition, form_of, question_asked, read_moment
from fedi.web.forms import Form, read_id
from fedi.web.rendering import render, render_part
from fedi.web.settings import read_file
from fedi.web.visits import Visit, local_path, see

_REMOVE = "remove-"


async def fresh(visit: Visit, *, back: str) -> Composition:
    """Give an empty composer for the person, set as they like it."""
    usual = preferences.of(visit.login)
    return Composition(
        back=back,
        key=secrets.token_urlsafe(16),
        visibility=usual.visibility,
        sensitive=usual.sensitive,
        language=usual.language,
        quote_policy=usual.quote_policy,
        text_type=usual.text_type,
        prompt=await prompts.current(visit.server),
        model_tag=preferences.tags_model_media(visit.server, usual),
    )


async def show(visit: Visit) -> Response:
    """GET /compose?reply_to=|quote=|edit=|waiting=|media=&text=: the composer on a page of its own."""
    asked = visit.request.query_params
    draft = await fresh(visit, back=local_path(asked.get("back", ""), "/home"))
    if (id_ := read_id(asked.get("edit", ""))) is not None:
        draft = await _editing(visit, draft, id_)
    elif (id_ := read_id(asked.get("waiting", ""))) is not None:
        draft = await _resuming(visit, draft, id_)
    elif (id_ := read_id(asked.get("reply_to", ""))) is not None:
        draft = await _answering(visit, draft, id_)
    elif (id_ := read_id(asked.get("quote", ""))) is not None:
        draft = replace(draft, quote_of=await _snapshot(visit, id_))
    wanted = [id_ for text in asked.getlist("media") if (id_ := read_id(text)) is not None]
    if wanted:
        draft = replace(draft, media=await _pictures(visit, wanted))
    return _page(visit, replace(draft, text=draft.text or asked.get("text", "")))


async def compose(visit: Visit, form: Form) -> Response:
    """POST /compose: post it, or attach or remove a picture and go on writing."""
    draft = await _read(visit, form)
    wish = form.text("do")
    try:
        if wish.startswith(_REMOVE):
            kept = [each for each in draft.media if wish != f"{_REMOVE}{each.id}"]
            return _page(visit, replace(draft, media=kept))
        draft = await _with_uploads(visit, form, draft)
        if wish == "attach":
            return _page(visit, draft)
        if wish == "draft":
            return await _keep(visit, draft)
        if draft.at and draft.edit_of is None:
            return await _schedule(visit, draft)
        post = await _send(visit, draft)
    except FediError as error:
        return _page(visit, replace(draft, problem=_worded(error)), status=error.status_code)
    if draft.reply_to is not None or draft.edit_of is not None:
        return see(f"{views.post_path(visit.person, post)}?notice={'edited' if draft.edit_of else 'posted'}")
    return see(f"{draft.back}{'&' if '?' in draft.back else '?'}notice=posted")


def _page(visit: Visit, draft: Composition, *, status: int = 200) -> Response:
    if visit.wants_part("composer"):
        # A script puts this in the form's place whatever the status; the problem is said inside.
        return render_part(visit, "_composer.html", "composer", draft)
    return render(visit, "compose.html", status, draft=draft)


async def _read(visit: Visit, form: Form) -> Composition:
    """Take a composer up again as the form left it."""
    draft = Composition(
        back=local_path(form.text("back"), "/home"),
        key=form.text("key"),
        text=form.text("text"),
        summary=form.text("summary"),
        visibility=form.text("visibility") or "public",
        sensitive=form.flag("sensitive"),
        language=form.text("language"),
        media=await _pictures(visit, form.ids("media")),
        question=polls.read(form),
        quote_policy=form.text("quote_policy") or "public",
        remix_policy=form.text("remix_policy"),
        licence=form.text("licence"),
        alts={id_: form.text(f"alt_{id_}") for id_ in form.ids("media")},
        sources={id_: form.text(f"made_{id_}") for id_ in form.ids("media") if f"made_{id_}" in form.fields},
        model_tag=form.flag("model_tag") if form.flag("model_tag_asked") else None,
        local_only=form.flag("local_only"),
        text_type=form.text("text_type") or "text/plain",
        at=form.text("at"),
        prompt=await prompts.current(visit.server),
    )
    if (id_ := form.id("waiting")) is not None:
        draft = replace(draft, waiting=await waiting.own(visit.person, id_))
    if (id_ := form.id("edit")) is not None:
        draft = replace(draft, edit_of=await _own_post(visit, id_))
    if (id_ := form.id("reply_to")) is not None:
        draft = replace(draft, reply_to=await _snapshot(visit, id_))
    if (id_ := form.id("quote")) is not None:
        draft = replace(draft, quote_of=await _snapshot(visit, id_))
    return draft


async def _editing(visit: Visit, draft: Composition, id_: int) -> Composition:
    post = await _own_post(visit, id_)
    snapshot = await snapshots.of_post(visit.server, post, visit.account)
    return replace(
        draft,
        text=post.text,
        summary=post.summary,
        sensitive=post.sensitive,
        language=post.language,
        visibility=post.visibility,
        media=snapshot.media,
        question=polls.question_of(snapshot.poll),
        quote_policy=post.quote_policy,
        remix_policy=post.remix_policy,
        licence=next((word_of(each.licence) for each in snapshot.media), ""),
        text_type=post.text_type,
        edit_of=post,
    )


async def _resuming(visit: Visit, draft: Composition, id_: int) -> Composition:
    """Take a draft or a scheduled post up again; what it answers or quoted may be gone by now."""
    row = await waiting.own(visit.person, id_)
    form = form_actions.read(row.params)
    return replace(
        draft,
        text=form.text,
        summary=form.spoiler_text,
        visibility=form.visibility,
        local_only=form.local_only,
        text_type=form.content_type,
        sensitive=form.sensitive,
        language=form.language,
        media=await _pictures(visit, form.media_ids),
        question=question_asked(form) or draft.question,
        quote_policy=form.quote_approval_policy,
        remix_policy=form.remix_policy,
        licence=form.licence or "",
        reply_to=await _snapshot_if_there(visit, form.in_reply_to_id),
        quote_of=await _snapshot_if_there(visit, form.quoted_status_id),
        waiting=row,
        at=row.scheduled_at.strftime(MOMENT) if row.scheduled_at else "",
    )


async def _answering(visit: Visit, draft: Composition, id_: int) -> Composition:
    """Name whom the answer is for, as Mastodon's page does, and speak no louder than the post."""
    snapshot = await _snapshot(visit, id_)
    parent = snapshot.post
    named = [snapshot.author, *(mention.account for mention in snapshot.mentions if not mention.silent)]
    handles = dict.fromkeys(f"@{each.acct} " for each in named if each.id != visit.person.id)
    loudness = posts.VISIBILITIES.index
    quieter = max(draft.visibility, parent.visibility, key=loudness)
    return replace(
        draft, text="".join(handles), summary=parent.summary, visibility=quieter, reply_to=snapshot
    )


async def _snapshot(visit: Visit, id_: int) -> PostSnapshot:
    post = await visibility.post_for(visit.server, visit.person, id_)
    return (await snapshots.of_post(visit.server, post, visit.person)).shown


async def _snapshot_if_there(visit: Visit, id_: int | None) -> PostSnapshot | None:
    try:
        return await _snapshot(visit, id_) if id_ is not None else None
    except NotFound:
        return None


async def _own_post(visit: Visit, id_: int) -> Post:
    post = await visibility.post_for(visit.server, visit.person, id_)
    if post.author_id != visit.person.id or post.boost_of_id is not None:
        raise NotFound
    return post


async def _pictures(visit: Visit, ids: Sequence[int]) -> list[MediaAttachment]:
    rows = {row.id: row for row in await MediaAttachment.filter(id__in=[0, *ids], account_id=visit.person.id)}
    return [rows[id_] for id_ in dict.fromkeys(ids) if id_ in rows]


async def _with_uploads(visit: Visit, form: Form, draft: Composition) -> Composition:
    """Add the files of the form to the pictures; those that were taken stay when a later one is refused."""
    kept, most = list(draft.media), visit.server.settings.media.per_post
    files = form.files("pictures")
    if len(kept) + len(files) > most:
        raise Invalid("", f"A post can have {most} pictures at most.")
    kept += [await uploads.receive(visit.server, visit.person, await read_file(file)) for file in files]
    return replace(draft, media=kept)


async def _keep(visit: Visit, draft: Composition) -> Response:
    """Keep what was typed as a draft."""
    await _describe(visit, draft)
    await pending.keep_draft(visit.server, visit.person, form_of(draft), instead_of=draft.waiting)
    return see("/drafts?notice=draft")


async def _schedule(visit: Visit, draft: Composition) -> Response:
    await _describe(visit, draft)
    server, form = visit.server, form_of(draft)
    wanted = await form_actions.draft_of(server, visit.person, form)
    at = read_moment(draft.at)
    await pending.schedule(server, visit.person, form, wanted, at, instead_of=draft.waiting)
    return see("/drafts?notice=scheduled")


async def _send(visit: Visit, draft: Composition) -> Post:
    server = visit.server
    await _describe(visit, draft)
    if draft.edit_of is None:
        return await publishing.publish_form(server, visit.person, form_of(draft), instead_of=draft.waiting)
    wanted = Draft(
        text=draft.text,
        text_type=draft.text_type,
        summary=draft.summary,
        sensitive=draft.sensitive,
        language=draft.language,
        media=draft.media,
        licence=draft.licence if draft.media else None,
        poll=draft.question.draft(),
    )
    remixes.check_policy(draft.remix_policy)
    mentions: dict[str, Account] = await resolve.mentions(server, draft.text)
    edited = await edits.edit(server, draft.edit_of, wanted, mentions=mentions)
    edited = await quotes.set_policy(server, edited, draft.quote_policy)
    return await remixes.set_policy(server, edited, draft.remix_policy) if draft.media else edited


async def _describe(visit: Visit, draft: Composition) -> None:
    """Store what was said of the pictures; an edit stores it itself."""
    for picture in draft.media:
        alt, source = draft.alt_of(picture), draft.source_of(picture)
        is_new = alt != picture.description or source != picture.source_type
        if is_new and draft.edit_of is None:
            said = source if source != picture.source_type else None
            await media.describe(visit.server, picture, description=alt, source_type=said)
        if source != picture.source_type:
            media.claim(picture, source)
        picture.description = own_words(alt, picture.source_type)


def _worded(error: FediError) -> str:
    if isinstance(error, Invalid) and error.field == "text":
        blank = error.reason == "can't be blank"
        return "There is nothing to post yet." if blank else "This is too long for a post."
    if isinstance(error, Invalid):
        return f"{error.field} {error.reason}." if error.field in {"Choices", "Deadline"} else error.reason
    return str(error)
