"""RSS 2.0 feeds of what is open to all: of an account of ours, and of a hashtag (paths as on Mastodon).

What the server's owner wishes for model-made media holds in them as on the pages that strangers see: in the
gallery there is a veil, as who opens it asks for what is hidden elsewhere.
"""

from collections.abc import Sequence
from email.utils import format_datetime
from xml.etree import ElementTree  # noqa: TID251  only written: no XML is read here

from starlette.responses import Response

from fedi.errors import Gone, NotFound
from fedi.media.provenance import is_model_made
from fedi.models.accounts import Account
from fedi.queries import accounts, filters, gallery, snapshots, timelines
from fedi.queries.paging import Page
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server
from fedi.text.tokens import is_tag, normalise_tag
from fedi.web.visits import Visit

_ITEMS = 20
_MEDIA_TERMS = "http://search.yahoo.com/mrss/"
_HEADERS = {"Cache-Control": "public, max-age=60"}
_VEIL = "<p><em>Made or changed with an AI model: open the post to see it.</em></p>"
# Control characters that XML 1.0 cannot hold at all (section 2.2).
_UNWRITABLE = dict.fromkeys(
    [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)]
)


async def of_account(visit: Visit) -> Response:
    """GET /@{handle}.rss: what one of ours posts for anybody to see, without boosts and answers to others."""
    server, account = visit.server, await _member(visit)
    posts = await timelines.of_account(
        server, account, None, Page(_ITEMS), exclude_replies=True, exclude_boosts=True
    )
    name = account.display_name or account.username
    page = server.uris.profile_page(account.username)
    handle = f"@{account.username}@{server.uris.account_domain}"
    wish = await filters.wish_about_model_media(server, None)
    return _feed(server, posts, title=name, link=page, description=f"Public posts from {handle}", wish=wish)


async def of_tag(visit: Visit) -> Response:
    """GET /tags/{name}.rss: the newest public posts with a hashtag."""
    server, name = visit.server, visit.request.path_params["name"]
    if not is_tag(name):
        raise NotFound
    posts = await timelines.tag(server, None, name, Page(_ITEMS))
    tag = normalise_tag(name)
    return _feed(
        server,
        posts,
        title=f"#{tag}",
        link=server.uris.tag_page(tag),
        description=f"Public posts with #{tag}",
        wish=await filters.wish_about_model_media(server, None),
    )


async def of_gallery(visit: Visit) -> Response:
    """GET /gallery.rss: the posts that the newest pictures of the gallery stand in."""
    return await _art(
        visit,
        None,
        title=f"Gallery of {visit.server.settings.instance.title}",
        page="/gallery",
        description="Art by people here, labelled as made or changed with a model",
    )


async def of_members_gallery(visit: Visit) -> Response:
    """GET /@{handle}/gallery.rss: the same of one member."""
    account = await _member(visit)
    name = account.display_name or account.username
    return await _art(
        visit,
        account,
        title=f"Gallery of {name}",
        page=f"/@{account.username}/gallery",
        description=f"Art by @{account.username}@{visit.server.uris.account_domain}",
    )


async def _art(visit: Visit, account: Account | None, *, title: str, page: str, description: str) -> Response:
    server = visit.server
    if not server.settings.studio.gallery:
        raise NotFound
    found = await gallery.pictures(server, None, Page(_ITEMS), by=account)
    ids = list(dict.fromkeys(each.post.id for each in found))
    posts = await snapshots.by_ids(server, ids, None)
    link = f"{server.uris.base_url}{page}"
    shows = await filters.wish_about_model_media(server, None) == "show"
    wish = "show" if shows else "blur"
    return _feed(server, posts, title=title, link=link, description=description, wish=wish)


async def _member(visit: Visit) -> Account:
    """Give the account of ours in the address. Raises NotFound, Gone."""
    account = await accounts.local_by_username(visit.request.path_params["handle"])
    if account is None:
        raise NotFound
    if account.gone_at is not None or account.suspended_at is not None:
        raise Gone
    return account


def _feed(
    server: Server,
    posts: Sequence[PostSnapshot],
    *,
    title: str,
    link: str,
    description: str,
    wish: str = "show",
) -> Response:
    if wish == "hide":
        posts = [post for post in posts if not any(is_model_made(each.source_type) for each in post.media)]
    root = ElementTree.Element("rss", {"version": "2.0", "xmlns:media": _MEDIA_TERMS})
    channel = ElementTree.SubElement(root, "channel")
    for name, text in (("title", title), ("link", link), ("description", description)):
        _add(channel, name, text)
    if posts:
        _add(channel, "lastBuildDate", format_datetime(posts[0].post.published_at))
    _add(channel, "generator", "fedi")
    for post in posts:
        _add_item(server, channel, post, veils=wish == "blur")
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, headers=_HEADERS, media_type="application/rss+xml; charset=utf-8")


def _add_item(server: Server, channel: ElementTree.Element, snapshot: PostSnapshot, *, veils: bool) -> None:
    post, item = snapshot.post, ElementTree.SubElement(channel, "item")
    page = post.url or post.uri
    _add(item, "guid", page, isPermaLink="true")
    _add(item, "link", page)
    _add(item, "pubDate", format_datetime(post.published_at))
    warning = f"<p><strong>Content warning:</strong> {_escaped(post.summary)}</p><hr>" if post.summary else ""
    shown = [each for each in snapshot.media if not (veils and is_model_made(each.source_type))]
    _add(item, "description", warning + post.content + (_VEIL if len(shown) < len(snapshot.media) else ""))
    for media in shown:
        url = server.uris.media(media.file_key) if media.file_key else media.remote_url
        kind = media.media_type or "image/jpeg"
        medium = "video" if kind.startswith("video/") else "image"
        content = _add(item, "media:content", "", url=url, type=kind, medium=medium)
        if media.description:
            _add(content, "media:description", media.description, type="plain")
    for tag in snapshot.tags:
        _add(item, "category", tag.name)


def _add(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, name, attributes)
    made.text = text.translate(_UNWRITABLE)
    return made


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
