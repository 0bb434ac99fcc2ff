"""Remixes between houses: asked, allowed, stamped, shown, taken back (federation reference 19.3)."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from fedi.actions import deletes, edits, follows, media, posts, remixes
from fedi.actions.accounts import ProfileChanges, update_profile
from fedi.actions.posts import Draft
from fedi.clock import TurnableClock
from fedi.errors import Forbidden, Invalid
from fedi.federation import resolve
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.queries import snapshots
from tests.servers.conftest import Neighbours
from tests.support import peer as peers
from tests.support.houses import House, house, settle
from tests.support.pictures import photo
from tests.support.servers import make_person

pytestmark = pytest.mark.anyio


@pytest.fixture
async def third(tmp_path: Path, migrated_file: Path, clock: TurnableClock) -> AsyncIterator[House]:
    """A third house, where Carol lives."""
    (tmp_path / "c" / "data").mkdir(parents=True)
    shutil.copy(migrated_file, tmp_path / "c" / "data" / "fedi.db")
    async with house(tmp_path / "c", clock=clock) as c:
        yield c


async def follow(at: House, follower: Account, target: Account, home: House) -> None:
    with at.server.db.activate():
        found = await resolve.account_by_handle(at.server, f"@{target.username}@{home.server.uris.host}")
        await follows.request(at.server, follower, found)


async def bobs_picture(n: Neighbours, policy: str = "everyone", **draft: object) -> Post:
    """Bob, who may be found, posts a picture, and A has it."""
    with n.b.server.db.activate():
        await update_profile(n.b.server, n.bob, ProfileChanges(indexable=True, remix_policy=policy))
        picture = await media.upload(n.b.server, n.bob, photo(), description="a fox")
        post = await posts.create(
            n.b.server, n.bob, Draft(text="my fox", media=[picture], **draft), mentions={}
        )
    await follow(n.a, n.alice, n.bob, n.b)
    await settle(n.a, n.b)
    with n.a.server.db.activate():
        await resolve.post_by_uri(n.a.server, post.uri)
    return post


async def ask(n: Neighbours, original: Post) -> Remix:
    """Alice asks for its picture."""
    with n.a.server.db.activate():
        picture = await MediaAttachment.get(post__uri=original.uri)
        return await remixes.ask(n.a.server, n.alice, picture.id)


async def drawn(n: Neighbours, remix: Remix) -> MediaAttachment:
    """Give what the studio makes of the copy that Alice was given, but for the drawing."""
    with n.a.server.db.activate():
        found = await Remix.get(id=remix.id).select_related("source")
        assert found.source is not None
        picture = await media.upload(n.a.server, n.alice, photo(32, 24), description="a drawn fox")
        await MediaAttachment.filter(id=picture.id).update(based_on_uri=found.source.based_on_uri)
        return await MediaAttachment.get(id=picture.id)


async def shown(n: Neighbours, original: Post, **draft: object) -> Post:
    """Alice asks, is allowed, and posts her remix."""
    remix = await ask(n, original)
    await settle(n.a, n.b)
    picture = await drawn(n, remix)
    with n.a.server.db.activate():
        post = await posts.create(
            n.a.server, n.alice, Draft(text="look", media=[picture], **draft), mentions={}
        )
    await settle(n.a, n.b)
    return post


async def state_at(at: House) -> list[str]:
    with at.server.db.activate():
        return [each.state for each in await Remix.all().order_by("id")]


async def test_whom_its_author_lets_gets_the_picture_and_nobody_before(neighbours):
    n = neighbours
    original = await bobs_picture(n)

    remix = await ask(n, original)
    with n.a.server.db.activate():
        assert not await MediaAttachment.exists(account_id=n.alice.id)
    assert await state_at(n.a) == ["pending"]
    await settle(n.a, n.b)

    assert await state_at(n.a) == ["accepted"]
    assert await state_at(n.b) == ["accepted"]
    with n.a.server.db.activate():
        found = await Remix.get(id=remix.id).select_related("source")
        assert found.stamp_uri.startswith(n.b.server.uris.remix_stamp(0)[:-1])
        assert (found.source.account_id, found.source.post_id) == (n.alice.id, None)
        assert found.source.description == "a fox"
        assert await n.a.server.store.read(found.source.original_key)


async def test_a_remix_names_whose_picture_it_was_in_words_and_for_machines(neighbours):
    n = neighbours
    original = await bobs_picture(n)

    made = await shown(n, original)

    note = (await peers.get(made.uri)).json()
    assert note["isBasedOn"] == original.uri
    stamp = note["remixAuthorization"]
    assert f'Based on <a href="{original.url}"' in note["content"]
    assert {"type": "Mention", "href": n.bob.uri}.items() <= note["tag"][0].items()
    assert (await peers.get(stamp)).json() | {"@context": None} == {
        "@context": None,
        "id": stamp,
        "type": "RemixAuthorization",
        "attributedTo": n.bob.uri,
        "interactingObject": made.uri,
        "interactionTarget": original.uri,
    }
    with n.b.server.db.activate():
        at_b = await Post.get(uri=made.uri)
        assert await Notification.filter(account_id=n.bob.id, kind="mention", post_id=at_b.id).count() == 1
        seen = await snapshots.of_post(n.b.server, await Post.get(id=original.id), None)
        assert seen.remixes_count == 1
        link = (await snapshots.of_post(n.b.server, at_b, None)).remix
        assert (link.owner.id, link.original.id) == (n.bob.id, original.id)


async def test_a_yes_that_bob_gives_himself_is_awaited(neighbours):
    n = neighbours
    original = await bobs_picture(n, "ask")

    remix = await ask(n, original)
    await settle(n.a, n.b)
    assert await state_at(n.a) == await state_at(n.b) == ["pending"]
    with n.b.server.db.activate():
        waiting = await Remix.get()
        assert await Notification.filter(account_id=n.bob.id, kind="remix_request").count() == 1
        await remixes.answer(n.b.server, n.bob, waiting, allowed=True)
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        found = await Remix.get(id=remix.id)
        assert (found.state, found.source_id is not None) == ("accepted", True)
        assert await Notification.filter(account_id=n.alice.id, kind="remix_accepted").count() == 1
    with n.b.server.db.activate():
        assert not await Notification.exists(account_id=n.bob.id, kind="remix_request")


async def test_a_no_is_kept_and_asked_for_once(neighbours):
    n = neighbours
    original = await bobs_picture(n, "ask")
    await ask(n, original)
    await settle(n.a, n.b)
    with n.b.server.db.activate():
        await remixes.answer(n.b.server, n.bob, await Remix.get(), allowed=False)
    await settle(n.a, n.b)

    assert await state_at(n.a) == ["rejected"]
    with n.a.server.db.activate():
        assert not await MediaAttachment.exists(account_id=n.alice.id)
    with pytest.raises(Forbidden):
        await ask(n, original)


async def test_whom_the_author_does_not_let_is_not_even_asked(neighbours):
    n = neighbours
    original = await bobs_picture(n, "nobody")

    with pytest.raises(Forbidden):
        await ask(n, original)
    assert "canRemix" not in (await peers.get(original.uri)).text


async def test_who_changed_their_mind_says_no_to_who_has_not_heard(neighbours):
    n = neighbours
    original = await bobs_picture(n)
    with n.b.server.db.activate():
        await Account.filter(id=n.bob.id).update(remix_policy="nobody")

    await ask(n, original)
    await settle(n.a, n.b)

    assert await state_at(n.a) == ["rejected"]
    assert await state_at(n.b) == []


async def test_who_is_not_to_be_found_is_left_alone(neighbours):
    n = neighbours
    original = await bobs_picture(n)
    with n.a.server.db.activate():
        await Account.filter(uri=n.bob.uri).update(indexable=False)

    with pytest.raises(Forbidden):
        await ask(n, original)


async def test_a_licence_without_derivatives_refuses(neighbours):
    n = neighbours
    original = await bobs_picture(n, licence="by-nc-nd")

    with n.a.server.db.activate():
        picture = await MediaAttachment.get(post__uri=original.uri)
        assert picture.licence == "https://creativecommons.org/licenses/by-nc-nd/4.0/"
    with pytest.raises(Forbidden, match="licence"):
        await ask(n, original)


async def test_what_was_allowed_can_be_taken_back(neighbours, third, clock):
    n = neighbours
    with third.server.db.activate():
        carol = await make_person(third.server, "carol")
    await follow(third, carol, n.alice, n.a)
    await settle(n.a, third)
    original = await bobs_picture(n)
    made = await shown(n, original)
    await settle(n.a, n.b, third)
    clock.turn(seconds=61)
    await settle(n.a, n.b, third)
    with third.server.db.activate():
        seen = await snapshots.of_post(third.server, await Post.get(uri=made.uri), carol)
        assert seen.remix.row.original_uri == original.uri

    with n.b.server.db.activate():
        remix = await Remix.get()
        stamp = remix.stamp_uri
        await remixes.revoke(n.b.server, remix)
    await settle(n.a, n.b, third)

    assert await state_at(n.a) == ["revoked"]
    assert (await peers.get(stamp)).status_code == 410
    note = (await peers.get(made.uri)).json()
    assert "isBasedOn" not in note
    assert "Based on" not in note["content"]
    assert "remixAuthorization" not in note
    with n.a.server.db.activate():
        assert (await Post.get(id=made.id)).visibility == "unlisted"
        assert not await MediaAttachment.exists(derived_from__post__uri=original.uri, account_id=n.alice.id)
    with third.server.db.activate():
        assert (await snapshots.of_post(third.server, await Post.get(uri=made.uri), carol)).remix is None
    with n.b.server.db.activate():
        assert not await Notification.exists(account_id=n.bob.id, kind="mention")


async def test_a_yes_is_for_one_post(neighbours):
    n = neighbours
    original = await bobs_picture(n)
    remix = await ask(n, original)
    await settle(n.a, n.b)
    one, other = await drawn(n, remix), await drawn(n, remix)

    with n.a.server.db.activate():
        await posts.create(n.a.server, n.alice, Draft(text="", media=[one]), mentions={})
        with pytest.raises(Invalid, match="another post"):
            await posts.create(n.a.server, n.alice, Draft(text="", media=[other]), mentions={})


async def test_the_copy_to_work_on_is_not_to_be_posted_or_worn(neighbours):
    n = neighbours
    remix = await ask(n, await bobs_picture(n))
    await settle(n.a, n.b)

    with n.a.server.db.activate():
        source = (await Remix.get(id=remix.id).select_related("source")).source
        with pytest.raises(Invalid, match="somebody else's"):
            await posts.create(n.a.server, n.alice, Draft(text="mine", media=[source]), mentions={})
        with pytest.raises(Invalid, match="somebody else's"):
            await posts.rehearse(n.a.server, n.alice, Draft(text="mine", media=[source]))


async def test_a_remix_that_is_edited_away_takes_its_credit_along(neighbours, clock):
    n = neighbours
    original = await bobs_picture(n)
    made = await shown(n, original)

    clock.turn(seconds=5)
    with n.a.server.db.activate():
        await edits.edit(n.a.server, made, Draft(text="nothing to see"), mentions={})
    await settle(n.a, n.b)

    note = (await peers.get(made.uri)).json()
    assert "isBasedOn" not in note
    assert note["tag"] == []
    assert await state_at(n.b) == []
    with n.b.server.db.activate():
        assert (await snapshots.of_post(n.b.server, original, None)).remixes_count == 0


async def test_an_edit_of_the_words_leaves_the_credit(neighbours, clock):
    n = neighbours
    made = await shown(n, await bobs_picture(n))

    clock.turn(seconds=5)
    with n.a.server.db.activate():
        pictures = await MediaAttachment.filter(post_id=made.id)
        await edits.edit(n.a.server, made, Draft(text="look here", media=pictures), mentions={})
    await settle(n.a, n.b)

    note = (await peers.get(made.uri)).json()
    assert "isBasedOn" in note
    assert [each["type"] for each in note["tag"]] == ["Mention"]
    assert await state_at(n.b) == ["accepted"]


@pytest.mark.parametrize("how", ["deleted", "edited away"])
async def test_an_original_that_goes_takes_the_credit_along(neighbours, clock, how):
    n = neighbours
    original = await bobs_picture(n)
    made = await shown(n, original)

    clock.turn(seconds=5)
    with n.b.server.db.activate():
        if how == "deleted":
            await deletes.delete(n.b.server, original)
        else:
            await edits.edit(n.b.server, original, Draft(text="no fox"), mentions={})
    await settle(n.a, n.b)

    assert await state_at(n.a) == ["revoked"]
    assert "isBasedOn" not in (await peers.get(made.uri)).json()
    with n.a.server.db.activate():
        assert (await Post.get(id=made.id)).visibility == "unlisted"
        assert await Remix.get().values_list("source_id", flat=True) is None


async def test_a_remix_for_followers_is_known_to_whose_picture_it_was(neighbours):
    n = neighbours
    original = await bobs_picture(n)

    made = await shown(n, original, visibility="followers")

    with n.b.server.db.activate():
        at_b = await Post.get(uri=made.uri)
        assert await Notification.filter(account_id=n.bob.id, kind="mention", post_id=at_b.id).exists()
        assert (await snapshots.of_post(n.b.server, original, None)).remixes_count == 0
        stamp = (await Remix.get()).stamp_uri
    assert (await peers.get(stamp)).status_code == 404


async def test_of_a_stamp_that_no_post_uses_yet_strangers_hear_nothing(neighbours):
    n = neighbours
    await ask(n, await bobs_picture(n))
    await settle(n.a, n.b)

    with n.b.server.db.activate():
        stamp = (await Remix.get()).stamp_uri
    async with httpx.AsyncClient() as client:
        assert (await client.get(stamp)).status_code == 404


async def test_a_deleted_remix_leaves_no_stamp(neighbours):
    n = neighbours
    made = await shown(n, await bobs_picture(n))

    with n.a.server.db.activate():
        await deletes.delete(n.a.server, made)
    await settle(n.a, n.b)

    assert await state_at(n.b) == []
    assert (await peers.get(made.uri)).status_code == 410


async def test_a_followers_only_yes_is_for_followers(neighbours):
    n = neighbours
    original = await bobs_picture(n, "followers")
    assert [await ask(n, original)]

    with n.a.server.db.activate():
        dora = await make_person(n.a.server, "dora")
        picture = await MediaAttachment.get(post__uri=original.uri)
        with pytest.raises(Forbidden):
            await remixes.ask(n.a.server, dora, picture.id)


async def test_time_spent_in_the_studio_does_not_put_the_post_behind_others(neighbours, clock):
    n = neighbours
    remix = await ask(n, await bobs_picture(n))
    await settle(n.a, n.b)
    picture = await drawn(n, remix)
    clock.turn(seconds=timedelta(days=2).total_seconds())

    with n.a.server.db.activate():
        before = await posts.create(n.a.server, n.alice, Draft(text="hello"), mentions={})
        made = await posts.create(n.a.server, n.alice, Draft(text="", media=[picture]), mentions={})
        assert made.id > before.id
        assert made.uri == n.a.server.uris.post(remix.id)
