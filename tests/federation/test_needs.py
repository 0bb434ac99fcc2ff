"""What we serve and send, read by what other servers ask of it: each test is one server's list of needs.

Documents are fetched, and activities received, as that server would.
"""

import json
import re
from urllib.parse import urlsplit

import httpx
import pytest

from fedi.actions import favourites, follows, posts
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import AS2, LD_JSON_AS2, PUBLIC
from fedi.federation import resolve, threads
from tests.support.peer import activity, get
from tests.support.schemas import faults, needs_schemas

pytestmark = pytest.mark.anyio

MIXED = re.compile(r"\w([\w\-.]*\w)?", re.ASCII)


def host(uri: str) -> str:
    return urlsplit(uri).netloc


@pytest.fixture
async def actor(home) -> dict:
    answer = await get(home.alice.uri)
    return answer.json()


@pytest.fixture
async def sent(home, peer) -> dict[str, dict]:
    """What Bob's server receives when Alice follows, is followed, posts, likes and boosts, by type."""
    uri = peer.actor("bob")
    theirs = peer.serve(peer.note("theirs", uri))
    await home.take(activity("Follow", uri, home.alice.uri), signer=uri)
    bob = await resolve.account_by_uri(home.server, uri)
    await follows.request(home.server, home.alice, bob)
    post = await threads.post_by_uri(home.server, theirs["id"])
    await favourites.favourite(home.server, home.alice, post)
    mention = f"@bob@{peer.host} good morning #foxes"
    await posts.create(home.server, home.alice, Draft(text=mention), mentions={f"bob@{peer.host}": bob})
    await home.house.drain()
    received = [json.loads(body) for _, _, body in peer.received]
    return {each["type"]: each for each in received}


# The actor


async def test_mastodon_finds_name_inbox_and_key_in_an_actor(home, actor):
    assert AS2 in actor["@context"]
    assert actor["preferredUsername"] == "alice"
    assert actor["inbox"]
    assert actor["publicKey"]["owner"] == actor["id"] == home.alice.uri
    assert host(actor["url"]) == host(actor["id"])


async def test_mastodon_is_led_back_to_the_actor_by_webfinger(home, actor):
    name = f"{actor['preferredUsername']}@{host(actor['id'])}"
    path = f"{home.house.url}/.well-known/webfinger?resource=acct:{name}"
    jrd = (await get(path, accept="application/jrd+json")).json()

    assert jrd["subject"] == f"acct:{name}"
    assert [link["href"] for link in jrd["links"] if link["rel"] == "self"] == [actor["id"]]


async def test_akkoma_finds_a_page_and_followers_in_an_actor(actor):
    assert isinstance(actor["url"], str)
    assert isinstance(actor["followers"], str)


async def test_misskey_finds_texts_on_one_host_in_an_actor(actor):
    for name in ("inbox", "outbox", "followers", "following", "featured"):
        assert isinstance(actor[name], str)
        assert host(actor[name]) == host(actor["id"])
    assert host(actor["endpoints"]["sharedInbox"]) == host(actor["id"])
    assert host(actor["publicKey"]["id"]) == host(actor["id"])


async def test_misskey_finds_a_name_within_its_limits_in_an_actor(actor):
    assert 0 < len(actor["preferredUsername"]) <= 128
    assert MIXED.fullmatch(actor["preferredUsername"])
    assert isinstance(actor["name"], str)
    assert len(actor["name"]) <= 128
    assert len(actor.get("summary", "")) <= 2048


async def test_lemmy_finds_a_key_endpoints_and_an_outbox_in_an_actor(actor):
    assert {"id", "owner", "publicKeyPem"} <= actor["publicKey"].keys()
    assert actor["publicKey"]["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----")
    assert isinstance(actor["endpoints"]["sharedInbox"], str)
    assert isinstance(actor["outbox"], str)


async def test_peertube_finds_collections_as_addresses_and_one_key_in_an_actor(actor):
    assert actor["type"] in {"Person", "Application", "Group", "Service", "Organization"}
    assert isinstance(actor["publicKey"], dict)
    assert all(isinstance(actor[name], str) for name in ("following", "followers", "inbox", "outbox"))


# Activities and notes


async def test_misskey_finds_a_text_for_an_id_on_the_signers_host_in_all_activities(home, sent):
    assert {"Accept", "Follow", "Like", "Create"} <= sent.keys()
    for each in sent.values():
        assert isinstance(each["id"], str)
        assert host(each["id"]) == host(each["actor"])


async def test_gotosocial_finds_who_asks_and_its_type_in_each_delivery(peer, sent):
    for _, headers, _ in peer.received:
        assert headers["user-agent"]
        assert headers["content-type"] in {"application/activity+json", LD_JSON_AS2}


async def test_old_misskey_finds_the_digest_in_capitals(peer, sent):
    assert all(headers["digest"].startswith("SHA-256=") for _, headers, _ in peer.received)


async def test_all_find_the_context_of_activitystreams_in_all_activities(sent):
    for each in sent.values():
        context = each["@context"]
        assert AS2 in (context if isinstance(context, list) else [context])


async def test_mastodon_finds_the_follow_itself_in_an_accept(home, peer, sent):
    follow = sent["Accept"]["object"]

    assert (follow["type"], follow["object"]) == ("Follow", home.alice.uri)
    assert follow["actor"] == f"{peer.url}/users/bob"


async def test_pixelfed_finds_lists_of_addresses_in_a_create_and_its_note(sent):
    create = sent["Create"]

    assert isinstance(create["to"], list)
    assert isinstance(create["cc"], list)
    assert (create["to"], create["cc"]) == (create["object"]["to"], create["object"]["cc"])


async def test_pixelfed_finds_type_author_content_time_and_page_in_a_note(home, sent):
    note = sent["Create"]["object"]

    assert note["type"] == "Note"
    assert note["attributedTo"] == home.alice.uri
    assert isinstance(note["content"], str)
    assert note["published"].endswith("Z")
    assert host(note["url"]) == host(note["id"])
    assert isinstance(note["attachment"], list)


async def test_lemmy_and_peertube_find_public_in_the_to_of_a_public_note(sent):
    assert sent["Create"]["object"]["to"] == [PUBLIC]
    assert isinstance(sent["Create"]["object"]["tag"], list)


async def test_mastodon_finds_each_mention_addressed_and_tagged(peer, sent):
    note = sent["Create"]["object"]
    bob = f"{peer.url}/users/bob"

    assert bob in note["cc"]
    assert {"type": "Mention", "href": bob, "name": f"@bob@{peer.host}"} in note["tag"]
    assert "Hashtag" in {tag["type"] for tag in note["tag"]}


async def test_mastodon_finds_the_language_in_the_content_map(home, peer, sent):
    note = sent["Create"]["object"]

    for words in note.get("contentMap", {}).values():
        assert words == note["content"]


async def test_all_find_a_note_at_its_id_as_it_was_sent(sent):
    note = sent["Create"]["object"]
    served = (await get(note["id"])).json()

    assert {name: served[name] for name in ("id", "type", "content", "to", "cc", "tag", "published")} == {
        name: note[name] for name in ("id", "type", "content", "to", "cc", "tag", "published")
    }


# Schemas


@needs_schemas
@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("id", "ap/actor"),
        ("outbox", "as2/orderedcollection"),
        ("followers", "as2/orderedcollection"),
        ("following", "as2/orderedcollection"),
        ("featured", "as2/orderedcollection"),
    ],
)
async def test_what_an_actor_names_is_as_its_schema_says(actor, name, schema):
    answer = await get(actor[name])

    assert answer.headers["content-type"] == "application/activity+json; charset=utf-8"
    assert not faults(answer.json(), schema)


@needs_schemas
@pytest.mark.parametrize("name", ["outbox", "followers"])
async def test_a_page_of_a_collection_is_as_its_schema_says(actor, sent, name):
    first = (await get(actor[name])).json()["first"]

    assert not faults((await get(first)).json(), "as2/orderedcollectionpage")


@needs_schemas
@pytest.mark.parametrize("name", ["replies", "likes", "shares"])
async def test_the_collections_of_a_note_are_as_their_schema_says(sent, name):
    where = sent["Create"]["object"][name]
    found = (await get(where if isinstance(where, str) else where["id"])).json()
    kind = {"Collection": "as2/collection", "OrderedCollection": "as2/orderedcollection"}[found["type"]]

    assert not faults(found, kind)


@needs_schemas
@pytest.mark.parametrize("kind", ["Accept", "Follow", "Like", "Create"])
async def test_what_is_received_is_as_its_schema_says(sent, kind):
    assert not faults(sent[kind], f"mastodon/{kind.lower()}")


@needs_schemas
async def test_a_webfinger_answer_is_as_its_schema_says(home):
    path = f"{home.house.url}/.well-known/webfinger?resource={home.alice.uri}"

    assert not faults((await get(path, accept="application/jrd+json")).json(), "jrd")


@pytest.mark.parametrize("version", ["2.0", "2.1"])
async def test_nodeinfo_says_what_its_readers_need(home, version):
    async with httpx.AsyncClient() as client:
        index = (await client.get(f"{home.house.url}/.well-known/nodeinfo")).json()
        rel = f"http://nodeinfo.diaspora.software/ns/schema/{version}"
        href = next(link["href"] for link in index["links"] if link["rel"] == rel)
        document = (await client.get(href)).json()

    assert host(href) == host(home.house.url)
    assert document["version"] == version
    assert re.fullmatch(r"[a-z0-9-]+", document["software"]["name"])
    assert document["protocols"] == ["activitypub"]
    assert document["services"] == {"inbound": [], "outbound": []}
    assert isinstance(document["openRegistrations"], bool)
    assert {"users"} <= document["usage"].keys()
    assert isinstance(document["metadata"], dict)
