"""Every step between us and another server, and the reason where it ends."""

import pytest
from starlette.responses import JSONResponse, RedirectResponse, Response

from fedi.actions import moderation
from fedi.activitypub.vocabulary import ACTIVITY_JSON
from fedi.federation import explain
from fedi.federation.explain import Trail

pytestmark = pytest.mark.anyio


def names(trail: Trail) -> list[str]:
    return [step.name for step in trail.steps]


async def test_a_lookup_that_works_says_each_step_and_gives_the_actor(home, peer):
    bob = peer.actor("bob")

    trail = await explain.lookup(home.server, f"bob@{peer.host}")

    assert trail.ok, trail.steps
    assert names(trail)[:2] == ["handle", "WebFinger"]
    assert names(trail)[-2:] == ["handle leads back", "here"]
    assert trail.found["id"] == bob


async def test_a_handle_that_leads_to_somebody_else_is_said(home, peer):
    bob = peer.actor("bob")
    peer.actor("carol")
    peer.handles["bob"] = f"{peer.url}/users/carol"

    trail = await explain.lookup(home.server, bob)

    assert (trail.ok, names(trail)[-1]) == (False, "handle leads back")
    assert "leads to somebody else" in trail.steps[-1].said


@pytest.mark.parametrize(
    ("answer", "step", "reason"),
    [
        (Response("<h1>no</h1>", 403, media_type="text/html"), "ask", "403"),
        (JSONResponse({"id": "x"}), "type", "only application/activity+json"),
        (Response("{", media_type=ACTIVITY_JSON), "document", ""),
        (
            JSONResponse({"id": "https://b.example/1", "type": "Note"}, media_type=ACTIVITY_JSON),
            "id",
            "another server",
        ),
        (RedirectResponse("http://10.0.0.1/"), "ask", ""),
    ],
)
async def test_a_fetch_that_fails_says_where_and_why(home, peer, answer, step, reason):
    peer.documents["/1"] = answer

    trail = await explain.fetch(home.server, f"{peer.url}/1")

    assert (trail.ok, names(trail)[-1]) == (False, step)
    assert reason in trail.steps[-1].said
    assert trail.steps[-1].said


async def test_a_fetch_from_a_blocked_host_ends_before_it_is_asked(home, peer):
    await moderation.block_domain(home.server, peer.host, by="cli")

    trail = await explain.fetch(home.server, f"{peer.url}/1")

    assert (trail.ok, names(trail), peer.asked) == (False, ["rules"], {})


async def test_a_server_is_tried_without_bothering_anybody(home, peer):
    peer.documents["/.well-known/nodeinfo"] = JSONResponse(
        {
            "links": [
                {
                    "rel": "http://nodeinfo.diaspora.software/ns/schema/2.1",
                    "href": f"{peer.url}/nodeinfo/2.1",
                }
            ]
        }
    )
    peer.documents["/nodeinfo/2.1"] = JSONResponse({"software": {"name": "fox", "version": "1.2"}})

    trail = await explain.test(home.server, peer.host)

    assert trail.ok, trail.steps
    assert [step.said for step in trail.steps if step.name == "NodeInfo"] == ["fox 1.2"]
    assert peer.received == []


async def test_a_nodeinfo_on_another_server_is_not_followed(home, peer):
    link = {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": "http://127.0.0.1:1/"}
    peer.documents["/.well-known/nodeinfo"] = JSONResponse({"links": [link]})

    trail = await explain.test(home.server, peer.host)

    assert (trail.ok, names(trail)[-1]) == (False, "NodeInfo")
