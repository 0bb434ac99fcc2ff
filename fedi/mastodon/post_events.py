"""Posts told to those who listen: who among them comes across one, and how it looks to them.

A post is asked for and written once for all to whom it looks the same (`audiences.alike`), and by itself only
for those whose own marks or filters show on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from fedi.actions.news import News
from fedi.mastodon.entities.status import status
from fedi.mastodon.hub import Hub, Listener
from fedi.mastodon.streams import Event, Kind, Stream
from fedi.models.accounts import Account
from fedi.queries import audiences, filters, snapshots
from fedi.queries.audiences import Facts
from fedi.queries.snapshots import PostSnapshot
from fedi.server import Server

Told = tuple[Listener, Stream]


async def show(server: Server, hub: Hub, post_id: int, name: str) -> None:
    """Tell of a post, in an event of this name, all who listen where it stands."""
    facts = await audiences.facts_of(server, post_id)
    if facts is None:
        return
    told = [
        *await _at_home(server, hub, post_id),
        *await _on_lists(server, hub, post_id),
        *await _on_feeds(server, hub, facts),
    ]
    if not told:
        return
    people = {listener.account.id: listener.account for listener, _ in told}
    events = await _written(server, hub, post_id, name, people)
    for listener, stream in told:
        if (event := events.get(listener.account.id)) is not None:
            listener.tell(event, stream)


async def gone(server: Server, hub: Hub, piece: News) -> None:
    """Tell of a deleted post all who may have had it."""
    told: list[Told] = []
    home = hub.on(Kind.USER)
    if home:
        people = {each.account.id for each in home}
        concerned = {piece.account_id, *piece.named} & people
        if piece.visibility != "direct":
            tags = piece.tags if piece.visibility == "public" else ()
            concerned |= await audiences.of_deleted(server, piece.account_id, piece.named, tags, people)
        told += [(each, Stream(Kind.USER)) for each in home if each.account.id in concerned]
    if lists := hub.lists():
        for id_ in await audiences.of_author(server, piece.account_id, lists):
            told += [(each, Stream(Kind.LIST, str(id_))) for each in hub.on(Kind.LIST, str(id_))]
    if piece.visibility == "public" and not piece.boost_of:
        streams = [
            *_public(is_local=piece.local, has_media=piece.has_media),
            *_of_tags(piece.tags, is_local=piece.local),
        ]
        told += [(each, stream) for stream in streams for each in hub.on(stream.kind, stream.about)]
    event = Event("delete", str(piece.id))
    for listener, stream in told:
        listener.tell(event, stream)


async def _at_home(server: Server, hub: Hub, post_id: int) -> list[Told]:
    listeners = hub.on(Kind.USER)
    if not listeners:
        return []
    reached = await audiences.of_homes(server, post_id, {each.account.id for each in listeners})
    return [(each, Stream(Kind.USER)) for each in listeners if each.account.id in reached]


async def _on_lists(server: Server, hub: Hub, post_id: int) -> list[Told]:
    reached = await audiences.of_lists(server, post_id, hub.lists())
    return [
        (each, Stream(Kind.LIST, str(id_))) for id_ in sorted(reached) for each in hub.on(Kind.LIST, str(id_))
    ]


async def _on_feeds(server: Server, hub: Hub, facts: Facts) -> list[Told]:
    if not facts.is_public or facts.is_boost:
        return []
    streams = [
        *([] if facts.answers_others else _public(is_local=facts.is_local, has_media=facts.has_media)),
        *_of_tags(facts.tags, is_local=facts.is_local),
    ]
    told = [(each, stream) for stream in streams for each in hub.on(stream.kind, stream.about)]
    if not told:
        return []
    reached = await audiences.of_feeds(server, facts.id, {each.account.id for each, _ in told})
    return [(each, stream) for each, stream in told if each.account.id in reached]


def _public(*, is_local: bool, has_media: bool) -> list[Stream]:
    """Give the streams of everybody's posts on which one stands."""
    kinds = [Kind.PUBLIC, Kind.PUBLIC_LOCAL if is_local else Kind.PUBLIC_REMOTE]
    with_media = [Kind(f"{kind}:media") for kind in kinds] if has_media else []
    return [Stream(kind) for kind in (*kinds, *with_media)]


def _of_tags(tags: Iterable[str], *, is_local: bool) -> list[Stream]:
    kinds = (Kind.HASHTAG, Kind.HASHTAG_LOCAL) if is_local else (Kind.HASHTAG,)
    return [Stream(kind, tag) for tag in tags for kind in kinds]


async def _written(
    server: Server, hub: Hub, post_id: int, name: str, people: Mapping[int, Account]
) -> dict[int, Event]:
    """Write a post for each person, once for those to whom it looks the same."""
    looks = dict(await audiences.alike(server, post_id, people))
    for id_ in await _caught(server, hub, post_id, people):
        looks[id_] = (id_,)
    groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for id_, look in looks.items():
        groups[look].append(id_)
    events = {}
    for ids in groups.values():
        found = await snapshots.by_ids(server, [post_id], people[ids[0]])
        if not found:
            return {}
        event = Event(name, msgspec.json.encode(status(found[0], server.uris)).decode())
        events.update(dict.fromkeys(ids, event))
    return events


async def _caught(server: Server, hub: Hub, post_id: int, people: Mapping[int, Account]) -> list[int]:
    """Give those of whose filters one catches the post, or may catch what it quotes."""
    filtering = await audiences.with_filters(server, people)
    if not filtering:
        return []
    found = await snapshots.by_ids(server, [post_id], None)
    if not found:
        return []
    shown = found[0].shown
    text = _text_of(shown)
    caught = []
    for id_ in filtering:
        rules = hub.rules_kept(id_)
        if rules is None:
            rules = await filters.rules_of(server, people[id_])
            hub.keep_rules(id_, rules)
        if rules and (shown.quote is not None or rules.matches(shown.post, text, shown.media)):
            caught.append(id_)
    return caught


def _text_of(shown: PostSnapshot) -> str:
    post = shown.post
    options = [option["name"] for option in shown.poll.poll.options] if shown.poll else []
    return filters.text_of(post.content, post.summary, options, [each.description for each in shown.media])
