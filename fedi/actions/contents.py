"""What a post is made of besides its text: mentions, hashtags and media rows, in your transaction."""

from collections.abc import Iterable, Sequence

from fedi.activitypub.licences import CHOICES
from fedi.errors import Invalid
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Mention, Post, PostTag, Tag
from fedi.queries import pending
from fedi.server import Server
from fedi.text.tokens import normalise_tag
from fedi.translate.notes import MediaDraft, ReceivedPost

MAX_TAGS = 100
MAX_MENTIONS = 100
_MAX_TAG_CHARACTERS = 255


def named_in(received: ReceivedPost, accounts: Iterable[Account]) -> dict[int, tuple[Account, bool]]:
    """Tell whom a remote post names and whom it addresses silently: account id to (account, silent).

    In a post that is not for all, a tag without an address means nothing: naming somebody must not
    change who may read it. Beyond 100 nobody is named (mention spam).
    """
    addressed = set(received.addressed)
    is_open = received.visibility in {"public", "unlisted"}
    found: dict[int, tuple[Account, bool]] = {}
    for account in accounts:
        is_named = account.uri in received.mentions and (is_open or account.uri in addressed)
        if (is_named or account.uri in addressed) and len(found) < MAX_MENTIONS:
            found[account.id] = (account, not is_named)
    return found


async def add_mentions(server: Server, post: Post, wanted: dict[int, tuple[Account, bool]]) -> list[Account]:
    """Store mentions that are not there yet and give the accounts that are named anew."""
    known = {mention.account_id: mention for mention in await Mention.filter(post_id=post.id)}
    fresh = [account for id_, (account, silent) in wanted.items() if not silent and _is_new(known.get(id_))]
    await Mention.bulk_create(
        [
            Mention(id=server.new_id(), post_id=post.id, account_id=id_, silent=silent)
            for id_, (_, silent) in wanted.items()
            if id_ not in known
        ]
    )
    spoken = [known[account.id].id for account in fresh if account.id in known]
    if spoken:
        await Mention.filter(id__in=spoken).update(silent=False)
    return fresh


async def silence_mentions(post: Post, *, but: Iterable[int]) -> None:
    """Make mentions silent that an edit took out: who was sent the post may go on reading it (Mastodon)."""
    await Mention.filter(post_id=post.id).exclude(account_id__in=[0, *but]).update(silent=True)


def spelt(names: Iterable[str]) -> dict[str, str]:
    """Give hashtags as they are found and as they were first written; the first 100 count."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(normalise_tag(name)[:_MAX_TAG_CHARACTERS], name[:_MAX_TAG_CHARACTERS])
    return dict(list(found.items())[:MAX_TAGS])


async def set_tags(server: Server, post: Post, names: Iterable[str]) -> None:
    """Make the post's hashtags these, as written without `#`; the first 100 count."""
    wanted = spelt(names)
    tags = {tag.name: tag for tag in await Tag.filter(name__in=list(wanted))} if wanted else {}
    for name in wanted.keys() - tags.keys():
        tags[name] = await Tag.create(
            id=server.new_id(), name=name, display=wanted[name], created_at=server.clock.now()
        )
    had = {row.tag_id: row.id for row in await PostTag.filter(post_id=post.id)}
    keep = {tags[name].id for name in wanted}
    gone = [row_id for tag_id, row_id in had.items() if tag_id not in keep]
    if gone:
        await PostTag.filter(id__in=gone).delete()
    new = [PostTag(id=server.new_id(), post_id=post.id, tag_id=id_) for id_ in keep if id_ not in had]
    await PostTag.bulk_create(new)


async def claim_media(server: Server, author: Account, post: Post, media: Sequence[MediaAttachment]) -> None:
    """Make these, in this order, the post's files; files of it that are not among them are let go.

    Raises Invalid as `attachable`.
    """
    rows = await attachable(server, author, media, post=post)
    await MediaAttachment.filter(post_id=post.id).exclude(id__in=[0, *rows]).update(post_id=None)
    for position, each in enumerate(dict.fromkeys(media)):
        await MediaAttachment.filter(id=each.id).update(post_id=post.id, position=position)


async def attachable(
    server: Server, author: Account, media: Sequence[MediaAttachment], *, post: Post | None = None
) -> dict[int, MediaAttachment]:
    """Give the rows of files that a post may have, by id.

    Raises Invalid when there are too many, or when one is not the author's, not ready, attached to another
    post, or waits with one.
    """
    if len(media) > server.settings.media.per_post:
        raise Invalid("", f"Cannot attach more than {server.settings.media.per_post} files")
    rows = {row.id: row for row in await MediaAttachment.filter(id__in=[0, *(each.id for each in media)])}
    for each in media:
        row = rows.get(each.id)
        if row is None or row.account_id != author.id or row.post_id not in {None, post.id if post else None}:
            raise Invalid("", f"Media {each.id} not found or already attached to another post")
        if row.state != "ready":
            raise Invalid("", "Cannot attach files that have not finished processing. Try again in a moment!")
    if await pending.waiting_media(server, [row.id for row in rows.values() if row.post_id is None]):
        raise Invalid("", "A file waits for another post that is scheduled or kept as a draft")
    return rows


async def own_media(account: Account, ids: Sequence[int]) -> list[MediaAttachment]:
    """Give those of the account's files that have these ids, in their order."""
    found = {row.id: row for row in await MediaAttachment.filter(id__in=[0, *ids], account_id=account.id)}
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]


async def set_remote_media(server: Server, author: Account, post: Post, drafts: Sequence[MediaDraft]) -> None:
    """Make these the files that a remote post links to; a file that it had keeps its row and id."""
    had = {row.remote_url: row for row in await MediaAttachment.filter(post_id=post.id)}
    kept = [had[draft.remote_url].id for draft in drafts if draft.remote_url in had]
    await MediaAttachment.filter(post_id=post.id).exclude(id__in=[0, *kept]).delete()
    for position, draft in enumerate({draft.remote_url: draft for draft in drafts}.values()):
        values = {
            name: getattr(draft, name) for name in MediaDraft.__dataclass_fields__ if name != "remote_url"
        } | {"position": position}
        if draft.remote_url in had:
            await MediaAttachment.filter(id=had[draft.remote_url].id).update(**values)
        else:
            await MediaAttachment.create(
                id=server.new_id(),
                account_id=author.id,
                post_id=post.id,
                state="ready",
                remote_url=draft.remote_url,
                created_at=post.published_at,
                **values,
            )


async def license_media(post: Post, word: str) -> None:
    """Give all pictures of a post a licence by its word, "" takes it away."""
    await MediaAttachment.filter(post_id=post.id).update(licence=CHOICES[word] if word else "")


def _is_new(mention: Mention | None) -> bool:
    return mention is None or mention.silent
