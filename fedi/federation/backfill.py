"""Threads that are not half empty: when somebody here reads one, the rest of it is looked for.

In the order of FEP-f228: the history of the thread's context, the context itself (FEP-7888), then the
`replies` of its root and of all that is found below it. Bounds: federation reference 12.4.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from fedi.actions import edits, refreshes
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import Reader, host_of, uri_of
from fedi.activitypub.vocabulary import Json, Uri
from fedi.errors import FediError
from fedi.federation.fetch import check_host, fetch_json
from fedi.federation.gathering import Gathering
from fedi.federation.threads import named_in, post_by_uri, received_post
from fedi.federation.walks import Budget, collection_at, members
from fedi.jobs.kinds import BackfillThread, FetchReplies
from fedi.logs import logger
from fedi.models.accounts import Account
from fedi.models.federation import AsyncRefresh
from fedi.models.posts import Post
from fedi.queries import accounts, domains, threads
from fedi.server import Server

MAX_PAGES: Final = 500

_OLD_ENOUGH = timedelta(minutes=5)
_AGAIN_AFTER = timedelta(minutes=15)
_MEMBERS_OF_CONTEXT = 1000


async def ask(server: Server, viewer: Account | None, post: Post) -> AsyncRefresh | None:
    """Have the rest of a post's thread looked for, if that is due; gives the search that runs, if one does.

    Only for people who are signed in, for threads that began in the open on another server at least five
    minutes ago, and not again within a quarter of an hour.
    """
    if viewer is None or not server.settings.federation.backfill:
        return None
    root, now = await threads.root(server, post), server.clock.now()
    if root.local or root.boost_of_id is not None or root.visibility not in {"public", "unlisted"}:
        return None
    running = await refreshes.running(server, refreshes.thread_name(root))
    if running is not None:
        return running
    is_recent = root.backfilled_at is not None and now - root.backfilled_at < _AGAIN_AFTER
    if is_recent or now - root.published_at < _OLD_ENOUGH:
        return None
    host = host_of(root.uri)
    return (
        None if await domains.is_suspended(server, host) else await refreshes.begin_thread(server, root, host)
    )


async def run(server: Server, job: BackfillThread) -> None:
    """Run a BackfillThread job. What is not found is no error: why it was not is logged."""
    try:
        root = await Post.get_or_none(id=job.root_id)
        if root is not None and server.settings.federation.backfill:
            root = await _climb(server, root)
            if not root.local:
                await _gather(server, root, job.refresh_id)
    finally:
        await refreshes.finish(server, job.refresh_id)


async def fetch_replies(server: Server, job: FetchReplies) -> None:
    """Run a FetchReplies job: the few answers that a post brought along, and not what these bring."""
    post = await Post.get_or_none(id=job.post_id)
    if post is None or not server.settings.federation.backfill:
        return
    gathering = Gathering(server=server, budget=Budget.of(pages=0), inside={post.uri: post})
    await gathering.take(Uri(uri) for uri in job.uris)
    _log("backfill.replies", post, gathering)


async def _climb(server: Server, root: Post) -> Post:
    """Fetch what the uppermost known post answers, if it can be had now; gives the new uppermost one."""
    if not root.in_reply_to_uri or root.in_reply_to_id is not None:
        return root
    try:
        await post_by_uri(server, root.in_reply_to_uri)
    except FediError as error:
        logger().info("backfill.top_missing", post=root.uri, reason=type(error).__name__)
        return root
    return await threads.root(server, await Post.get(id=root.id))


async def _gather(server: Server, root: Post, refresh_id: int) -> None:
    budget = Budget.of(pages=MAX_PAGES)
    document = await _renewed(server, root, budget)
    root = await Post.get(id=root.id)
    inside = {post.uri: post for post in [root, *await threads.known_below(server, root)]}
    gathering = Gathering(
        server=server, budget=budget, inside=inside, context=root.context_uri, refresh_id=refresh_id
    )
    await gathering.take(await _of_context(server, document, budget))
    await gathering.walk()
    _log("backfill.thread", root, gathering)


async def _renewed(server: Server, root: Post, budget: Budget) -> Json:
    """Fetch the root again for its counts and what it says of its thread; {} when it cannot be had."""
    author = await accounts.by_id(root.author_id)
    try:
        await check_host(server, root.uri)
        document = await fetch_json(server, root.uri)
        note = Note.from_json(document)
        if author is None or note.id != root.uri or note.attributed_to != author.uri:
            return {}
        note = await _counted(server, note, budget)
        update = await received_post(server, note, author)
        named = await named_in(server, update, most_unknown=0)
        await edits.receive(server, root, update, mentions=named)
    except FediError as error:
        budget.stop(type(error).__name__)
        return {}
    return document


async def _counted(server: Server, note: Note, budget: Budget) -> Note:
    """Ask for the numbers of likes and boosts where the post names only where they stand."""
    likes = await _total(server, note.likes, note.likes_count, budget)
    shares = await _total(server, note.shares, note.shares_count, budget)
    return replace(note, likes_count=likes, shares_count=shares)


async def _total(server: Server, uri: Uri | None, said: int | None, budget: Budget) -> int | None:
    if uri is None or said is not None:
        return said
    found = await collection_at(server, uri, budget)
    return found.total_items if found else None


async def _of_context(server: Server, document: Json, budget: Budget) -> list[Uri]:
    """Give the ids of the posts that the thread's context lists, of the first of its lists that has any."""
    read = Reader(document)
    for name in ("contextHistory", "context"):
        uri = read.find_uri(name)
        if uri is None or server.uris.is_local(uri):
            continue
        found: dict[Uri, None] = {}
        async for item in members(server, uri, budget):
            # The history lists activities; a Create leads to its post.
            inner = item.get("object", item) if isinstance(item, dict) else item
            if (id_ := uri_of(inner)) is not None:
                found[id_] = None
            if len(found) >= _MEMBERS_OF_CONTEXT:
                budget.stop("members")
                break
        if found:
            return list(found)
    return []


def _log(event: str, post: Post, gathering: Gathering) -> None:
    logger().info(
        event,
        post=post.uri,
        found=gathering.new,
        fetched=gathering.fetched,
        pages=gathering.budget.read,
        authors=gathering.authors,
        dropped=sum(len(notes) for notes in gathering.waiting.values()),
        stopped=gathering.budget.stopped,
    )
