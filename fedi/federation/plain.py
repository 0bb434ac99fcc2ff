"""Plain activities, applied many at once: a followed person's own post of words, names and hashtags.

Most of what a server is sent is of this kind, and needs nothing but what is stored here already. All else,
and all that is in any way odd, is left for `inbox.apply`, one by one; a test holds the two to the same rows.
What may not be read in the note's own words (a poll, a quote, files, a vote) makes it not plain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import orjson
from tortoise.models import Model

from fedi.actions import arrivals, inboxes
from fedi.actions.arrivals import Arrival
from fedi.activitypub.activities import Create, parse_activity
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import host_of, same_origin
from fedi.activitypub.vocabulary import Json, Uri
from fedi.errors import FediError
from fedi.federation import instances, threads
from fedi.federation.people import is_stale
from fedi.jobs import queue
from fedi.jobs.kinds import ApplyActivity
from fedi.jobs.queue import Claimed
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries.rows import load
from fedi.server import Server
from fedi.translate.notes import ReceivedPost

M = TypeVar("M", bound=Model)

# What a plain note may say. A word that is not here means something that more must be done for.
PROPERTIES: Final = frozenset(
    {
        *("@context", "id", "type", "url", "attributedTo", "to", "cc", "published", "updated"),
        *("content", "contentMap", "summary", "sensitive", "source", "tag", "inReplyTo", "interactionPolicy"),
        *("context", "conversation", "atomUri", "inReplyToAtomUri", "replies", "likes", "shares"),
        *("attachment", "localOnly", "directMessage", "_misskey_content", "_misskey_summary", "audience"),
    }
)
_TAGS: Final = frozenset({"Mention", "Hashtag", "Emoji"})


@dataclass(frozen=True, slots=True)
class _Candidate:
    job: Claimed
    json: Json
    note: Note


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored here of all that some posts name: by id, and who of it is followed from here."""

    accounts: dict[str, Account]
    posts: dict[str, Post]
    followed: frozenset[int]


async def apply(server: Server, jobs: Sequence[Claimed]) -> set[int]:
    """Apply what is plain of some ApplyActivity jobs, and mark these as done in the same transaction.

    Gives their ids; of the others nothing was done. Only a job's first attempt is made in company: one
    under which the server died is tried alone, and so parked in the end without harm to others.
    """
    candidates = [each for each in map(_read, jobs) if each is not None]
    candidates = [each for each in candidates if await _is_heard(server, each)]
    if not candidates:
        return set()
    known = await _known(server, [each.note for each in candidates])
    ready: dict[int, Arrival] = {}
    for each in candidates:
        if (arrival := await _arrival(server, each.note, known)) is not None:
            ready[each.job.id] = arrival
    if not ready:
        return set()
    async with server.db.transaction():
        stored = {id(each) for each in await arrivals.keep(server, list(ready.values()))}
        done = [each for each in candidates if id(ready.get(each.job.id)) in stored]
        for each in done:
            await inboxes.keep(server, each.json)
        await queue.finish(server, [each.job for each in done])
    return {each.job.id for each in done}


def _read(job: Claimed) -> _Candidate | None:
    work = job.work
    if not isinstance(work, ApplyActivity) or job.attempts > 1 or work.hidden_recipient:
        return None
    # `parse_document` has let it in; what that makes of odd numbers matters to nothing that is plain.
    json = orjson.loads(work.body)
    if not _is_plain(json, work.sender_uri):
        return None
    try:
        activity = parse_activity(json)
    except FediError:
        return None
    if not isinstance(activity, Create) or not isinstance(activity.object, Note):
        return None
    note = activity.object
    is_own = note.attributed_to == work.sender_uri and same_origin(note.id, work.sender_uri)
    # Answers that came with the post are for others to fetch.
    is_alone = note.replies_page is None or not note.replies_page.items
    return _Candidate(job, json, note) if is_own and is_alone else None


def _is_plain(create: Json, sender_uri: str) -> bool:
    if create.get("type") != "Create" or create.get("actor") != sender_uri:
        return False
    note = create.get("object")
    if not isinstance(note, dict) or note.get("type") != "Note" or not PROPERTIES.issuperset(note):
        return False
    tags = note.get("tag") or []
    are_known = isinstance(tags, list) and all(
        isinstance(tag, dict) and tag.get("type") in _TAGS for tag in tags
    )
    return are_known and not note.get("attachment")


async def _is_heard(server: Server, candidate: _Candidate) -> bool:
    return not await instances.is_suspended(server, host_of(candidate.note.attributed_to))


async def _known(server: Server, notes: Sequence[Note]) -> _Known:
    """Look up all at once, outside the transaction."""
    people = {uri for note in notes for uri in (note.attributed_to, *_named(note))}
    accounts = {row.uri: row for row in await _load_by_uri(server, Account, people)}
    parents = {note.in_reply_to for note in notes if note.in_reply_to}
    posts = {row.uri: row for row in await _load_by_uri(server, Post, parents)} if parents else {}
    authors = [accounts[note.attributed_to].id for note in notes if note.attributed_to in accounts]
    followed = await server.db.rows(
        "SELECT DISTINCT f.target_id AS id FROM follows f JOIN accounts a ON a.id = f.follower_id"
        " WHERE f.target_id IN (SELECT value FROM json_each(?)) AND f.state = 'accepted' AND a.domain = ''",
        [orjson.dumps(authors).decode()],
    )
    return _Known(accounts, posts, frozenset(row["id"] for row in followed))


def _named(note: Note) -> Iterable[Uri]:
    return (*(mention.href for mention in note.mentions), *note.to, *note.cc)


async def _load_by_uri(server: Server, model: type[M], uris: Iterable[str]) -> list[M]:
    wanted = orjson.dumps(list(uris)).decode()
    return await load(server, model, "WHERE r.uri IN (SELECT value FROM json_each(?))", [wanted])


async def _arrival(server: Server, note: Note, known: _Known) -> Arrival | None:
    """Give a post ready to be stored if all that it takes is known here, else None."""
    author = known.accounts.get(note.attributed_to)
    if author is None or author.id not in known.followed or author.is_local or is_stale(server, author):
        return None
    if author.suspended_at is not None or author.gone_at is not None:
        return None
    parent = known.posts.get(note.in_reply_to) if note.in_reply_to else None
    post = await threads.received_post(server, note, author)
    named = _people(server, post, known)
    if named is None or (note.in_reply_to and parent is None):
        return None
    return Arrival(author=author, received=post, mentions=named, parent=parent)


def _people(server: Server, post: ReceivedPost, known: _Known) -> list[Account] | None:
    """Give whom a post names or addresses of those we know; None when somebody it names must be fetched."""
    found: dict[str, Account] = {}
    for uri in (*post.mentions, *post.addressed):
        account = known.accounts.get(uri)
        if account is not None and account.gone_at is None:
            found[uri] = account
        elif uri in post.mentions and not server.uris.is_local(uri):
            return None
    return list(found.values())
