"""Edits: what it said is kept, who has it hears of it, and what may not change does not."""

from datetime import timedelta

import pytest

from fedi.actions import edits, favourites, posts
from fedi.actions.posts import Draft
from fedi.activitypub.reader import write_moment
from fedi.errors import Invalid, WrongOrigin
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Mention, Post, PostEdit, PostTag
from fedi.server import Server
from tests.actions.test_posts import make_media
from tests.support.factories import make_boost, make_follow, make_post
from tests.support.outgoing import forget_sent, sent, told
from tests.support.received import received_post

pytestmark = pytest.mark.anyio


# Ours


async def test_an_edit_keeps_what_was_said_and_sends_the_whole_anew(
    server: Server, clock, ann: Account, rita: Account
):
    await make_follow(server, rita, ann)
    post = await posts.create(server, ann, Draft(text="one #a", language="en"), mentions={})
    await forget_sent()
    clock.turn(minutes=1)

    edited = await edits.edit(server, post, Draft(text="two #b", summary="cw"), mentions={})

    (delivery,) = await sent()
    note = delivery.json["object"]
    assert delivery.json["type"] == "Update"
    assert delivery.json["id"] == f"{post.uri}#updates/{int(edited.edited_at.timestamp() * 1000)}"
    assert (note["id"], note["updated"]) == (post.uri, write_moment(edited.edited_at))
    assert (note["summary"], note["sensitive"], note["published"]) == (
        "cw",
        True,
        write_moment(post.published_at),
    )
    assert [tag["name"] for tag in note["tag"]] == ["#b"]
    kept = await PostEdit.get(post_id=post.id)
    assert (kept.text, kept.summary, kept.created_at) == ("one #a", "", post.published_at)
    assert await PostTag.filter(post_id=post.id).count() == 1


async def test_the_same_edit_twice_is_one_edit(server: Server, ann: Account, rita: Account):
    await make_follow(server, rita, ann)
    post = await posts.create(server, ann, Draft(text="one"), mentions={})

    first = await edits.edit(server, post, Draft(text="two"), mentions={})
    second = await edits.edit(server, post, Draft(text="two"), mentions={})

    assert first.edited_at == second.edited_at
    assert await PostEdit.filter(post_id=post.id).count() == 1
    assert [delivery.type for delivery in await sent()] == ["Create", "Update"]


async def test_two_edits_of_one_moment_have_two_ids(server: Server, ann: Account, rita: Account):
    await make_follow(server, rita, ann)
    post = await posts.create(server, ann, Draft(text="one"), mentions={})

    for text in ("two", "three", "four"):
        await edits.edit(server, post, Draft(text=text), mentions={})

    assert len({delivery.json["id"] for delivery in await sent()}) == 4


async def test_visibility_and_parent_stay(server: Server, ann: Account, rita: Account, rob: Account):
    await make_follow(server, rob, ann)
    parent = await make_post(server, rita)
    post = await posts.create(
        server, ann, Draft(text="x @rita@b.example", visibility="direct"), mentions={"rita@b.example": rita}
    )
    await forget_sent()

    await edits.edit(
        server,
        post,
        Draft(text="y @rita@b.example", visibility="public", in_reply_to=parent),
        mentions={"rita@b.example": rita},
    )

    (delivery,) = await sent()
    assert (delivery.inbox, delivery.json["to"]) == ("https://b.example/inbox", [rita.uri])
    row = await Post.get(id=post.id)
    assert (row.visibility, row.in_reply_to_id) == ("direct", None)


async def test_boosters_and_the_newly_named_are_told_and_nobody_twice(
    server: Server, ann: Account, ben: Account, rita: Account, rob: Account
):
    post = await posts.create(server, ann, Draft(text="@rita@b.example"), mentions={"rita@b.example": rita})
    await make_boost(server, ben, post)
    await make_boost(server, rob, post)
    await forget_sent()

    named = {"ben": ben}
    await edits.edit(server, post, Draft(text="now @ben"), mentions=named)
    await edits.edit(server, post, Draft(text="again @ben"), mentions=named)

    assert sorted(kind for kind, _, _ in await told(ben)) == ["mention", "update"]
    assert {delivery.inbox for delivery in await sent()} == {"https://b.example/inbox", rob.inbox_url}
    silent = await Mention.get(post_id=post.id, account_id=rita.id)
    assert silent.silent
    # She goes on reading it and is sent the edit; the post does not say so, or it would of hidden recipients.
    note = (await sent())[0].json["object"]
    assert rita.uri not in note["cc"]
    assert [tag["href"] for tag in note["tag"]] == [ben.uri]


async def test_an_edit_of_what_is_not_for_all_reaches_nobody_new(
    server: Server, ann: Account, rita: Account, rob: Account
):
    follow = await make_follow(server, rita, ann)
    post = await posts.create(server, ann, Draft(text="friends", visibility="followers"), mentions={})
    await favourites.favourite(server, rita, post)
    await follow.delete()
    await make_follow(server, rob, ann)
    await forget_sent()

    await edits.edit(server, post, Draft(text="friends!", visibility="followers"), mentions={})

    assert [delivery.inbox for delivery in await sent()] == [rob.inbox_url]


async def test_files_and_their_alt_texts_are_edited(
    server: Server, ann: Account, ben: Account, rita: Account
):
    await make_follow(server, rita, ann)
    old, kept, new = [await make_media(server, ann) for _ in range(3)]
    post = await posts.create(server, ann, Draft(text="x", media=[old, kept]), mentions={})
    await forget_sent()
    kept.description = "A fox"

    await edits.edit(server, post, Draft(text="x", media=[new, kept]), mentions={})

    attached = (await sent())[0].json["object"]["attachment"]
    assert [(each["url"].rpartition("/")[2], each.get("name")) for each in attached] == [
        (new.file_key.rpartition("/")[2], None),
        (kept.file_key.rpartition("/")[2], "A fox"),
    ]
    assert (await MediaAttachment.get(id=old.id)).post_id is None
    assert (await PostEdit.get(post_id=post.id)).media == [
        {"id": old.id, "description": ""},
        {"id": kept.id, "description": ""},
    ]
    with pytest.raises(Invalid):
        await edits.edit(server, post, Draft(text="x", media=[await make_media(server, ben)]), mentions={})


async def test_an_edit_cannot_be_empty_or_too_long(server: Server, ann: Account):
    post = await posts.create(server, ann, Draft(text="one"), mentions={})

    for text in ("", "x" * (server.settings.posts.max_characters + 1)):
        with pytest.raises(Invalid):
            await edits.edit(server, post, Draft(text=text), mentions={})

    assert (await Post.get(id=post.id)).text == "one"


# Theirs


async def test_a_peers_edit_is_applied_once_and_tells_boosters_and_the_newly_named(
    server: Server, ann: Account, ben: Account, rita: Account
):
    now = server.clock.now()
    published = write_moment(now - timedelta(hours=1))
    first = received_post(server, rita, published=published)
    post = await posts.receive(server, rita, first, mentions=[], parent=None)
    await make_boost(server, ben, post)
    newer = received_post(
        server,
        rita,
        published=published,
        updated=write_moment(now),
        content="<p>better</p>",
        to=[rita.followers_url],
        cc=[ann.uri],
        tag=[{"type": "Mention", "href": ann.uri}],
        attachment=[{"type": "Image", "url": "https://b.example/2.png"}],
    )

    await edits.receive(server, post, newer, mentions=[])
    await edits.receive(server, post, newer, mentions=[ann])

    row = await Post.get(id=post.id)
    assert (row.content, row.visibility) == ("<p>better</p>", "public")
    assert row.edited_at == newer.updated_at
    assert (await PostEdit.get(post_id=post.id)).content == "<p>hello</p>"
    assert await told(ben) == [("update", rita.id, post.id)]
    assert await MediaAttachment.filter(post_id=post.id).count() == 1
    assert await sent() == []


async def test_who_is_named_by_a_peers_edit_is_told(server: Server, ann: Account, rita: Account):
    now = server.clock.now()
    published = write_moment(now - timedelta(hours=1))
    post = await posts.receive(
        server, rita, received_post(server, rita, published=published), mentions=[], parent=None
    )
    tags = [{"type": "Mention", "href": ann.uri}]
    newer = received_post(
        server, rita, published=published, updated=write_moment(now), content="<p>@ann</p>", tag=tags
    )

    await edits.receive(server, post, newer, mentions=[ann])

    assert await told(ann) == [("mention", rita.id, post.id)]


async def test_an_older_or_undated_version_changes_nothing(server: Server, rita: Account):
    now = server.clock.now()
    times = {"published": write_moment(now - timedelta(hours=2))}
    known = received_post(server, rita, updated=write_moment(now - timedelta(hours=1)), **times)
    post = await posts.receive(server, rita, known, mentions=[], parent=None)

    for updated in ({}, {"updated": write_moment(now - timedelta(minutes=90))}):
        older = received_post(server, rita, content="<p>old</p>", **times, **updated)
        await edits.receive(server, post, older, mentions=[])

    assert (await Post.get(id=post.id)).content == "<p>hello</p>"
    assert not await PostEdit.exists()


async def test_a_newer_version_that_says_the_same_is_no_edit(server: Server, rita: Account):
    now = server.clock.now()
    published = write_moment(now - timedelta(hours=2))
    post = await posts.receive(
        server, rita, received_post(server, rita, published=published), mentions=[], parent=None
    )

    same = received_post(server, rita, published=published, updated=write_moment(now))
    await edits.receive(server, post, same, mentions=[])

    assert (await Post.get(id=post.id)).edited_at is None


async def test_an_edit_of_another_post_is_refused(server: Server, rita: Account):
    post = await posts.receive(server, rita, received_post(server, rita, "1"), mentions=[], parent=None)

    with pytest.raises(WrongOrigin):
        await edits.receive(server, post, received_post(server, rita, "2"), mentions=[])
