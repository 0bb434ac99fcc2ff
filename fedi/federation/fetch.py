"""Fetch from other servers: a GET signed by the server's own actor, within limits (FEP-fe34, FEP-2677).

At most three redirects, each checked and signed anew; 1 MiB; 20 seconds in all. A document counts only when
its id is the address it was found at. What failed is not asked for again for a while.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from fedi.activitypub.reader import Reader, host_of, is_http_uri, parse_document
from fedi.activitypub.vocabulary import ACTIVITY_ACCEPT, Json, is_activity_type
from fedi.egress import TOTAL_SECONDS, Answer
from fedi.errors import (
    Blocked,
    FediError,
    Gone,
    Malformed,
    NotFound,
    Refused,
    TooLarge,
    Unreachable,
    WrongOrigin,
)
from fedi.federation import knock
from fedi.federation.knock import Signer
from fedi.memory import Recall
from fedi.models.accounts import Account
from fedi.queries import accounts, domains
from fedi.server import Server

MAX_JSON_BYTES: Final = 1024 * 1024
MAX_HTML_BYTES: Final = 512 * 1024
MAX_REDIRECTS: Final = 3

_FAILURES_KEPT = 5_000
_FAILED_SECONDS = 300.0
# A host that was down may be up again before a job's second or third attempt.
_UNREACHABLE_SECONDS = 30.0
_FOUND = 302
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What was found: `url` is where, after redirects."""

    url: str
    content_type: str
    body: bytes


class Failures(Recall[tuple[str, int | None], FediError]):
    """Which fetches failed lately, and how."""

    def __init__(self) -> None:
        super().__init__(size=_FAILURES_KEPT, seconds=_FAILED_SECONDS)


async def fetch_json(server: Server, url: str, *, as_account: Account | None = None) -> Json:
    """Fetch an ActivityPub document whose id is where it was found.

    A document with another id is fetched once more, from that id. Raises WrongOrigin when it is not there
    either, Gone, NotFound, Refused, Malformed, Blocked, TooLarge or Unreachable; the same again, without
    asking, for five minutes.
    """
    where = url.partition("#")[0]
    key, now = (where, as_account.id if as_account else None), server.clock.now()
    failures = server.memory.of(Failures)
    if (failed := failures.get(key, now)) is not None:
        raise failed.with_traceback(None)
    try:
        return await _fetch_own_words(server, where, as_account)
    except (Gone, NotFound, Refused, Malformed, WrongOrigin, TooLarge) as error:
        failures.put(key, error, now)
        raise
    except Unreachable as error:
        failures.put(key, error, now, seconds=_UNREACHABLE_SECONDS)
        raise


async def fetch_document(
    server: Server,
    url: str,
    *,
    accept: str,
    accepts: Callable[[str], bool],
    max_bytes: int = MAX_JSON_BYTES,
    as_account: Account | None = None,
) -> Document:
    """Fetch whatever stands at `url`, signed, following up to three redirects.

    `accepts` judges the Content-Type. Raises as `fetch_json` does, but for WrongOrigin.
    """
    signer = Signer.of(as_account or await accounts.instance_actor(server))
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            answer = await _follow(server, url, accept, max_bytes, signer)
    except TimeoutError as error:
        raise Unreachable(f"{host_of(url)} did not answer in time.") from error
    _check_status(answer.status)
    content_type = answer.headers.get("content-type", "")
    if not accepts(content_type):
        raise Malformed("The peer's answer is of another type than asked for.")
    return Document(url=answer.url, content_type=content_type, body=answer.body)


async def fetch_file(
    server: Server, url: str, headers: Mapping[str, str], max_bytes: int, *, cut: bool = False
) -> Answer:
    """Get what stands at an address that anybody may read, unsigned, following redirects, each checked anew.

    Raises Blocked, Malformed, Refused, TooLarge (unless it is `cut`) or Unreachable.
    """
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            for _ in range(MAX_REDIRECTS + 1):
                await check_host(server, url)
                answer = await server.egress.request(
                    "GET", url, headers=headers, max_bytes=max_bytes, cut=cut
                )
                if answer.status not in _REDIRECTS or "location" not in answer.headers:
                    if answer.status >= 500:
                        raise Unreachable(f"{host_of(url)} cannot answer now.")
                    if answer.status != 200:
                        raise Refused(answer.status, "The file is not to be had.")
                    return answer
                url = urljoin(url, answer.headers["location"]).partition("#")[0]
    except TimeoutError as error:
        raise Unreachable(f"{host_of(url)} did not answer in time.") from error
    raise Refused(_FOUND, "The address redirects too often.")


async def check_host(server: Server, url: str) -> None:
    """Raise Blocked for an address of ours or of a suspended host, Malformed for what is no address."""
    if not is_http_uri(url):
        raise Malformed("The address cannot be read.")
    if server.uris.is_local(url):
        raise Blocked("The address is our own.")
    if await domains.is_suspended(server, host_of(url)):
        raise Blocked


async def _follow(server: Server, url: str, accept: str, max_bytes: int, signer: Signer) -> Answer:
    for _ in range(MAX_REDIRECTS + 1):
        await check_host(server, url)
        answer = await knock.get(server, url, signer=signer, accept=accept, max_bytes=max_bytes)
        if answer.status not in _REDIRECTS or "location" not in answer.headers:
            return answer
        url = urljoin(url, answer.headers["location"]).partition("#")[0]
    raise Refused(_FOUND, "The peer redirects too often.")


async def _fetch_own_words(server: Server, url: str, as_account: Account | None) -> Json:
    json, found_at = await _fetch_activity(server, url, as_account)
    id_ = Reader(json).id()
    if id_ == found_at:
        return json
    json, found_at = await _fetch_activity(server, id_.partition("#")[0], as_account)
    if found_at != id_ or Reader(json).id() != id_:
        raise WrongOrigin("The document is not to be found at its own id.")
    return json


async def _fetch_activity(server: Server, url: str, as_account: Account | None) -> tuple[Json, str]:
    document = await fetch_document(
        server, url, accept=ACTIVITY_ACCEPT, accepts=is_activity_type, as_account=as_account
    )
    return parse_document(document.body), document.url


def _check_status(status: int) -> None:
    if status == 200:
        return
    if status == NotFound.status_code:
        raise NotFound
    if status == Gone.status_code:
        raise Gone
    if status == 429 or status >= 500:
        raise Unreachable(f"The peer answered {status}.")
    raise Refused(status)
