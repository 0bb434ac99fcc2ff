"""Handles of other servers: look one up, and confirm that an actor's handle leads back to it (RFC 7033).

An actor may claim any name; only the WebFinger answer of the name's own domain makes it so (the loop back
that Mastodon demands).
"""

import re
from urllib.parse import quote

from fedi.activitypub import discovery
from fedi.activitypub.actors import Actor
from fedi.activitypub.discovery import Jrd
from fedi.activitypub.reader import host_of, is_http_uri, parse_document
from fedi.activitypub.vocabulary import Uri
from fedi.errors import FediError, Malformed, NotFound, Refused, WrongOrigin
from fedi.federation.fetch import Document, fetch_document
from fedi.server import Server

_ACCEPT_JRD = "application/jrd+json, application/json"
_ACCEPT_META = "application/jrd+json, application/json, application/xrd+xml, application/xml"
_MAX_BYTES = 128 * 1024
_JSON_TYPES = ("application/jrd+json", "application/json", "application/activity+json", "text/json")
_XML_TYPES = ("application/xrd+xml", "application/xml", "text/xml")
# XML from strangers is not parsed (entity bombs): one attribute of one kind of tag is looked for.
_LINK = re.compile(r"<(?:[A-Za-z]{1,9}:)?Link\s([^<>]{1,4000})>")
_ATTRIBUTE = re.compile(r"([a-z]{1,20})\s{0,9}=\s{0,9}(?:\"([^\"<>]*)\"|'([^'<>]*)')")


async def look_up(server: Server, name: str, domain: str) -> tuple[str, str, Uri]:
    """Ask a domain for a handle: (name, domain) as its server spells them, and the actor's URI.

    Follows one subject that differs from what was asked. Raises NotFound, Gone, Unreachable, Malformed,
    WrongOrigin and what else a fetch may raise.
    """
    jrd = await _ask(server, name, domain)
    subject = discovery.subject(jrd)
    if not _same(subject, (name, domain)):
        jrd = await _ask(server, *subject)
        if not _same(discovery.subject(jrd), subject):
            raise WrongOrigin("The handle leads from one name to the next.")
    if subject[1] in {server.uris.account_domain, server.uris.host}:
        raise WrongOrigin("A handle of ours cannot belong to another server.")
    return *subject, discovery.self_link(jrd)


async def confirm(server: Server, actor: Actor) -> tuple[str, str]:
    """Give the (name, domain) that an actor is known by; raises WrongOrigin unless it leads back to it."""
    name, _, domain = (actor.webfinger or f"{actor.username}@{host_of(actor.id)}").rpartition("@")
    found_name, found_domain, uri = await look_up(server, name, domain.lower())
    if uri != actor.id:
        raise WrongOrigin("The handle of the actor leads to somebody else.")
    return found_name, found_domain


def _same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return (one[0].lower(), one[1].lower()) == (other[0].lower(), other[1].lower())


async def _ask(server: Server, name: str, domain: str) -> Jrd:
    base = f"{server.uris.base_url.split('://')[0]}://{domain}"
    if not is_http_uri(base) or host_of(base) != domain.lower():
        raise Malformed("The handle has an odd host.")
    try:
        document = await _jrd(server, base + discovery.webfinger_path(name, domain))
    except (NotFound, Refused):
        template = await _template(server, base)
        if template is None:
            raise
        document = await _jrd(server, template.replace("{uri}", quote(f"acct:{name}@{domain}", safe="")))
    return Jrd.from_json(parse_document(document.body))


async def _jrd(server: Server, url: str) -> Document:
    return await fetch_document(server, url, accept=_ACCEPT_JRD, accepts=_is_json, max_bytes=_MAX_BYTES)


async def _template(server: Server, base: str) -> str | None:
    """Give another place to ask, from host-meta (RFC 6415), or None."""
    try:
        document = await fetch_document(
            server,
            f"{base}/.well-known/host-meta",
            accept=_ACCEPT_META,
            accepts=lambda kind: _is_json(kind) or _is_xml(kind),
            max_bytes=_MAX_BYTES,
        )
        found = _from_json(document) if _is_json(document.content_type) else _from_xml(document.body)
    except FediError:
        return None
    return found if found and "{uri}" in found else None


def _from_json(document: Document) -> str | None:
    links = Jrd.from_json(parse_document(document.body)).links
    return next((link.template for link in links if link.rel == "lrdd" and link.template), None)


def _from_xml(body: bytes) -> str | None:
    for link in _LINK.finditer(body.decode("utf-8", "replace")):
        attributes = {found[1]: found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(link[1])}
        if attributes.get("rel") == "lrdd" and attributes.get("template"):
            return attributes["template"].replace("&amp;", "&")
    return None


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in _JSON_TYPES


def _is_xml(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in _XML_TYPES
