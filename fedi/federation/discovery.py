"""Where others learn who lives here and what this is: WebFinger, host-meta, NodeInfo."""

import mimetypes

from starlette.requests import Request
from starlette.responses import Response

from fedi.activitypub import discovery
from fedi.activitypub.discovery import NodeInfo, Resource
from fedi.errors import Forbidden, Gone, NotFound
from fedi.federation.answering import plain
from fedi.memory import Recall
from fedi.models.accounts import Account
from fedi.queries import accounts
from fedi.queries.stats import Stats, stats
from fedi.server import VERSION, Server, server_of

_FOR_ALL = {"Access-Control-Allow-Origin": "*"}
_WEBFINGER_SECONDS = 3 * 86_400
_STATS_SECONDS = 300.0


class CountedStats(Recall[str, Stats]):
    """The counts of this server, taken every few minutes: they read tables through."""

    def __init__(self) -> None:
        super().__init__(size=1, seconds=_STATS_SECONDS)


async def webfinger(request: Request) -> Response:
    """GET /.well-known/webfinger (RFC 7033)."""
    server = server_of(request)
    resource = discovery.parse_resource(request.query_params.get("resource", ""), server.uris)
    if resource is None:
        raise NotFound
    if resource == Resource():
        jrd = discovery.instance(server.uris)
    else:
        account = await _account(resource)
        jrd = discovery.person(server.uris, account.username, account.id, avatar=_avatar(server, account))
    headers = {"Cache-Control": f"public, max-age={_WEBFINGER_SECONDS}", **_FOR_ALL}
    return plain(jrd.to_json(), discovery.JRD_CONTENT_TYPE, headers=headers)


async def host_meta(request: Request) -> Response:
    """GET /.well-known/host-meta (RFC 6415), as XRD; as JSON to who asks for that."""
    if "json" in request.headers.get("accept", ""):
        return await host_meta_json(request)
    text = discovery.host_meta_xml(server_of(request).uris)
    return Response(text, headers={**_FOR_ALL, "Vary": "Accept"}, media_type=discovery.XRD_CONTENT_TYPE)


async def host_meta_json(request: Request) -> Response:
    """GET /.well-known/host-meta.json."""
    json = discovery.host_meta_json(server_of(request).uris)
    return plain(json, "application/json; charset=utf-8", headers={**_FOR_ALL, "Vary": "Accept"})


async def nodeinfo_index(request: Request) -> Response:
    """GET /.well-known/nodeinfo (NodeInfo 2.1, section 3; FEP-2677)."""
    json = discovery.nodeinfo_index(server_of(request).uris)
    return plain(json, "application/json; charset=utf-8", headers=_FOR_ALL)


async def nodeinfo(request: Request) -> Response:
    """GET /nodeinfo/2.0 and /nodeinfo/2.1 (FEP-f1d5, FEP-0151)."""
    server, version = server_of(request), request.path_params["version"]
    if version not in discovery.NODEINFO_VERSIONS:
        raise NotFound
    counts = await _stats(server)
    instance = server.settings.instance
    info = NodeInfo(
        software_name="fedi",
        software_version=VERSION,
        open_registrations=instance.registrations == "open",
        users=counts.users,
        active_month=counts.active_month,
        active_half_year=counts.active_half_year,
        local_posts=counts.posts,
        metadata={"nodeName": instance.title, "nodeDescription": instance.description},
    )
    return plain(info.to_json(version), discovery.nodeinfo_content_type(version), headers=_FOR_ALL)


async def _account(resource: Resource) -> Account:
    if resource.account_id is not None:
        account = await accounts.by_id(resource.account_id)
    else:
        account = await accounts.local_by_username(resource.username or "")
    if account is None or not account.is_local:
        raise NotFound
    if account.gone_at is not None:
        raise Gone
    if account.suspended_at is not None:
        raise Forbidden("This account is suspended.")
    return account


def _avatar(server: Server, account: Account) -> tuple[str, str] | None:
    if not account.avatar_key:
        return None
    media_type = mimetypes.guess_type(account.avatar_key)[0] or "application/octet-stream"
    return media_type, server.uris.media(account.avatar_key)


async def _stats(server: Server) -> Stats:
    counted, now = server.memory.of(CountedStats), server.clock.now()
    found = counted.get("stats", now)
    if found is None:
        found = await stats(server)
        counted.put("stats", found, now)
    return found
