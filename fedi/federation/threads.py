"""Posts of other servers with what they answer: fetched upwards, stored from the top down.

Every step is bounded: how far up a thread is followed, how many unknown people a post makes us look up, and
how long it may all take. What lies below and beside a post is looked for by `backfill`.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

from fedi.actions import posts
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import Reader, host_of, same_origin
from fedi.activitypub.vocabulary import Json, Uri
from fedi.errors import Blocked, FediError, Forbidden, Gone, NotFound, WrongOrigin
from fedi.federation import newcomers
from fedi.federation.fetch import check_host, fetch_json
from fedi.federation.known import find_account, find_post
from fedi.federation.people import account_by_uri
from fedi.jobs import queue
from fedi.jobs.kinds import FetchReplies
from fedi.jobs.queue import NewJob
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import domains
from fedi.queries.rows import load, marks
from fedi.server import Server
from fedi.translate.notes import ReceivedPost, received

MAX_ANCESTORS = 30
MAX_UNKNOWN_PEOPLE = 5
# With all that they cost, no thread makes us ask for more than fifty documents.
MAX_UNKNOWN_AUTHORS = 8
MAX_INLINE_REPLIES = 5

_ANCESTOR_SECONDS = 60.0
_PEOPLE_SECONDS = 20.0
# What is older was told to whom it names when it was sent; what is newer may still be on its way.
_NEWS_FOR = timedelta(days=1)


async def post_by_uri(server: Server, uri: str) -> Post:
    """Give the post with this id, fetched with what it answers if it is unknown.

    Raises NotFound, Gone, Blocked, Malformed, WrongOrigin, and what a fetch may raise. Who may see the post
    is for the caller to ask (`queries.visibility`).
    """
    found = await find_post(server, uri)
    if found is not None:
        return found
    if server.uris.is_local(uri):
        raise NotFound
    note = await note_at(server, uri)
    return await find_post(server, note.id) or await store_note(server, note)


async def note_at(server: Server, uri: str) -> Note:
    """Fetch a post from its own server, by its id or its Create's.

    Raises Malformed for what is none, Gone for what stands where one was, and what a fetch may raise.
    """
    await check_host(server, uri)
    await newcomers.admit(server, uri)
    json = await fetch_json(server, uri)
    types = Reader(json).types()
    if "Tombstone" in types:
        # Some serve it with 200 instead of 410.
        raise Gone
    if "Create" in types:
        return await note_at(server, Reader(json).uri("object"))
    note = read_note(json)
    if not same_origin(note.id, uri):
        raise WrongOrigin
    return note


def read_note(json: Json) -> Note:
    """Read a post that was found at its own id."""
    return Note.from_json(json)


async def store_note(server: Server, note: Note, author: Account | None = None) -> Post:
    """Store a post that its own server gave us, or its author signed; what it answers is fetched first.

    A parent that cannot be had leaves the post without one. Raises Blocked for a suspended author, Gone for
    a post that was deleted before it came.
    """
    parent = await _parent(server, note)
    post = await _store(server, note, author, parent)
    await _replies_later(server, post, note)
    return post


async def keep_note(server: Server, note: Note, author: Account, parent: Post | None) -> Post:
    """Store a post that we came across and nobody sent: only an open one, and nothing else is fetched for it.

    Whom it names is told only if it is not older than a day. Raises Forbidden for one that is not for all,
    else as `store_note`.
    """
    if author.suspended_at is not None:
        raise Blocked
    post, now = await received_post(server, note, author), server.clock.now()
    if post.visibility not in {"public", "unlisted"}:
        raise Forbidden
    named = await named_in(server, post, most_unknown=0)
    is_old = now - post.published_at > _NEWS_FOR
    return await posts.receive(server, author, post, mentions=named, parent=parent, quiet=is_old)


async def named_in(
    server: Server, post: ReceivedPost, *, most_unknown: int = MAX_UNKNOWN_PEOPLE
) -> list[Account]:
    """Give the accounts that a post names or is addressed to; a few unknown ones it names are fetched."""
    wanted = list(dict.fromkeys((*post.mentions, *post.addressed)))
    known = await load(server, Account, f"WHERE r.uri IN ({marks(wanted)})", wanted) if wanted else []
    found = {account.uri: account for account in known if account.gone_at is None}
    unknown = [uri for uri in post.mentions if uri not in found and not server.uris.is_local(uri)]
    try:
        async with asyncio.timeout(_PEOPLE_SECONDS):
            for uri in unknown[:most_unknown]:
                if (account := await _find_account(server, uri)) is not None:
                    found[account.uri] = account
    except TimeoutError:
        # The post names them all the same; only our list of names is shorter.
        pass
    return [found[uri] for uri in wanted if uri in found]


async def _find_account(server: Server, uri: Uri) -> Account | None:
    try:
        return await account_by_uri(server, uri)
    except FediError:
        return None


async def _parent(server: Server, note: Note) -> Post | None:
    """Give the post that `note` answers, stored with what it answers itself, up to a known one."""
    chain: list[Note] = []
    strangers: set[Uri] = set()
    seen, uri, parent = {note.id}, note.in_reply_to, None
    try:
        async with asyncio.timeout(_ANCESTOR_SECONDS):
            while uri is not None and uri not in seen:
                if len(chain) >= MAX_ANCESTORS or len(strangers) >= MAX_UNKNOWN_AUTHORS:
                    break
                seen.add(uri)
                parent = await find_post(server, uri)
                if parent is not None or server.uris.is_local(uri):
                    break
                chain.append(await note_at(server, uri))
                uri = chain[-1].in_reply_to
                if await find_account(server, chain[-1].attributed_to) is None:
                    strangers.add(chain[-1].attributed_to)
    except (FediError, TimeoutError):
        # What stands above is missing or slow: the thread begins where we got to.
        parent = None
    for ancestor in reversed(chain):
        try:
            found = await find_post(server, ancestor.id)
            parent = found or await _store(server, ancestor, None, parent, most_unknown=0)
        except FediError:
            parent = None
    return parent


async def _store(
    server: Server,
    note: Note,
    author: Account | None,
    parent: Post | None,
    *,
    most_unknown: int = MAX_UNKNOWN_PEOPLE,
) -> Post:
    author = author or await account_by_uri(server, note.attributed_to)
    if author.suspended_at is not None:
        raise Blocked
    post = await received_post(server, note, author)
    named = await named_in(server, post, most_unknown=most_unknown)
    return await posts.receive(server, author, post, mentions=named, parent=parent)


async def received_post(server: Server, note: Note, author: Account) -> ReceivedPost:
    """Give what is stored of a post, by what we take from its author's server at all."""
    post = received(note, followers_uri=author.followers_url, now=server.clock.now())
    if (post.media or post.emojis) and await domains.rejects_media(author.domain):
        post = replace(post, media=(), emojis=[])
    return post


async def _replies_later(server: Server, post: Post, note: Note) -> None:
    """Have the answers fetched that a post brought along: a few ids of its own server (Mastodon's five)."""
    page = note.replies_page
    if page is None or not server.settings.federation.backfill:
        return
    uris = [uri for uri in dict.fromkeys(page.item_ids) if same_origin(uri, note.id) and uri != note.id]
    if uris:
        work = FetchReplies(post_id=post.id, uris=[str(uri) for uri in uris[:MAX_INLINE_REPLIES]])
        job = NewJob(work=work, unique_key=f"replies:{post.id}", group_key=host_of(note.id))
        async with server.db.transaction():
            await queue.enqueue(server, job)
