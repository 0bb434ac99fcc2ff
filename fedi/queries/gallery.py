"""The gallery: pictures that say a model made or changed them, of members who want them shown, newest first.

What stands here any visitor of the server may see: public posts by people of ours who are present, no boosts.
"""

from dataclasses import dataclass

from fedi import ids
from fedi.media.provenance import DigitalSource
from fedi.models.accounts import Account
from fedi.models.media import ArtPrompt, MediaAttachment
from fedi.models.posts import Post, Tag
from fedi.queries import rows
from fedi.queries.paging import Page
from fedi.queries.visibility import Clause, every, unhidden, unsilenced, visible
from fedi.server import Server
from fedi.text.tokens import normalise_tag

_SOURCES = tuple(source.iri for source in DigitalSource if source.is_ai)
_KINDS = ("image", "gifv", "video")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artwork:
    """A picture on the wall, the post it stands in, and whose it is."""

    media: MediaAttachment
    post: Post
    author: Account


async def pictures(
    server: Server,
    viewer: Account | None,
    page: Page,
    *,
    by: Account | None = None,
    prompt: ArtPrompt | None = None,
) -> list[Artwork]:
    """Load a page of the gallery by the pictures' ids: all of it, of one member, answers to a prompt."""
    found = await _ids(server, viewer, page, by=by, prompt=prompt)
    media = await rows.load_by_id(server, MediaAttachment, (media_id for media_id, _ in found))
    posts = await rows.load_by_id(server, Post, (post_id for _, post_id in found))
    people = await rows.load_by_id(server, Account, {post.author_id for post in posts.values()})
    return [
        Artwork(media=media[media_id], post=posts[post_id], author=people[posts[post_id].author_id])
        for media_id, post_id in found
    ]


async def has_any(server: Server, viewer: Account | None, account: Account) -> bool:
    """Say whether a member has anything in the gallery that `viewer` may see."""
    if not (server.settings.studio.gallery and account.is_local and account.in_gallery):
        return False
    return bool(await _ids(server, viewer, Page(1), by=account))


async def _ids(
    server: Server,
    viewer: Account | None,
    page: Page,
    *,
    by: Account | None = None,
    prompt: ArtPrompt | None = None,
) -> list[tuple[int, int]]:
    """Find (id of the picture, id of its post)."""
    wall = _wall(server, viewer, page)
    if by is not None:
        wall.append(("m.account_id = ?", [by.id]))
    if prompt is not None:
        tag = await Tag.get_or_none(name=normalise_tag(prompt.tag))
        if tag is None:
            return []
        first, last = ids.lowest_at(prompt.starts_at), ids.lowest_at(prompt.ends_at)
        wall.append(("k.tag_id = ? AND k.post_id >= ? AND k.post_id < ?", [tag.id, first, last]))
        parts = [("post_tags k CROSS JOIN media_attachments m ON m.post_id = k.post_id", _labelled("+"))]
    elif by is not None:
        parts = [("media_attachments m", _labelled("+"))]
    else:
        # One walk along the index for each kind of label, merged as they go: none of it is sorted.
        parts = [("media_attachments m", ("m.source_type = ?", [source])) for source in _SOURCES]
    selects, values = [], []
    for table, labelled in parts:
        where, bound = every([labelled, *wall])
        selects.append(
            f"SELECT m.id AS id, m.post_id AS post_id FROM {table} CROSS JOIN posts p ON p.id = m.post_id"
            f" CROSS JOIN accounts a ON a.id = p.author_id WHERE {where}"
        )
        values += bound
    found = await server.db.rows(
        f"{' UNION ALL '.join(selects)} ORDER BY {page.order('id')} LIMIT ?", [*values, page.limit]
    )
    return [(row["id"], row["post_id"]) for row in page.arrange(found)]


def _labelled(plus: str) -> Clause:
    return f"{plus}m.source_type IN ({rows.marks(_SOURCES)})", _SOURCES


def _wall(server: Server, viewer: Account | None, page: Page) -> list[Clause]:
    """What all that hangs in the gallery has in common; cheap questions first."""
    return [
        page.clause("m.id"),
        (f"m.file_key <> '' AND m.state = 'ready' AND m.kind IN ({rows.marks(_KINDS)})", _KINDS),
        ("p.visibility = 'public' AND p.local = 1 AND p.boost_of_id IS NULL", ()),
        ("a.in_gallery = 1 AND a.domain = ''", ()),
        visible(viewer),
        unhidden(viewer, server.clock.now()),
        unsilenced(viewer),
    ]
