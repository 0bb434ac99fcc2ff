"""Accounts: made here, learnt from peers, changed by their owners, gone."""

from datetime import timedelta

import pytest

from fedi.actions import accounts, favourites, follows, posts
from fedi.actions.accounts import ProfileChanges
from fedi.actions.posts import Draft
from fedi.activitypub.actors import Actor
from fedi.errors import Invalid, WrongOrigin
from fedi.jobs.kinds import PurgeAccount, RefreshAccount, read
from fedi.models.accounts import Account
from fedi.models.interactions import Favourite
from fedi.models.jobs import Job
from fedi.models.posts import Post, Tombstone
from fedi.models.relationships import Follow
from fedi.models.users import User
from fedi.server import Server
from tests.actions.conftest import key_pair
from tests.actions.test_posts import make_media
from tests.support.factories import make_follow, make_mention, make_post
from tests.support.outgoing import forget_sent, sent, told

pytestmark = pytest.mark.anyio


def actor_json(name: str = "rita", *, uri: str = "https://b.example/users/rita", **properties) -> dict:
    base = {
        "id": uri,
        "type": "Person",
        "preferredUsername": name,
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "endpoints": {"sharedInbox": "https://b.example/inbox"},
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": key_pair().public_pem},
    }
    return {**base, **properties}


async def store(server: Server, json: dict, *, domain: str = "b.example") -> Account:
    return await accounts.store_remote(server, Actor.from_json(json), handle_domain=domain)


# Made here


async def test_an_account_has_all_its_places(server: Server, ann: Account):
    uris = server.uris
    assert (ann.username, ann.username_lower, ann.domain) == ("Ann", "ann", "")
    assert (ann.uri, ann.url) == (uris.actor(ann.id), uris.profile_page("Ann"))
    assert (ann.inbox_url, ann.shared_inbox_url) == (uris.inbox(ann.id), uris.shared_inbox)
    assert (ann.followers_url, ann.featured_url) == (uris.followers(ann.id), uris.featured(ann.id))
    assert (ann.key_id, ann.public_key_pem) == (uris.key(ann.id), key_pair().public_pem)


async def test_a_name_is_given_once_in_any_case_even_after_its_owner_is_gone(server: Server, ann: Account):
    await accounts.mark_gone(server, ann)
    await accounts.purge(server, PurgeAccount(account_id=ann.id))

    with pytest.raises(Invalid, match="taken"):
        await accounts.create_local(server, "aNN", keys=key_pair())


async def test_the_servers_own_actor_is_made_once(server: Server):
    first = await accounts.ensure_instance_actor(server)
    second = await accounts.ensure_instance_actor(server)

    assert first.id == second.id
    assert (first.uri, first.actor_type) == (server.uris.instance_actor, "Application")
    assert (first.inbox_url, first.key_id) == (server.uris.instance_inbox, server.uris.instance_key)
    assert first.private_key_pem.startswith("-----BEGIN PRIVATE KEY")


# Learnt from peers


async def test_a_remote_actor_is_stored_sanitised_and_brought_up_to_date(server: Server):
    json = actor_json(
        name="Rita",
        summary='<p onclick="x">hi</p><script>x</script>',
        attachment=[{"type": "PropertyValue", "name": "Site", "value": "<b onclick='x'>me</b>"}],
        icon={"type": "Image", "url": "https://b.example/a.png", "summary": "A face"},
        published="2020-01-01T00:00:00Z",
    )
    first = await store(server, json)
    second = await store(
        server, {**json, "name": "Rita R.", "icon": None, "published": "2021-01-01T00:00:00Z"}
    )

    assert (first.id, second.id) == (second.id, (await Account.get()).id)
    assert (first.acct, first.note) == ("Rita@b.example", "<p>hi</p>")
    assert first.fields_list[0]["value"] == "<b>me</b>"
    assert (first.avatar_url, first.avatar_alt) == ("https://b.example/a.png", "A face")
    assert (second.display_name, second.avatar_url, second.avatar_alt) == ("Rita R.", "", "")
    assert second.created_at.year == 2020
    assert second.key_id == "https://b.example/users/rita#main-key"


async def test_a_new_key_replaces_the_old(server: Server):
    await store(server, actor_json())
    key = {"id": "https://b.example/users/rita#k2", "owner": "https://b.example/users/rita"}

    account = await store(server, actor_json(publicKey={**key, "publicKeyPem": key_pair().public_pem}))

    assert account.key_id == "https://b.example/users/rita#k2"


async def test_an_unusable_key_is_left_out(server: Server):
    key = {"id": "https://b.example/users/rita#k", "owner": "https://b.example/users/rita"}

    account = await store(server, actor_json(publicKey={**key, "publicKeyPem": "nonsense"}))

    assert (account.key_id, account.public_key_pem) == ("", "")


async def test_who_has_a_handle_now_takes_it_from_whom_it_named_before(server: Server):
    old = await store(server, actor_json(uri="https://b.example/users/1"))

    new = await store(server, actor_json(uri="https://b.example/users/2"))

    old = await Account.get(id=old.id)
    assert new.acct == "rita@b.example"
    assert (old.username, old.uri) == (f"rita!{old.id}", "https://b.example/users/1")
    job = await Job.get(kind="RefreshAccount")
    assert read(job.kind, job.payload) == RefreshAccount(uri=old.uri)


async def test_nobody_elsewhere_has_a_name_of_ours_or_a_third_servers_inbox(server: Server):
    ours = actor_json(uri=f"{server.uris.base_url}/users/rita")
    with pytest.raises(WrongOrigin):
        await store(server, actor_json(), domain=server.uris.account_domain)
    with pytest.raises(WrongOrigin):
        await store(server, ours)
    with pytest.raises(WrongOrigin):
        await store(server, actor_json(inbox="https://victim.example/inbox"))
    assert not await Account.exists()

    far = await store(server, actor_json(endpoints={"sharedInbox": "https://victim.example/inbox"}))
    assert (far.shared_inbox_url, far.delivery_inbox_url) == ("", "https://b.example/users/rita/inbox")


async def test_a_remote_time_of_birth_is_never_in_the_future(server: Server):
    account = await store(server, actor_json(published="2999-01-01T00:00:00Z"))

    assert account.created_at <= server.clock.now()


# Changed by their owners


async def test_a_changed_profile_goes_whole_to_followers_and_those_lately_met(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await make_follow(server, rita, ann)
    await make_mention(server, await make_post(server, ann), rob)
    changes = ProfileChanges(
        display_name=" Ann  B. ",
        note="I draw <foxes> #fox",
        fields=[("Site", "https://ann.example"), ("", " ")],
    )

    account = await accounts.update_profile(server, ann, changes)
    await accounts.update_profile(server, ann, changes)

    deliveries = await sent()
    assert [delivery.inbox for delivery in deliveries] == [rob.inbox_url, "https://b.example/inbox"]
    json = deliveries[0].json
    assert (json["type"], json["actor"], json["object"]["id"]) == ("Update", ann.uri, ann.uri)
    assert json["object"]["name"] == account.display_name == "Ann B."
    assert json["object"]["summary"] == account.note
    assert account.note.startswith("<p>I draw &lt;foxes&gt; <a href=")
    assert account.note_text == "I draw <foxes> #fox"
    (field,) = json["object"]["attachment"]
    assert field["name"] == "Site"
    assert 'rel="me nofollow noopener"' in field["value"]
    assert deliveries[0].job.priority == 8


@pytest.mark.parametrize(
    "changes",
    [
        ProfileChanges(display_name="x" * (accounts.MAX_DISPLAY_NAME_CHARACTERS + 1)),
        ProfileChanges(note="x" * (accounts.MAX_NOTE_CHARACTERS + 1)),
        ProfileChanges(fields=[("a", "b")] * (accounts.MAX_FIELDS + 1)),
        ProfileChanges(fields=[("a", "x" * (accounts.MAX_FIELD_CHARACTERS + 1))]),
    ],
)
async def test_what_is_too_long_or_too_many_is_refused(server: Server, ann: Account, changes: ProfileChanges):
    with pytest.raises(Invalid):
        await accounts.update_profile(server, ann, changes)


async def test_opening_the_door_lets_in_all_who_wait(server: Server, ann: Account, rita: Account):
    ann = await accounts.update_profile(server, ann, ProfileChanges(locked=True, is_bot=True))
    await follows.request(server, rita, ann, uri="https://b.example/f/1")
    assert ann.actor_type == "Service"

    ann = await accounts.update_profile(server, ann, ProfileChanges(locked=False, is_bot=False))

    assert (await Follow.get()).state == "accepted"
    assert (ann.followers_count, ann.actor_type) == (1, "Person")
    assert [delivery.type for delivery in await sent()] == ["Accept", "Update"]


async def test_an_avatar_keeps_its_alt_text_and_label(server: Server, ann: Account, rita: Account):
    await make_follow(server, rita, ann)
    iri = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    media = await make_media(
        server, ann, preview_key="media/bb/1.webp", description="Me, drawn", source_type=iri, ai_system="cel"
    )

    await accounts.set_avatar(server, ann, media)
    account = await accounts.set_avatar(server, ann, media)

    (delivery,) = await sent()
    assert delivery.json["object"]["icon"] == {
        "type": "Image",
        "url": f"{server.uris.base_url}/media/media/bb/1.webp",
        "mediaType": "image/webp",
        "summary": "Me, drawn (Made with an AI model.)",
        "digitalSourceType": iri,
        "aiSystem": {"type": "fedi:Model", "name": "cel"},
    }
    assert (account.avatar_key, account.avatar_ai_system) == ("media/bb/1.webp", "cel")

    account = await accounts.set_avatar(server, ann, None)
    assert (account.avatar_key, account.avatar_alt, account.avatar_source_type) == ("", "", "")


async def test_a_header_is_the_picture_itself(server: Server, ann: Account):
    media = await make_media(server, ann, preview_key="media/bb/1.webp")

    assert (await accounts.set_header(server, ann, media)).header_key == media.file_key


async def test_only_ones_own_ready_pictures_can_be_worn(server: Server, ann: Account, ben: Account):
    for media in (
        await make_media(server, ben),
        await make_media(server, ann, state="processing"),
        await make_media(server, ann, kind="video"),
    ):
        with pytest.raises(Invalid):
            await accounts.set_avatar(server, ann, media)


# Gone


async def test_a_deleted_account_of_ours_tells_its_followers_and_leaves_a_bare_row(
    server: Server, alice: Account, ben: Account, rita: Account
):
    await make_follow(server, rita, alice)
    post = await posts.create(server, alice, Draft(text="x"), mentions={})
    await favourites.favourite(server, alice, await make_post(server, ben))
    await accounts.update_profile(server, alice, ProfileChanges(display_name="Alice"))
    await forget_sent()

    await accounts.mark_gone(server, alice)
    await accounts.mark_gone(server, alice)
    (job,) = await Job.filter(kind="PurgeAccount")
    work = read(job.kind, job.payload)
    assert isinstance(work, PurgeAccount)
    await accounts.purge(server, work)
    await accounts.purge(server, work)

    (delivery,) = await sent()
    assert (delivery.type, delivery.json["object"]) == ("Delete", alice.uri)
    assert {stone.uri for stone in await Tombstone.all()} == {alice.uri, post.uri}
    row = await Account.get(id=alice.id)
    assert (row.display_name, row.posts_count, row.followers_count) == ("", 0, 0)
    assert (await User.get(account_id=alice.id)).disabled_at is not None
    assert not await Follow.exists()
    assert not await Favourite.exists()
    assert await told(ben) == []


async def test_what_a_gone_peer_left_is_removed_with_its_counts(server: Server, ann: Account, rita: Account):
    await follows.request(server, rita, ann, uri="https://b.example/f/1")
    mine = await make_post(server, ann)
    await favourites.favourite(server, rita, mine, uri="https://b.example/l/1")
    theirs = await make_post(server, rita)
    await forget_sent()

    await accounts.mark_gone(server, rita)
    await accounts.purge(server, PurgeAccount(account_id=rita.id))

    assert not await Post.exists(id=theirs.id)
    assert (await Post.get(id=mine.id)).favourites_count == 0
    assert (await Account.get(id=ann.id)).followers_count == 0
    assert await told(ann) == []
    assert await sent() == []


async def test_who_has_come_back_is_not_purged(server: Server, clock):
    rita = await store(server, actor_json())
    post = await make_post(server, rita)
    await accounts.mark_gone(server, rita)
    clock.turn(hours=1)

    again = await store(server, actor_json())
    await accounts.purge(server, PurgeAccount(account_id=rita.id))

    assert again.gone_at is None
    assert again.fetched_at is not None
    assert server.clock.now() - again.fetched_at < timedelta(minutes=1)
    assert await Post.exists(id=post.id)
