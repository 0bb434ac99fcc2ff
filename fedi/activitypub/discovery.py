"""WebFinger (RFC 7033), host-meta (RFC 6415) and NodeInfo documents: ours written, others' read.

Remote host-meta is not read: it is XML from strangers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from fedi.activitypub.reader import Reader
from fedi.activitypub.uris import LocalUris
from fedi.activitypub.vocabulary import ACTIVITY_JSON, Json, Uri, is_activity_type
from fedi.errors import Malformed

JRD_CONTENT_TYPE: Final = "application/jrd+json; charset=utf-8"
XRD_CONTENT_TYPE: Final = "application/xrd+xml; charset=utf-8"
NODEINFO_SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"
NODEINFO_VERSIONS: Final = ("2.1", "2.0")

_MAX_RESOURCE_CHARACTERS = 2048
_MAX_LINKS = 100
_MAX_ALIASES = 20
_PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
_AVATAR = "http://webfinger.net/rel/avatar"
_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_INTENT_OBJECT = "https://w3id.org/fep/3b86/Object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of a JRD, to an address (`href`) or a form of addresses (`template`)."""

    rel: str
    type: str | None = None
    href: str | None = None
    template: str | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(
            rel=read.string("rel", limit=_MAX_RESOURCE_CHARACTERS) or "",
            type=read.string("type", limit=_MAX_RESOURCE_CHARACTERS),
            href=read.string("href", limit=_MAX_RESOURCE_CHARACTERS),
            template=read.string("template", limit=_MAX_RESOURCE_CHARACTERS),
        )

    def to_json(self) -> Json:
        said = {"rel": self.rel, "type": self.type, "href": self.href, "template": self.template}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Jrd:
    """A WebFinger answer; `subject` is `acct:name@domain`."""

    subject: str
    aliases: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        aliases = [alias for alias in read.many("aliases") if isinstance(alias, str)]
        return cls(
            subject=read.string("subject", limit=_MAX_RESOURCE_CHARACTERS) or "",
            aliases=tuple(alias[:_MAX_RESOURCE_CHARACTERS] for alias in aliases[:_MAX_ALIASES]),
            links=tuple(Link.from_json(link.json) for link in read.objects("links")[:_MAX_LINKS]),
        )

    def to_json(self) -> Json:
        links = [link.to_json() for link in self.links]
        return {"subject": self.subject, "aliases": list(self.aliases), "links": links}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Whom a WebFinger query asks for: a name here, an account's id, or (neither) the server's own actor."""

    username: str | None = None
    account_id: int | None = None


def parse_resource(resource: str, uris: LocalUris) -> Resource | None:
    """Read what a WebFinger query asks for; None is somebody or something of another server (404).

    Forms: `acct:name@domain` (of handles or of this host, any case), `name@domain`, an actor's id, a profile
    page. Raises Malformed for what has none of these forms (400).
    """
    if not 0 < len(resource) <= _MAX_RESOURCE_CHARACTERS:
        raise Malformed("The resource is missing or too long.")
    if resource.lower().startswith(("https://", "http://")):
        return _by_address(resource, uris)
    handle = resource[len("acct:") :] if resource.lower().startswith("acct:") else resource
    name, _, domain = handle.removeprefix("@").rpartition("@")
    if not name or not domain or "@" in name:
        raise Malformed("The resource is no handle and no address.")
    domain = domain.lower()
    if domain not in {uris.account_domain, uris.host}:
        return None
    return Resource() if name.lower() == domain else Resource(username=name)


def person(uris: LocalUris, username: str, account_id: int, *, avatar: tuple[str, str] | None = None) -> Jrd:
    """Write the WebFinger answer for an account here; `avatar` is (media type, address)."""
    page, actor = uris.profile_page(username), uris.actor(account_id)
    links = [
        Link(rel="self", type=ACTIVITY_JSON, href=actor),
        Link(rel=_PROFILE_PAGE, type="text/html", href=page),
        Link(rel=_SUBSCRIBE, template=uris.interact_template),
        Link(rel=_INTENT_OBJECT, template=uris.interact_template.replace("{uri}", "{object}")),
    ]
    if avatar is not None:
        links.append(Link(rel=_AVATAR, type=avatar[0], href=avatar[1]))
    return Jrd(subject=f"acct:{uris.handle(username)}", aliases=(page, actor), links=tuple(links))


def instance(uris: LocalUris) -> Jrd:
    """Write the WebFinger answer for the server's own actor."""
    actor = uris.instance_actor
    link = Link(rel="self", type=ACTIVITY_JSON, href=actor)
    return Jrd(subject=f"acct:{uris.host}@{uris.host}", aliases=(actor,), links=(link,))


def subject(jrd: Jrd) -> tuple[str, str]:
    """Give (name, domain) of the subject, the domain lower-case. Raises Malformed for no handle."""
    name, _, domain = jrd.subject.removeprefix("acct:").rpartition("@")
    if not name or not domain or "@" in name or jrd.subject.startswith(("http:", "https:")):
        raise Malformed("The WebFinger answer names nobody.")
    return name, domain.lower()


def self_link(jrd: Jrd) -> Uri:
    """Give the actor's id: the first `self` link of an ActivityPub type. Raises Malformed without one."""
    for link in jrd.links:
        if link.rel == "self" and is_activity_type(link.type or "") and link.href:
            return Reader({"href": link.href}).uri("href")
    raise Malformed("The WebFinger answer has no ActivityPub address.")


def webfinger_path(name: str, domain: str) -> str:
    """Give path and query to ask a host for a handle."""
    return f"/.well-known/webfinger?resource={quote(f'acct:{name}@{domain}', safe='')}"


def host_meta_xml(uris: LocalUris) -> str:
    """Write /.well-known/host-meta."""
    link = f'<Link rel="lrdd" template={quoteattr(uris.webfinger_template)}/>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">{link}</XRD>\n'
    )


def host_meta_json(uris: LocalUris) -> Json:
    """Write /.well-known/host-meta.json."""
    return {"links": [{"rel": "lrdd", "template": uris.webfinger_template}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeInfo:
    """What a server tells of itself. Counts that are None are kept to itself (FEP-0151)."""

    software_name: str
    software_version: str
    repository: str | None = None
    homepage: str | None = None
    open_registrations: bool = False
    users: int | None = None
    active_month: int | None = None
    active_half_year: int | None = None
    local_posts: int | None = None
    metadata: Mapping[str, object] | None = None

    def to_json(self, version: str) -> Json:
        """Write the document in version "2.0" or "2.1"."""
        software = {"name": self.software_name, "version": self.software_version}
        if version == "2.1":
            software |= _said({"repository": self.repository, "homepage": self.homepage})
        users = {
            "total": self.users,
            "activeMonth": self.active_month,
            "activeHalfyear": self.active_half_year,
        }
        return {
            "version": version,
            "software": software,
            "protocols": ["activitypub"],
            "services": {"inbound": [], "outbound": []},
            "openRegistrations": self.open_registrations,
            "usage": {"users": _said(users)} | _said({"localPosts": self.local_posts}),
            "metadata": dict(self.metadata or {}),
        }


def nodeinfo_index(uris: LocalUris) -> Json:
    """Write /.well-known/nodeinfo, with the server's own actor (FEP-2677)."""
    links = [
        {"rel": NODEINFO_SCHEMA + version, "href": f"{uris.base_url}/nodeinfo/{version}"}
        for version in NODEINFO_VERSIONS
    ]
    actor = {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": uris.instance_actor}
    return {"links": [*links, actor]}


def nodeinfo_content_type(version: str) -> str:
    """Give the Content-Type of a NodeInfo document."""
    return f'application/json; profile="{NODEINFO_SCHEMA}{version}#"'


def _by_address(address: str, uris: LocalUris) -> Resource | None:
    if address == uris.instance_actor:
        return Resource()
    if (account_id := uris.account_id(address)) is not None:
        return Resource(account_id=account_id)
    username = uris.username_of_page(address)
    return Resource(username=username) if username else None


def _said(values: Mapping[str, object]) -> Json:
    return {name: value for name, value in values.items() if value is not None}
