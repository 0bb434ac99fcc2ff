"""Edits with all that they change, keys, whom a post may name, Markdown and custom emoji by the API."""

import asyncio

import pytest

from fedi.actions import emojis
from fedi.errors import Conflict, FediError
from fedi.models.federation import OutgoingActivity
from fedi.models.posts import Post
from tests.mastodon.pictures import png
from tests.mastodon.test_statuses import posted
from tests.support.factories import make_account, make_follow

pytestmark = pytest.mark.anyio


async def test_the_history_tells_polls_as_they_were(as_alice):
    made = await posted(as_alice, status="?", poll={"options": ["a", "b"], "expires_in": 600})
    path = f"/api/v1/statuses/{made['id']}"
    await as_alice.put(path, json={"status": "?", "poll": {"options": ["a", "c"], "expires_in": 600}})
    await as_alice.put(path, json={"status": "no"})

    told = (await as_alice.get(f"{path}/history")).json()

    polls = [[each["title"] for each in edit["poll"]["options"]] for edit in told if "poll" in edit]
    assert (polls, "poll" in told[-1]) == ([["a", "b"], ["a", "c"]], False)


async def test_the_history_of_a_quote_says_what_it_quotes(as_alice):
    quoted = await posted(as_alice, status="one")
    made = await posted(as_alice, status="two", quoted_status_id=quoted["id"])
    path = f"/api/v1/statuses/{made['id']}"
    await as_alice.put(path, json={"status": "three"})

    told = (await as_alice.get(f"{path}/history")).json()

    assert [each["quote"]["quoted_status"]["id"] for each in told] == [quoted["id"]] * 2


async def test_one_key_at_once_makes_one_post(as_alice, as_bob):
    headers = {"Idempotency-Key": "once"}

    answers = await asyncio.gather(
        *(as_alice.post("/api/v1/statuses", json={"status": "x"}, headers=headers) for _ in range(8))
    )
    other = await as_bob.post("/api/v1/statuses", json={"status": "x"}, headers=headers)

    ids = {answer.json()["id"] for answer in answers}
    assert (len(ids), other.json()["id"] in ids, await Post.all().count()) == (1, False, 2)


async def test_an_edit_with_a_key_is_an_edit(as_alice):
    made = await posted(as_alice, status="x")

    answer = await as_alice.put(
        f"/api/v1/statuses/{made['id']}", json={"status": "y"}, headers={"Idempotency-Key": "k"}
    )

    assert answer.json()["content"] == "<p>y</p>"


async def test_whom_a_post_names_unexpectedly_is_told_first(as_alice, bob):
    fields = {"status": "hi @bob", "allowed_mentions": []}

    refused = await as_alice.post("/api/v1/statuses", json={**fields, "allowed_mentions": ["1"]})
    made = await as_alice.post("/api/v1/statuses", json={**fields, "allowed_mentions": [str(bob.id)]})

    assert (refused.status_code, made.status_code) == (422, 200)
    assert [each["id"] for each in refused.json()["unexpected_accounts"]] == [str(bob.id)]


async def test_a_person_may_hide_what_they_write_with(as_alice):
    await as_alice.patch("/api/v1/accounts/update_credentials", json={"source": {"show_application": False}})

    assert "application" not in await posted(as_alice, status="x")


async def test_markdown_is_read_and_kept(server, as_alice, alice):
    await make_follow(server, await make_account(server, "rita", domain="b.example"), alice)
    made = await posted(as_alice, status="**bold** #tag", content_type="text/markdown")
    path = f"/api/v1/statuses/{made['id']}"

    edited = (await as_alice.put(path, json={"status": "*thin*"})).json()

    assert "<strong>bold</strong>" in made["content"]
    assert ([each["name"] for each in made["tags"]], edited["content"]) == (["tag"], "<p><em>thin</em></p>")
    source = (await as_alice.get(f"{path}/source")).json()
    assert (source["text"], source["content_type"]) == ("*thin*", "text/markdown")
    sent = await OutgoingActivity.get(kind="Create")
    assert '"mediaType":"text/markdown"' in sent.body


async def test_a_person_may_write_markdown_always(as_alice):
    source = {"source": {"status_content_type": "text/markdown"}}
    await as_alice.patch("/api/v1/accounts/update_credentials", json=source)

    assert (await posted(as_alice, status="*x*"))["content"] == "<p><em>x</em></p>"


@pytest.mark.parametrize("method", ["post", "put"])
async def test_a_kind_of_text_that_is_unknown_is_refused(as_alice, method):
    made = await posted(as_alice, status="x")
    path = "/api/v1/statuses" if method == "post" else f"/api/v1/statuses/{made['id']}"

    answer = await as_alice.request(method, path, json={"status": "x", "content_type": "text/html"})

    assert answer.status_code == 422


async def test_custom_emoji_are_listed_and_named_where_they_stand(server, as_alice, nobody, alice):
    await make_follow(server, await make_account(server, "rita", domain="b.example"), alice)
    await emojis.add(server, "blob", png(32, 32), category="cats")
    await emojis.add(server, "off", png(32, 32))
    await emojis.set_disabled(server, "off", disabled=True)

    made = await posted(
        as_alice,
        status="a :off: b",
        spoiler_text="x :blob: y",
        poll={"options": ["a", "b"], "expires_in": 600},
    )
    listed = (await nobody.get("/api/v1/custom_emojis")).json()

    assert [(each["shortcode"], each["category"]) for each in listed] == [("blob", "cats")]
    assert [each["shortcode"] for each in made["emojis"]] == ["blob"]
    assert [each["shortcode"] for each in made["poll"]["emojis"]] == ["blob"]
    picture = await nobody.get(made["emojis"][0]["url"].removeprefix(server.uris.base_url))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    body = (await OutgoingActivity.get(kind="Create")).body
    assert '"name":":blob:"' in body
    assert '"updated":' in body


async def test_custom_emoji_of_a_profile_are_named_with_it(server, as_alice, alice, nobody):
    await emojis.add(server, "blob", png(32, 32))

    shown = await as_alice.patch(
        "/api/v1/accounts/update_credentials", json={"display_name": "Alice :blob:", "note": "x"}
    )
    document = (await nobody.get(f"/ap/u/{alice.id}")).json()

    assert [each["shortcode"] for each in shown.json()["emojis"]] == ["blob"]
    assert [each["name"] for each in document["tag"]] == [":blob:"]


@pytest.mark.parametrize(
    ("shortcode", "data"),
    [("a b", png(8, 8)), ("x", png(8, 8)), ("blob", b"<svg/>"), ("blob", b"\x89PNG" + bytes(300_000))],
    ids=["a space", "one letter", "no picture", "too large"],
)
async def test_what_cannot_be_an_emoji_is_refused(server, shortcode, data):
    with pytest.raises(FediError):
        await emojis.add(server, shortcode, data)


async def test_an_emoji_has_its_name_alone_and_goes_with_its_files(server):
    row = await emojis.add(server, "blob", png(8, 8))
    with pytest.raises(Conflict):
        await emojis.add(server, "blob", png(8, 8))

    await emojis.remove(server, "blob")

    assert not server.store.path(row.file_key).exists()
    assert not server.store.path(row.static_key).exists()
