"""What each route reads beside its path, by hand: the routes do not say it themselves.

A line is `name:type`, names apart by spaces; `name[]` is a list, `a/b` stands inside `a`, `a[]/b` inside each
of a list, and `!` behind the type is needed. Types: text, flag, integer, id, time, file, and words that may
be chosen, apart by `|`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedi.actions.pushes import ALERTS
from fedi.activitypub.licences import CHOICES
from fedi.media.provenance import DigitalSource
from fedi.queries.notification_requests import DEFAULT_POLICY
from fedi.queries.permits import REMIX_POLICIES

_PAGE = "limit:integer max_id:id since_id:id min_id:id "
_SOME = "limit:integer offset:integer "
_KINDS = (
    "types[]:text exclude_types[]:text account_id:id include_filtered:flag grouped_types[]:text "
    "supported_types[]:text "
)
_VISIBILITY = "public|unlisted|private|direct"
_QUOTES = "public|followers|nobody"
_REMIXES = "|".join(REMIX_POLICIES)
_LICENCES = "|".join(CHOICES)
_REMIX = f"remix_policy:{_REMIXES} licence:{_LICENCES} "
_LABEL = "source_type:" + "|".join(each.value for each in DigitalSource if each.is_ai) + " "
_POLL = "poll/options[]:text poll/expires_in:integer poll/multiple:flag poll/hide_totals:flag "
_POST = (
    "status:text media_ids[]:id sensitive:flag spoiler_text:text content_type:text in_reply_to_id:id "
    f"visibility:{_VISIBILITY}|mutuals|local language:text quoted_status_id:id quote_id:id "
    f"quote_approval_policy:{_QUOTES} local_only:flag federated:flag allowed_mentions[]:id "
    f"{_REMIX}model_tag:flag {_POLL}"
)
_PROFILE = (
    "display_name:text note:text locked:flag bot:flag discoverable:flag indexable:flag hide_collections:flag "
    "show_media:flag show_media_replies:flag show_featured:flag fields_attributes[]/name:text "
    "fields_attributes[]/value:text attribution_domains[]:text avatar:file avatar_media_id:id "
    "avatar_description:text header:file header_media_id:id header_description:text "
    f"source/privacy:{_VISIBILITY} source/sensitive:flag source/language:text "
    f"source/quote_policy:{_QUOTES} source/status_content_type:text source/show_application:flag "
    "source/model_media:show|blur|hide source/model_tag:flag "
    "source/discoverable:flag source/indexable:flag source/hide_collections:flag "
    f"remix_policy:{_REMIXES} source/remix_policy:{_REMIXES} in_gallery:flag source/in_gallery:flag "
)
_FILTER = (
    "title:text context[]:home|notifications|public|thread|account filter_action:warn|hide|blur "
    "expires_in:integer keywords_attributes[]/id:id keywords_attributes[]/keyword:text "
    "model_media:flag keywords_attributes[]/whole_word:flag keywords_attributes[]/_destroy:flag "
)
_FILTER_V1 = (
    "phrase:text! context[]:home|notifications|public|thread|account irreversible:flag whole_word:flag "
    "expires_in:integer "
)
_CLIENT = "client_id:text client_secret:text "
_CONTROLS = (
    "size:portrait|picture|header|full strength:number keep_colours:flag line_weight:number detail:number "
    "proportions:number crop:none|square variant:text"
)
_LIST = "title:text replies_policy:followed|list|none exclusive:flag "
_DESCRIBED = f"description:text focus:text licence:{_LICENCES} {_LABEL}"
_UPLOAD = f"file:file! {_DESCRIBED}"
_PUSH_DATA = "data/policy:all|followed|follower|none " + " ".join(
    f"data/alerts/{kind}:flag" for kind in ALERTS
)
_SEARCH = (
    "q:text type:accounts|statuses|hashtags resolve:flag following:flag account_id:id min_id:id max_id:id "
    f"{_SOME}"
)
_PUBLIC = f"local:flag remote:flag only_media:flag {_PAGE}"
_OLD_POLICY = (
    "filter_not_following:flag filter_not_followers:flag filter_new_accounts:flag "
    "filter_private_mentions:flag"
)

PARAMETERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "POST /api/v1/apps": "client_name:text! redirect_uris[]:text! scopes:text website:text",
        "POST /oauth/token": (
            "grant_type:authorization_code|client_credentials! code:text redirect_uri:text "
            f"code_verifier:text scope:text {_CLIENT}"
        ),
        "POST /oauth/revoke": f"token:text! {_CLIENT}",
        "POST /api/v1/accounts": ("username:text! email:text! password:text! agreement:flag! locale:text"),
        "GET /api/v1/peers/search": "q:text",
        "GET /api/v1/directory": f"local:flag order:active|new {_SOME}",
        "GET /api/v1/accounts": "id[]:id",
        "GET /api/v1/accounts/lookup": "acct:text!",
        "GET /api/v1/accounts/search": f"q:text resolve:flag following:flag {_SOME}",
        "GET /api/v1/accounts/relationships": "id[]:id",
        "GET /api/v1/accounts/familiar_followers": "id[]:id",
        "GET /api/v1/accounts/{id}/statuses": (
            f"pinned:flag exclude_replies:flag exclude_reblogs:flag only_media:flag tagged:text {_PAGE}"
        ),
        "GET /api/v1/accounts/{id}/followers": _PAGE,
        "GET /api/v1/accounts/{id}/following": _PAGE,
        "GET /api/v1/accounts/{id}/endorsements": _PAGE,
        "POST /api/v1/accounts/{id}/follow": "reblogs:flag notify:flag languages[]:text",
        "POST /api/v1/accounts/{id}/mute": "notifications:flag duration:integer",
        "POST /api/v1/accounts/{id}/note": "comment:text",
        "PATCH /api/v1/accounts/update_credentials": _PROFILE,
        "PUT /api/v1/profile": _PROFILE,
        "GET /api/v1/follow_requests": _PAGE,
        "GET /api/v1/blocks": _PAGE,
        "GET /api/v1/mutes": _PAGE,
        "GET /api/v1/endorsements": _PAGE,
        "GET /api/v1/domain_blocks": _PAGE,
        "POST /api/v1/domain_blocks": "domain:text!",
        "DELETE /api/v1/domain_blocks": "domain:text!",
        "GET /api/v1/domain_blocks/preview": "domain:text!",
        "GET /api/v1/suggestions": _SOME,
        "GET /api/v2/suggestions": _SOME,
        "POST /api/v1/reports": (
            "account_id:id! status_ids[]:id rule_ids[]:id comment:text category:spam|legal|violation|other "
            "forward:flag forward_to_domains[]:text"
        ),
        "GET /api/v1/statuses": "id[]:id",
        "POST /api/v1/statuses": f"{_POST} scheduled_at:time",
        "PUT /api/v1/statuses/{id}": (
            "status:text spoiler_text:text sensitive:flag language:text content_type:text media_ids[]:id "
            "media_attributes[]/id:id media_attributes[]/description:text media_attributes[]/focus:text "
            f"media_attributes[]/{_LABEL}media_attributes[]/shows_source:flag "
            f"{_REMIX}{_POLL}"
        ),
        "DELETE /api/v1/statuses/{id}": "delete_media:flag",
        "POST /api/v1/statuses/{id}/reblog": "visibility:public|unlisted|private",
        "GET /api/v1/statuses/{id}/favourited_by": _PAGE,
        "GET /api/v1/statuses/{id}/reblogged_by": _PAGE,
        "GET /api/v1/statuses/{id}/quotes": _PAGE,
        "PUT /api/v1/statuses/{id}/interaction_policy": f"quote_approval_policy:{_QUOTES}!",
        "POST /api/v1/statuses/{id}/translate": "lang:text",
        "POST /api/v1/polls/{id}/votes": "choices[]:integer!",
        "GET /api/v1/timelines/home": _PAGE,
        "GET /api/v1/timelines/public": _PUBLIC,
        "GET /api/v1/timelines/tag/{name}": f"any[]:text all[]:text none[]:text {_PUBLIC}",
        "GET /api/v1/timelines/link": f"url:text! {_PAGE}",
        "GET /api/v1/timelines/list/{id}": _PAGE,
        "GET /api/v1/timelines/direct": _PAGE,
        "GET /api/v1/conversations": _PAGE,
        "GET /api/v1/favourites": _PAGE,
        "GET /api/v1/bookmarks": _PAGE,
        "GET /api/v1/markers": "timeline[]:home|notifications",
        "POST /api/v1/markers": "home/last_read_id:id notifications/last_read_id:id",
        "GET /api/v2/search": _SEARCH,
        "GET /api/v1/search": _SEARCH,
        "GET /api/v1/trends": _SOME,
        "GET /api/v1/trends/tags": _SOME,
        "GET /api/v1/trends/statuses": _SOME,
        "GET /api/v1/trends/links": _SOME,
        "GET /api/v1/followed_tags": _PAGE,
        "POST /api/v1/featured_tags": "name:text!",
        "GET /api/v1/lists/{id}/accounts": _PAGE,
        "POST /api/v1/lists": _LIST.replace("title:text", "title:text!"),
        "PUT /api/v1/lists/{id}": _LIST,
        "POST /api/v1/lists/{id}/accounts": "account_ids[]:id!",
        "DELETE /api/v1/lists/{id}/accounts": "account_ids[]:id!",
        "GET /api/v1/notifications": _KINDS + _PAGE,
        "GET /api/v1/notifications/unread_count": _KINDS + "limit:integer",
        "DELETE /api/v1/notifications/destroy_multiple": "ids[]:id",
        "GET /api/v2/notifications": f"{_KINDS}{_PAGE}expand_accounts:full|partial_avatars",
        "GET /api/v2/notifications/unread_count": _KINDS + "limit:integer",
        "GET /api/v2/notifications/{group_key}/accounts": _PAGE,
        "GET /api/v1/notifications/requests": _PAGE,
        "POST /api/v1/notifications/requests/accept": "id[]:id",
        "POST /api/v1/notifications/requests/dismiss": "id[]:id",
        "PUT /api/v2/notifications/policy": " ".join(f"{name}:accept|filter|drop" for name in DEFAULT_POLICY),
        "PUT /api/v1/notifications/policy": _OLD_POLICY,
        "POST /api/v1/media": _UPLOAD,
        "POST /api/v2/media": _UPLOAD,
        "PUT /api/v1/media/{id}": f"{_DESCRIBED}shows_source:flag",
        "POST /api/v2/filters": _FILTER,
        "PUT /api/v2/filters/{id}": _FILTER,
        "POST /api/v2/filters/{id}/keywords": "keyword:text! whole_word:flag",
        "PUT /api/v2/filters/keywords/{id}": "keyword:text whole_word:flag",
        "POST /api/v2/filters/{id}/statuses": "status_id:id!",
        "POST /api/v1/filters": _FILTER_V1,
        "PUT /api/v1/filters/{id}": _FILTER_V1,
        "GET /api/v1/scheduled_statuses": _PAGE,
        "PUT /api/v1/scheduled_statuses/{id}": "scheduled_at:time",
        "GET /api/fedi/v1/drafts": _PAGE,
        "POST /api/fedi/v1/drafts": _POST,
        "PUT /api/fedi/v1/drafts/{id}": _POST,
        "GET /api/fedi/v1/runs": _PAGE,
        "GET /api/fedi/v1/gallery": f"account_id:id prompt_id:id {_PAGE}",
        "GET /api/fedi/v1/prompts": _PAGE,
        "GET /api/fedi/v1/statuses/{id}/remixes": _PAGE,
        "POST /api/fedi/v1/remixes": "media_id:id account_id:id",
        "GET /api/fedi/v1/remixes": f"received:flag state:pending|accepted|rejected|revoked {_PAGE}",
        "POST /api/fedi/v1/batches": f"media_ids[]:id! style:text {_CONTROLS}",
        "POST /api/fedi/v1/styles/{name}/runs": f"media_id:id! guide_media_id:id {_CONTROLS}",
        "POST /api/fedi/v1/styles/{name}/preview": f"media_id:id picture:file guide_media_id:id {_CONTROLS}",
        "POST /api/fedi/v1/previews": f"media_id:id picture:file guide_media_id:id {_CONTROLS}",
        "POST /api/v1/push/subscription": (
            "subscription/endpoint:text! subscription/keys/p256dh:text! subscription/keys/auth:text! "
            f"subscription/standard:flag {_PUSH_DATA}"
        ),
        "PUT /api/v1/push/subscription": _PUSH_DATA,
        "GET /api/v1/announcements": "with_dismissed:flag",
        "GET /api/v1/streaming/public": "only_media:flag",
        "GET /api/v1/streaming/public/local": "only_media:flag",
        "GET /api/v1/streaming/public/remote": "only_media:flag",
        "GET /api/v1/streaming/hashtag": "tag:text!",
        "GET /api/v1/streaming/hashtag/local": "tag:text!",
        "GET /api/v1/streaming/list": "list:id!",
    }
)
