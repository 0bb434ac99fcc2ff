"""T132: nobody's picture is drawn anew without their yes, and no address is dialled for one before it."""

import json
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from fedi.activitypub.vocabulary import PUBLIC
from tests.mastodon.pictures import png
from tests.support.pictures import vast_png
from tests.support.servers import eventually, make_person
from tests.support.visitors import Site
from tests.threats.conftest import api
from tests.threats.evil import Evil, Target, activity

pytestmark = pytest.mark.anyio

OPEN = {"canRemix": {"automaticApproval": [PUBLIC]}}
STAMP = "http://e1.test/stamps/1"


async def _posted(client: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    """Post a picture that everybody may restyle unless it is said otherwise."""
    media = (await client.post("/api/v2/media", files={"file": ("a.png", png(), "image/png")})).json()
    body = {"status": "mine", "media_ids": [media["id"]], "remix_policy": "everyone", **more}
    answer = await client.post("/api/v1/statuses", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("is_posted", [False, True])
async def test_t132_anothers_picture_is_not_there_for_the_studio(site: Site, is_posted: bool):
    async with api(site, "alice") as alice, api(site, "bob") as bob:
        if is_posted:
            media_id = (await _posted(bob))["media_attachments"][0]["id"]
        else:
            answer = await bob.post("/api/v2/media", files={"file": ("a.png", png(), "image/png")})
            media_id = answer.json()["id"]

        run = await alice.post("/api/fedi/v1/styles/cel/runs", json={"media_id": media_id})
        batch = await alice.post("/api/fedi/v1/batches", json={"media_ids": [media_id], "style": "cel"})
        assert (run.status_code, batch.status_code) == (404, 404)
        if not is_posted:
            assert (await alice.post("/api/fedi/v1/remixes", json={"media_id": media_id})).status_code == 404


@pytest.mark.parametrize("visibility", ["private", "direct"])
async def test_t132_a_post_that_is_not_for_all_is_never_restyled(site: Site, visibility: str):
    async with api(site, "alice") as alice, api(site, "bob") as bob:
        bobs_id = (await bob.get("/api/v1/accounts/verify_credentials")).json()["id"]
        await alice.post(f"/api/v1/accounts/{bobs_id}/follow")
        post = await _posted(bob, status="@alice only you", visibility=visibility)
        assert (await alice.get(f"/api/v1/statuses/{post['id']}")).status_code == 200

        wish = {"media_id": post["media_attachments"][0]["id"]}
        assert (await alice.post("/api/fedi/v1/remixes", json=wish)).status_code == 403


async def test_t150_what_two_agree_on_is_not_there_for_a_third(site: Site):
    await make_person(site.server, "carol")
    async with api(site, "alice") as alice, api(site, "bob") as bob, api(site, "carol") as carol:
        wish = {"media_id": (await _posted(bob, remix_policy="ask"))["media_attachments"][0]["id"]}
        path = f"/api/fedi/v1/remixes/{(await alice.post('/api/fedi/v1/remixes', json=wish)).json()['id']}"

        for method, deed in (("GET", ""), ("POST", "/accept"), ("POST", "/reject"), ("POST", "/revoke")):
            assert (await carol.request(method, path + deed)).status_code == 404
        assert (await alice.post(f"{path}/accept")).status_code == 404
        assert (await bob.get(path)).json()["state"] == "pending"


async def _theirs(
    s: Target, evil: Evil, url: str = "http://e1.test/fox.png", policy: object = OPEN, **more: object
) -> str:
    """Have a picture of Carol's on another server; gives its id here."""
    carol = evil["e1.test"].actor("carol", **{"indexable": True, **more.pop("actor", {})})
    attachment = {"type": "Document", "mediaType": "image/png", "url": url, **more.pop("attachment", {})}
    note = evil["e1.test"].serve(
        evil["e1.test"].note("fox", carol, attachment=[attachment], interactionPolicy=policy, **more)
    )
    _serve_picture(evil)
    found = await s.api("alice", "GET", f"/api/v2/search?q={note['id']}&resolve=true")
    await s.applied()
    return found.json()["statuses"][0]["media_attachments"][0]["id"]


def _serve_picture(evil: Evil, body: bytes | None = None, kind: str = "image/png") -> None:
    async def answer(_: Request) -> Response:
        return Response(body or png(), media_type=kind)

    evil.handlers["e1.test", "/fox.png"] = answer


def _fetched(evil: Evil) -> int:
    return sum(each.path == "/fox.png" for each in evil.gets())


async def _asked(s: Target, evil: Evil, media_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask for it; gives our answer and the request that reached Carol."""
    remix = (await s.api("alice", "POST", "/api/fedi/v1/remixes", json={"media_id": media_id})).json()
    return remix, await s.delivered(evil, "e1.test", "RemixRequest")


async def _granted(s: Target, evil: Evil, request: dict[str, Any], **more: object) -> dict[str, Any]:
    """Say yes as Carol, with a stamp that `more` may spoil; gives the remix as it then is."""
    carol, by = "http://e1.test/users/carol", str(more.pop("by", "http://e1.test/users/carol"))
    evil["e1.test"].documents["/stamps/1"] = {
        "id": STAMP,
        "type": "RemixAuthorization",
        "attributedTo": carol,
        "interactingObject": request["instrument"],
        "interactionTarget": request["object"],
        **more,
    }
    await s.deliver(activity("Accept", by, request, id_=f"{by}#yes", result=STAMP), signer=by)
    await s.applied()
    return (await s.api("alice", "GET", "/api/fedi/v1/remixes")).json()[0]


async def test_t132_a_remote_picture_is_fetched_only_after_its_author_agreed(s: Target, evil: Evil):
    media_id = await _theirs(s, evil)
    run = await s.api("alice", "POST", "/api/fedi/v1/styles/cel/runs", json={"media_id": media_id})
    _, request = await _asked(s, evil, media_id)
    assert (run.status_code, _fetched(evil)) == (404, 0)

    remix = await _granted(s, evil, request)

    assert (remix["state"], bool(remix["source"]), _fetched(evil)) == ("accepted", True, 1)


@pytest.mark.parametrize(
    "said",
    [
        {"policy": None},
        {"policy": {"canRemix": {"automaticApproval": ["http://e1.test/users/carol"]}}},
        {"xRobotsTag": ["noai"]},
        {"actor": {"indexable": False}},
        {"license": "https://creativecommons.org/licenses/by-nd/4.0/"},
        {"licence": {"identifier": "3", "name": "Attribution - No Derivatives"}},
        {"attachment": {"license": "CC BY-NC-ND"}},
    ],
    ids=str,
)
async def test_t132_without_consent_nobody_is_asked_and_nothing_fetched(s: Target, evil: Evil, said: dict):
    media_id = await _theirs(s, evil, **said)

    answer = await s.api("alice", "POST", "/api/fedi/v1/remixes", json={"media_id": media_id})

    assert answer.status_code == 403, answer.text
    await s.applied()
    assert (_fetched(evil), evil.posts("e1.test")) == (0, [])


@pytest.mark.parametrize(
    "spoilt",
    [
        {"interactingObject": "http://s.test/ap/o/1"},
        {"interactionTarget": "http://e1.test/notes/other"},
        {"attributedTo": "http://e1.test/users/mallory"},
        {"type": "QuoteAuthorization"},
        {"by": "http://e1.test/users/mallory"},
        {"by": "http://e2.test/users/mallory"},
    ],
    ids=str,
)
async def test_t132_a_forged_yes_opens_nothing(s: Target, evil: Evil, spoilt: dict):
    _, request = await _asked(s, evil, await _theirs(s, evil))
    evil["e1.test"].actor("mallory")
    evil["e2.test"].actor("mallory")

    remix = await _granted(s, evil, request, **spoilt)

    assert (remix["state"], remix["source"], _fetched(evil)) == ("pending", None, 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:22/fox.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://s.test/media/fox.png",
    ],
)
async def test_t132_the_address_of_a_picture_leads_nowhere_inside(s: Target, evil: Evil, url: str):
    _, request = await _asked(s, evil, await _theirs(s, evil, url))
    before = len(evil.gets())

    remix = await _granted(s, evil, request)

    assert (remix["state"], remix["source"]) == ("accepted", None)
    assert [each.path for each in evil.gets()[before:]] == ["/stamps/1"]


async def test_t132_a_picture_that_leads_inside_is_not_followed(s: Target, evil: Evil):
    _, request = await _asked(s, evil, await _theirs(s, evil))

    async def elsewhere(_: Request) -> Response:
        return Response(status_code=302, headers={"location": "http://169.254.169.254/fox.png"})

    evil.handlers["e1.test", "/fox.png"] = elsewhere
    remix = await _granted(s, evil, request)

    assert (remix["state"], remix["source"], _fetched(evil)) == ("accepted", None, 1)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0", "image/png"),
        (vast_png(), "image/png"),
        (png(), "text/html"),
    ],
    ids=["eps", "vast", "type"],
)
async def test_t132_what_is_no_picture_is_not_kept(s: Target, evil: Evil, body: bytes, kind: str):
    _, request = await _asked(s, evil, await _theirs(s, evil))
    _serve_picture(evil, body, kind)

    remix = await _granted(s, evil, request)

    assert (remix["state"], remix["source"]) == ("accepted", None)
    assert await s.rows("SELECT id FROM media_attachments WHERE original_key <> ''") == []
    assert await s.is_alive()


async def _bobs_original(s: Target, evil: Evil, policy: str = "everyone") -> str:
    """Have Bob's picture, which strangers may restyle; gives the id of its post on the wire."""
    async with await s.running.client(s.accounts["bob"]) as client:
        return str((await _posted(client, remix_policy=policy))["uri"])


async def _requested(s: Target, evil: Evil, post: str, instrument: str, number: int = 1) -> dict[str, Any]:
    mallory = evil["e1.test"].actor("mallory")
    request = activity("RemixRequest", mallory, post, id_=f"{mallory}#r{number}", instrument=instrument)
    await s.deliver(request, signer=mallory)
    await s.applied()
    return request


def _answers(evil: Evil) -> list[tuple[str, str | None]]:
    bodies = [json.loads(each.body) for each in evil.posts("e1.test")]
    return [(each["type"], each.get("result")) for each in bodies if each["type"] in {"Accept", "Reject"}]


async def test_t132_the_same_request_gets_the_same_stamp(s: Target, evil: Evil):
    post = await _bobs_original(s, evil)
    for number in (1, 2):
        await _requested(s, evil, post, "http://e1.test/notes/remix", number)

    async def answered() -> bool:
        return len(_answers(evil)) == 2

    await eventually(answered)
    assert [kind for kind, _ in _answers(evil)] == ["Accept", "Accept"]
    assert len({stamp for _, stamp in _answers(evil)}) == 1
    assert len(await s.rows("SELECT id FROM remixes")) == 1


async def test_t132_nobody_asks_for_a_post_of_another_server(s: Target, evil: Evil):
    post = await _bobs_original(s, evil)

    await _requested(s, evil, post, "http://e2.test/notes/remix")

    assert (await s.rows("SELECT id FROM remixes"), _answers(evil)) == ([], [])


@pytest.mark.parametrize("policy", ["nobody", "followers"])
async def test_t132_whom_the_author_does_not_let_hears_no(s: Target, evil: Evil, policy: str):
    post = await _bobs_original(s, evil, policy)

    await _requested(s, evil, post, "http://e1.test/notes/remix")

    await eventually(lambda: _soon(bool(_answers(evil))))
    assert _answers(evil) == [("Reject", None)]
    assert await s.rows("SELECT id FROM remixes") == []


async def _soon(value: bool) -> bool:
    return value


@pytest.mark.parametrize(
    ("author", "name", "is_shown"),
    [("mallory", "remix", True), ("mallory", "other", False), ("eve", "remix", False)],
)
async def test_t132_a_stamp_is_for_one_post_of_who_asked(
    s: Target, evil: Evil, author: str, name: str, is_shown: bool
):
    post = await _bobs_original(s, evil)
    await _requested(s, evil, post, "http://e1.test/notes/remix")
    await eventually(lambda: _soon(bool(_answers(evil))))
    stamp = _answers(evil)[0][1]
    writer = evil["e1.test"].actor(author)
    note = evil["e1.test"].note(
        name,
        writer,
        isBasedOn=post,
        remixAuthorization=stamp,
        to=[PUBLIC, s.uri("bob")],
        tag=[{"type": "Mention", "href": s.uri("bob"), "name": "@bob"}],
    )

    await s.deliver(evil["e1.test"].create(note), signer=writer)
    await s.applied()

    shown = await s.rows("SELECT count(*) AS count FROM remixes WHERE post_id IS NOT NULL")
    assert shown[0]["count"] == int(is_shown)


async def test_t132_only_the_author_takes_a_yes_back(s: Target, evil: Evil):
    _, request = await _asked(s, evil, await _theirs(s, evil))
    await _granted(s, evil, request)
    mallory = evil["e1.test"].actor("mallory")

    await s.deliver(activity("Delete", mallory, STAMP, id_=f"{mallory}#no"), signer=mallory)
    await s.applied()
    before = (await s.api("alice", "GET", "/api/fedi/v1/remixes")).json()[0]["state"]
    carol = "http://e1.test/users/carol"
    await s.deliver(activity("Delete", carol, STAMP, id_=f"{carol}#no"), signer=carol)
    await s.applied()

    after = (await s.api("alice", "GET", "/api/fedi/v1/remixes")).json()[0]
    assert (before, after["state"], after["source"]) == ("accepted", "revoked", None)
