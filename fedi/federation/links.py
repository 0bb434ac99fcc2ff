"""Verify the links of a profile: a page that links back with rel="me" belongs to whom it links to.

Mastodon's check (federation reference 2.6; IndieWeb rel-me). Nothing is shown as verified but a link alone,
whose words are its address.
"""

from urllib.parse import urljoin

from fedi.actions import accounts
from fedi.activitypub.reader import is_http_uri
from fedi.errors import FediError, Malformed
from fedi.federation.fetch import MAX_HTML_BYTES, check_host, fetch_document
from fedi.jobs.kinds import VerifyLinks
from fedi.models.accounts import Account
from fedi.server import Server
from fedi.text.html import Html
from fedi.text.pages import find_links, shown_link

_MAX_LINKS = 100
_MAX_HEAD_BYTES = 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


async def verify(server: Server, job: VerifyLinks) -> None:
    """Run a VerifyLinks job: look at the pages that a profile's fields name and note which link back."""
    account = await Account.get_or_none(id=job.account_id)
    if account is None or account.gone_at is not None:
        return
    values = {field["value"] for field in account.fields_list if not field.get("verified_at")}
    proven = [value for value in values if await _links_back(server, account, Html(value))]
    if proven:
        await accounts.mark_links(server, account, proven)


async def _links_back(server: Server, account: Account, value: Html) -> bool:
    address = shown_link(value)
    if address is None or not is_http_uri(address) or not _may_prove(server, address):
        return False
    try:
        document = await fetch_document(
            server,
            address,
            accept="text/html, application/xhtml+xml;q=0.9",
            accepts=lambda kind: kind.lower().startswith(("text/html", "application/xhtml+xml")),
            max_bytes=MAX_HTML_BYTES,
        )
        page = document.body.decode("utf-8", "replace")
        links = [link.href for link in find_links(page) if "me" in link.rel][:_MAX_LINKS]
        if any(_is_profile(account, urljoin(document.url, href)) for href in links):
            return True
        return bool(links) and await _leads_to(server, account, urljoin(document.url, links[0]))
    except FediError:
        return False


async def _leads_to(server: Server, account: Account, url: str) -> bool:
    """Say whether the first link leads to the profile by one redirect: some sites count clicks so."""
    await check_host(server, url)
    if not _may_prove(server, url):
        raise Malformed("The link back is not secure.")
    answer = await server.egress.request("HEAD", url, headers={}, max_bytes=_MAX_HEAD_BYTES)
    target = urljoin(url, answer.headers.get("location", ""))
    return answer.status in _REDIRECTS and _is_profile(account, target)


def _may_prove(server: Server, url: str) -> bool:
    return url.startswith("https://") or server.settings.server.development


def _is_profile(account: Account, url: str) -> bool:
    return url.rstrip("/").casefold() == account.url.rstrip("/").casefold()
