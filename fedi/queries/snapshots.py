"""Posts loaded with all that rendering them needs, in a fixed number of queries however many they are.

Nothing here asks who may see a post: the lists and `visibility` have done so before. What posts quote is
another matter: `quotes` leaves out what the viewer may not see.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedi.activitypub.licences import forbids_derivatives
from fedi.media.provenance import is_model_made
from fedi.models.accounts import Account
from fedi.models.cards import PreviewCard
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post, Tag
from fedi.models.users import Application
from fedi.queries import filters, permits, polls, quotes, reactions, remixes
from fedi.queries.filters import FilterMatch, Rules
from fedi.queries.permits import SILENT, Permits, Ties
from fedi.queries.polls import PollView
from fedi.queries.quotes import QuoteLink
from fedi.queries.reactions import ReactionView
from fedi.queries.remixes import RemixLink
from fedi.queries.rows import among, load, load_by_id
from fedi.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionView:
    """An account that a post names; `silent`: it is addressed without being named."""

    account: Account
    silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """What a post quotes. `quoted` is there when it is to be shown: accepted, seen, and not too deep."""

    link: QuoteLink
    quoted: "PostSnapshot | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSnapshot:
    """A post as `viewer_id` (None: nobody logged in) is shown it.

    Of a boost, `boost_of` is what it boosts, and what the viewer did (`favourited` and so on) is said of
    that, on both. `media` is in the author's order; `in_reply_to_uri` is "" when it answers nothing.
    """

    post: Post
    author: Account
    media: Sequence[MediaAttachment] = ()
    mentions: Sequence[MentionView] = ()
    tags: Sequence[Tag] = ()
    application: Application | None = None
    poll: PollView | None = None
    card: PreviewCard | None = None
    quote: QuoteView | None = None
    remix: RemixLink | None = None
    remixes_count: int = 0
    permits: Permits = SILENT
    reactions: Sequence[ReactionView] = ()
    boost_of: "PostSnapshot | None" = None
    in_reply_to_uri: str = ""
    viewer_id: int | None = None
    favourited: bool = False
    boosted: bool = False
    bookmarked: bool = False
    pinned: bool = False
    muted: bool = False
    filtered: Sequence[FilterMatch] = ()

    @property
    def shown(self) -> "PostSnapshot":
        """The post that is read: what a boost boosts, else itself."""
        return self.boost_of or self

    @property
    def model_media(self) -> str | None:
        """What the viewer wants of its pictures, when a model made one: show, blur or hide; else None."""
        if not any(is_model_made(media.source_type) for media in self.shown.media):
            return None
        wishes = {match.filter.action for match in self.filtered if match.filter.model_media}
        # A warning hides the post as well, until it is opened.
        return "hide" if "hide" in wishes else "blur" if wishes else "show"

    @property
    def restylable(self) -> Sequence[MediaAttachment]:
        """The pictures that the viewer may restyle, or may ask to: what their licence does not forbid.

        What is itself a remix was allowed by somebody else, for that one alone.
        """
        if self.permits.remix == "denied" or self.remix is not None:
            return ()
        return [
            media
            for media in self.media
            if media.kind == "image" and media.state == "ready" and not forbids_derivatives(media.licence)
        ]


async def by_ids(server: Server, ids: Sequence[int], viewer: Account | None) -> list[PostSnapshot]:
    """Load the posts with these ids, in this order; what is not there is left out."""
    if not ids:
        return []
    wanted, values = among("id", ids)
    where = f"WHERE r.{wanted} OR r.id IN (SELECT boost_of_id FROM posts WHERE {wanted})"
    found = {post.id: post for post in await load(server, Post, where, [*values, *values])}
    posts = [found[id_] for id_ in ids if id_ in found]
    return await _snapshots(server, posts, found, viewer)


async def of_posts(server: Server, posts: Sequence[Post], viewer: Account | None) -> list[PostSnapshot]:
    """Load what belongs to these posts; the same order, one snapshot for each."""
    boosted = {post.boost_of_id for post in posts if post.boost_of_id is not None}
    found = await load_by_id(server, Post, boosted)
    found.update((post.id, post) for post in posts)
    return await _snapshots(server, posts, found, viewer)


async def of_post(server: Server, post: Post, viewer: Account | None) -> PostSnapshot:
    """Load what belongs to one post."""
    return (await of_posts(server, [post], viewer))[0]


async def concerning(server: Server, viewer: Account, ids: Sequence[int]) -> set[int]:
    """Give those of the posts with these ids that show something of `viewer`, or are shown them differently.

    Those are the viewer's own, those that name them, and those that they did something with or muted.
    """
    within, listed = among("post_id", ids)
    itself, boosted = among("id", ids)[0], among("boost_of_id", ids)[0]
    muted = "m.account_id = ? AND m.context_uri = p.context_uri"
    selects = [
        *(f"SELECT post_id FROM {table} WHERE account_id = ? AND {within}" for table in _CONCERNING),
        f"SELECT post_id FROM polls q, poll_votes v WHERE v.account_id = ? AND v.poll_id = q.id AND {within}",
        f"SELECT boost_of_id FROM posts WHERE author_id = ? AND {boosted}",
        f"SELECT id FROM posts WHERE +author_id = ? AND {itself}",
        f"SELECT p.id FROM posts p, conversation_mutes m WHERE {muted} AND p.{itself}",
    ]
    values = [viewer.id, *listed] * len(selects)
    rows = await server.db.rows(" UNION ALL ".join(selects), values)
    return {row["post_id"] for row in rows}


async def standing_until(server: Server, viewer: Account) -> tuple[float | None, bool]:
    """Tell when a mute or a filter of `viewer` ends next (seconds since 1970), and whether they have filters.

    Until then nobody but who writes changes what they are shown.
    """
    now = server.clock.now()
    (row,) = await server.db.rows(
        "SELECT (SELECT min(expires_at) FROM mutes WHERE account_id = ? AND expires_at > ?) AS muted,"
        " (SELECT min(expires_at) FROM custom_filters WHERE account_id = ? AND expires_at > ?) AS filtered,"
        " EXISTS (SELECT 1 FROM custom_filters WHERE account_id = ?)"
        f" OR EXISTS (SELECT 1 FROM users u WHERE u.account_id = ? AND {filters.CHOOSES}) AS has_filters",
        [viewer.id, now, viewer.id, now, viewer.id, viewer.id, server.settings.studio.model_media],
    )
    ends = [datetime.fromisoformat(at).timestamp() for at in (row["muted"], row["filtered"]) if at]
    return min(ends, default=None), bool(row["has_filters"])


@dataclass(frozen=True, slots=True)
class _Link:
    """That a post has something: a mention or a tag (`to` is its account or tag), media, a viewer's mark."""

    id: int
    kind: str
    post_id: int
    to: int
    silent: bool


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the snapshots of a page are made of."""

    viewer_id: int | None
    posts: Mapping[int, Post]
    links: Mapping[tuple[str, int], list[_Link]]
    accounts: Mapping[int, Account]
    tags: Mapping[int, Tag]
    media: Mapping[int, list[MediaAttachment]]
    applications: Mapping[int, Application]
    cards: Mapping[int, PreviewCard]
    rules: Rules
    polls: Mapping[int, PollView]
    quotes: Mapping[int, QuoteView]
    remixes: Mapping[int, RemixLink]
    reactions: Mapping[int, list[ReactionView]]
    viewer: Account | None
    ties: Ties
    parent_uris: Mapping[int, str]


async def _snapshots(
    server: Server,
    posts: Sequence[Post],
    found: Mapping[int, Post],
    viewer: Account | None,
    *,
    is_quoted: bool = False,
) -> list[PostSnapshot]:
    if not posts:
        return []
    links = await _links(server, list(found), viewer)
    grouped: defaultdict[tuple[str, int], list[_Link]] = defaultdict(list)
    for link in links:
        grouped[link.kind, link.post_id].append(link)
    people = {post.author_id for post in found.values()} | _targets(links, "mention")
    applications = {post.application_id for post in found.values() if post.application_id is not None}
    cards = {post.card_id for post in found.values() if post.card_id is not None}
    accounts = await load_by_id(server, Account, people)
    parts = _Parts(
        viewer_id=viewer.id if viewer else None,
        posts=found,
        links=grouped,
        accounts=accounts,
        tags=await load_by_id(server, Tag, _targets(links, "tag")),
        media=await _media(server, {link.post_id for link in links if link.kind == "media"}),
        applications=await load_by_id(server, Application, applications),
        cards=await load_by_id(server, PreviewCard, cards),
        rules=await _rules(server, links, viewer),
        polls=await polls.of_posts(server, found.values(), viewer),
        quotes=await _quotes(server, links, viewer, is_quoted=is_quoted),
        remixes=await remixes.of_posts(
            server, [link.post_id for link in links if link.kind == "remix"], viewer
        ),
        reactions=await reactions.of_posts(
            server,
            sorted({link.post_id for link in links if link.kind == "reaction"}),
            viewer.id if viewer else None,
        ),
        viewer=viewer,
        ties=await permits.ties_of(server, viewer, found.values(), accounts),
        parent_uris=await _parent_uris(server, found.values()),
    )
    return [_snapshot(post, parts) for post in posts]


async def _links(server: Server, ids: Sequence[int], viewer: Account | None) -> list[_Link]:
    """Load all that is small in one query; whatever a page does not have then costs no query of its own."""
    within, listed = among("post_id", ids)
    remixed = f"{among('m.original_post_id', ids)[0]} GROUP BY m.original_post_id"
    selects = [
        f"SELECT id, 'mention' AS kind, post_id, account_id AS other, silent FROM mentions WHERE {within}",
        f"SELECT id, 'tag', post_id, tag_id, 0 FROM post_tags WHERE {within}",
        f"SELECT id, 'media', post_id, 0, 0 FROM media_attachments WHERE {within}",
        f"SELECT id, 'quote', post_id, 0, 0 FROM quotes WHERE {within}",
        f"SELECT min(id), 'reaction', post_id, 0, 0 FROM reactions WHERE {within} GROUP BY post_id",
        f"SELECT id, 'remix', post_id, 0, 0 FROM remixes WHERE state = 'accepted' AND {within}",
        f"SELECT min(m.id), 'remixed', m.original_post_id, count(*), 0 {remixes.COUNTED} AND {remixed}",
    ]
    values: list[Any] = [*listed] * 7
    if viewer is not None:
        for kind, table in _MARKS.items():
            selects.append(
                f"SELECT id, '{kind}', post_id, 0, 0 FROM {table} WHERE account_id = ? AND {within}"
            )
            values += [viewer.id, *listed]
        boosts = f"author_id = ? AND {among('boost_of_id', ids)[0]}"
        selects.append(f"SELECT id, 'boost', boost_of_id, 0, 0 FROM posts WHERE {boosts}")
        values += [viewer.id, *listed]
        muted = f"m.account_id = ? AND m.context_uri = p.context_uri AND {among('p.id', ids)[0]}"
        selects.append(f"SELECT m.id, 'mute', p.id, 0, 0 FROM posts p, conversation_mutes m WHERE {muted}")
        values += [viewer.id, *listed]
        filtering = "SELECT min(id), 'filter', 0, 0, 0 FROM custom_filters WHERE account_id = ?"
        selects.append(f"{filtering} GROUP BY account_id")
        chosen = f"SELECT u.id, 'filter', 0, 0, 0 FROM users u WHERE u.account_id = ? AND {filters.CHOOSES}"
        selects.append(chosen)
        values += [viewer.id, viewer.id, server.settings.studio.model_media]
    rows = await server.db.rows(" UNION ALL ".join(selects), values)
    links = [_Link(row["id"], row["kind"], row["post_id"], row["other"], bool(row["silent"])) for row in rows]
    return sorted(links, key=lambda link: link.id)


_CONCERNING = ("favourites", "bookmarks", "pins", "reactions", "mentions")
_MARKS = {"favourite": "favourites", "bookmark": "bookmarks", "pin": "pins"}


def _targets(links: Iterable[_Link], kind: str) -> set[int]:
    return {link.to for link in links if link.kind == kind}


async def _rules(server: Server, links: Iterable[_Link], viewer: Account | None) -> Rules:
    is_asked = viewer is None or _targets(links, "filter")
    return await filters.rules_of(server, viewer) if is_asked else filters.NO_RULES


async def _media(server: Server, post_ids: set[int]) -> dict[int, list[MediaAttachment]]:
    if not post_ids:
        return {}
    grouped: defaultdict[int, list[MediaAttachment]] = defaultdict(list)
    condition, values = among("r.post_id", list(post_ids))
    for media in await load(server, MediaAttachment, f"WHERE {condition} ORDER BY r.position, r.id", values):
        grouped[media.post_id or 0].append(media)
    return grouped


async def _quotes(
    server: Server, links: Iterable[_Link], viewer: Account | None, *, is_quoted: bool
) -> dict[int, QuoteView]:
    """Load what is quoted, with what belongs to it; of what that quotes itself, only that it does."""
    found = await quotes.of_posts(server, [link.post_id for link in links if link.kind == "quote"], viewer)
    wanted = {
        link.quoted.id: link.quoted for link in found.values() if link.quoted and link.state == "accepted"
    }
    inner = [] if is_quoted else list(wanted.values())
    shown = {each.post.id: each for each in await _snapshots(server, inner, wanted, viewer, is_quoted=True)}
    return {
        # Another post of the page may quote the same with leave.
        id_: QuoteView(
            link=link, quoted=shown.get(link.row.quoted_id or 0) if link.state == "accepted" else None
        )
        for id_, link in found.items()
    }


async def _parent_uris(server: Server, posts: Iterable[Post]) -> dict[int, str]:
    """Load the URIs of parents that the answers themselves do not name."""
    ids = [post.in_reply_to_id for post in posts if post.in_reply_to_id and not post.in_reply_to_uri]
    if not ids:
        return {}
    condition, values = among("id", ids)
    rows = await server.db.rows(f"SELECT id, uri FROM posts WHERE {condition}", values)
    return {row["id"]: row["uri"] for row in rows}


def _snapshot(post: Post, parts: _Parts) -> PostSnapshot:
    original = parts.posts.get(post.boost_of_id) if post.boost_of_id is not None else None
    marked = original or post
    boosted = _snapshot(original, parts) if original else None
    mentions = parts.links.get(("mention", post.id), ())
    tags = parts.links.get(("tag", post.id), ())
    media = parts.media.get(post.id, ())
    poll = parts.polls.get(post.id)
    return PostSnapshot(
        post=post,
        author=parts.accounts[post.author_id],
        media=media,
        mentions=[MentionView(account=parts.accounts[link.to], silent=link.silent) for link in mentions],
        tags=[parts.tags[link.to] for link in tags],
        application=parts.applications.get(post.application_id or 0),
        poll=poll,
        card=_card(post, parts),
        quote=parts.quotes.get(post.id),
        remix=parts.remixes.get(post.id),
        remixes_count=sum(link.to for link in parts.links.get(("remixed", post.id), ())),
        reactions=parts.reactions.get(post.id, ()),
        permits=permits.permits_of(
            post,
            parts.accounts[post.author_id],
            parts.viewer,
            ties=parts.ties.get(post.author_id, ()),
            mentioned=any(parts.viewer_id == link.to for link in mentions),
        ),
        boost_of=boosted,
        in_reply_to_uri=post.in_reply_to_uri or parts.parent_uris.get(post.in_reply_to_id or 0, ""),
        viewer_id=parts.viewer_id,
        favourited=("favourite", marked.id) in parts.links,
        boosted=("boost", marked.id) in parts.links,
        bookmarked=("bookmark", marked.id) in parts.links,
        pinned=("pin", marked.id) in parts.links,
        muted=("mute", marked.id) in parts.links,
        filtered=boosted.filtered if boosted else _filtered(post, media, poll, parts.rules),
    )


def _card(post: Post, parts: _Parts) -> PreviewCard | None:
    """Give the card of a post, when there is something to show."""
    card = parts.cards.get(post.card_id or 0)
    return card if card is not None and card.state == "ready" else None


def _filtered(
    post: Post, media: Sequence[MediaAttachment], poll: PollView | None, rules: Rules
) -> Sequence[FilterMatch]:
    if not rules:
        return ()
    options = [option["name"] for option in poll.poll.options] if poll else []
    text = filters.text_of(post.content, post.summary, options, [each.description for each in media])
    return rules.matches(post, text, media)
