"""A changed post: edited here (`edit`) or by its author elsewhere (`receive`). What it said is kept."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from fedi.actions import contents, drafting, media, news, notify, polls, quotes, remixing, updates
from fedi.actions.drafting import Draft
from fedi.actions.media import SAID
from fedi.activitypub.licences import CHOICES
from fedi.errors import WrongOrigin
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.models.posts import Post, PostEdit
from fedi.server import Server
from fedi.translate.notes import MediaDraft, ReceivedPost

_WORDS = ("content", "text", "text_type", "summary", "sensitive", "language")
# Times travel as whole seconds: an edit less than a second later than what it changes looks old to peers.
_TICK = timedelta(seconds=1)


async def edit(server: Server, post: Post, draft: Draft, *, mentions: Mapping[str, Account]) -> Post:
    """Change a post of ours and tell those who have it; a draft that says the same changes nothing.

    The rows in `draft.media` are the files it shall have; what their author says of them (`media.SAID`), as
    it stands on the given objects, is stored with the edit. Visibility, parent and author stay. Who boosted
    it is told, and who is named for the first time. Raises Invalid as `posts.create` does.
    """
    draft = drafting.checked(server, draft)
    async with server.db.transaction():
        post, author = await Post.get(id=post.id), await Account.get(id=post.author_id)
        html, named, tags = drafting.composed(server, draft, mentions)
        media.check_licence(draft.licence)
        remix = await remixing.after_edit(author, post, draft.media)
        if remix is not None:
            owner = await Account.get(id=remix.original_account_id)
            named = {**named, owner.id: (owner, False)}
        before = await _media_of(post)
        words: dict[str, Any] = {
            "content": html,
            "text": draft.text,
            "text_type": draft.text_type,
            "summary": draft.summary,
            "sensitive": draft.sensitive,
            "language": draft.language,
        }
        options = await polls.options_of(post)
        asked_anew = await polls.ask_anew(server, post, draft.poll)
        is_same = _says(post) == words and _shape(before) == _shape(draft.media)
        if not asked_anew and is_same and _is_licensed(before, draft.licence):
            return post
        await _keep(server, post, before, options)
        await contents.claim_media(server, author, post, draft.media)
        await _describe(server, draft.media)
        if draft.licence is not None:
            await contents.license_media(post, draft.licence)
        await remixing.pictures_changed(server, post)
        looks = {
            "kind": "Question" if draft.poll else "Note",
            "emojis": await drafting.emojis_of(server, draft),
        }
        await _change(server, post, {**words, **looks})
        await contents.set_tags(server, post, tags)
        fresh = await contents.add_mentions(server, post, named)
        await contents.silence_mentions(post, but=named)
        if remix is None and (shown := await Remix.get_or_none(post_id=post.id, state="accepted")):
            await remixing.taken_out(server, shown, post)
        await news.edited(server, post)
        await _tell(server, post, author, fresh)
        await updates.send(server, post, author)
    return post


async def receive(server: Server, post: Post, received: ReceivedPost, *, mentions: Sequence[Account]) -> None:
    """Apply a peer's edit of its own post, if it is newer than what we have.

    Without a newer `updated` it is about counts, policy and quote (federation reference 10.3), and those
    are taken.
    Visibility, parent and time of publication stay as first stored. Raises WrongOrigin for another post.
    """
    if received.uri != post.uri:
        raise WrongOrigin("The edit is of another post.")
    async with server.db.transaction():
        post, author = await Post.get(id=post.id), await Account.get(id=post.author_id)
        await _claim(post, received)
        edited_at = received.updated_at
        if edited_at is None or edited_at >= (post.edited_at or post.published_at):
            await _permit(post, received)
            await quotes.claimed_again(server, author, post, received.quote)
            await remixing.claimed_again(server, author, post, received.remix)
        is_edit = edited_at is not None and edited_at > (post.edited_at or post.published_at)
        options = await polls.options_of(post)
        asked_anew = await polls.receive(server, post, received.poll, is_edit=is_edit)
        if not is_edit:
            return
        before = await _media_of(post)
        words: dict[str, Any] = {
            "content": received.content,
            "text": "",
            "text_type": drafting.PLAIN,
            "summary": received.summary,
            "sensitive": received.sensitive,
            "language": received.language,
        }
        shape = [_remote_said(each) for each in received.media]
        if not asked_anew and _says(post) == words and [_remote_said(each) for each in before] == shape:
            return
        await _keep(server, post, before, options)
        await contents.set_remote_media(server, author, post, received.media)
        await remixing.pictures_changed(server, post)
        looks = {"emojis": received.emojis, "kind": received.kind, "edited_at": edited_at}
        await _change(server, post, {**words, **looks})
        await contents.set_tags(server, post, received.tags)
        named = contents.named_in(received, mentions)
        fresh = await contents.add_mentions(server, post, named)
        await contents.silence_mentions(post, but=[id_ for id_, (_, silent) in named.items() if not silent])
        await news.edited(server, post)
        await _tell(server, post, author, fresh)


async def _claim(post: Post, received: ReceivedPost) -> None:
    """Keep what the post's server says of its likes and boosts, where it says anything."""
    said = {
        "claimed_favourites": received.claimed_favourites,
        "claimed_boosts": received.claimed_boosts,
        "replies_uri": received.replies_uri or None,
    }
    fresh = {name: value for name, value in said.items() if value not in {None, getattr(post, name)}}
    if fresh:
        await Post.filter(id=post.id).update(**fresh)


async def _permit(post: Post, received: ReceivedPost) -> None:
    """Keep what the author lets others do with the post."""
    if post.interaction_policy != received.interaction_policy:
        post.interaction_policy = received.interaction_policy
        await post.save(update_fields=["interaction_policy"])


async def _media_of(post: Post) -> list[MediaAttachment]:
    return await MediaAttachment.filter(post_id=post.id).order_by("position", "id")


def _says(post: Post) -> dict[str, Any]:
    return {name: getattr(post, name) for name in _WORDS}


def _shape(media: Sequence[MediaAttachment]) -> list[tuple[object, ...]]:
    return [(each.id, *(getattr(each, name) for name in SAID)) for each in media]


def _is_licensed(media: Sequence[MediaAttachment], word: str | None) -> bool:
    return word is None or all(each.licence == (CHOICES[word] if word else "") for each in media)


def _remote_said(file: MediaAttachment | MediaDraft) -> tuple[str, str, str, str]:
    return file.remote_url, file.description, file.licence, file.source_type


async def _keep(
    server: Server, post: Post, media: Sequence[MediaAttachment], options: Sequence[str] | None
) -> None:
    """Keep what the post says before the edit, under the time at which it began to say so."""
    await PostEdit.create(
        id=server.new_id(),
        post_id=post.id,
        content=post.content,
        text=post.text,
        text_type=post.text_type,
        summary=post.summary,
        sensitive=post.sensitive,
        media=[{"id": each.id, "description": each.description} for each in media],
        poll_options=options,
        emojis=post.emojis,
        created_at=post.edited_at or post.published_at,
    )


async def _describe(server: Server, files: Sequence[MediaAttachment]) -> None:
    before = dict(
        await MediaAttachment.filter(id__in=[each.id for each in files]).values_list("id", "source_type")
    )
    for each in files:
        await MediaAttachment.filter(id=each.id).update(**{name: getattr(each, name) for name in SAID})
        if each.source_type != before.get(each.id):
            await media.relabel(server, each)


async def _change(server: Server, post: Post, values: dict[str, Any]) -> None:
    # Each edit needs a later time than the last: peers go by it, and the id of its Update is made of it.
    earliest = (post.edited_at or post.published_at) + _TICK
    post.update_from_dict({"edited_at": max(server.clock.now(), earliest), **values})
    await post.save(update_fields=["edited_at", *values.keys() - {"edited_at"}])


async def _tell(server: Server, post: Post, author: Account, fresh: Sequence[Account]) -> None:
    for account in fresh:
        await notify.about(server, account, "mention", author, post)
    boosts = await Post.filter(boost_of_id=post.id, local=True).select_related("author")
    for boost in boosts:
        await notify.about(server, boost.author, "update", author, post)
    await quotes.tell_quoters(server, author, post)
