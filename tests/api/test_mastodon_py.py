"""A day with Mastodon.py, the library that most bots use, in its own thread against a running server."""

import io

import pytest
from anyio import to_thread
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, MastodonUnauthorizedError
from PIL import Image

from tests.api.conftest import consent

pytestmark = pytest.mark.anyio

SCOPES = ["read", "write", "follow", "push"]


def picture(side=320, colour=(180, 60, 200)):
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


async def signed_in(site, username):
    """Register an app and sign in with a code, as a bot's owner does."""
    client_id, secret = await to_thread.run_sync(
        lambda: Mastodon.create_app("a bot", api_base_url=site.url, scopes=SCOPES)
    )
    client = Mastodon(client_id=client_id, client_secret=secret, api_base_url=site.url)
    url = await to_thread.run_sync(lambda: client.auth_request_url(scopes=SCOPES, allow_http=True))
    code = await consent(site, username, url)
    await to_thread.run_sync(lambda: client.log_in(code=code, scopes=SCOPES, allow_http=True))
    return client


@pytest.fixture
async def clients(site):
    return await signed_in(site, "alice"), await signed_in(site, "bob")


async def test_an_app_is_registered_and_signed_in_by_code(site):
    client = await signed_in(site, "alice")

    me = await to_thread.run_sync(client.me)
    app = await to_thread.run_sync(client.app_verify_credentials)

    assert (me.acct, app.name) == ("alice", "a bot")
    assert me.url == f"{site.url}/@alice"


async def test_a_picture_is_posted_and_read(clients):
    alice, bob = clients

    def day():
        alice.account_follow(alice.account_lookup("bob"))
        media = bob.media_post(picture(), mime_type="image/png", description="a square", focus=(0.2, -0.3))
        assert media.description == "a square"
        assert bob.media_update(media, description="a violet square").description == "a violet square"
        post = bob.status_post(
            "Look, #violet", media_ids=[media], spoiler_text="colour", language="en", idempotency_key="one"
        )
        assert bob.status_post("Look, #violet", idempotency_key="one").id == post.id

        home = alice.timeline_home()

        assert [each.id for each in home] == [post.id]
        assert home[0].media_attachments[0].description == "a violet square"
        assert (home[0].application.name, home[0].spoiler_text, home[0].sensitive) == (
            "a bot",
            "colour",
            True,
        )
        assert [tag.name for tag in alice.search("violet").hashtags] == ["violet"]
        assert [each.id for each in alice.timeline_hashtag("violet")] == [post.id]
        assert [each.id for each in bob.timeline_public(local=True)] == [post.id]
        edited = bob.status_update(post, "Look closer, #violet", media_ids=[media.id])
        assert edited.edited_at is not None
        assert [each.spoiler_text for each in alice.status_history(post)] == ["colour", ""]
        assert bob.status_source(post).text == "Look closer, #violet"
        assert bob.status_delete(post).text == "Look closer, #violet"
        with pytest.raises(MastodonNotFoundError):
            alice.status(post)

    await to_thread.run_sync(day)


async def test_a_post_is_liked_boosted_and_answered(clients):
    alice, bob = clients

    def day():
        him = alice.account_lookup("bob")
        assert alice.account_follow(him).following
        post = bob.status_post("hello")

        assert alice.status_favourite(post).favourites_count == 1
        assert alice.status_reblog(post).reblog.id == post.id
        assert alice.status_bookmark(post).bookmarked
        reply = alice.status_post("@bob well seen", in_reply_to_id=post, visibility="unlisted")

        assert [each.id for each in bob.status_context(post).descendants] == [reply.id]
        assert [each.type for each in bob.notifications()] == ["mention", "reblog", "favourite", "follow"]
        assert [each.type for each in bob.notifications(types=["follow"])] == ["follow"]
        assert bob.grouped_notifications().notification_groups[0].type == "mention"
        assert [each.acct for each in bob.status_favourited_by(post)] == ["alice"]
        assert [each.acct for each in bob.status_reblogged_by(post)] == ["alice"]
        assert (
            [each.id for each in alice.bookmarks()] == [each.id for each in alice.favourites()] == [post.id]
        )
        assert alice.status_unfavourite(post).favourites_count == 0
        assert alice.status_unreblog(post).reblogs_count == 0
        assert not alice.account_unfollow(him).following

    await to_thread.run_sync(day)


async def test_pages_are_followed_by_their_links(clients):
    alice, _ = clients

    def read():
        posts = [alice.status_post(f"number {number}") for number in range(7)]
        first = alice.timeline_home(limit=3)
        everything = alice.fetch_remaining(first)
        newer = alice.fetch_previous(alice.timeline_home(max_id=posts[2].id, limit=2))
        return posts, everything, newer

    posts, everything, newer = await to_thread.run_sync(read)

    assert [each.id for each in everything] == [each.id for each in reversed(posts)]
    assert [each.id for each in newer] == [posts[3].id, posts[2].id]


async def test_a_profile_is_changed_in_a_form_with_pictures(clients):
    alice, _ = clients

    def change():
        return alice.account_update_credentials(
            display_name="Alice",
            note="I draw.",
            avatar=picture(),
            avatar_mime_type="image/png",
            header=picture(600),
            header_mime_type="image/png",
            locked=True,
            fields=[("Home", "https://alice.example"), ("Likes", "tea")],
        )

    me = await to_thread.run_sync(change)

    assert (me.display_name, me.source.note, me.locked) == ("Alice", "I draw.", True)
    assert [(field.name, field.value) for field in me.source.fields] == [
        ("Home", "https://alice.example"),
        ("Likes", "tea"),
    ]
    assert "/media/" in me.avatar
    assert "/media/" in me.header


async def test_a_locked_account_is_asked_and_answers(clients):
    alice, bob = clients

    def ask():
        alice.account_update_credentials(locked=True)
        me = alice.me()
        assert bob.account_follow(me).requested
        him = alice.follow_requests()[0]
        assert alice.follow_request_authorize(him).followed_by
        assert [each.acct for each in alice.account_followers(me)] == ["bob"]
        assert alice.account_mute(him, duration=3600).muting
        assert alice.mutes()[0].mute_expires_at is not None
        assert alice.account_block(him).blocking
        assert alice.account_relationships([him.id])[0].blocking
        assert [each.acct for each in alice.blocks()] == ["bob"]
        with pytest.raises(MastodonAPIError):
            bob.account_follow(me)

    await to_thread.run_sync(ask)


async def test_what_an_app_asks_for_at_its_start_is_there(clients):
    alice, _ = clients

    def start():
        server = alice.instance()
        assert server.configuration.statuses.max_characters == 5000
        assert alice.instance_v1().uri == server.domain
        for ask in (
            alice.custom_emojis,
            alice.announcements,
            alice.lists,
            alice.filters_v2,
            alice.conversations,
            alice.trending_tags,
            alice.trending_statuses,
            alice.suggestions_v2,
            alice.followed_tags,
            alice.featured_tags,
            alice.scheduled_statuses,
            alice.domain_blocks,
            alice.endorsements,
            alice.follow_requests,
            alice.blocks,
            alice.mutes,
        ):
            assert list(ask()) == [], ask.__name__
        assert alice.preferences()["posting:default:visibility"] == "public"
        assert alice.notifications_unread_count().count == 0
        alice.markers_set(["home"], ["17"])
        assert alice.markers_get(["home"])["home"].last_read_id in ("17", 17)

    await to_thread.run_sync(start)


async def test_a_poll_is_asked_voted_in_and_edited(clients):
    alice, bob = clients

    def ask():
        question = alice.make_poll(["Tea", "Coffee"], 600, multiple=True, hide_totals=False)
        post = alice.status_post("Which?", poll=question)
        assert [option.title for option in post.poll.options] == ["Tea", "Coffee"]
        voted = bob.poll_vote(post.poll, [0, 1])
        assert (voted.own_votes, voted.votes_count, voted.voters_count) == ([0, 1], 2, 1)
        assert bob.poll(post.poll).voted
        other = alice.make_poll(["Tea", "Mate"], 600)
        assert alice.status_update(post, "Which?", poll=other).poll.votes_count == 0

    await to_thread.run_sync(ask)


async def test_what_is_refused_is_said_in_words(clients):
    alice, bob = clients

    def refuse():
        for sent, words in (
            (lambda: alice.status_post(""), "blank"),
            (lambda: alice.status_post("x" * 5001), "character limit"),
            (lambda: alice.status_post("a poll", poll=alice.make_poll(["a"], 600)), "Choices"),
            (lambda: alice.media_post(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), "."),
            (lambda: alice.media_post(b"not a picture", "image/png"), "."),
        ):
            with pytest.raises(MastodonAPIError, match=words) as refused:
                sent()
            assert refused.value.args[1] == 422, refused.value
        token = alice.access_token
        alice.revoke_access_token(allow_http=True)
        alice.access_token = token
        with pytest.raises(MastodonUnauthorizedError):
            alice.timeline_home()
        with pytest.raises(MastodonNotFoundError):
            bob.status(1)

    await to_thread.run_sync(refuse)
