"""What each activity of a client does here (ActivityPub 6.2 to 6.10; federation reference section 18)."""

import pytest

from fedi.models.moderation import Report
from fedi.models.posts import Post
from tests.c2s.client import PUBLIC, Json
from tests.c2s.conftest import Stage
from tests.mastodon.pictures import png

pytestmark = pytest.mark.anyio


async def note_of(stage: Stage, **more: object) -> Json:
    """Post a note as alice; gives it as it is served."""
    location = await stage.client.post({"type": "Note", "content": "<p>first</p>", "to": [PUBLIC], **more})
    return await stage.client.get((await stage.client.get(location))["object"]["id"])


async def test_a_whole_document_sent_back_with_a_change_is_an_edit(stage: Stage):
    note = await note_of(stage)

    await stage.client.post({"type": "Update", "object": {**note, "content": "<p>second</p>"}})

    assert (await stage.client.get(note["id"]))["content"] == "<p>second</p>"


async def test_the_source_is_kept_and_served(stage: Stage):
    note = await note_of(stage, source={"content": "first #foxes", "mediaType": "text/plain"})

    assert note["source"]["content"] == "first #foxes"
    assert note["content"] == "<p>first</p>"


async def test_a_source_alone_is_composed_with_mentions_and_tags(stage: Stage):
    note = await note_of(stage, content=None, source={"content": "@bob see #foxes"})

    assert "mention" in note["content"]
    assert {tag["type"] for tag in note["tag"]} == {"Mention", "Hashtag"}


@pytest.mark.parametrize(
    ("to", "cc", "visibility"),
    [
        (["as:Public"], [], "public"),
        (["{followers}"], [PUBLIC], "unlisted"),
        (["{followers}"], [], "followers"),
        (["{bob}"], [], "direct"),
        ([], [], "direct"),
    ],
)
async def test_addresses_decide_who_may_see(stage: Stage, to: list[str], cc: list[str], visibility: str):
    names = {"followers": stage.alice.followers_url, "bob": stage.bob.uri}
    note = await note_of(stage, to=[each.format(**names) for each in to], cc=cc)

    with stage.site.server.db.activate():
        assert (await Post.get(uri=note["id"])).visibility == visibility
    stranger = await stage.stranger()
    await stranger.get(note["id"], status=200 if visibility in {"public", "unlisted"} else 404)
    assert (await stage.client.get(note["id"]))["id"] == note["id"]


async def test_whom_a_direct_note_is_for_must_exist(stage: Stage):
    await stage.client.post(
        {"type": "Note", "content": "psst", "to": [f"{stage.site.url}/ap/u/1"]}, status=400
    )


async def test_a_reply_stands_in_the_thread(stage: Stage):
    parent = await note_of(stage)

    location = await stage.bobs.post(
        {"type": "Note", "content": "yes", "inReplyTo": parent["id"], "to": [PUBLIC]}
    )

    reply = (await stage.bobs.get(location))["object"]
    assert reply["inReplyTo"] == parent["id"]
    assert reply["context"] == parent["context"]


async def test_warning_and_sensitivity_are_taken(stage: Stage):
    note = await note_of(stage, summary="Foxes", sensitive=True)

    assert (note["summary"], note["sensitive"]) == ("Foxes", True)


async def test_an_update_replaces_what_is_given_and_removes_what_is_null(stage: Stage):
    note = await note_of(stage, summary="Foxes", source={"content": "first"})

    await stage.client.post({"type": "Update", "object": {"id": note["id"], "content": "<p>second</p>"}})
    await stage.client.post({"type": "Update", "object": {"id": note["id"], "summary": None}})

    after = await stage.client.get(note["id"])
    assert (after["content"], after.get("summary")) == ("<p>second</p>", None)
    assert (after["published"], after["to"]) == (note["published"], note["to"])
    assert after["updated"]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Article"},
        {"attributedTo": "https://a.example/u/1"},
        {"to": ["https://a.example/u/1"], "cc": []},
        {"inReplyTo": "https://a.example/o/1"},
        {"likes": "https://a.example/likes"},
        {"published": "2001-01-01T00:00:00Z"},
    ],
)
async def test_an_update_changes_nothing_that_stays_for_good(stage: Stage, change: Json):
    note = await note_of(stage)

    await stage.client.post({"type": "Update", "object": {"id": note["id"], **change}}, status=400)

    assert await stage.client.get(note["id"]) == note


async def test_nobody_updates_or_deletes_what_is_anothers(stage: Stage):
    note = await note_of(stage)

    await stage.bobs.post({"type": "Update", "object": {"id": note["id"], "content": "mine"}}, status=403)
    await stage.bobs.post({"type": "Delete", "object": note["id"]}, status=403)
    await stage.bobs.post({"type": "Update", "object": {"id": stage.alice.uri, "type": "Person"}}, status=403)

    assert await stage.client.get(note["id"]) == note


async def test_a_deleted_note_leaves_a_tombstone(stage: Stage):
    note = await note_of(stage)

    await stage.client.post({"type": "Delete", "object": note["id"]})

    stranger = await stage.stranger()
    tombstone = await stranger.get(note["id"], status=410)
    assert (tombstone["type"], tombstone["formerType"]) == ("Tombstone", "Note")


async def test_of_a_deleted_private_note_only_its_author_is_told(stage: Stage):
    note = await note_of(stage, to=[stage.bob.uri])

    await stage.client.post({"type": "Delete", "object": note["id"]})

    await stage.client.get(note["id"], status=410)
    await (await stage.stranger()).get(note["id"], status=404)


async def test_a_profile_is_updated_part_by_part(stage: Stage):
    await stage.client.post(
        {"type": "Update", "object": {"id": stage.alice.uri, "name": "Alice F", "summary": "<p>Foxes</p>"}}
    )
    await stage.client.post({"type": "Update", "object": {"id": stage.alice.uri, "summary": None}})

    actor = await stage.client.get(stage.alice.uri)
    assert (actor["name"], actor["summary"]) == ("Alice F", "")


async def test_a_picture_of_the_profile_is_an_upload_and_goes_with_null(stage: Stage):
    place = await stage.client.upload(png(), {"type": "Image", "name": "A fox"})

    await stage.client.post({"type": "Update", "object": {"id": stage.alice.uri, "icon": {"id": place}}})
    icon = (await stage.client.get(stage.alice.uri))["icon"]
    await stage.client.post({"type": "Update", "object": {"id": stage.alice.uri, "icon": None}})
    elsewhere = {"id": stage.alice.uri, "icon": {"type": "Image", "url": "https://a.example/1.png"}}
    await stage.client.post({"type": "Update", "object": elsewhere}, status=400)

    assert icon["summary"] == "A fox"
    assert "icon" not in await stage.client.get(stage.alice.uri)


async def test_an_edit_keeps_language_and_pictures_and_may_say_more_of_them(stage: Stage):
    place = await stage.client.upload(png(), {"type": "Image", "name": "A fox"})
    note = await note_of(stage, contentMap={"de": "<p>first</p>"}, attachment=[{"id": place}])
    (picture,) = note["attachment"]

    await stage.client.post({"type": "Update", "object": {"id": note["id"], "content": "<p>zwei</p>"}})
    after = await stage.client.get(note["id"])
    named = [{**picture, "name": "Two foxes"}]
    await stage.client.post({"type": "Update", "object": {"id": note["id"], "attachment": named}})

    assert (after["contentMap"], after["attachment"]) == ({"de": "<p>zwei</p>"}, [picture])
    assert (await stage.client.get(note["id"]))["attachment"][0]["name"] == "Two foxes"


@pytest.mark.parametrize(
    "change",
    [
        {"publicKey": {"id": "https://evil.example/k", "publicKeyPem": "x"}},
        {"assertionMethod": []},
        {"inbox": "https://evil.example/inbox"},
        {"outbox": "https://evil.example/outbox"},
        {"followers": "https://evil.example/f"},
        {"endpoints": {}},
        {"preferredUsername": "root"},
        {"type": "Application"},
        {"alsoKnownAs": ["https://evil.example/u"]},
        {"movedTo": "https://evil.example/u"},
    ],
)
async def test_an_actor_keeps_its_id_keys_boxes_and_names(stage: Stage, change: Json):
    before = await stage.client.get(stage.alice.uri)

    await stage.client.post({"type": "Update", "object": {"id": stage.alice.uri, **change}}, status=400)

    assert await stage.client.get(stage.alice.uri) == before


async def test_a_like_stands_in_liked_until_it_is_undone(stage: Stage):
    note = await note_of(stage)

    like = await stage.bobs.post({"type": "Like", "object": note["id"]})
    liked = await stage.bobs.items(stage.bobs.actor["liked"])
    document = await stage.bobs.get(like)
    await stage.bobs.post({"type": "Undo", "object": like})

    assert note["id"] in liked
    assert (document["type"], document["object"]) == ("Like", note["id"])
    assert note["id"] not in await stage.bobs.items(stage.bobs.actor["liked"])


async def test_a_reaction_is_one_emoji_and_can_be_undone(stage: Stage):
    note = await note_of(stage)

    reaction = await stage.bobs.post({"type": "EmojiReact", "object": note["id"], "content": "🦊"})
    await stage.bobs.post({"type": "EmojiReact", "object": note["id"], "content": "fox"}, status=400)
    liked = await stage.bobs.items(stage.bobs.actor["liked"])
    await stage.bobs.post({"type": "Undo", "object": reaction})

    assert note["id"] in liked
    assert note["id"] not in await stage.bobs.items(stage.bobs.actor["liked"])


async def test_a_report_reaches_the_staff_and_not_whom_it_is_about(stage: Stage):
    note = await note_of(stage)

    location = await stage.bobs.post(
        {"type": "Flag", "object": [stage.alice.uri, note["id"]], "content": "Too many foxes"}
    )

    with stage.site.server.db.activate():
        report = await Report.get(reporter_id=stage.bob.id)
    assert (report.target_id, report.comment, len(report.post_ids)) == (stage.alice.id, "Too many foxes", 1)
    assert (await stage.bobs.get(location))["type"] == "Flag"
    await stage.client.get(location, status=404)
    assert location not in str(await stage.client.items(stage.client.actor["inbox"]))


async def test_nobody_moves_to_an_account_that_does_not_name_theirs(stage: Stage):
    for mover in (stage.alice.uri, stage.bob.uri):
        move = {"type": "Move", "object": mover, "target": stage.bob.uri}
        await stage.client.post(move, status=400 if mover == stage.alice.uri else 403)

    assert "movedTo" not in await stage.client.get(stage.alice.uri)


async def test_an_app_that_may_write_may_not_move_its_person(stage: Stage):
    app = await stage.client_of(stage.alice, "read write")

    move = {"type": "Move", "object": stage.alice.uri, "target": stage.bob.uri}

    await app.post(move, status=403)


async def test_a_note_quotes_another_and_says_who_may_quote_it(stage: Stage):
    note = await note_of(stage)
    nobody = {"canQuote": {"automaticApproval": [stage.alice.uri]}}

    quoting = await note_of(stage, quote=note["id"], interactionPolicy=nobody)

    assert quoting["quote"] == note["id"]
    assert quoting["interactionPolicy"]["canQuote"]["automaticApproval"] == [stage.alice.uri]


async def test_nobody_undoes_what_another_did(stage: Stage):
    note = await note_of(stage)
    like = await stage.bobs.post({"type": "Like", "object": note["id"]})

    await stage.client.post({"type": "Undo", "object": like}, status=400)

    assert note["id"] in await stage.bobs.items(stage.bobs.actor["liked"])


async def test_an_announce_is_for_whom_it_addresses(stage: Stage):
    note = await note_of(stage)

    location = await stage.bobs.post({"type": "Announce", "object": note["id"], "to": [PUBLIC]})
    await stage.bobs.post({"type": "Announce", "object": note["id"]}, status=400)

    announce = await (await stage.stranger()).get(location)
    assert (announce["type"], announce["object"], announce["to"]) == ("Announce", note["id"], [PUBLIC])
    assert stage.bob.uri in await stage.client.items(note["shares"]["id"])


async def test_a_block_stands_in_blocked_and_the_blocked_is_not_told(stage: Stage):
    carol = await stage.site.person("carol")
    carols = await stage.client_of(carol)

    location = await stage.client.post({"type": "Block", "object": carol.uri})

    actor = await stage.client.get(stage.alice.uri)
    assert await stage.client.items(actor["blocked"]) == [carol.uri]
    assert (await stage.client.get(location))["type"] == "Block"
    assert await carols.items(carols.actor["inbox"]) == []
    await carols.get(location, status=404)
    await carols.get(actor["blocked"], status=403)
    await stage.client.post({"type": "Undo", "object": location})
    assert await stage.client.items(actor["blocked"]) == []


async def test_only_ones_own_featured_collection_is_added_to(stage: Stage):
    note = await note_of(stage)
    featured = stage.client.actor["featured"]

    for target in (stage.alice.followers_url, stage.bobs.actor["featured"], stage.client.actor["outbox"]):
        await stage.client.post({"type": "Add", "object": note["id"], "target": target}, status=400)
    await stage.bobs.post(
        {"type": "Add", "object": note["id"], "target": stage.bobs.actor["featured"]}, status=403
    )
    await stage.client.post({"type": "Add", "object": note["id"], "target": featured})
    pinned = await stage.client.items(featured)
    await stage.client.post({"type": "Remove", "object": note["id"], "target": featured})

    assert [each["id"] for each in pinned] == [note["id"]]
    assert await stage.client.items(featured) == []


async def test_a_question_is_asked_and_voted_on(stage: Stage):
    options = [{"type": "Note", "name": name} for name in ("Red", "Arctic")]
    question = {"type": "Question", "content": "Which fox?", "oneOf": options, "to": [PUBLIC]}
    location = await stage.client.post({**question, "endTime": stage.in_an_hour()})
    asked = (await stage.client.get(location))["object"]

    vote = {"type": "Note", "name": "Arctic", "inReplyTo": asked["id"], "to": [stage.alice.uri]}
    await stage.bobs.post(vote)
    await stage.bobs.post(vote, status=400)

    counted = (await stage.client.get(asked["id"]))["oneOf"]
    assert [(each["name"], each["replies"]["totalItems"]) for each in counted] == [("Red", 0), ("Arctic", 1)]


@pytest.mark.parametrize(
    "thing",
    [
        *({"type": name} for name in ("Person", "Service", "Application", "Group", "Organization")),
        *({"type": name} for name in ("Key", "CryptographicKey", "Multikey", "QuoteAuthorization")),
        *({"type": name} for name in ("Collection", "OrderedCollection", "Tombstone", "Emoji", "Article")),
        {"type": ["Note", "Person"]},
        {"type": "sec:Key"},
        {"type": "https://w3id.org/security#Key"},
        {"type": "Note", "publicKey": {"publicKeyPem": "x"}},
        {"type": "Note", "publicKeyPem": "x", "owner": "https://a.example/u"},
        {"type": "Note", "assertionMethod": []},
    ],
)
async def test_nobody_has_this_origin_serve_an_actor_a_key_or_a_consent(stage: Stage, thing: Json):
    """T12: what stands at our origin is believed to speak for whom it names."""
    for posted in (thing, {"type": "Create", "object": thing}):
        await stage.client.post({"content": "x", "to": [PUBLIC], **posted}, status=400)


async def test_what_a_client_adds_to_a_note_is_not_served(stage: Stage):
    """T12: not even in a note, where a careless reader could look for it."""
    note = await note_of(
        stage, inbox="https://evil.example/inbox", endpoints={"sharedInbox": "x"}, preferredUsername="x"
    )

    assert {"inbox", "endpoints", "preferredUsername"}.isdisjoint(note)


async def test_hidden_recipients_read_a_note_that_does_not_name_them(stage: Stage):
    """T175."""
    carol = await stage.site.person("hidden_carol")
    carols = await stage.client_of(carol)

    location = await stage.client.post(
        {"type": "Note", "content": "psst", "to": [stage.bob.uri], "bto": [carol.uri], "bcc": [carol.uri]}
    )

    create = await stage.client.get(location)
    assert (await carols.get(create["object"]["id"]))["content"] == "psst"
    arrived = await carols.items(carols.actor["inbox"])
    own = (await stage.client.items(stage.client.actor["outbox"]))[:5]
    assert [each["id"] for each in arrived] == [location]
    for shown in (create, own, arrived, await stage.bobs.items(stage.bobs.actor["inbox"])):
        assert carol.uri not in str(shown)
        assert "'bto'" not in str(shown)
