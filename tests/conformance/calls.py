"""How each route is asked once, happily, in the world of `world`: its path, its parameters, who asks.

A route that is not here has no placeholder and no parameter it needs, and is asked as it stands.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.conformance.world import AUTH, P256DH


@dataclass(frozen=True)
class Ask:
    """One request. `mine`: to somebody else the thing is not there. `absent`: without it there is a 404."""

    path: str = ""
    json: dict[str, Any] | None = None
    who: str = "alice"
    status: int = 200
    mine: bool = False
    absent: bool = True
    # Refused for what the world is like, and that is the right answer.
    reason: str = ""
    parts: dict[str, Any] = field(default_factory=dict)


def mine(path: str, json: dict[str, Any] | None = None, **more: Any) -> Ask:
    """Something of alice's own, which is not there for others."""
    return Ask(path, json, mine=True, **more)


_SUBSCRIPTION = {
    "subscription": {"endpoint": "https://push.example/1", "keys": {"p256dh": P256DH, "auth": AUTH}},
    "data": {"alerts": {"mention": True}},
}
_FILTER = {"title": "x", "context": ["home"], "filter_action": "hide"}
_LOCKED = "registrations are closed in the tests' settings"
_UNTRANSLATED = "the tests' settings name no translator"

CALLS: dict[str, Ask] = {
    "POST /api/v1/apps": Ask(json={"client_name": "x", "redirect_uris": "app://x"}, who="nobody"),
    "POST /oauth/token": Ask(
        json={
            "grant_type": "client_credentials",
            "client_id": "{client_id}",
            "client_secret": "{client_secret}",
        },
        who="nobody",
    ),
    "POST /oauth/revoke": Ask(
        json={"token": "x", "client_id": "{client_id}", "client_secret": "{client_secret}"}, who="nobody"
    ),
    "GET /api/v1/instance/domain_blocks": Ask(status=404, reason="the list of blocks is not published"),
    "GET /api/v1/instance/privacy_policy": Ask(status=404, reason="none is written in the tests' settings"),
    "GET /api/v1/instance/terms_of_service": Ask(status=404, reason="none is written in the tests' settings"),
    "GET /api/v1/peers/search": Ask("/api/v1/peers/search?q=far"),
    "GET /api/v1/streaming": Ask(status=404, reason="it is a socket"),
    "GET /api/v1/accounts": Ask("/api/v1/accounts?id[]={bob}&id[]={carol}"),
    "GET /api/v1/accounts/lookup": Ask("/api/v1/accounts/lookup?acct=bob"),
    "GET /api/v1/accounts/search": Ask("/api/v1/accounts/search?q=bo"),
    "GET /api/v1/accounts/relationships": Ask("/api/v1/accounts/relationships?id[]={bob}&id[]={carol}"),
    "GET /api/v1/accounts/familiar_followers": Ask("/api/v1/accounts/familiar_followers?id[]={bob}"),
    "GET /api/v1/statuses": Ask("/api/v1/statuses?id[]={post}&id[]={bobs_post}"),
    "GET /api/v1/pleroma/statuses/{}/reactions": Ask("/api/v1/pleroma/statuses/{post}/reactions"),
    "GET /api/v1/pleroma/statuses/{}/reactions/{}": Ask("/api/v1/pleroma/statuses/{post}/reactions/🔥"),
    "PUT /api/v1/pleroma/statuses/{}/reactions/{}": Ask("/api/v1/pleroma/statuses/{bobs_post}/reactions/🔥"),
    "DELETE /api/v1/pleroma/statuses/{}/reactions/{}": Ask(
        "/api/v1/pleroma/statuses/{bobs_post}/reactions/🔥"
    ),
    "GET /api/v1/timelines/tag/{}": Ask("/api/v1/timelines/tag/violet", absent=False),
    "GET /api/v1/timelines/link": Ask("/api/v1/timelines/link?url=https://page.example/"),
    "GET /api/v2/search": Ask("/api/v2/search?q=bob"),
    "GET /api/v1/search": Ask("/api/v1/search?q=bob"),
    "GET /api/v1/tags/{}": Ask("/api/v1/tags/violet", absent=False),
    "GET /api/v1/statuses/{}/card": Ask("/api/v1/statuses/{post}/card"),
    "POST /api/v1/statuses/{}/translate": Ask(
        "/api/v1/statuses/{bobs_post}/translate", status=404, reason=_UNTRANSLATED
    ),
    "GET /api/v1/collections/{}": Ask("/api/v1/collections/{list}", status=404, reason="there are none"),
    "GET /api/v1/polls/{}": Ask("/api/v1/polls/{poll}"),
    "POST /api/v1/polls/{}/votes": Ask("/api/v1/polls/{poll}/votes", {"choices": [0]}),
    "GET /api/v1/apps/verify_credentials": Ask(who="app"),
    "POST /api/v1/accounts": Ask(
        json={
            "username": "gina",
            "email": "gina@mail.example",
            "password": "long enough to pass",
            "agreement": True,
            "locale": "en",
        },
        who="app",
        status=403,
        reason=_LOCKED,
    ),
    "PATCH /api/v1/accounts/update_credentials": Ask(json={"display_name": "Alice"}),
    "PUT /api/v1/profile": Ask(json={"display_name": "Alice"}),
    "GET /api/v1_alpha/async_refreshes/{}": Ask("/api/v1_alpha/async_refreshes/{refresh}"),
    "POST /api/v1/accounts/{}/remove_from_followers": Ask("/api/v1/accounts/{carol}/remove_from_followers"),
    "POST /api/v1/accounts/{}/block": Ask("/api/v1/accounts/{frank}/block"),
    "POST /api/v1/accounts/{}/unblock": Ask("/api/v1/accounts/{frank}/unblock"),
    "POST /api/v1/follow_requests/{}/authorize": Ask("/api/v1/follow_requests/{dave}/authorize", mine=True),
    "POST /api/v1/follow_requests/{}/reject": Ask("/api/v1/follow_requests/{erin}/reject", mine=True),
    "POST /api/v1/reports": Ask(json={"account_id": "{frank}", "comment": "rude", "category": "spam"}),
    "POST /api/v1/statuses": Ask(json={"status": "one more"}),
    "PUT /api/v1/statuses/{}": mine("/api/v1/statuses/{other}", {"status": "said again"}),
    "DELETE /api/v1/statuses/{}": mine("/api/v1/statuses/{gone}"),
    "GET /api/v1/statuses/{}/history": Ask("/api/v1/statuses/{other}/history"),
    "GET /api/v1/statuses/{}/source": mine("/api/v1/statuses/{post}/source"),
    "POST /api/v1/statuses/{}/pin": Ask("/api/v1/statuses/{post}/pin"),
    "POST /api/v1/statuses/{}/unpin": Ask("/api/v1/statuses/{post}/unpin"),
    "POST /api/v1/statuses/{}/quotes/{}/revoke": Ask(
        "/api/v1/statuses/{post}/quotes/{quoting}/revoke", absent=True
    ),
    "PUT /api/v1/statuses/{}/interaction_policy": mine(
        "/api/v1/statuses/{post}/interaction_policy", {"quote_approval_policy": "followers"}
    ),
    "GET /api/v1/markers": Ask("/api/v1/markers?timeline[]=home&timeline[]=notifications"),
    "POST /api/v1/markers": Ask(json={"home": {"last_read_id": "{post}"}}),
    "GET /api/v1/notifications/{}": mine("/api/v1/notifications/{notification}"),
    "POST /api/v1/notifications/{}/dismiss": mine("/api/v1/notifications/{notification}/dismiss"),
    "DELETE /api/v1/notifications/destroy_multiple": Ask(
        "/api/v1/notifications/destroy_multiple?ids[]={notification}"
    ),
    "GET /api/v2/notifications/{}": mine("/api/v2/notifications/{group_key}"),
    "GET /api/v2/notifications/{}/accounts": mine("/api/v2/notifications/{group_key}/accounts", absent=False),
    "POST /api/v2/notifications/{}/dismiss": Ask("/api/v2/notifications/{group_key}/dismiss", absent=False),
    "POST /api/v1/media": Ask(parts={"file": "picture"}),
    "POST /api/v2/media": Ask(parts={"file": "picture"}),
    "GET /api/v1/media/{}": mine("/api/v1/media/{media}"),
    "PUT /api/v1/media/{}": mine("/api/v1/media/{media}", {"description": "blue"}),
    "DELETE /api/v1/media/{}": mine("/api/v1/media/{media}"),
    "POST /api/fedi/v1/styles/{}/runs": Ask(
        "/api/fedi/v1/styles/cel/runs", {"media_id": "{attached}"}, status=202, absent=False
    ),
    "POST /api/fedi/v1/styles/{}/preview": Ask(
        "/api/fedi/v1/styles/cel/preview", {"media_id": "{attached}"}, absent=False
    ),
    "POST /api/fedi/v1/previews": Ask(json={"media_id": "{attached}"}),
    "GET /api/fedi/v1/runs/{}": mine("/api/fedi/v1/runs/{run}"),
    "DELETE /api/fedi/v1/runs/{}": mine("/api/fedi/v1/runs/{run}"),
    "GET /api/fedi/v1/statuses/{}/remixes": Ask("/api/fedi/v1/statuses/{post}/remixes"),
    "POST /api/fedi/v1/remixes": Ask(json={"media_id": "{bobs_picture}"}, status=202),
    "GET /api/fedi/v1/remixes/{}": mine("/api/fedi/v1/remixes/{remix}"),
    "POST /api/fedi/v1/remixes/{}/accept": mine("/api/fedi/v1/remixes/{remix}/accept"),
    "POST /api/fedi/v1/remixes/{}/reject": mine("/api/fedi/v1/remixes/{remix_refused}/reject"),
    "POST /api/fedi/v1/remixes/{}/revoke": mine("/api/fedi/v1/remixes/{remix_revoked}/revoke"),
    "POST /api/fedi/v1/batches": Ask(json={"media_ids": ["{attached}"], "style": "cel"}, status=202),
    "GET /api/fedi/v1/batches/{}": mine("/api/fedi/v1/batches/{batch}"),
    "DELETE /api/fedi/v1/batches/{}": mine("/api/fedi/v1/batches/{batch}"),
    "POST /api/v1/lists": Ask(json={"title": "new"}),
    "GET /api/v1/lists/{}": mine("/api/v1/lists/{list}"),
    "PUT /api/v1/lists/{}": mine("/api/v1/lists/{list}", {"title": "renamed"}),
    "DELETE /api/v1/lists/{}": mine("/api/v1/lists/{list}"),
    "GET /api/v1/lists/{}/accounts": mine("/api/v1/lists/{list}/accounts"),
    "POST /api/v1/lists/{}/accounts": mine("/api/v1/lists/{list}/accounts", {"account_ids": ["{carol}"]}),
    "DELETE /api/v1/lists/{}/accounts": mine("/api/v1/lists/{list}/accounts", {"account_ids": ["{bob}"]}),
    "GET /api/v1/timelines/list/{}": mine("/api/v1/timelines/list/{list}"),
    "POST /api/v1/tags/{}/follow": Ask("/api/v1/tags/green/follow", absent=False),
    "POST /api/v1/tags/{}/unfollow": Ask("/api/v1/tags/green/unfollow", absent=False),
    "POST /api/v1/tags/{}/feature": Ask("/api/v1/tags/green/feature", absent=False),
    "POST /api/v1/tags/{}/unfeature": Ask("/api/v1/tags/green/unfeature", absent=False),
    "POST /api/v1/featured_tags": Ask(json={"name": "another"}),
    "DELETE /api/v1/featured_tags/{}": mine("/api/v1/featured_tags/{featured}"),
    "POST /api/v1/accounts/{}/note": Ask("/api/v1/accounts/{bob}/note", {"comment": "plays the oboe"}),
    "POST /api/v1/domain_blocks": Ask(json={"domain": "spam.example"}),
    "DELETE /api/v1/domain_blocks": Ask(json={"domain": "spam.example"}),
    "GET /api/v1/domain_blocks/preview": Ask("/api/v1/domain_blocks/preview?domain=far.example"),
    "DELETE /api/v1/suggestions/{}": Ask("/api/v1/suggestions/{frank}", absent=False),
    "POST /api/v2/filters": Ask(json=_FILTER),
    "GET /api/v2/filters/{}": mine("/api/v2/filters/{filter}"),
    "PUT /api/v2/filters/{}": mine("/api/v2/filters/{filter}", _FILTER),
    "DELETE /api/v2/filters/{}": mine("/api/v2/filters/{filter}"),
    "GET /api/v2/filters/{}/keywords": mine("/api/v2/filters/{filter}/keywords"),
    "POST /api/v2/filters/{}/keywords": mine("/api/v2/filters/{filter}/keywords", {"keyword": "puce"}),
    "GET /api/v2/filters/keywords/{}": mine("/api/v2/filters/keywords/{keyword}"),
    "PUT /api/v2/filters/keywords/{}": mine("/api/v2/filters/keywords/{keyword}", {"keyword": "teal"}),
    "DELETE /api/v2/filters/keywords/{}": mine("/api/v2/filters/keywords/{keyword}"),
    "GET /api/v2/filters/{}/statuses": mine("/api/v2/filters/{filter}/statuses"),
    "POST /api/v2/filters/{}/statuses": mine(
        "/api/v2/filters/{filter}/statuses", {"status_id": "{bobs_post}"}
    ),
    "GET /api/v2/filters/statuses/{}": mine("/api/v2/filters/statuses/{filtered_post}"),
    "DELETE /api/v2/filters/statuses/{}": mine("/api/v2/filters/statuses/{filtered_post}"),
    "POST /api/v1/filters": Ask(json={"phrase": "taupe", "context": ["home"]}),
    "GET /api/v1/filters/{}": mine("/api/v1/filters/{filter_v1}"),
    "PUT /api/v1/filters/{}": mine("/api/v1/filters/{filter_v1}", {"phrase": "grey", "context": ["home"]}),
    "DELETE /api/v1/filters/{}": mine("/api/v1/filters/{filter_v1}"),
    "DELETE /api/v1/conversations/{}": mine("/api/v1/conversations/{conversation}"),
    "POST /api/v1/conversations/{}/read": mine("/api/v1/conversations/{conversation}/read"),
    "POST /api/v1/conversations/{}/unread": mine("/api/v1/conversations/{conversation}/unread"),
    "POST /api/v1/notifications/requests/accept": Ask(
        "/api/v1/notifications/requests/accept?id[]={request_2}"
    ),
    "POST /api/v1/notifications/requests/dismiss": Ask(
        "/api/v1/notifications/requests/dismiss?id[]={request_3}"
    ),
    "GET /api/v1/notifications/requests/{}": mine("/api/v1/notifications/requests/{request_1}"),
    "POST /api/v1/notifications/requests/{}/accept": mine(
        "/api/v1/notifications/requests/{request_1}/accept"
    ),
    "POST /api/v1/notifications/requests/{}/dismiss": mine(
        "/api/v1/notifications/requests/{request_4}/dismiss"
    ),
    "PUT /api/v2/notifications/policy": Ask(json={"for_bots": "filter"}),
    "PUT /api/v1/notifications/policy": Ask(json={"filter_not_followers": False}),
    "GET /api/v1/scheduled_statuses/{}": mine("/api/v1/scheduled_statuses/{scheduled}"),
    "PUT /api/v1/scheduled_statuses/{}": mine(
        "/api/v1/scheduled_statuses/{scheduled}", {"scheduled_at": "2126-01-01T00:00:00.000Z"}
    ),
    "DELETE /api/v1/scheduled_statuses/{}": mine("/api/v1/scheduled_statuses/{scheduled_gone}"),
    "POST /api/fedi/v1/drafts": Ask(json={"status": "half a thought"}),
    "GET /api/fedi/v1/drafts/{}": mine("/api/fedi/v1/drafts/{draft}"),
    "PUT /api/fedi/v1/drafts/{}": mine("/api/fedi/v1/drafts/{draft}", {"status": "a thought"}),
    "DELETE /api/fedi/v1/drafts/{}": mine("/api/fedi/v1/drafts/{draft_gone}"),
    "POST /api/fedi/v1/drafts/{}/publish": mine("/api/fedi/v1/drafts/{draft}/publish"),
    "POST /api/v1/push/subscription": Ask(json=_SUBSCRIPTION),
    "PUT /api/v1/push/subscription": Ask(json={"data": {"alerts": {"follow": True}}}),
    "POST /api/v1/announcements/{}/dismiss": Ask("/api/v1/announcements/{announcement}/dismiss"),
    "PUT /api/v1/announcements/{}/reactions/{}": Ask("/api/v1/announcements/{announcement}/reactions/🔥"),
    "DELETE /api/v1/announcements/{}/reactions/{}": Ask("/api/v1/announcements/{announcement}/reactions/🔥"),
    "GET /api/v1/annual_reports/{}": Ask("/api/v1/annual_reports/2025", status=404, reason="there are none"),
    "GET /api/v1/annual_reports/{}/state": Ask("/api/v1/annual_reports/2025/state", absent=False),
}
# Streams never end: tests/mastodon/test_streaming.py listens to them.
STREAMS = "/api/v1/streaming/"
