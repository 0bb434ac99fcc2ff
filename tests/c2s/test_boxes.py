"""Inbox, outbox and the other collections as their owner reads them, uploads and the proxy."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import orjson
import pytest
from starlette.responses import Response

from fedi.actions import inboxes
from fedi.clock import Clock
from fedi.models.accounts import Account
from fedi.models.federation import InboxItem
from fedi.models.posts import Post
from fedi.security.limits import Limit
from tests.c2s.client import PUBLIC, Json
from tests.c2s.conftest import Stage
from tests.mastodon.pictures import png
from tests.support.peer import Peer, open_peer, post

pytestmark = pytest.mark.anyio


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """Another server."""
    async with open_peer(Clock()) as opened:
        yield opened


async def test_an_inbox_is_its_owners_alone(stage: Stage):
    place = stage.client.actor["inbox"]

    assert (await (await stage.stranger()).http.get(place)).status_code == 401
    await stage.bobs.get(place, status=403)
    await (await stage.client_of(stage.alice, "write")).get(place, status=403)
    assert (await stage.client.get(place))["type"] == "OrderedCollection"


async def test_what_neighbours_on_one_server_do_arrives_without_the_wire(stage: Stage):
    follow = await stage.bobs.post({"type": "Follow", "object": stage.alice.uri})
    note = await stage.client.post({"type": "Note", "content": "x", "to": [stage.alice.followers_url]})
    like = await stage.bobs.post({"type": "Like", "object": (await stage.client.get(note))["object"]["id"]})

    alices = [each["id"] for each in await stage.client.items(stage.client.actor["inbox"])]
    bobs = await stage.bobs.items(stage.bobs.actor["inbox"])
    assert alices[0] == like
    assert follow in alices
    assert [(each["type"], each["actor"]) for each in bobs[:2]] == [
        ("Create", stage.alice.uri),
        ("Accept", stage.alice.uri),
    ]
    assert stage.alice.uri in await stage.bobs.items(stage.bobs.actor["following"])


async def test_whom_the_reader_blocks_does_not_stand_in_the_inbox(stage: Stage):
    carol = await stage.site.person("carol")
    carols = await stage.client_of(carol)
    location = await carols.post({"type": "Note", "content": "hello", "to": [stage.alice.uri]})
    assert location in [each["id"] for each in await stage.client.items(stage.client.actor["inbox"])]

    await stage.client.post({"type": "Block", "object": carol.uri})

    assert location not in [each["id"] for each in await stage.client.items(stage.client.actor["inbox"])]


async def test_a_long_inbox_comes_in_pages_of_twenty_newest_first(stage: Stage):
    dora = await stage.site.person("dora")
    doras = await stage.client_of(dora)
    server = stage.site.server
    with server.db.activate():
        for number in range(45):
            document = {"id": f"{stage.bob.uri}#{number}", "type": "Like", "actor": stage.bob.uri}
            await inboxes.keep(server, {**document, "object": dora.uri})

    first = await doras.get((await doras.get(doras.actor["inbox"]))["first"])
    found = await doras.items(doras.actor["inbox"])

    assert len(first["orderedItems"]) == 20
    assert [each["id"].rpartition("#")[2] for each in found] == [str(number) for number in range(44, -1, -1)]
    await doras.get(f"{doras.actor['inbox']}?cursor=x", status=400)


async def test_nothing_is_kept_where_nobody_reads(stage: Stage):
    emil = await stage.site.person("emil")

    await stage.client.post({"type": "Note", "content": "x", "to": [emil.uri]})

    with stage.site.server.db.activate():
        assert await InboxItem.filter(account_id=emil.id).count() == 0


async def keep_items(stage: Stage, account: Account, ids: list[int]) -> None:
    """Put items with these ids into an inbox."""
    values = {"body": "{}", "created_at": stage.site.server.clock.now(), "account_id": account.id}
    await InboxItem.bulk_create([InboxItem(id=id_, uri=f"x{id_}", **values) for id_ in ids])


async def test_old_items_and_the_oldest_of_many_are_pruned(stage: Stage):
    server, now = stage.site.server, stage.site.server.clock.now()
    with server.db.activate():
        await keep_items(stage, stage.bob, [server.new_id() for _ in range(inboxes.ITEMS_KEPT + 5)])
        old = server.ids.past(now - timedelta(days=31))
        await keep_items(stage, stage.alice, [old])

        await inboxes.prune(server)

        assert await InboxItem.filter(account_id=stage.bob.id).count() == inboxes.ITEMS_KEPT
        assert not await InboxItem.exists(id=old)
        await InboxItem.filter(account_id=stage.bob.id).delete()


async def test_the_owner_finds_all_they_did_in_the_outbox_and_others_what_they_may_see(stage: Stage):
    public = await stage.client.post({"type": "Note", "content": "all", "to": [PUBLIC]})
    private = await stage.client.post({"type": "Note", "content": "me", "to": []})
    named = await stage.client.post({"type": "Note", "content": "bob", "to": [stage.bob.uri]})
    note = (await stage.client.get(public))["object"]["id"]
    like = await stage.client.post({"type": "Like", "object": note})

    outbox = stage.client.actor["outbox"]
    own, bobs, anybodys = [
        [each["id"] for each in await client.items(outbox)]
        for client in (stage.client, stage.bobs, await stage.stranger())
    ]

    assert own[:4] == [like, named, private, public]
    assert (named in bobs, private in bobs, public in bobs) == (True, False, True)
    assert (named in anybodys, private in anybodys, public in anybodys) == (False, False, True)


async def test_likes_of_a_public_note_leave_out_whom_the_reader_blocks(stage: Stage):
    fred = await stage.site.person("fred")
    freds = await stage.client_of(fred)
    create = await stage.client.post({"type": "Note", "content": "x", "to": [PUBLIC]})
    note = (await stage.client.get(create))["object"]
    await freds.post({"type": "Like", "object": note["id"]})
    likes = note["likes"]["id"]

    before = await stage.bobs.items(likes)
    await stage.bobs.post({"type": "Block", "object": fred.uri})

    assert (before, await stage.bobs.items(likes)) == ([fred.uri], [])
    assert (await (await stage.stranger()).get(likes))["totalItems"] == 1


async def test_an_upload_is_an_object_of_its_owner_and_can_be_attached(stage: Stage):
    place = await stage.client.upload(png(), {"type": "Image", "name": "A fox"})
    shown = await stage.client.get(place)

    location = await stage.client.post(
        {"type": "Note", "content": "see", "to": [PUBLIC], "attachment": [{"type": "Image", "id": place}]}
    )

    (attached,) = (await stage.client.get(location))["object"]["attachment"]
    assert (shown["id"], shown["type"], shown["name"]) == (place, "Image", "A fox")
    assert (attached["name"], attached["url"]) == ("A fox", shown["url"])
    await stage.bobs.get(place, status=404)


async def test_an_upload_that_says_whom_it_is_for_is_posted(stage: Stage):
    place = await stage.client.upload(png(), {"type": "Image", "name": "A fox", "to": [PUBLIC]})

    note = await (await stage.stranger()).get(place)
    assert (note["type"], note["attachment"][0]["name"]) == ("Note", "A fox")


@pytest.mark.parametrize(
    ("data", "shell", "status"),
    [
        (b'{"type": "Person"}', {"type": "Image"}, 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", {"type": "Image"}, 415),
        (png(), {"type": "Person"}, 400),
        (png(), {"type": "Image", "publicKey": {"publicKeyPem": "x"}}, 400),
        (png(), {"type": "Create", "object": {}}, 400),
    ],
)
async def test_neither_file_nor_shell_can_be_an_actor_or_a_key(
    stage: Stage, data: bytes, shell: Json, status: int
):
    """T12: an uploaded document must never be served as one of ours."""
    await stage.client.upload(data, shell, status=status)


async def test_nobody_attaches_the_file_of_another(stage: Stage):
    place = await stage.client.upload(png(), {"type": "Image"})

    for value in (place, "https://elsewhere.example/a.png"):
        note = {
            "type": "Note",
            "content": "x",
            "to": [PUBLIC],
            "attachment": [{"type": "Image", "url": value}],
        }
        await stage.bobs.post(note, status=400)


async def test_the_proxy_gives_an_object_of_another_server(stage: Stage, peer: Peer):
    note = peer.serve(peer.note("1", peer.actor("carol")))

    answer = await stage.client.through_proxy(note["id"])

    assert (answer.status_code, answer.json()["id"]) == (200, note["id"])
    assert answer.headers["content-type"].startswith("application/activity+json")
    assert answer.headers["cache-control"] == "private, no-store"


async def test_the_proxy_signs_as_the_server_and_never_as_a_person(stage: Stage, peer: Peer):
    """T76: nothing that a person asks for this way is signed with the person's key."""
    note = peer.serve(peer.note("2", peer.actor("carol")))
    seen: list[httpx.Headers] = []
    answer_as_before = peer.answer
    peer.answer = lambda request, body: (  # type: ignore[method-assign]
        seen.append(httpx.Headers(dict(request.headers))) or answer_as_before(request, body)
    )

    await stage.client.through_proxy(note["id"])

    said = str([(headers.get("signature"), headers.get("signature-input")) for headers in seen])
    assert "/ap/actor#" in said
    assert stage.alice.uri not in said
    assert not any("cookie" in headers or "authorization" in headers for headers in seen)


@pytest.mark.parametrize(
    "uri",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/x",
        "http://[::ffff:10.0.0.1]/",
        "http://0x0a.1/",
        "http://user@a.example/",
        "file:///etc/passwd",
        "gopher://a.example/",
        "",
    ],
)
async def test_the_proxy_dials_no_private_address(stage: Stage, uri: str):
    """T60, T72."""
    answer = await stage.client.through_proxy(uri)

    assert answer.status_code in {400, 403, 502, 503}


@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/svg+xml"])
async def test_the_proxy_gives_nothing_but_activitypub(stage: Stage, peer: Peer, kind: str):
    """T72: it is no way around other servers' or the browser's rules."""
    peer.documents["/page"] = Response(orjson.dumps({"id": "x"}), media_type=kind)

    answer = await stage.client.through_proxy(f"{peer.url}/page")

    assert answer.status_code == 400


async def test_the_proxy_is_for_people_who_are_let_in_and_not_for_our_own(stage: Stage, peer: Peer):
    stranger = await stage.stranger()
    note = peer.serve(peer.note("3", peer.actor("carol")))

    assert (await stranger.through_proxy(note["id"])).status_code == 401
    assert (await stage.client.through_proxy(stage.bob.uri)).status_code == 400
    assert peer.asked["/notes/3"] == 0


async def test_nobody_has_the_server_look_up_without_end(stage: Stage, peer: Peer):
    """T72."""
    gina = await stage.site.person("gina")
    client = await stage.client_of(gina)
    for _ in range(120):
        stage.site.server.limits.take(f"proxy:{gina.id}", Limit(120, 300))

    answer = await client.through_proxy(f"{peer.url}/notes/1")

    assert (answer.status_code, "retry-after" in answer.headers) == (429, True)


async def test_the_shared_inbox_is_read_by_nobody(stage: Stage):
    answer = await stage.client.http.get(stage.client.actor["endpoints"]["sharedInbox"])

    assert answer.status_code == 405


async def test_the_proxy_keeps_from_a_person_what_is_for_others(stage: Stage, peer: Peer):
    """T72: the server may be shown more than the person who asks."""
    author = peer.actor("carol")
    for_bob = peer.serve(peer.note("4", author, to=[stage.bob.uri], cc=[]))
    for_followers = peer.serve(peer.note("5", author, to=[f"{author}/followers"], cc=[]))

    answers = [
        (await client.through_proxy(each["id"])).status_code
        for client in (stage.client, stage.bobs)
        for each in (for_bob, for_followers)
    ]

    assert answers == [404, 404, 200, 404]


async def test_what_a_peer_sends_stands_in_the_inbox_of_whom_it_is_for(stage: Stage, peer: Peer):
    note = peer.note("6", peer.actor("carol"), to=[stage.alice.uri], cc=[], bcc=[stage.bob.uri])
    create = {**peer.create(note), "bcc": [stage.bob.uri]}

    await post(f"{stage.site.url}/ap/inbox", create, signer=note["attributedTo"], now=peer.clock.now())

    async with asyncio.timeout(10):
        while not (
            found := [
                each
                for each in await stage.client.items(stage.client.actor["inbox"])
                if each["id"] == create["id"]
            ]
        ):
            await asyncio.sleep(0.05)
    assert found[0]["object"]["content"] == "<p>hello</p>"
    assert "'bcc'" not in str(found)
    with stage.site.server.db.activate():
        assert await Post.exists(uri=note["id"])
