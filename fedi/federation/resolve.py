"""From what people type or paste to what it names: handles, addresses and pages of any server.

The one door to other servers for those above: accounts and posts come back stored.
"""

import asyncio
import re
from urllib.parse import urljoin

from fedi.activitypub.actors import Actor
from fedi.activitypub.reader import Reader, is_http_uri, parse_document
from fedi.activitypub.vocabulary import ACTIVITY_ACCEPT, ACTOR_TYPES, is_activity_type
from fedi.errors import FediError, NotFound
from fedi.federation.fetch import MAX_HTML_BYTES, check_host, fetch_document, fetch_json
from fedi.federation.known import find_account, find_post
from fedi.federation.people import account_by_handle, account_by_uri, is_handle, store_actor
from fedi.federation.threads import post_by_uri, read_note, store_note
from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.queries import accounts
from fedi.server import Server
from fedi.text.compose import CODES_A_CHARACTER
from fedi.text.pages import find_links
from fedi.text.tokens import Kind, find_tokens

__all__ = ["account_by_handle", "account_by_uri", "anything", "mentions", "post_by_uri"]

MAX_MENTIONS = 20

_LOOK_UPS_AT_ONCE = 4
_MENTION_SECONDS = 10.0


async def mentions(server: Server, text: str) -> dict[str, Account]:
    """Give the accounts that a text names, by the handle as it stands there; unknown ones are left out.

    At most 20 names are looked at, and ten seconds spent.
    """
    longest = server.settings.posts.max_characters * CODES_A_CHARACTER
    names = [token.value for token in find_tokens(text[:longest]) if token.kind is Kind.MENTION]
    wanted = list(dict.fromkeys(names))[:MAX_MENTIONS]
    turns = asyncio.Semaphore(_LOOK_UPS_AT_ONCE)
    found: dict[str, Account] = {}

    async def find(name: str) -> None:
        try:
            async with turns:
                found[name] = await account_by_handle(server, name)
        except FediError:
            # A name that nobody has stays plain text.
            return

    try:
        async with asyncio.timeout(_MENTION_SECONDS), asyncio.TaskGroup() as group:
            for name in wanted:
                group.create_task(find(name))
    except TimeoutError:
        # The slow ones stay plain text too; the post must not wait for them.
        pass
    return {name: found[name] for name in wanted if name in found}


async def anything(server: Server, text: str) -> Account | Post | None:
    """Give what a handle, an address or a page that somebody pasted stands for; None when it is nothing.

    Who may see a post found so is for the caller to ask.
    """
    text = text.strip()
    try:
        if text.lower().startswith(("http://", "https://")):
            return await _at_address(server, text)
        if is_handle(text):
            return await account_by_handle(server, text)
    except FediError:
        return None
    return None


async def _at_address(server: Server, url: str) -> Account | Post | None:
    if not is_http_uri(url):
        return None
    for uri in (url, url.partition("#")[0]):
        if (known := await find_account(server, uri) or await find_post(server, uri)) is not None:
            return known
    if server.uris.is_local(url):
        return await _at_our_page(server, url)
    known_page = await Post.get_or_none(url=url) if await Post.filter(url=url).count() == 1 else None
    return known_page or await _fetched(server, await _activity_address(server, url))


async def _at_our_page(server: Server, url: str) -> Account | Post | None:
    path = url.partition("?")[0]
    name = server.uris.username_of_page(path)
    if name is not None:
        return await accounts.local_by_username(name)
    digits = path.rpartition("/")[2]
    return await Post.get_or_none(id=int(digits), local=True) if re.fullmatch("[0-9]{1,18}", digits) else None


async def _activity_address(server: Server, url: str) -> str:
    """Give where the ActivityPub document of a page is: at the same place, or where the page says."""
    document = await fetch_document(
        server,
        url,
        accept=f"{ACTIVITY_ACCEPT}, text/html;q=0.1",
        accepts=lambda kind: is_activity_type(kind) or kind.lower().startswith("text/html"),
        max_bytes=MAX_HTML_BYTES,
    )
    if is_activity_type(document.content_type):
        return Reader(parse_document(document.body)).id()
    for link in find_links(document.body.decode("utf-8", "replace")):
        if "alternate" in link.rel and is_activity_type(link.type):
            return urljoin(document.url, link.href)
    raise NotFound


async def _fetched(server: Server, uri: str) -> Account | Post | None:
    await check_host(server, uri)
    json = await fetch_json(server, uri)
    read = Reader(json)
    if not ACTOR_TYPES.isdisjoint(read.types()):
        return await store_actor(server, Actor.from_json(json))
    known = await find_post(server, read.id())
    return known or await store_note(server, read_note(json))
