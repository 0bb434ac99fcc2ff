"""What other servers send in their own way, taken in as they mean it: a server and a fact for each test.

From descriptions of these servers' documents; the posts are of our own making.
"""

import json

import httpx
import pytest
from starlette.responses import JSONResponse

from fedi.actions import follows, posts
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import AS2, LD_JSON_AS2, PUBLIC
from fedi.errors import Gone
from fedi.federation import resolve, threads
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite, Reaction
from fedi.models.media import MediaAttachment
from fedi.models.moderation import Report
from fedi.models.posts import Mention, Post
from fedi.models.relationships import Follow
from tests.support.peer import activity, signed

pytestmark = pytest.mark.anyio


async def taken(home, peer, note) -> Post:
    """The row of a post that its author, who is followed here, delivers."""
    author = note["attributedTo"]
    await home.take({**peer.create(note), "actor": author}, signer=author)
    return await Post.get(uri=note["id"])


@pytest.fixture
async def bob(home, peer) -> str:
    """Somebody whom Alice follows."""
    uri = peer.actor("bob")
    await home.follow(uri)
    return uri


@pytest.fixture
async def mine(home) -> Post:
    return await posts.create(home.server, home.alice, Draft(text="mine"), mentions={})


async def asked(home, target: Account) -> Follow:
    """Alice asks to follow somebody, as a tap in an app does."""
    await follows.request(home.server, home.alice, target)
    return await Follow.get(follower_id=home.alice.id, target_id=target.id)


async def deliver_as(home, document, **how) -> httpx.Response:
    """Deliver with a key id, an algorithm or a Host of its own."""
    body, algorithm = json.dumps(document).encode(), how.pop("algorithm", "rsa-sha256")
    headers = signed(home.inbox, body, now=home.clock.now(), **how)
    headers["Signature"] = headers["Signature"].replace("rsa-sha256", algorithm)
    async with httpx.AsyncClient() as client:
        return await client.post(home.inbox, content=body, headers=headers)


# GoToSocial


def gotosocial(peer) -> str:
    """An actor with a key id without a fragment, which serves a stub to whom it does not know."""
    bob = peer.actor("bob")
    whole = peer.documents["/users/bob"]
    whole["publicKey"] = {**whole["publicKey"], "id": f"{bob}/main-key"}
    stub = {name: whole[name] for name in ("@context", "id", "type", "preferredUsername", "publicKey")}
    peer.documents["/users/bob/main-key"] = stub

    def mind(request):
        if (
            request.method == "GET"
            and request.url.path == "/users/bob"
            and "signature" not in request.headers
        ):
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        return None

    peer.mind = mind
    return bob


async def test_gotosocial_has_key_ids_without_a_fragment_and_answers_them_with_a_stub(home, peer):
    bob = gotosocial(peer)
    follow = activity("Follow", bob, home.alice.uri)

    answer = await deliver_as(home, follow, key_id=f"{bob}/main-key", algorithm="hs2019")
    await home.house.drain()

    assert answer.status_code == 202
    assert await Follow.exists(follower__uri=bob, target_id=home.alice.id)


async def test_gotosocial_has_its_key_known_once_and_is_not_asked_again(home, peer):
    bob = gotosocial(peer)
    for number in range(2):
        follow = activity("Follow", bob, home.alice.uri, id_=f"{bob}/follow/{number}")
        await deliver_as(home, follow, key_id=f"{bob}/main-key", algorithm="hs2019")
        await home.house.drain()

    assert peer.asked["/users/bob/main-key"] == 1


async def test_gotosocial_answers_and_delivers_with_the_type_of_linked_data(home, peer):
    bob = peer.actor("bob")
    peer.documents["/users/bob"] = JSONResponse(peer.documents["/users/bob"], media_type=LD_JSON_AS2)

    follow = activity("Follow", bob, home.alice.uri)
    answer = await deliver_as(home, follow, key_id=f"{bob}#main-key", content_type=LD_JSON_AS2)

    assert answer.status_code == 202


async def test_gotosocial_has_no_shared_inbox_so_each_follower_is_delivered_to(home, peer):
    people = [peer.actor(name) for name in ("bob", "carol")]
    for person in people:
        await home.take(activity("Follow", person, home.alice.uri), signer=person)
    peer.received.clear()

    await posts.create(home.server, home.alice, Draft(text="to all"), mentions={})
    await home.house.drain()

    assert sorted(path for path, _, _ in peer.received) == ["/users/bob/inbox", "/users/carol/inbox"]


async def test_gotosocial_has_ids_of_accepts_that_stand_nowhere(home, peer):
    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    follow = await asked(home, bob)
    inner = {"id": follow.uri, "type": "Follow", "actor": home.alice.uri, "object": bob.uri}
    accept = activity("Accept", bob.uri, inner, id_=f"{bob.uri}/accepts/01H", to=home.alice.uri)

    await home.take(accept, signer=bob.uri)

    assert (await Follow.get(id=follow.id)).state == "accepted"
    assert not peer.asked["/users/bob/accepts/01H"]


# Mastodon


async def test_mastodon_likes_with_a_fragment_and_undoes_by_it_alone(home, peer, bob, mine):
    like = activity("Like", bob, mine.uri, id_=f"{bob}#likes/1")
    await home.take(like, signer=bob)
    assert await Favourite.exists(post_id=mine.id)

    await home.take(activity("Undo", bob, like["id"], id_=f"{bob}#likes/1/undo"), signer=bob)

    assert not await Favourite.exists(post_id=mine.id)


async def test_mastodon_has_numbers_for_ids_and_the_name_elsewhere(home, peer):
    uri = f"{peer.url}/ap/users/115601"
    document = peer.documents
    peer.actor("bob", webfinger=f"bob@{peer.host}", url=f"{peer.url}/@bob")
    whole = json.loads(json.dumps(document.pop("/users/bob")).replace("/users/bob", "/ap/users/115601"))
    document["/ap/users/115601"] = whole
    peer.handles["bob"] = uri

    account = await resolve.account_by_handle(home.server, f"@bob@{peer.host}")

    assert (account.uri, account.username, account.url) == (uri, "bob", f"{peer.url}/@bob")


async def test_mastodon_reports_as_the_server_and_lists_account_and_posts(home, peer, mine):
    server = peer.actor("mastodon.internal", type="Application")
    flag = activity("Flag", server, [home.alice.uri, mine.uri], id_=f"{peer.url}/9", content="")

    await home.take(flag, signer=server)

    assert await Report.filter(target_id=home.alice.id).count() == 1


# Takahē


async def test_takahe_leaves_the_port_out_of_host(home, peer):
    bob = peer.actor("bob")

    answer = await deliver_as(
        home, activity("Follow", bob, home.alice.uri), key_id=f"{bob}#main-key", host="127.0.0.1"
    )

    assert answer.status_code == 202


async def test_a_host_with_another_port_is_another_host(home, peer):
    bob = peer.actor("bob")

    answer = await deliver_as(
        home, activity("Follow", bob, home.alice.uri), key_id=f"{bob}#main-key", host="127.0.0.1:9"
    )

    assert answer.status_code == 401


# Misskey


async def test_misskey_reacts_with_a_like(home, peer, bob, mine):
    like = activity(
        "Like", bob, mine.uri, id_=f"{peer.url}/likes/9", content="🦊", _misskey_reaction="🦊", tag=[]
    )

    await home.take(like, signer=bob)

    assert (await Reaction.get(post_id=mine.id)).emoji == "🦊"


async def test_misskey_accepts_under_an_id_that_stands_nowhere(home, peer):
    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    follow = await asked(home, bob)
    inner = {"id": follow.uri, "type": "Follow", "actor": home.alice.uri, "object": bob.uri}

    await home.take(activity("Accept", bob.uri, inner, id_=f"{peer.url}/0b1c-uuid"), signer=bob.uri)

    assert (await Follow.get(id=follow.id)).state == "accepted"
    assert not peer.asked["/0b1c-uuid"]


async def test_misskey_undoes_a_follow_by_what_it_was_about(home, peer):
    bob = peer.actor("bob")
    await home.take(activity("Follow", bob, home.alice.uri, id_=f"{bob}/follows/1"), signer=bob)
    inner = {"id": f"{peer.url}/follows/another", "type": "Follow", "actor": bob, "object": home.alice.uri}

    await home.take(activity("Undo", bob, inner, id_=f"{bob}/undo/7"), signer=bob)

    assert not await Follow.exists(target_id=home.alice.id)


async def test_misskey_wants_a_text_for_an_id_on_the_signers_host(home, peer, mine):
    bob = peer.actor("bob")
    await home.take(activity("Follow", bob, home.alice.uri), signer=bob)

    sent = [json.loads(body) for _, _, body in peer.received]

    assert sent
    assert all(each["id"].startswith(f"{home.house.url}/") for each in sent)


# Pleroma and Akkoma


async def test_pleroma_accepts_with_the_bare_id_of_the_follow(home, peer):
    bob = await resolve.account_by_uri(home.server, peer.actor("bob"))
    follow = await asked(home, bob)

    await home.take(activity("Accept", bob.uri, follow.uri), signer=bob.uri)

    assert (await Follow.get(id=follow.id)).state == "accepted"


async def test_pleroma_names_a_thread_as_context_and_conversation(home, peer, bob):
    context = f"{peer.url}/contexts/7"
    note = peer.note("1", bob, context=context, conversation=context, actor=bob, directMessage=False)

    assert (await taken(home, peer, note)).context_uri == context


async def test_akkoma_sends_emoji_without_an_id(home, peer, bob):
    picture = {"type": "Image", "url": f"{peer.url}/fox.png"}
    emoji = {"type": "Emoji", "id": None, "name": ":fox:", "icon": picture, "updated": "1970-01-01T00:00:00Z"}

    post = await taken(home, peer, peer.note("1", bob, "<p>:fox:</p>", tag=[emoji]))

    assert [each["shortcode"] for each in post.emojis] == ["fox"]


async def test_akkoma_has_addresses_of_files_in_a_list_of_links(home, peer, bob):
    link = {"type": "Link", "href": f"{peer.url}/a.png", "mediaType": "image/png", "width": 9, "height": 9}
    file = {"type": "Document", "mediaType": "image/png", "name": "alt", "url": [link]}

    post = await taken(home, peer, peer.note("1", bob, attachment=[file]))

    row = await MediaAttachment.get(post_id=post.id)
    assert (row.remote_url, row.kind, row.description) == (f"{peer.url}/a.png", "image", "alt")


async def test_akkoma_boosts_quietly_with_public_in_cc(home, peer, bob, mine):
    announce = activity("Announce", bob, mine.uri, to=[f"{bob}/followers", home.alice.uri], cc=[PUBLIC])

    await home.take(announce, signer=bob)

    assert (await Post.get(boost_of_id=mine.id)).visibility == "unlisted"


async def test_pleroma_serves_a_tombstone_as_if_it_were_there(home, peer, other, bob):
    carol = other.actor("carol")
    note = other.serve(other.note("1", carol))
    await home.take(activity("Announce", bob, note["id"], to=[PUBLIC]), signer=bob)
    other.serve({"@context": AS2, "id": note["id"], "type": "Tombstone"})

    await home.take(activity("Delete", carol, note["id"], id_=f"{other.url}/d/1"), signer=bob)

    assert not await Post.exists(uri=note["id"])


async def test_an_actor_that_is_a_tombstone_is_gone(home, peer):
    peer.documents["/users/bob"] = {"@context": AS2, "id": f"{peer.url}/users/bob", "type": "Tombstone"}

    with pytest.raises(Gone):
        await resolve.account_by_uri(home.server, f"{peer.url}/users/bob")


async def test_pleromas_chat_is_taken_politely(home, peer, bob):
    chat = {"id": f"{peer.url}/chat/1", "type": "ChatMessage", "actor": bob, "content": "psst"}

    await home.take(activity("Create", bob, chat, to=[home.alice.uri]), signer=bob)

    assert not await Post.exists()


# PeerTube


def video(peer, person: str, group: str) -> dict:
    watch = f"{peer.url}/videos/watch/1"
    file = {"type": "Link", "mediaType": "video/mp4", "href": f"{peer.url}/1.mp4", "height": 720, "fps": 30}
    playlist = {
        "type": "Link",
        "mediaType": "application/x-mpegURL",
        "href": f"{peer.url}/1.m3u8",
        "tag": [{"type": "Infohash", "name": "abc"}, file],
    }
    return {
        **peer.note("1", person, "Foxes **at play**\n\nby night", cc=[f"{person}/followers"]),
        "id": watch,
        "type": "Video",
        "name": "Foxes",
        "duration": "PT90S",
        "mediaType": "text/markdown",
        "attributedTo": [{"type": "Person", "id": person}, {"type": "Group", "id": group}],
        "url": [{"type": "Link", "mediaType": "text/html", "href": f"{peer.url}/w/1"}, playlist, file],
        "icon": [{"type": "Image", "url": f"{peer.url}/1.jpg", "mediaType": "image/jpeg", "width": 280}],
        "subtitleLanguage": [],
        "sensitive": False,
        "commentsEnabled": True,
    }


async def test_peertube_has_a_person_and_a_group_for_authors_and_a_tree_of_links(home, peer, bob):
    sent = video(peer, bob, peer.actor("channel", type="Group"))

    await home.take(activity("Create", bob, sent, to=[PUBLIC]), signer=bob)

    post = await Post.get(uri=sent["id"])
    assert (await Account.get(id=post.author_id)).uri == bob
    assert (post.url, post.visibility) == (f"{peer.url}/w/1", "public")
    assert "Foxes" in post.content
    assert f"{peer.url}/w/1" in post.content


async def test_peertube_describes_in_markdown_and_its_lines_are_kept(home, peer, bob):
    sent = video(peer, bob, peer.actor("channel", type="Group")) | {"content": "1 < 2\n\n**by night**"}

    await home.take(activity("Create", bob, sent, to=[PUBLIC]), signer=bob)

    assert "1 &lt; 2</p><p>**by night**" in (await Post.get(uri=sent["id"])).content


async def test_peertube_shows_a_video_in_its_channel(home, peer):
    person, group = peer.actor("bob"), peer.actor("channel", type="Group")
    await home.follow(group)
    sent = peer.serve(video(peer, person, group))

    await home.take(activity("Announce", group, sent["id"], to=[PUBLIC]), signer=group)

    boost = await Post.get(boost_of_id__not_isnull=True)
    assert (await Account.get(id=boost.author_id)).uri == group


async def test_peertube_names_its_authors_by_their_ids_alone(home, peer, bob):
    group = peer.actor("channel", type="Group")
    sent = video(peer, bob, group) | {"attributedTo": [group, bob]}

    await home.take(activity("Create", bob, sent, to=[PUBLIC]), signer=bob)

    post = await Post.get(uri=sent["id"])
    assert (await Account.get(id=post.author_id)).uri == bob


# Lemmy, PieFed and Mobilizon


def page(peer, person: str, group: str, **more) -> dict:
    return {
        "@context": ["https://join-lemmy.org/context.json", AS2],
        "type": "Page",
        "id": f"{peer.url}/post/1",
        "attributedTo": person,
        "to": [group, PUBLIC],
        "cc": [],
        "audience": group,
        "name": "Where foxes sleep",
        "content": "<p>In dens.</p>",
        "mediaType": "text/html",
        "source": {"content": "In dens.", "mediaType": "text/markdown"},
        "attachment": [{"type": "Link", "href": "https://foxes.example/dens"}],
        "image": {"type": "Image", "url": f"{peer.url}/thumb.webp"},
        "sensitive": False,
        "language": {"identifier": "en", "name": "English"},
        "published": "2026-11-20T08:00:00.123456Z",
        **more,
    }


@pytest.fixture
async def community(home, peer) -> str:
    """A community that Alice follows, whose actor has what Lemmy gives and no more."""
    uri = peer.actor("foxes", type="Group", attributedTo=f"{peer.url}/c/foxes/moderators")
    await home.follow(uri)
    return uri


async def test_lemmys_page_is_shown_with_its_title(home, peer, other, community):
    carol = other.actor("carol")
    sent = other.serve(page(other, carol, community))

    await home.take(activity("Announce", community, sent["id"], to=[PUBLIC]), signer=community)

    post = await Post.get(uri=sent["id"])
    assert (post.kind, post.visibility) == ("Page", "public")
    assert "Where foxes sleep" in post.content
    assert "In dens." in post.content
    assert await Post.exists(boost_of_id=post.id)


async def test_lemmy_announces_the_create_of_a_page(home, peer, other, community):
    carol = other.actor("carol")
    sent = other.serve(page(other, carol, community))
    create = activity("Create", carol, sent, id_=f"{other.url}/activities/create/1", audience=community)
    announce = activity("Announce", community, create, to=[PUBLIC], cc=[f"{community}/followers"])

    await home.take(announce, signer=community)

    post = await Post.get(uri=sent["id"])
    assert await Post.exists(boost_of_id=post.id, author__uri=community)


async def test_lemmy_announces_page_and_create_and_it_is_one_boost(home, peer, other, community):
    carol = other.actor("carol")
    sent = other.serve(page(other, carol, community))
    create = activity("Create", carol, sent, id_=f"{other.url}/activities/create/1")
    for number, what in enumerate((create, sent)):
        announce = activity("Announce", community, what, id_=f"{peer.url}/announce/{number}", to=[PUBLIC])
        await home.take(announce, signer=community)

    assert await Post.filter(boost_of_id__not_isnull=True).count() == 1


async def test_lemmys_announced_create_says_what_the_page_itself_says(home, peer, other, community):
    carol = other.actor("carol")
    sent = other.serve(page(other, carol, community))
    create = activity("Create", carol, {**sent, "content": "<p>forged</p>"}, id_=f"{other.url}/c/1")

    await home.take(activity("Announce", community, create, to=[PUBLIC]), signer=community)

    assert "forged" not in (await Post.get(uri=sent["id"])).content


async def test_lemmys_announced_comment_joins_its_thread_and_is_no_boost(home, peer, other, community):
    carol = other.actor("carol")
    sent = other.serve(page(other, carol, community))
    await home.take(activity("Announce", community, sent["id"], to=[PUBLIC]), signer=community)
    comment = other.serve(other.note("2", carol, inReplyTo=sent["id"], audience=community))
    create = activity("Create", carol, comment, id_=f"{other.url}/c/2")

    await home.take(activity("Announce", community, create, to=[PUBLIC]), signer=community)

    reply = await Post.get(uri=comment["id"])
    assert reply.in_reply_to_uri == sent["id"]
    assert not await Post.exists(boost_of_id=reply.id)


async def test_lemmys_announced_delete_is_believed_when_the_origin_says_so(home, peer, other, community):
    carol = other.actor("carol")
    sent = other.serve(page(other, carol, community))
    await home.take(activity("Announce", community, sent["id"], to=[PUBLIC]), signer=community)
    delete = activity("Delete", carol, sent["id"], id_=f"{other.url}/d/1")

    await home.take(activity("Announce", community, delete, to=[PUBLIC]), signer=community)
    assert await Post.exists(uri=sent["id"])
    del other.documents["/post/1"]
    again = activity("Announce", community, delete, id_=f"{peer.url}/announce/again", to=[PUBLIC])
    await home.take(again, signer=community)

    assert not await Post.exists(uri=sent["id"])


@pytest.mark.parametrize("kind", ["Like", "Dislike", "Undo", "Block", "Lock"])
async def test_lemmys_other_announced_activities_cost_no_request(home, peer, other, community, kind):
    carol = other.actor("carol")
    inner = activity(kind, carol, f"{other.url}/post/1", id_=f"{other.url}/activities/1")

    await home.take(activity("Announce", community, inner, to=[PUBLIC]), signer=community)

    assert not other.asked
    assert not await Post.exists()


async def test_mobilizons_event_is_shown_with_its_name(home, peer, bob):
    event = peer.note("1", bob, "<p>Bring a torch.</p>") | {
        "type": "Event",
        "name": "Fox watch",
        "startTime": "2026-12-01T18:00:00+01:00",
        "endTime": "2026-12-01T20:00:00+01:00",
        "location": {"type": "Place", "name": "The wood", "address": {"type": "PostalAddress"}},
        "actor": bob,
        "joinMode": "free",
        "commentsEnabled": True,
    }

    post = await taken(home, peer, event)

    assert post.kind == "Event"
    assert "Fox watch" in post.content


async def test_mobilizons_event_of_a_group_comes_by_its_group(home, peer):
    person, group = peer.actor("bob"), peer.actor("wood", type="Group")
    await home.follow(group)
    event = peer.note("1", group) | {"type": "Event", "name": "Fox watch", "actor": person}
    peer.serve(event)

    await home.take(activity("Announce", group, event["id"], to=[PUBLIC]), signer=group)

    assert (await Post.get(uri=event["id"])).kind == "Event"


# WordPress and WriteFreely


async def test_wordpress_sends_an_article_with_an_excerpt_that_is_no_warning(home, peer, bob):
    article = peer.note("1", bob, "<p>Long, <em>long</em> words.</p>") | {
        "type": "Article",
        "name": "On foxes",
        "summary": "Short words.",
        "url": f"{peer.url}/on-foxes",
        "preview": {"type": "Note", "content": "Short words."},
    }

    post = await taken(home, peer, article)

    assert (post.summary, post.sensitive) == ("", False)
    assert "<em>long</em>" in post.content
    assert "On foxes" in post.content


# Pixelfed


async def test_pixelfed_sends_pictures_as_images(home, peer, bob):
    image = {
        "type": "Image",
        "mediaType": "image/jpeg",
        "url": f"{peer.url}/storage/1.jpg",
        "name": "A fox",
        "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        "width": 800,
        "height": 600,
    }
    note = peer.note("1", bob, attachment=[image], commentsEnabled=True, location=None) | {
        "capabilities": {"announce": PUBLIC, "like": PUBLIC, "reply": PUBLIC},
        "published": "2026-11-20T08:00:00+00:00",
    }

    post = await taken(home, peer, note)

    row = await MediaAttachment.get(post_id=post.id)
    assert (row.kind, row.description, row.width) == ("image", "A fox", 800)


async def test_pixelfeds_story_is_taken_politely(home, peer, bob):
    story = {"id": f"{peer.url}/stories/1", "type": "Story", "attributedTo": bob, "duration": 10}

    await home.take(activity("Create", bob, story, to=[f"{bob}/followers"]), signer=bob)

    assert not await Post.exists()


# snac, Honk, microblog.pub


async def test_snac_has_one_attachment_as_an_object_without_a_name(home, peer, bob):
    file = {"type": "Image", "mediaType": "image/png", "url": f"{peer.url}/1.png"}

    post = await taken(home, peer, peer.note("1", bob, attachment=file))

    assert (await MediaAttachment.get(post_id=post.id)).description == ""


async def test_honk_has_an_attachment_without_a_type(home, peer, bob):
    file = {"mediaType": "image/png", "url": f"{peer.url}/1.png", "name": "1.png"}

    post = await taken(home, peer, peer.note("1", bob, attachment=[file]))

    assert (await MediaAttachment.get(post_id=post.id)).kind == "image"


async def test_snac_has_one_tag_as_an_object(home, peer, bob):
    tag = {"type": "Mention", "href": home.alice.uri, "name": "@alice"}

    post = await taken(home, peer, peer.note("1", bob, to=PUBLIC, cc=home.alice.uri, tag=tag))

    assert await Mention.filter(post_id=post.id, account_id=home.alice.id, silent=False).count() == 1


async def test_honk_pings_and_is_taken_politely(home, peer, bob):
    await home.take(activity("Ping", bob, home.alice.uri), signer=bob)


# Threads and others that let in only who signs


async def test_threads_gives_nothing_to_whom_does_not_sign(home, peer):
    carol = peer.actor("carol")
    note = peer.serve(peer.note("1", carol))

    def mind(request):
        is_open = request.url.path.startswith("/.well-known/") or "signature" in request.headers
        return None if is_open else JSONResponse({"error": "unauthorized"}, status_code=401)

    peer.mind = mind

    post = await threads.post_by_uri(home.server, note["id"])

    assert post.uri == note["id"]


# Bridges and others that write little


async def test_bridgy_has_addresses_of_other_protocols_in_its_ids(home, peer):
    note_id = f"{peer.url}/convert/ap/at://did:plc:abc/app.bsky.feed.post/3k"
    did = f"{peer.url}/ap/did:plc:abc"
    peer.actor("bob.bsky.test", id=did, url="https://bsky.app.example/profile/bob.bsky.test")
    whole = peer.documents.pop("/users/bob.bsky.test")
    key = {**whole["publicKey"], "id": f"{did}#key", "owner": did}
    peer.documents["/ap/did:plc:abc"] = whole | {"publicKey": key}
    peer.handles["bob.bsky.test"] = did
    peer.serve(peer.note("1", did) | {"id": note_id})

    post = await threads.post_by_uri(home.server, note_id)

    author = await Account.get(id=post.author_id)
    assert (author.uri, author.username) == (did, "bob.bsky.test")


async def test_a_post_may_have_files_and_no_words(home, peer, bob):
    file = {"type": "Document", "mediaType": "image/png", "url": f"{peer.url}/1.png"}

    post = await taken(home, peer, peer.note("1", bob, attachment=[file]) | {"content": None})

    assert post.content == ""


async def test_the_conversations_of_streams_are_taken_politely(home, peer, bob):
    note = peer.note("1", bob)
    conversation = f"{peer.url}/conversations/1"
    add = activity("Add", bob, peer.create(note), id_=f"{peer.url}/add/1", target=conversation)

    await home.take(add, signer=bob)

    assert not await Post.exists()


@pytest.mark.parametrize("public", ["as:Public", "Public", PUBLIC])
async def test_fedify_writes_the_public_collection_compactly(home, peer, bob, public):
    note = peer.note("1", bob, to=public, cc=f"{bob}/followers")

    assert (await taken(home, peer, note)).visibility == "public"


async def test_a_reply_may_name_its_parent_in_a_list(home, peer, bob):
    note = peer.note("1", bob, inReplyTo=[f"{peer.url}/notes/0", f"{peer.url}/notes/x"])

    assert (await taken(home, peer, note)).in_reply_to_uri == f"{peer.url}/notes/0"


async def test_content_may_stand_in_a_language_map_alone(home, peer, bob):
    note = peer.note("1", bob, contentMap={"de": "<p>Füchse</p>"})
    del note["content"]

    post = await taken(home, peer, note)

    assert (post.content, post.language) == ("<p>Füchse</p>", "de")


@pytest.mark.parametrize(
    ("written", "year"),
    [
        ("2026-11-20T09:00:00+01:00", 2026),
        ("2026-11-20T08:00:00.123456789Z", 2026),
        ("2026-11-20T08:00:00", 2026),
        ("0001-01-01T00:00:00Z", 1990),
        ("9999-12-31T23:59:59Z", 2026),
        ("yesterday", 2026),
        (None, 2026),
    ],
)
async def test_a_post_has_a_time_however_it_is_written(home, peer, bob, written, year):
    post = await taken(home, peer, peer.note("1", bob) | {"published": written})

    assert post.published_at.year == year


async def test_an_actor_may_have_lists_of_icons_and_pages(home, peer):
    links = [
        {"type": "Link", "mediaType": "application/rss+xml", "href": f"{peer.url}/bob.rss"},
        {"type": "Link", "mediaType": "text/html", "href": f"{peer.url}/bob"},
    ]
    icons = [{"type": "Image", "url": f"{peer.url}/{size}.png", "width": size} for size in (48, 120)]
    bob = peer.actor("bob", icon=icons, url=links, name=None, summary=None, tag={"type": "Link"})

    account = await resolve.account_by_uri(home.server, bob)

    assert (account.url, account.avatar_url) == (f"{peer.url}/bob", f"{peer.url}/48.png")


async def test_an_actor_may_have_no_collections(home, peer):
    bob = peer.actor("bob")
    for name in ("outbox", "followers", "featured"):
        del peer.documents["/users/bob"][name]

    account = await resolve.account_by_uri(home.server, bob)

    assert account.followers_url == ""


async def test_a_note_may_stand_behind_a_fragment(home, peer, bob):
    note = peer.note("1", bob) | {"id": f"{bob}#notes/1"}

    assert (await taken(home, peer, note)).uri == f"{bob}#notes/1"


async def test_an_actor_may_be_inlined(home, peer, bob):
    note = peer.note("1", bob)
    create = peer.create(note) | {"actor": peer.documents["/users/bob"]}

    await home.take(create, signer=bob)

    assert await Post.exists(uri=note["id"])
