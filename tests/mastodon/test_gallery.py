"""Our own part of the API: the gallery and its prompts, as an app reads them."""

from datetime import timedelta

import msgspec
import pytest

from fedi.models.accounts import Account
from fedi.models.federation import OutgoingActivity
from tests.support.factories import make_account, make_follow, make_picture, make_post, make_prompt, make_tag

pytestmark = pytest.mark.anyio

HERE = "/api/fedi/v1/gallery"


@pytest.fixture
def settings(settings):
    """Settings of a server that gives out prompts."""
    return msgspec.structs.replace(settings, studio=msgspec.structs.replace(settings.studio, prompts=True))


@pytest.fixture
async def painter(server) -> Account:
    """Somebody here who wants to be seen."""
    return await make_account(server, "painter", in_gallery=True)


async def test_a_picture_comes_with_its_post_its_author_and_its_label(server, nobody, painter):
    post = await make_post(server, painter, sensitive=True, summary="teeth")
    picture = await make_picture(server, post, description="a shark")

    (shown,) = (await nobody.get(HERE)).json()

    assert (shown["id"], shown["status_id"], shown["url"]) == (str(picture.id), str(post.id), post.url)
    assert (shown["sensitive"], shown["spoiler_text"]) == (True, "teeth")
    assert shown["account"]["acct"] == "painter"
    assert shown["media_attachment"]["description"] == "a shark (Made by an AI model.)"
    assert shown["media_attachment"]["fedi"]["ai_system"] == "cel"


async def test_it_is_walked_by_its_links_from_the_newest_to_the_oldest(server, nobody, painter):
    post = await make_post(server, painter)
    made = [str((await make_picture(server, post)).id) for _ in range(5)]

    seen, answer = [], await nobody.get(HERE, params={"limit": 2})
    while True:
        seen += [each["id"] for each in answer.json()]
        if "next" not in answer.links:
            break
        answer = await nobody.get(answer.links["next"]["url"])

    assert seen == made[::-1]


async def test_of_one_member_and_of_a_prompt(server, nobody, painter):
    other = await make_account(server, "other", in_gallery=True)
    prompt = await make_prompt(server, "Foxes", "Foxes")
    answer = await make_post(server, other)
    await make_tag(server, answer, "foxes")
    mine = await make_picture(server, await make_post(server, painter))
    theirs = await make_picture(server, answer)

    async def ids(**which):
        return [each["id"] for each in (await nobody.get(HERE, params=which)).json()]

    assert await ids(account_id=painter.id) == [str(mine.id)]
    assert await ids(prompt_id=prompt.id) == [str(theirs.id)]
    assert await ids(prompt_id=prompt.id, account_id=painter.id) == []


@pytest.mark.parametrize("which", [{"account_id": "1"}, {"prompt_id": "1"}, {"account_id": "x"}])
async def test_of_what_is_not_there_there_is_no_gallery(nobody, which):
    assert (await nobody.get(HERE, params=which)).status_code == 404


async def test_switched_off_it_is_not_found(server, nobody, painter):
    prompt = await make_prompt(server, "Foxes", "Foxes")
    studio = msgspec.structs.replace(server.settings.studio, gallery=False)
    object.__setattr__(server, "settings", msgspec.structs.replace(server.settings, studio=studio))

    assert (await nobody.get(HERE)).status_code == 404
    assert (await nobody.get(HERE, params={"prompt_id": prompt.id})).status_code == 404
    assert (await nobody.get("/api/fedi/v1/prompts")).json() == []


async def test_prompts_are_listed_once_they_have_begun(server, nobody):
    day, now = timedelta(days=1), server.clock.now()
    await make_prompt(server, "Past", "past", starts_at=now - 9 * day, ends_at=now - 2 * day)
    await make_prompt(server, "Now", "now")
    await make_prompt(server, "Later", "later", starts_at=now + day)

    listed = (await nobody.get("/api/fedi/v1/prompts")).json()

    assert [(each["title"], each["tag"], each["current"]) for each in listed] == [
        ("Now", "now", True),
        ("Past", "past", False),
    ]
    assert listed[0]["url"].endswith(f"/gallery/prompts/{listed[0]['id']}")


@pytest.mark.parametrize("form", [{"in_gallery": True}, {"source": {"in_gallery": True}}])
async def test_a_member_opens_and_closes_their_wall(as_alice, form):
    path = "/api/v1/accounts/update_credentials"
    assert (await as_alice.get("/api/v1/accounts/verify_credentials")).json()["source"]["in_gallery"] is False

    assert (await as_alice.patch(path, json=form)).json()["source"]["in_gallery"] is True
    assert (await as_alice.patch(path, json={"note": "x"})).json()["source"]["in_gallery"] is True
    assert (await as_alice.patch(path, json={"in_gallery": False})).json()["source"]["in_gallery"] is False


async def test_nobody_elsewhere_is_told_that_a_wall_opened(server, as_alice, alice):
    await make_follow(server, await make_account(server, "far", domain="b.example"), alice)

    async def told_by(form) -> int:
        before = await OutgoingActivity.all().count()
        await as_alice.patch("/api/v1/accounts/update_credentials", json=form)
        return await OutgoingActivity.all().count() - before

    assert (await told_by({"in_gallery": True}), await told_by({"note": "painter"})) == (0, 1)
