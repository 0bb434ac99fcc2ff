"""Search, hashtags, and what the server says of itself."""

import pytest

from fedi.actions import searchable
from fedi.config import InstanceSettings
from fedi.models.accounts import Account
from tests.support.factories import make_account, make_post, make_tag
from tests.support.servers import running_server

pytestmark = pytest.mark.anyio


NOTHING = {"accounts": [], "statuses": [], "hashtags": [], "collections": []}


async def found(client, **params):
    answer = await client.get("/api/v2/search", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_people_posts_and_hashtags_are_found(as_alice, server, alice, bob):
    post = await make_post(server, alice, "about bobsleighs")
    await make_tag(server, post, "Bobsleigh")
    await searchable.index(server, [post.id])

    answer = await found(as_alice, q="bob")

    assert [each["acct"] for each in answer["accounts"]] == ["bob"]
    assert [each["id"] for each in answer["statuses"]] == [str(post.id)]
    assert [each["name"] for each in answer["hashtags"]] == ["Bobsleigh"]
    assert answer["hashtags"][0]["following"] is False
    assert (await found(as_alice, q="bob", type="accounts"))["statuses"] == []
    assert (await found(as_alice, q="#bobs"))["hashtags"][0]["name"] == "Bobsleigh"
    assert await found(as_alice, q="") == NOTHING
    assert (await found(as_alice, q="bob", offset=1))["accounts"] == []


async def test_hashtags_are_found_with_their_history(nobody, as_alice, server, alice):
    await make_tag(server, await make_post(server, alice), "Tea")

    (shown,) = (await found(nobody, q="#te"))["hashtags"]

    assert len(shown["history"]) == 7
    assert shown["history"][0]["uses"] == shown["history"][0]["accounts"] == "1"
    assert all(isinstance(value, str) for day in shown["history"] for value in day.values())


async def test_strangers_find_no_posts_and_turn_no_pages(nobody, server, alice):
    await Account.filter(id=alice.id).update(indexable=True)
    await searchable.index(server, [(await make_post(server, alice, "needle")).id])

    assert await found(nobody, q="needle") == NOTHING
    assert (await nobody.get("/api/v2/search", params={"q": "a", "offset": 20})).status_code == 401


async def test_a_page_of_posts_goes_on_by_place_and_by_id(as_alice, server, alice, bob):
    made = [await make_post(server, alice, "needle") for _ in range(3)]
    await searchable.index(server, [post.id for post in made])
    one, two, three = [str(post.id) for post in made]

    async def ids(**params):
        return [
            each["id"] for each in (await found(as_alice, q="needle", type="statuses", **params))["statuses"]
        ]

    assert await ids() == [three, two, one]
    assert await ids(limit=2) == [three, two]
    assert await ids(limit=2, offset=2) == [one]
    assert await ids(max_id=three) == [two, one]
    assert await ids(min_id=one) == [three, two]
    assert await ids(account_id=str(alice.id)) == [three, two, one]
    assert await ids(account_id=str(bob.id)) == []
    assert await ids(offset=99999999999) == []


async def test_version_one_names_hashtags_as_texts(as_alice, server, alice):
    await make_tag(server, await make_post(server, alice), "Tea")

    assert (await as_alice.get("/api/v1/search", params={"q": "tea"})).json()["hashtags"] == ["Tea"]


async def test_addresses_of_this_server_are_resolved(as_alice, as_bob, server, alice, bob):
    post = await make_post(server, alice, url=server.uris.post_page("alice", 1))
    secret = await make_post(server, alice, visibility="direct")

    for q in (post.uri, f"{server.uris.base_url}/@alice/{post.id}"):
        assert [each["id"] for each in (await found(as_bob, q=q, resolve="true"))["statuses"]] == [
            str(post.id)
        ]
    assert (await found(as_bob, q=secret.uri, resolve="true"))["statuses"] == []
    for q in (alice.uri, f"@alice@{server.uris.account_domain}", f"{server.uris.base_url}/@alice"):
        assert [each["acct"] for each in (await found(as_bob, q=q, resolve="true"))["accounts"]] == ["alice"]


async def test_another_server_is_asked_for_those_who_are_signed_in(two_servers):
    a, b = two_servers
    bob = await b.person("bob")
    client, nobody = await a.client(await a.person("alice")), await a.client()
    poster = await b.client(bob)
    post = (await poster.post("/api/v1/statuses", json={"status": "hello from b"})).json()
    handle = f"@bob@{b.server.uris.account_domain}"

    people = (await client.get("/api/v2/search", params={"q": handle, "resolve": "true"})).json()["accounts"]
    posts = (await client.get("/api/v2/search", params={"q": post["url"], "resolve": "true"})).json()[
        "statuses"
    ]

    assert [each["acct"] for each in people] == [handle[1:]]
    assert [each["uri"] for each in posts] == [post["uri"]]
    refused = await nobody.get("/api/v2/search", params={"q": handle, "resolve": "true"})
    assert refused.status_code == 401
    for each in (client, nobody, poster):
        await each.aclose()


async def test_a_hashtag_is_shown_even_if_nobody_used_it(nobody, as_alice, server, alice):
    await make_tag(server, await make_post(server, alice), "Tea")

    assert (await nobody.get("/api/v1/tags/TEA")).json()["name"] == "Tea"
    assert (await as_alice.get("/api/v1/tags/never/")).json()["following"] is False
    assert (await nobody.get("/api/v1/tags/a%20b")).status_code == 404


async def test_the_server_describes_itself(nobody, server, alice):
    await make_account(server, "eve", domain="far.example")
    await make_post(server, alice)

    one = (await nobody.get("/api/v1/instance/")).json()
    two = (await nobody.get("/api/v2/instance")).json()

    assert one["uri"] == two["domain"] == server.uris.account_domain
    assert two["version"].startswith("4.5.0 (compatible; fedi ")
    assert two["configuration"]["statuses"]["max_characters"] == one["max_toot_chars"] == 5000
    assert one["stats"] == {"user_count": 1, "status_count": 1, "domain_count": 1}
    assert [each["id"] for each in two["rules"]] == ["1", "2"]
    assert (await nobody.get("/api/v1/instance/rules")).json() == two["rules"]
    assert (await nobody.get("/api/v1/instance/peers")).json() == ["far.example"]


async def test_the_contact_is_shown_and_the_directory_has_who_wants_to_be_found(fresh_folder):
    about = InstanceSettings(contact_account="alice", contact_email="a@x.example", registrations="open")
    async with running_server(fresh_folder, embedded=False, instance=about) as one:
        alice, client = await one.client(await one.person("alice")), await one.client()

        before = (await client.get("/api/v1/directory")).json()
        await alice.patch("/api/v1/accounts/update_credentials", json={"discoverable": True})
        after = (await client.get("/api/v1/directory", params={"order": "new"})).json()
        shown = (await client.get("/api/v2/instance")).json()

        assert (before, [each["acct"] for each in after]) == ([], ["alice"])
        assert (shown["contact"]["account"]["acct"], shown["contact"]["email"]) == ("alice", "a@x.example")
        assert shown["registrations"]["enabled"] is True
        await alice.aclose()
        await client.aclose()
