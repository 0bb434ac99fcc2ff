"""Pictures that a model made: labelled in words and in fields, tagged, and seen by who wants to."""

import io

import msgspec
import pytest
from PIL import Image

from fedi.actions import media as actions
from fedi.media.images import label_options
from fedi.media.provenance import DigitalSource, Label
from fedi.media.sniff import ImageKind
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from tests.mastodon.pictures import png
from tests.support.factories import make_account, make_boost, make_follow, make_post
from tests.support.outgoing import sent

pytestmark = pytest.mark.anyio

TRAINED, COMPOSITE = DigitalSource.TRAINED, DigitalSource.COMPOSITE_WITH_TRAINED
SENTENCE = "Made with an AI model."


@pytest.fixture
async def rita(server):
    """Somebody of another server who follows nobody."""
    return await make_account(server, "rita", domain="far.example")


def labelled(source: DigitalSource = COMPOSITE) -> bytes:
    out = io.BytesIO()
    options = label_options(ImageKind.PNG, Label(source=source, system="cel"))
    Image.new("RGB", (64, 48), (9, 99, 199)).save(out, "PNG", **options)
    return out.getvalue()


async def upload(client, data: bytes | None = None, **fields):
    file = ("a.png", data or labelled(), "image/png")
    answer = await client.post("/api/v1/media", files={"file": file}, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def write(client, *media, **fields):
    body = {"status": "look", "media_ids": [each["id"] for each in media], **fields}
    answer = await client.post("/api/v1/statuses", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def made_by(server, author, **columns):
    """A post of `author` with a picture that its server says a model made."""
    post = await make_post(server, author, **columns)
    await MediaAttachment.create(
        id=server.new_id(),
        account=author,
        post=post,
        remote_url="https://far.example/a.png",
        source_type=TRAINED.iri,
        label_origin="wire",
        created_at=server.clock.now(),
    )
    return post


async def test_a_picture_that_came_in_labelled_says_so_in_words_and_by_whom(as_alice):
    media = await upload(as_alice, description="A street")

    assert media["description"] == f"A street ({SENTENCE})"
    assert media["fedi"]["source_type"] == COMPOSITE.iri
    assert (media["fedi"]["origin"], media["fedi"]["ai_system"]) == ("file", "cel")


async def test_the_sentence_stands_once_however_often_it_is_sent_back(as_alice):
    media = await upload(as_alice)
    post = await write(as_alice, media)

    for words in ("A street", f"A street ({SENTENCE})", f"A street ({SENTENCE})"):
        edited = await as_alice.put(
            f"/api/v1/statuses/{post['id']}",
            json={
                "status": "look",
                "media_ids": [media["id"]],
                "media_attributes": [{"id": media["id"], "description": words}],
            },
        )
        assert edited.json()["media_attachments"][0]["description"] == f"A street ({SENTENCE})"
    assert (await MediaAttachment.get(id=media["id"])).description == "A street"
    history = (await as_alice.get(f"/api/v1/statuses/{post['id']}/history")).json()
    assert [each["media_attachments"][0]["description"] for each in history] == [
        SENTENCE,
        f"A street ({SENTENCE})",
    ]


async def test_what_is_sent_says_it_to_servers_that_drop_what_they_do_not_know(as_alice, server, alice, rita):
    await make_follow(server, rita, alice)
    await write(as_alice, await upload(as_alice, description="A street"))

    (activity,) = [each.json for each in await sent() if each.json["type"] == "Create"]
    attachment = activity["object"]["attachment"][0]
    assert attachment["name"] == f"A street ({SENTENCE})"
    assert attachment["digitalSourceType"] == COMPOSITE.iri
    assert attachment["aiSystem"]["name"] == "cel"
    assert "isBasedOn" not in attachment
    assert "#AIart" in [tag["name"] for tag in activity["object"]["tag"]]


async def test_an_author_labels_an_upload_and_takes_it_back(as_alice, server):
    media = await upload(as_alice, png(), source_type="trainedAlgorithmicMedia")
    path = f"/api/v1/media/{media['id']}"

    assert (media["fedi"]["source_type"], media["fedi"]["origin"]) == (TRAINED.iri, "author")
    row = await MediaAttachment.get(id=media["id"])
    assert b"trainedAlgorithmicMedia" in await server.store.read(row.file_key)
    back = (await as_alice.put(path, data={"source_type": ""})).json()
    assert (back["fedi"]["source_type"], back["description"]) == (None, None)


@pytest.mark.parametrize("word", ["", "trainedAlgorithmicMedia"])
async def test_a_label_of_the_file_stays(as_alice, word):
    media = await upload(as_alice)

    answer = await as_alice.put(f"/api/v1/media/{media['id']}", data={"source_type": word})

    assert answer.status_code == 422
    row = await MediaAttachment.get(id=media["id"])
    assert (row.source_type, row.label_origin) == (COMPOSITE.iri, "file")


async def test_only_that_a_model_made_it_can_be_said(as_alice):
    file = {"file": ("a.png", png(), "image/png")}

    for word in ("digitalCapture", "nonsense"):
        answer = await as_alice.post("/api/v1/media", files=file, data={"source_type": word})
        assert answer.status_code == 422


async def test_a_drawing_names_its_original_if_its_author_wants_that_and_it_is_public(
    as_alice, server, alice
):
    original = await upload(as_alice, png())
    drawing = await upload(as_alice)
    await MediaAttachment.filter(id=drawing["id"]).update(derived_from_id=original["id"])
    path = f"/api/v1/media/{drawing['id']}"

    assert (await as_alice.put(path, data={"shows_source": "true"})).status_code == 422
    post = await write(as_alice, original, visibility="private")
    assert (await as_alice.put(path, data={"shows_source": "true"})).status_code == 422
    await Post.filter(id=post["id"]).update(visibility="public")
    shown = (await as_alice.put(path, data={"shows_source": "true"})).json()
    assert shown["fedi"]["based_on"] == post["uri"]
    posted = await write(as_alice, drawing)
    wire = await as_alice.get(posted["uri"], headers={"Accept": "application/activity+json"})
    assert wire.json()["attachment"][0]["isBasedOn"] == post["uri"]


async def test_the_tag_is_added_once_to_new_posts_with_such_pictures(as_alice):
    plain = await write(as_alice, await upload(as_alice, png()))
    made = await write(as_alice, await upload(as_alice))
    tagged = await write(as_alice, await upload(as_alice), status="look #aiart")
    refused = await write(as_alice, await upload(as_alice), model_tag=False)

    assert [tag["name"] for tag in made["tags"]] == ["aiart"]
    assert made["content"].count("AIart") == 1
    assert [len(each["tags"]) for each in (plain, tagged, refused)] == [0, 1, 0]
    assert tagged["content"].lower().count(">#<span>aiart") == 1
    source = await as_alice.get(f"/api/v1/statuses/{made['id']}/source")
    assert source.json()["text"] == "look\n\n#AIart"


async def test_a_text_as_long_as_can_be_is_tagged_unseen(as_alice, server):
    text = "x" * server.settings.posts.max_characters

    made = await write(as_alice, await upload(as_alice), status=text)

    assert ([tag["name"] for tag in made["tags"]], "AIart" in made["content"]) == (["aiart"], False)


async def test_a_person_chooses_whether_their_posts_are_tagged(as_alice):
    chosen = await as_alice.patch(
        "/api/v1/accounts/update_credentials", json={"source": {"model_tag": False}}
    )

    assert chosen.status_code == 200
    assert (await as_alice.get("/api/v1/preferences")).json()["posting:default:model_tag"] is False
    assert (await write(as_alice, await upload(as_alice)))["tags"] == []
    assert len((await write(as_alice, await upload(as_alice), model_tag=True))["tags"]) == 1


@pytest.mark.parametrize("wish", ["blur", "hide"])
async def test_what_a_person_wants_of_them_looks_like_a_filter(as_alice, server, alice, rita, wish):
    post, other = await made_by(server, rita), await make_post(server, rita)
    await make_follow(server, alice, rita)
    path = "/api/v1/timelines/home"
    assert [each["filtered"] for each in (await as_alice.get(path)).json()] == [[], []]

    await as_alice.patch("/api/v1/accounts/update_credentials", json={"source": {"model_media": wish}})

    shown = {each["id"]: each for each in (await as_alice.get(path)).json()}
    (found,) = shown[str(post.id)]["filtered"]
    assert (found["filter"]["filter_action"], found["filter"]["fedi"]["model_media"]) == (wish, True)
    assert shown[str(post.id)]["fedi"]["model_media"] == wish
    assert (shown[str(other.id)]["filtered"], shown[str(other.id)]["fedi"]["model_media"]) == ([], None)
    await as_alice.patch("/api/v1/accounts/update_credentials", json={"source": {"model_media": "show"}})
    again = {each["id"]: each for each in (await as_alice.get(path)).json()}
    assert (again[str(post.id)]["filtered"], again[str(post.id)]["fedi"]["model_media"]) == ([], "show")


async def test_a_boost_is_caught_as_what_it_boosts(as_alice, server, bob, rita):
    boost = await make_boost(server, bob, await made_by(server, rita))
    await as_alice.patch("/api/v1/accounts/update_credentials", json={"source": {"model_media": "hide"}})

    shown = (await as_alice.get(f"/api/v1/statuses/{boost.id}")).json()

    assert len(shown["filtered"]) == len(shown["reblog"]["filtered"]) == 1


async def test_ones_own_are_never_hidden(as_alice):
    await as_alice.patch("/api/v1/accounts/update_credentials", json={"source": {"model_media": "hide"}})

    assert (await write(as_alice, await upload(as_alice)))["filtered"] == []


async def test_a_filter_catches_them_with_no_word_in_it(as_alice, server, rita):
    post = await made_by(server, rita)
    body = {"title": "No models", "context": ["home"], "filter_action": "hide", "model_media": True}
    made = (await as_alice.post("/api/v2/filters", json=body)).json()

    (found,) = (await as_alice.get(f"/api/v1/statuses/{post.id}")).json()["filtered"]

    assert made["fedi"] == {"model_media": True}
    assert (found["filter"]["id"], found["keyword_matches"]) == (made["id"], None)
    changed = await as_alice.put(f"/api/v2/filters/{made['id']}", json={"model_media": False})
    assert changed.json()["fedi"] == {"model_media": False}
    assert (await as_alice.get(f"/api/v1/statuses/{post.id}")).json()["filtered"] == []


@pytest.fixture
def settings(settings, request):
    """Settings with what the server shows of model-made media, where a test names it."""
    usual = getattr(request, "param", None)
    if usual is None:
        return settings
    studio = msgspec.structs.replace(settings.studio, model_media=usual)
    return msgspec.structs.replace(settings, studio=studio)


@pytest.mark.parametrize("settings", ["blur"], indirect=True)
async def test_the_owners_default_holds_for_visitors_and_who_did_not_choose(as_alice, nobody, server, rita):
    post = await made_by(server, rita)
    path = f"/api/v1/statuses/{post.id}"

    for client in (as_alice, nobody):
        assert (await client.get(path)).json()["fedi"]["model_media"] == "blur"
    await as_alice.patch("/api/v1/accounts/update_credentials", json={"source": {"model_media": "show"}})
    assert (await as_alice.get(path)).json()["fedi"]["model_media"] == "show"


async def test_an_avatar_takes_its_label_along_in_words(as_alice):
    media = await upload(as_alice, description="Me")

    answer = await as_alice.patch(
        "/api/v1/accounts/update_credentials", json={"avatar_media_id": media["id"]}
    )

    assert answer.json()["avatar_description"] == f"Me ({SENTENCE})"
    assert answer.json()["fedi"]["avatar_source_type"] == COMPOSITE.iri
    assert actions.label_of(await MediaAttachment.get(id=media["id"])) is COMPOSITE
