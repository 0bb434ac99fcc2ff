"""The whole client API as one table: method, path, answer, who may ask, and one of which scopes they need.

docs/api.md is this table for people; a test holds the two equal.
"""

from typing import Final

from starlette.routing import BaseRoute, Route

from fedi.mastodon import (
    accounts,
    apps,
    empty,
    instances,
    marks,
    notifications,
    pictures,
    polls,
    profile,
    quotes,
    reactions,
    refreshes,
    reports,
    searches,
    statuses,
    studio,
    ties,
    timelines,
    uploads,
)
from fedi.mastodon.auth import Access
from fedi.mastodon.calls import Answer, Entry
from fedi.mastodon.router import Router

_Line = tuple[str, str, Answer, str]

_OPEN: Final[list[_Line]] = [
    ("POST", "/api/v1/apps", apps.register, ""),
    ("POST", "/oauth/token", apps.token, ""),
    ("POST", "/oauth/revoke", apps.revoke, ""),
    ("GET", "/.well-known/oauth-authorization-server", apps.discovery, ""),
    ("GET", "/api/v1/instance", instances.show_v1, ""),
    ("GET", "/api/v2/instance", instances.show, ""),
    ("GET", "/api/v1/instance/rules", instances.show_rules, ""),
    ("GET", "/api/v1/instance/peers", instances.show_peers, ""),
    ("GET", "/api/v1/instance/activity", empty.a_list, ""),
    ("GET", "/api/v1/instance/domain_blocks", empty.a_list, ""),
    ("GET", "/api/v1/instance/extended_description", instances.show_extended_description, ""),
    ("GET", "/api/v1/instance/privacy_policy", empty.absent, ""),
    ("GET", "/api/v1/instance/terms_of_service", empty.absent, ""),
    ("GET", "/api/v1/instance/translation_languages", empty.nothing, ""),
    ("GET", "/api/v1/instance/languages", empty.a_list, ""),
    ("GET", "/api/v1/custom_emojis", empty.a_list, ""),
    ("GET", "/api/v1/streaming/health", empty.absent, ""),
    ("GET", "/api/v1/streaming", empty.absent, ""),
    ("GET", "/api/fedi/v1/styles", studio.list_styles, ""),
]

_PUBLIC: Final[list[_Line]] = [
    ("GET", "/api/v1/accounts", accounts.show_many, "read:accounts"),
    ("GET", "/api/v1/accounts/lookup", accounts.lookup, "read:accounts"),
    ("GET", "/api/v1/accounts/{id}", accounts.show, "read:accounts"),
    ("GET", "/api/v1/accounts/{id}/statuses", accounts.posts, "read:statuses"),
    ("GET", "/api/v1/accounts/{id}/followers", accounts.followers, "read:accounts"),
    ("GET", "/api/v1/accounts/{id}/following", accounts.following, "read:accounts"),
    ("GET", "/api/v1/accounts/{id}/featured_tags", empty.a_list_of_account, "read:accounts"),
    ("GET", "/api/v1/accounts/{id}/endorsements", empty.a_list_of_account, "read:accounts"),
    ("GET", "/api/v1/directory", instances.show_directory, "read:accounts"),
    ("GET", "/api/v1/statuses", statuses.show_many, "read:statuses"),
    ("GET", "/api/v1/statuses/{id}", statuses.show, "read:statuses"),
    ("GET", "/api/v1/statuses/{id}/context", statuses.context, "read:statuses"),
    ("GET", "/api/v1/statuses/{id}/history", statuses.show_history, "read:statuses"),
    ("GET", "/api/v1/statuses/{id}/card", statuses.card, "read:statuses"),
    ("GET", "/api/v1/statuses/{id}/favourited_by", marks.favourited_by, "read:accounts"),
    ("GET", "/api/v1/statuses/{id}/reblogged_by", marks.boosted_by, "read:accounts"),
    ("GET", "/api/v1/polls/{id}", polls.show, "read:statuses"),
    ("GET", "/api/v1/pleroma/statuses/{id}/reactions", reactions.show, "read:statuses"),
    ("GET", "/api/v1/pleroma/statuses/{id}/reactions/{emoji}", reactions.show, "read:statuses"),
    ("GET", "/api/v1/timelines/public", timelines.public, "read:statuses"),
    ("GET", "/api/v1/timelines/tag/{name}", timelines.tag, "read:statuses"),
    ("GET", "/api/v1/timelines/link", empty.a_list, "read:statuses"),
    ("GET", "/api/v1/tags/{name}", searches.show_tag, "read"),
    ("GET", "/api/v2/search", searches.find, "read:search"),
    ("GET", "/api/v1/search", searches.find_v1, "read:search"),
    ("GET", "/api/v1/trends", empty.a_list, "read"),
    ("GET", "/api/v1/trends/tags", empty.a_list, "read"),
    ("GET", "/api/v1/trends/statuses", empty.a_list, "read"),
    ("GET", "/api/v1/trends/links", empty.a_list, "read"),
]

_APP: Final[list[_Line]] = [
    ("GET", "/api/v1/apps/verify_credentials", apps.verify, ""),
    ("POST", "/api/v1/accounts", apps.sign_up, "write:accounts"),
]

_PERSON: Final[list[_Line]] = [
    ("GET", "/oauth/userinfo", apps.userinfo, "profile"),
    ("POST", "/oauth/userinfo", apps.userinfo, "profile"),
    ("GET", "/api/v1/accounts/verify_credentials", profile.show, "profile read:accounts"),
    ("PATCH", "/api/v1/accounts/update_credentials", profile.update, "write:accounts"),
    ("DELETE", "/api/v1/profile/avatar", profile.remove_avatar, "write:accounts"),
    ("DELETE", "/api/v1/profile/header", profile.remove_header, "write:accounts"),
    ("GET", "/api/v1/preferences", profile.show_preferences, "read:accounts"),
    ("GET", "/api/v1_alpha/async_refreshes/{id}", refreshes.show, "read"),
    ("GET", "/api/v1/accounts/search", accounts.find, "read:accounts"),
    ("GET", "/api/v1/accounts/relationships", accounts.standings, "read:follows"),
    ("GET", "/api/v1/accounts/familiar_followers", accounts.familiar_followers, "read:follows"),
    ("GET", "/api/v1/accounts/{id}/lists", empty.a_list_of_account, "read:lists"),
    ("GET", "/api/v1/accounts/{id}/identity_proofs", empty.a_list_of_account, "read:accounts"),
    ("POST", "/api/v1/accounts/{id}/follow", ties.follow, "write:follows"),
    ("POST", "/api/v1/accounts/{id}/unfollow", ties.unfollow, "write:follows"),
    ("POST", "/api/v1/accounts/{id}/remove_from_followers", ties.remove_follower, "write:follows"),
    ("POST", "/api/v1/accounts/{id}/block", ties.block, "write:blocks"),
    ("POST", "/api/v1/accounts/{id}/unblock", ties.unblock, "write:blocks"),
    ("POST", "/api/v1/accounts/{id}/mute", ties.mute, "write:mutes"),
    ("POST", "/api/v1/accounts/{id}/unmute", ties.unmute, "write:mutes"),
    ("GET", "/api/v1/follow_requests", ties.requests, "read:follows"),
    ("POST", "/api/v1/follow_requests/{id}/authorize", ties.authorize, "write:follows"),
    ("POST", "/api/v1/follow_requests/{id}/reject", ties.reject, "write:follows"),
    ("GET", "/api/v1/blocks", ties.blocked, "read:blocks"),
    ("GET", "/api/v1/mutes", ties.muted, "read:mutes"),
    ("GET", "/api/v1/domain_blocks", empty.a_list, "read:blocks"),
    ("GET", "/api/v1/endorsements", empty.a_list, "read:accounts"),
    ("GET", "/api/v1/featured_tags", empty.a_list, "read:accounts"),
    ("GET", "/api/v1/featured_tags/suggestions", empty.a_list, "read:accounts"),
    ("GET", "/api/v1/followed_tags", empty.a_list, "read:follows"),
    ("GET", "/api/v1/suggestions", empty.a_list, "read"),
    ("GET", "/api/v2/suggestions", empty.a_list, "read"),
    ("POST", "/api/v1/reports", reports.create, "write:reports"),
    ("POST", "/api/v1/statuses", statuses.create, "write:statuses"),
    ("PUT", "/api/v1/statuses/{id}", statuses.edit, "write:statuses"),
    ("DELETE", "/api/v1/statuses/{id}", statuses.delete, "write:statuses"),
    ("GET", "/api/v1/statuses/{id}/source", statuses.show_source, "read:statuses"),
    ("POST", "/api/v1/statuses/{id}/favourite", marks.favourite, "write:favourites"),
    ("POST", "/api/v1/statuses/{id}/unfavourite", marks.unfavourite, "write:favourites"),
    ("PUT", "/api/v1/pleroma/statuses/{id}/reactions/{emoji}", reactions.add, "write:favourites"),
    ("DELETE", "/api/v1/pleroma/statuses/{id}/reactions/{emoji}", reactions.remove, "write:favourites"),
    ("POST", "/api/v1/statuses/{id}/reblog", marks.boost, "write:statuses"),
    ("POST", "/api/v1/statuses/{id}/unreblog", marks.unboost, "write:statuses"),
    ("POST", "/api/v1/statuses/{id}/bookmark", marks.bookmark, "write:bookmarks"),
    ("POST", "/api/v1/statuses/{id}/unbookmark", marks.unbookmark, "write:bookmarks"),
    ("POST", "/api/v1/statuses/{id}/pin", marks.pin, "write:accounts"),
    ("POST", "/api/v1/statuses/{id}/unpin", marks.unpin, "write:accounts"),
    ("GET", "/api/v1/statuses/{id}/quotes", quotes.show_quotes, "read:statuses"),
    ("POST", "/api/v1/statuses/{id}/quotes/{quoting_id}/revoke", quotes.revoke, "write:statuses"),
    ("PUT", "/api/v1/statuses/{id}/interaction_policy", quotes.set_policy, "write:statuses"),
    ("POST", "/api/v1/statuses/{id}/mute", marks.as_it_is, "write:mutes"),
    ("POST", "/api/v1/statuses/{id}/unmute", marks.as_it_is, "write:mutes"),
    ("POST", "/api/v1/polls/{id}/votes", polls.vote, "write:statuses"),
    ("GET", "/api/v1/scheduled_statuses", empty.a_list, "read:statuses"),
    ("GET", "/api/v1/timelines/home", timelines.home, "read:statuses"),
    ("GET", "/api/v1/timelines/list/{id}", empty.a_list, "read:lists"),
    ("GET", "/api/v1/timelines/direct", empty.a_list, "read:statuses"),
    ("GET", "/api/v1/conversations", empty.a_list, "read:statuses"),
    ("GET", "/api/v1/favourites", timelines.favourites, "read:favourites"),
    ("GET", "/api/v1/bookmarks", timelines.bookmarks, "read:bookmarks"),
    ("GET", "/api/v1/markers", timelines.show_markers, "read:statuses"),
    ("POST", "/api/v1/markers", timelines.save_markers, "write:statuses"),
    ("GET", "/api/v1/lists", empty.a_list, "read:lists"),
    ("GET", "/api/v1/filters", empty.a_list, "read:filters"),
    ("GET", "/api/v2/filters", empty.a_list, "read:filters"),
    ("GET", "/api/v1/announcements", empty.a_list, ""),
    ("GET", "/api/v1/notifications", notifications.show_page, "read:notifications"),
    ("GET", "/api/v1/notifications/unread_count", notifications.unread_count, "read:notifications"),
    ("GET", "/api/v1/notifications/policy", notifications.show_policy_v1, "read:notifications"),
    ("GET", "/api/v1/notifications/requests", empty.a_list, "read:notifications"),
    ("GET", "/api/v1/notifications/{id}", notifications.show, "read:notifications"),
    ("POST", "/api/v1/notifications/clear", notifications.clear, "write:notifications"),
    ("POST", "/api/v1/notifications/{id}/dismiss", notifications.dismiss, "write:notifications"),
    ("DELETE", "/api/v1/notifications/destroy_multiple", notifications.dismiss_many, "write:notifications"),
    ("GET", "/api/v2/notifications", notifications.show_groups, "read:notifications"),
    ("GET", "/api/v2/notifications/unread_count", notifications.unread_count, "read:notifications"),
    ("GET", "/api/v2/notifications/policy", notifications.show_policy, "read:notifications"),
    ("POST", "/api/v2/notifications/clear", notifications.clear, "write:notifications"),
    ("GET", "/api/v2/notifications/{group_key}", notifications.show_group, "read:notifications"),
    (
        "GET",
        "/api/v2/notifications/{group_key}/accounts",
        notifications.show_group_accounts,
        "read:notifications",
    ),
    ("POST", "/api/v2/notifications/{group_key}/dismiss", notifications.dismiss_group, "write:notifications"),
    ("GET", "/api/v1/push/subscription", empty.absent, "push"),
    ("POST", "/api/v1/media", uploads.upload, "write:media"),
    ("POST", "/api/v2/media", uploads.upload, "write:media"),
    ("GET", "/api/v1/media/{id}", uploads.show, "write:media"),
    ("PUT", "/api/v1/media/{id}", uploads.update, "write:media"),
    ("DELETE", "/api/v1/media/{id}", uploads.delete, "write:media"),
    ("POST", "/api/fedi/v1/styles/{name}/runs", studio.create_run, "write:media"),
    ("GET", "/api/fedi/v1/runs", studio.list_runs, "read:statuses write:media"),
    ("GET", "/api/fedi/v1/runs/{id}", studio.show_run, "read:statuses write:media"),
    ("DELETE", "/api/fedi/v1/runs/{id}", studio.cancel_run, "write:media"),
]

TABLE: Final = [
    Entry(method=method, path=path, answer=answer, access=access, scopes=tuple(scopes.split()))
    for access, lines in (
        (Access.OPEN, _OPEN),
        (Access.PUBLIC, _PUBLIC),
        (Access.APP, _APP),
        (Access.PERSON, _PERSON),
    )
    for method, path, answer, scopes in lines
]

_router = Router(TABLE)

ROUTES: Final[list[BaseRoute]] = [
    Route("/api/{path:path}", _router),
    *(
        Route(path, _router)
        for path in (
            "/oauth/token",
            "/oauth/revoke",
            "/oauth/userinfo",
            "/.well-known/oauth-authorization-server",
        )
    ),
    Route("/avatars/original/missing.png", pictures.avatar, methods=["GET"]),
    Route("/headers/original/missing.png", pictures.header, methods=["GET"]),
]
