"""New posts: what is stored, who is told, what is sent, and what is refused."""

import asyncio
from datetime import timedelta

import pytest

from fedi.actions import blocks, deletes, posts
from fedi.actions.posts import Draft
from fedi.activitypub.reader import write_moment
from fedi.activitypub.vocabulary import PUBLIC
from fedi.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Mention, Post, PostTag
from fedi.server import Server
from tests.support.factories import make_account, make_boost, make_follow, make_post
from tests.support.outgoing import sent, told
from tests.support.received import received_post

pytestmark = pytest.mark.anyio


async def make_media(server: Server, owner: Account, **columns) -> MediaAttachment:
    id_ = server.new_id()
    values = {"file_key": f"media/aa/{id_}.webp", "media_type": "image/webp", "width": 8, "height": 6}
    created = {"id": id_, "account_id": owner.id, "created_at": server.clock.now()}
    return await MediaAttachment.create(**{**values, **created, **columns})


async def count(author: Account) -> int:
    return (await Account.get(id=author.id)).posts_count


# What is stored and sent


async def test_a_public_post_is_sent_whole_to_followers_and_the_mentioned(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await make_follow(server, rob, ann)
    draft = Draft(text="Hi @rita@b.example #Foxes", language="en")

    post = await posts.create(server, ann, draft, mentions={"rita@b.example": rita})

    base, actor = server.uris.base_url, ann.uri
    content = (
        '<p>Hi <span class="h-card" translate="no"><a href="https://b.example/@rita" class="u-url mention">'
        f'@<span>rita</span></a></span> <a href="{base}/tags/foxes" class="mention hashtag" rel="tag">'
        "#<span>Foxes</span></a></p>"
    )
    uri, published = f"{base}/ap/o/{post.id}", write_moment(post.published_at)
    to, cc = [PUBLIC], [f"{actor}/followers", rita.uri]
    deliveries = await sent()
    assert {delivery.inbox for delivery in deliveries} == {"https://b.example/inbox", rob.inbox_url}
    json = dict(deliveries[0].json)
    note = json.pop("object")
    assert json.pop("@context")[0] == "https://www.w3.org/ns/activitystreams"
    assert json == {
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": actor,
        "published": published,
        "to": to,
        "cc": cc,
    }
    assert note == {
        "id": uri,
        "type": "Note",
        "url": f"{base}/@Ann/{post.id}",
        "attributedTo": actor,
        "published": published,
        "to": to,
        "cc": cc,
        "context": f"{base}/ap/c/{post.id}",
        "conversation": f"{base}/ap/c/{post.id}",
        "replies": f"{uri}/replies",
        "likes": {"id": f"{uri}/likes", "type": "Collection", "totalItems": 0},
        "shares": {"id": f"{uri}/shares", "type": "Collection", "totalItems": 0},
        "source": {"content": "Hi @rita@b.example #Foxes", "mediaType": "text/plain"},
        "sensitive": False,
        "tag": [
            {"type": "Mention", "href": rita.uri, "name": "@rita@b.example"},
            {"type": "Hashtag", "name": "#Foxes", "href": f"{base}/tags/foxes"},
        ],
        "attachment": [],
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        "content": content,
        "contentMap": {"en": content},
    }
    assert await count(ann) == 1
    assert await PostTag.filter(post_id=post.id).count() == 1


async def test_a_direct_post_reaches_the_mentioned_alone_and_first(
    server: Server, ann: Account, ben: Account, rita: Account, rob: Account
):
    await make_follow(server, rob, ann)
    draft = Draft(text="@rita@b.example psst @ben", visibility="direct")

    post = await posts.create(server, ann, draft, mentions={"rita@b.example": rita, "ben": ben})

    (delivery,) = await sent()
    assert delivery.inbox == "https://b.example/inbox"
    assert (delivery.json["to"], delivery.json["cc"]) == ([rita.uri, ben.uri], [])
    assert delivery.job.priority == 1
    assert await told(ben) == [("mention", ann.id, post.id)]
    assert await count(ann) == 0


async def test_a_followers_post_is_addressed_to_followers(server: Server, ann: Account, rob: Account):
    await make_follow(server, rob, ann)

    await posts.create(server, ann, Draft(text="to friends", visibility="followers"), mentions={})

    (delivery,) = await sent()
    assert (delivery.json["to"], delivery.json["cc"]) == ([ann.followers_url], [])


async def test_a_picture_goes_out_with_alt_text_and_the_label_of_its_model(
    server: Server, ann: Account, rita: Account
):
    await make_follow(server, rita, ann)
    iri = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    plain = await make_media(server, ann)
    drawn = await make_media(
        server, ann, description="A fox", source_type=iri, ai_system="cel", ai_version="sha256:1"
    )

    post = await posts.create(server, ann, Draft(text="", media=[drawn, plain]), mentions={})

    note = (await sent())[0].json["object"]
    assert note["attachment"] == [
        {
            "type": "Document",
            "mediaType": "image/webp",
            "name": "A fox (Made with an AI model.)",
            "url": f"{server.uris.base_url}/media/{drawn.file_key}",
            "width": 8,
            "height": 6,
            "focalPoint": [0.0, 0.0],
            "digitalSourceType": iri,
            "aiSystem": {"type": "fedi:Model", "name": "cel", "version": "sha256:1"},
        },
        {
            "type": "Document",
            "mediaType": "image/webp",
            "url": f"{server.uris.base_url}/media/{plain.file_key}",
            "width": 8,
            "height": 6,
            "focalPoint": [0.0, 0.0],
        },
    ]
    assert "#" not in note["content"]
    rows = await MediaAttachment.filter(post_id=post.id).order_by("position")
    assert [row.id for row in rows] == [drawn.id, plain.id]


async def test_media_must_be_ones_own_ready_unattached_and_not_too_many(
    server: Server, ann: Account, ben: Account
):
    fine = await make_media(server, ann)
    taken = await make_media(server, ann, post_id=(await make_post(server, ann)).id)
    unready = await make_media(server, ann, state="processing")
    others = await make_media(server, ben)
    many = [await make_media(server, ann) for _ in range(server.settings.media.per_post + 1)]

    for media in ([fine, taken], [fine, unready], [fine, others], many):
        with pytest.raises(Invalid):
            await posts.create(server, ann, Draft(text="x", media=media), mentions={})
    await posts.create(server, ann, Draft(text="x", media=[fine]), mentions={})

    assert await Post.filter(text="x").count() == 1


async def test_a_post_cannot_be_empty(server: Server, ann: Account):
    with pytest.raises(Invalid, match="can't be blank"):
        await posts.create(server, ann, Draft(text=" \n "), mentions={})


async def test_a_post_of_a_warning_alone_has_a_text_that_peers_accept(server: Server, ann: Account):
    bare = await posts.create(server, ann, Draft(text="", summary="spider"), mentions={})

    assert (bare.text, bare.summary, bare.sensitive) == (".", "spider", True)


async def test_length_counts_warning_and_text_and_links_as_mastodon_does(server: Server, ann: Account):
    limit = server.settings.posts.max_characters
    link = "https://example.social/" + "a" * 200

    await posts.create(server, ann, Draft(text="x" * (limit - 24) + " " + link), mentions={})
    with pytest.raises(Invalid, match="character limit"):
        await posts.create(server, ann, Draft(text="x" * (limit - 23) + " " + link), mentions={})
    with pytest.raises(Invalid, match="character limit"):
        await posts.create(server, ann, Draft(text="x" * (limit - 2), summary="cat"), mentions={})


async def test_an_odd_visibility_is_refused(server: Server, ann: Account):
    with pytest.raises(Invalid):
        await posts.create(server, ann, Draft(text="x", visibility="private"), mentions={})


async def test_the_suspended_cannot_post_and_the_silenced_post_unlisted(
    server: Server, ann: Account, ben: Account
):
    ann.suspended_at = ben.silenced_at = server.clock.now()

    with pytest.raises(Forbidden):
        await posts.create(server, ann, Draft(text="x"), mentions={})
    assert (await posts.create(server, ben, Draft(text="x"), mentions={})).visibility == "unlisted"


# The same key


async def test_an_idempotency_key_gives_the_first_post_for_an_hour(
    server: Server, clock, ann: Account, ben: Account
):
    draft = Draft(text="once", media=[await make_media(server, ann)], idempotency_key="k" * 300)

    first = await posts.create(server, ann, draft, mentions={})
    again = await posts.create(server, ann, draft, mentions={})
    bens = await posts.create(server, ben, Draft(text="mine", idempotency_key="k" * 300), mentions={})
    clock.turn(minutes=61)
    later = await posts.create(server, ann, Draft(text="once", idempotency_key="k" * 300), mentions={})

    assert first.id == again.id
    assert len({first.id, bens.id, later.id}) == 3
    assert await count(ann) == 2


async def test_the_same_key_at_the_same_time_makes_one_post(server: Server, ann: Account):
    draft = Draft(text="once", idempotency_key="k")

    made = await asyncio.gather(*(posts.create(server, ann, draft, mentions={}) for _ in range(5)))

    assert len({post.id for post in made}) == 1
    assert await Post.all().count() == 1


# Replies


async def test_a_reply_is_in_the_context_of_its_parent_and_sent_to_its_author(
    server: Server, ann: Account, rita: Account
):
    parent = await make_post(server, rita, context_uri="https://b.example/contexts/1")

    reply = await posts.create(server, ann, Draft(text="yes", in_reply_to=parent), mentions={})

    (delivery,) = await sent()
    note = delivery.json["object"]
    assert delivery.inbox == "https://b.example/inbox"
    assert (note["inReplyTo"], note["context"]) == (parent.uri, "https://b.example/contexts/1")
    assert (note["tag"], note["cc"]) == ([], [ann.followers_url])
    assert (reply.in_reply_to_id, reply.in_reply_to_account_id) == (parent.id, rita.id)
    assert (await Post.get(id=parent.id)).replies_count == 1


async def test_a_reply_to_a_boost_answers_the_original(
    server: Server, ann: Account, ben: Account, rita: Account
):
    original = await make_post(server, rita)
    boost = await make_boost(server, ben, original)

    reply = await posts.create(server, ann, Draft(text="yes", in_reply_to=boost), mentions={})

    assert reply.in_reply_to_id == original.id


@pytest.mark.parametrize(
    ("parent", "wanted", "given"),
    [
        ("public", "public", "public"),
        ("unlisted", "public", "public"),
        ("followers", "public", "followers"),
        ("followers", "direct", "direct"),
        ("direct", "public", "direct"),
        ("direct", "followers", "direct"),
    ],
)
async def test_a_reply_never_widens_what_is_not_for_all(
    server: Server, ann: Account, parent: str, wanted: str, given: str
):
    above = await make_post(server, ann, visibility=parent)

    reply = await posts.create(
        server, ann, Draft(text="x", visibility=wanted, in_reply_to=above), mentions={}
    )

    assert reply.visibility == given
    # A reply that not everybody sees is not counted where everybody could see the count.
    assert (await Post.get(id=above.id)).replies_count == (given == "public")


async def test_what_one_may_not_see_cannot_be_answered(
    server: Server, ann: Account, ben: Account, rita: Account
):
    hidden = await make_post(server, rita, visibility="followers")
    blocking = await make_post(server, ben)
    await blocks.block(server, ben, ann)

    for parent in (hidden, blocking):
        with pytest.raises(NotFound):
            await posts.create(server, ann, Draft(text="x", in_reply_to=parent), mentions={})


async def test_followers_who_asked_hear_of_posts_but_not_of_replies_to_others(
    server: Server, ann: Account, ben: Account, rita: Account
):
    await make_follow(server, ben, ann, notify=True)
    parent = await make_post(server, rita)

    post = await posts.create(server, ann, Draft(text="news"), mentions={})
    await posts.create(server, ann, Draft(text="re", in_reply_to=parent), mentions={})
    named = await posts.create(server, ann, Draft(text="@ben"), mentions={"ben": ben})

    assert await told(ben) == [("status", ann.id, post.id), ("mention", ann.id, named.id)]


# Received


async def test_a_received_post_is_stored_told_and_counted_once(server: Server, ann: Account, rita: Account):
    published = server.clock.now() - timedelta(hours=5)
    remote = received_post(
        server,
        rita,
        content="<p>hi <script>x</script>@ann</p>",
        published=write_moment(published),
        cc=[rita.followers_url, ann.uri],
        tag=[
            {"type": "Mention", "href": ann.uri, "name": "@ann@evil.example"},
            {"type": "Hashtag", "name": "#Café"},
        ],
        attachment=[{"type": "Image", "url": "https://b.example/1.png", "name": "alt"}],
    )

    post = await posts.receive(server, rita, remote, mentions=[ann], parent=None)
    again = await posts.receive(server, rita, remote, mentions=[ann], parent=None)

    assert again.id == post.id
    assert (post.content, post.visibility, post.local) == ("<p>hi @ann</p>", "public", False)
    assert post.id >> 16 == int(published.replace(microsecond=0).timestamp() * 1000)
    assert await told(ann) == [("mention", rita.id, post.id)]
    media = await MediaAttachment.get(post_id=post.id)
    assert (media.kind, media.remote_url, media.description) == ("image", "https://b.example/1.png", "alt")
    assert await count(rita) == 1
    assert await sent() == []


async def test_the_id_of_anothers_post_is_refused(server: Server, ann: Account, rita: Account):
    mallory = await make_account(server, "mallory", domain="b.example")
    remote = received_post(server, rita)
    await posts.receive(server, rita, remote, mentions=[], parent=None)

    with pytest.raises(Conflict):
        await posts.receive(server, mallory, remote, mentions=[], parent=None)


async def test_a_deleted_post_does_not_come_back_but_anothers_word_deletes_nothing(
    server: Server, rita: Account, rob: Account
):
    mine, other = received_post(server, rita, "1"), received_post(server, rita, "2")
    await deletes.remember_deleted(server, mine.uri, rita.uri)
    await deletes.remember_deleted(server, other.uri, rob.uri)

    with pytest.raises(Gone):
        await posts.receive(server, rita, mine, mentions=[], parent=None)
    assert await posts.receive(server, rita, other, mentions=[], parent=None)


async def test_many_posts_of_one_second_find_ids(server: Server, rita: Account, monkeypatch):
    drawn = [7, 7, 8]
    monkeypatch.setattr("random.getrandbits", lambda bits: drawn.pop(0))
    second = write_moment(server.clock.now())

    one = await posts.receive(
        server, rita, received_post(server, rita, "1", published=second), mentions=[], parent=None
    )
    other = await posts.receive(
        server, rita, received_post(server, rita, "2", published=second), mentions=[], parent=None
    )

    assert other.id == one.id + 1


async def test_only_the_addressed_are_named_in_a_post_that_is_not_for_all(
    server: Server, ann: Account, ben: Account, rita: Account
):
    tags = [{"type": "Mention", "href": ann.uri}]
    remote = received_post(server, rita, to=[ben.uri], cc=[], tag=tags)

    post = await posts.receive(server, rita, remote, mentions=[ann, ben], parent=None)

    assert post.visibility == "direct"
    rows = await Mention.filter(post_id=post.id)
    assert [(row.account_id, row.silent) for row in rows] == [(ben.id, True)]
    assert await told(ann) == await told(ben) == []


async def test_replies_that_came_first_are_joined_to_their_parent(
    server: Server, ann: Account, rita: Account
):
    later = received_post(server, rita, "parent")
    answer = received_post(server, rita, "answer", inReplyTo=later.uri)
    whisper = received_post(server, rita, "whisper", inReplyTo=later.uri, to=[ann.uri], cc=[])
    for remote in (answer, whisper):
        await posts.receive(server, rita, remote, mentions=[], parent=None)

    parent = await posts.receive(server, rita, later, mentions=[], parent=None)

    joined = await Post.filter(in_reply_to_id=parent.id, in_reply_to_account_id=rita.id).count()
    assert (joined, (await Post.get(id=parent.id)).replies_count) == (2, 1)
