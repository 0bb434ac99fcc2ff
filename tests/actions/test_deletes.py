"""Deleted posts: what goes with them, what stays to say so, and who is told."""

import pytest

from fedi.actions import bookmarks, boosts, deletes, edits, favourites, pins, posts
from fedi.actions.posts import Draft
from fedi.errors import Gone
from fedi.jobs.kinds import RemoveMedia, read
from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from fedi.models.interactions import Bookmark, Favourite, Pin
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment
from fedi.models.notifications import Notification
from fedi.models.posts import Mention, Post, PostEdit, PostTag, Tombstone
from fedi.server import Server
from tests.actions.test_posts import make_media
from tests.support.factories import make_account, make_follow, make_post
from tests.support.outgoing import forget_sent, sent, told
from tests.support.received import received_post

pytestmark = pytest.mark.anyio


async def test_all_that_hangs_on_a_post_goes_with_it(server: Server, ann: Account, ben: Account):
    parent = await make_post(server, ben)
    draft = Draft(text="@ben #fox", in_reply_to=parent)
    post = await posts.create(server, ann, draft, mentions={"ben": ben})
    await edits.edit(server, post, Draft(text="@ben #foxes"), mentions={"ben": ben})
    await favourites.favourite(server, ben, post)
    await bookmarks.add(server, ben, post)
    await boosts.boost(server, ben, post)
    await pins.pin(server, ann, post)
    answer = await posts.create(server, ben, Draft(text="re", in_reply_to=post), mentions={})

    await deletes.delete(server, post)
    await deletes.delete(server, post)

    assert [row.id for row in await Post.all().order_by("id")] == [parent.id, answer.id]
    for table in (Favourite, Bookmark, Pin, Mention, PostTag, PostEdit, Notification):
        assert not await table.exists(), table.__name__
    row = await Post.get(id=answer.id)
    assert (row.in_reply_to_id, row.in_reply_to_uri) == (None, post.uri)
    assert (await Post.get(id=parent.id)).replies_count == 0
    counts = [(await Account.get(id=who.id)).posts_count for who in (ann, ben)]
    assert counts == [0, 1]


async def test_a_tombstone_of_ours_says_what_it_was(server: Server, ann: Account):
    post = await posts.create(server, ann, Draft(text="x"), mentions={})

    await deletes.delete(server, post)

    stone = await Tombstone.get()
    assert (stone.uri, stone.actor_uri, stone.former_type, stone.local) == (post.uri, ann.uri, "Note", True)


async def test_a_delete_is_addressed_as_the_post_was(server: Server, ann: Account, rita: Account):
    draft = Draft(text="@rita@b.example", visibility="direct")
    post = await posts.create(server, ann, draft, mentions={"rita@b.example": rita})
    await forget_sent()

    await deletes.delete(server, post)

    (delivery,) = await sent()
    assert delivery.inbox == "https://b.example/inbox"
    said = {name: value for name, value in delivery.json.items() if name not in {"@context", "proof"}}
    assert said == {
        "id": f"{post.uri}#delete",
        "type": "Delete",
        "actor": ann.uri,
        "to": [rita.uri],
        "cc": [],
        "object": {"id": post.uri, "type": "Tombstone", "formerType": "Note"},
    }


async def test_everyone_who_may_hold_a_post_hears_that_it_is_gone(server: Server, ann: Account, ben: Account):
    people = {
        name: await make_account(server, name[0], domain=f"{name}.example")
        for name in (
            "mentioned",
            "follower",
            "booster",
            "favourer",
            "replier",
            "follower_of_booster",
            "stranger",
        )
    }
    await make_follow(server, people["follower"], ann)
    await make_follow(server, people["follower_of_booster"], ben)
    mentions = {"m@mentioned.example": people["mentioned"]}
    post = await posts.create(server, ann, Draft(text="@m@mentioned.example"), mentions=mentions)
    await boosts.boost(server, ben, post)
    await boosts.boost(server, people["booster"], post, uri="https://booster.example/a")
    await favourites.favourite(server, people["favourer"], post, uri="https://favourer.example/l")
    await make_post(server, people["replier"], in_reply_to=post)
    await forget_sent()

    await deletes.delete(server, post)

    hosts = {delivery.job.group_key.split(".")[0] for delivery in await sent()}
    assert hosts == people.keys() - {"stranger"}


async def test_who_was_sent_nothing_yet_is_sent_neither_the_post_nor_its_delete(
    server: Server, ann: Account, rita: Account
):
    await make_follow(server, rita, ann)
    post = await posts.create(server, ann, Draft(text="secret"), mentions={})
    await edits.edit(server, post, Draft(text="a secret"), mentions={})

    await deletes.delete(server, post)

    assert not await OutgoingActivity.exists()
    assert not await Job.filter(kind="Deliver").exists()


@pytest.mark.parametrize("state", ["done", "running", "tried"])
async def test_who_may_have_got_the_post_is_sent_its_delete_alone(
    server: Server, ann: Account, rita: Account, state: str
):
    await make_follow(server, rita, ann)
    post = await posts.create(server, ann, Draft(text="secret"), mentions={})
    await Job.filter(kind="Deliver").update(attempts=1, state="ready" if state == "tried" else state)
    await edits.edit(server, post, Draft(text="a secret"), mentions={})

    await deletes.delete(server, post)

    assert [row.kind for row in await OutgoingActivity.all()] == ["Delete"]
    assert [job.state for job in await Job.filter(kind="Deliver").order_by("id")] == (
        ["ready"] if state == "tried" else [state, "ready"]
    )


async def test_pictures_are_removed_by_a_job_after_the_commit(server: Server, ann: Account):
    media = await make_media(server, ann)
    await server.store.put(media.file_key, b"x")
    post = await posts.create(server, ann, Draft(text="", media=[media]), mentions={})

    await deletes.delete(server, post)

    assert (await MediaAttachment.get(id=media.id)).post_id is None
    job = await Job.get(kind="RemoveMedia")
    work = read(job.kind, job.payload)
    assert isinstance(work, RemoveMedia)
    await deletes.remove_media(server, work)
    await deletes.remove_media(server, work)
    assert not await MediaAttachment.exists(id=media.id)
    assert not server.store.path(media.file_key).exists()


async def test_pictures_may_be_kept_for_another_try(server: Server, ann: Account):
    media = await make_media(server, ann)
    post = await posts.create(server, ann, Draft(text="", media=[media]), mentions={})

    await deletes.delete(server, post, keep_media=True)
    await posts.create(server, ann, Draft(text="better", media=[media]), mentions={})

    assert not await Job.exists(kind="RemoveMedia")


async def test_a_picture_that_is_posted_again_is_not_removed(server: Server, ann: Account):
    media = await make_media(server, ann)
    post = await posts.create(server, ann, Draft(text="", media=[media]), mentions={})
    await deletes.delete(server, post)
    again = await posts.create(server, ann, Draft(text="", media=[media]), mentions={})

    await deletes.remove_media(server, RemoveMedia(media_ids=[media.id]))

    assert (await MediaAttachment.get(id=media.id)).post_id == again.id


async def test_a_remote_post_goes_without_a_word_from_us(server: Server, ann: Account, rita: Account):
    tags = [{"type": "Mention", "href": ann.uri}]
    files = [{"type": "Image", "url": "https://b.example/1.png"}]
    remote = received_post(server, rita, tag=tags, attachment=files)
    post = await posts.receive(server, rita, remote, mentions=[ann], parent=None)

    await deletes.delete(server, post)

    assert await sent() == []
    assert await told(ann) == []
    assert not await MediaAttachment.exists()
    assert not (await Tombstone.get(uri=post.uri)).local


async def test_deleting_a_boost_takes_it_back(server: Server, ann: Account, rita: Account):
    post = await make_post(server, rita)
    boost = await boosts.boost(server, ann, post)
    await forget_sent()

    await deletes.delete(server, boost)

    assert [delivery.type for delivery in await sent()] == ["Undo"]
    assert await Post.exists(id=post.id)


async def test_a_stranger_cannot_lay_a_stone_over_ours(server: Server, ann: Account, rita: Account):
    post = await posts.create(server, ann, Draft(text="x"), mentions={})
    await deletes.delete(server, post)

    await deletes.remember_deleted(server, post.uri, rita.uri)

    stone = await Tombstone.get()
    assert (stone.actor_uri, stone.local) == (ann.uri, True)


async def test_the_authors_own_word_counts_after_a_strangers(server: Server, rita: Account, rob: Account):
    remote = received_post(server, rita)
    await deletes.remember_deleted(server, remote.uri, rob.uri)
    await deletes.remember_deleted(server, remote.uri, rita.uri)

    with pytest.raises(Gone):
        await posts.receive(server, rita, remote, mentions=[], parent=None)
