"""Every method of Mastodon.py is called once against a running server, or says here why not."""

import inspect
from datetime import UTC, datetime

import pytest
from anyio import to_thread
from mastodon import Mastodon

from tests.api.test_mastodon_py import picture, signed_in

pytestmark = pytest.mark.anyio

# Why a method is not called: by its name, or how it begins.
EXPLAINED = {
    "admin_": "the interface of moderators is not here",
    "collection": "there are no collections (4.6)",
    "collection_": "the same",
    "account_collections": "the same",
    "account_in_collections": "the same",
    "annual_report_": "there are no reviews of years",
    "annual_report": "the same",
    "annual_reports": "there are no reviews of years",
    "stream_": "tests/mastodon/test_streaming.py listens",
    "push_subscription_": "tests/mastodon/test_push.py",
    "push_subscription": "the same",
    "create_app": "before anybody is signed in: test_mastodon_py.py",
    "create_account": "the same",
    "log_in": "the same",
    "auth_request_url": "the same",
    "revoke_access_token": "the same",
    "persistable_login_credentials": "the same",
    "email_resend_confirmation": "no mail is sent",
    "instance_domain_blocks": "not published by this server",
    "instance_terms_of_service": "none is written",
    "status_translate": "no translator is set",
    "follows": "removed in Mastodon 3",
    "search_v1": "removed in Mastodon 3",
    "suggestion_delete": "nobody is suggested on a server of two",
    "account_pin": "the older name of endorse",
    "account_unpin": "the older name of unendorse",
    "fetch_": "pages: test_mastodon_py.py",
    "pagination_": "the same",
    "get_pagination_info": "the same",
    "reports": "removed in Mastodon 2.5",
    "profile_update": "4.6, which this server does not announce",
    "profile": "4.6, which this server does not announce",
    "account_delete_": "pictures: test_mastodon_py.py",
    "announcement_": "there is none; tests/mastodon/test_announcements.py",
    "trends": "the older name of trending_tags",
    "markers_": "test_mastodon_py.py",
    "notification_requests": "nobody waits; tests/conformance",
    "notification_request": "nobody waits; tests/conformance",
    "accept_": "the same",
    "dismiss_": "the same",
    "conversations_read": "tests/conformance",
    "follow_request_": "test_mastodon_py.py",
    "poll": "test_mastodon_py.py",
    "poll_vote": "the same",
    "oauth_userinfo": "insists on https",
    "status_quote_revoke": "tests/conformance",
    "grouped_notification_accounts": "tests/conformance",
    "await_async_refresh": "nothing runs in the background",
    "get_async_": "the same",
    **dict.fromkeys(
        (
            "clear_caches",
            "decode_blurhash",
            "filters_apply",
            "generate_media_edit_attributes",
            "get_approx_server_time",
            "get_status_length",
            "get_supported_version",
            "make_poll",
            "set_language",
            "timeline_is_available",
            "verify_minimum_version",
        ),
        "asks no server",
    ),
}


def day(alice, bob):
    """Call them; give the names of those that were, and what each that failed said."""
    him, me = alice.account_lookup("bob").id, alice.me().id
    bob.account_follow(me)
    alice.account_follow(him)
    post = alice.status_post("hello #violet").id
    his = bob.status_post("@alice hi #green").id
    media = alice.media_post(picture(), "image/png").id
    a_list = alice.list_create("friends").id
    old = alice.filter_create("beige", ["home"]).id
    new = alice.create_filter_v2("x", ["home"], "warn").id
    later = alice.status_post("later", scheduled_at=datetime(2126, 1, 1, tzinfo=UTC)).id
    tag = alice.featured_tag_create("violet").id
    word = alice.add_filter_keyword_v2(new, "taupe").id
    caught = alice.add_filter_status_v2(new, his).id
    told = alice.notifications()
    seen = {"account_lookup", "me", "account_follow", "status_post", "media_post", "list_create"}
    seen |= {"filter_create", "create_filter_v2", "featured_tag_create", "add_filter_keyword_v2"}
    seen |= {"add_filter_status_v2", "notifications"}
    group = alice.grouped_notifications().notification_groups[0].group_key
    arguments = {
        "accounts": ([him],),
        "account_note_set": (him, "plays the oboe"),
        "account_search": ("bo",),
        "statuses": ([post, his],),
        "status": (his,),
        "status_pin": (post,),
        "status_unpin": (post,),
        "status_source": (post,),
        "status_update": (post, "hello again"),
        "status_update_quote_approval_policy": (post, "followers"),
        "status_reply": (bob.status(his), "hi"),
        "toot": ("one more",),
        "media": (media,),
        "media_update": (media,),
        "list": (a_list,),
        "list_accounts": (a_list,),
        "list_accounts_add": (a_list, [him]),
        "list_accounts_delete": (a_list, [him]),
        "list_update": (a_list, "good friends"),
        "timeline_list": (a_list,),
        "timeline_hashtag": ("violet",),
        "timeline_link": ("https://page.example/",),
        "filter": (old,),
        "filter_update": (old, "grey", ["home"]),
        "filter_v2": (new,),
        "update_filter_v2": (new, "y"),
        "filter_keywords_v2": (new,),
        "filter_statuses_v2": (new,),
        "filter_status_v2": (caught,),
        "scheduled_status": (later,),
        "scheduled_status_update": (later, datetime(2126, 2, 1, tzinfo=UTC)),
        "tag": ("violet",),
        "tag_follow": ("violet",),
        "tag_unfollow": ("violet",),
        "tag_feature": ("green",),
        "tag_unfeature": ("green",),
        "search": ("bob",),
        "search_v2": ("bob",),
        "domain_block": ("loud.example",),
        "domain_unblock": ("loud.example",),
        "report": (him,),
        "grouped_notification": (group,),
        "notifications_dismiss": (told[0].id,),
        "delete_filter_keyword_v2": (word,),
        "delete_filter_status_v2": (caught,),
        "delete_filter_v2": (new,),
        "filter_delete": (old,),
        "list_delete": (a_list,),
        "scheduled_status_delete": (later,),
        "featured_tag_delete": (tag,),
    }
    failed = {}
    for name, method in sorted(methods().items(), key=lambda each: rank(each[0])):
        if name in seen or explained(name):
            continue
        given = arguments.get(name)
        if given is None and required(method):
            given = (him,) if name.startswith("account") else (his,)
        try:
            getattr(alice, name)(*(given or ()))
        except Exception as error:  # noqa: BLE001  whatever the library says, it is told
            failed[name] = f"{type(error).__name__}: {error}"
    alice.status_delete(post)
    return failed


def rank(name):
    last = ("delete", "clear", "unblock", "unmute", "unendorse", "unfollow", "unbookmark", "unpin")
    late = any(
        word in name
        for word in (*last, "unfavourite", "unreblog", "unfeature", "remove_from", "block", "account_mute")
    )
    whole = name in ("delete_filter_v2", "notifications_clear")
    return (late, whole, name)


def methods():
    return {
        name: method
        for name, method in inspect.getmembers(Mastodon, inspect.isfunction)
        if not name.startswith("_") and name not in ("status_delete", "auth_request_url")
    }


def required(method):
    several = list(inspect.signature(method).parameters.values())[1:]
    return [
        each for each in several if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD
    ]


def explained(name):
    return any(name == each or (each.endswith("_") and name.startswith(each)) for each in EXPLAINED)


async def test_every_method_of_mastodon_py_is_called_or_explained(site):
    alice, bob = await signed_in(site, "alice"), await signed_in(site, "bob")

    failed = await to_thread.run_sync(day, alice, bob)

    assert not failed, "\n" + "\n".join(f"{name}: {why}" for name, why in failed.items())
