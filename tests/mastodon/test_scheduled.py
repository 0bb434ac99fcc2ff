"""Posts that wait: scheduled ones, and drafts on the server."""

import asyncio
from datetime import timedelta

import pytest

from fedi.actions import housekeeping
from fedi.errors import Postponed
from fedi.federation import pending
from fedi.jobs.kinds import Prune, PublishPending
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment
from fedi.models.pending import PendingPost
from fedi.models.posts import Post
from tests.mastodon.test_statuses import posted, uploaded
from tests.support.factories import make_post

pytestmark = pytest.mark.anyio

SCHEDULED, DRAFTS = "/api/v1/scheduled_statuses", "/api/fedi/v1/drafts"


@pytest.fixture
def later(server):
    """Give a time so many minutes ahead, as an app writes it."""

    def at(minutes):
        return (server.clock.now() + timedelta(minutes=minutes)).isoformat()

    return at


async def run_due(server):
    """Run the alarms of scheduled posts as the worker would."""
    for job in await Job.filter(kind="PublishPending", state="ready"):
        if job.run_at <= server.clock.now().timestamp() * 1000:
            await pending.run(server, PublishPending(pending_id=int(job.payload.split(":")[1].strip("}"))))


async def test_a_scheduled_post_echoes_what_was_sent(as_alice, later):
    media = await uploaded(as_alice)
    made = await posted(
        as_alice,
        status="soon",
        spoiler_text="cw",
        visibility="private",
        media_ids=[media["id"]],
        poll={"options": ["a", "b"], "expires_in": 600},
        scheduled_at=later(10),
        language="en",
    )

    params = made["params"]
    assert (params["text"], params["spoiler_text"], params["visibility"]) == ("soon", "cw", "private")
    assert params["poll"] == {
        "options": ["a", "b"],
        "expires_in": 600,
        "multiple": False,
        "hide_totals": False,
    }
    assert (params["media_ids"], params["scheduled_at"], params["language"]) == ([media["id"]], None, "en")
    assert [each["id"] for each in made["media_attachments"]] == [media["id"]]
    assert (await as_alice.get(f"{SCHEDULED}/{made['id']}")).json() == made
    assert await Post.all().count() == 0


@pytest.mark.parametrize("minutes", [-5, 0, 4])
async def test_less_than_five_minutes_ahead_is_refused(as_alice, later, minutes):
    answer = await as_alice.post("/api/v1/statuses", json={"status": "x", "scheduled_at": later(minutes)})

    assert answer.status_code == 422
    assert await Post.all().count() + await PendingPost.all().count() == 0


@pytest.mark.parametrize("at", ["tomorrow", "9999-99-99", "0001-01-01T00:00:00+23:00"])
async def test_what_is_no_time_is_refused(as_alice, at):
    answer = await as_alice.post("/api/v1/statuses", json={"status": "x", "scheduled_at": at})

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": ""}, 422),
        ({"status": "x" * 5001}, 422),
        ({"status": "x", "visibility": "everyone"}, 422),
        ({"status": "x", "in_reply_to_id": "1"}, 404),
        ({"status": "x", "media_ids": ["1"]}, 404),
        ({"status": "x", "poll": {"options": ["a"], "expires_in": 600}}, 422),
        ({"status": "x", "poll": {"options": ["a", "b"]}}, 422),
        ({"status": "x", "quoted_status_id": "1"}, 404),
    ],
)
async def test_what_could_not_be_posted_is_not_scheduled(as_alice, later, fields, status):
    answer = await as_alice.post("/api/v1/statuses", json={**fields, "scheduled_at": later(10)})

    assert (answer.status_code, await PendingPost.all().count()) == (status, 0)


async def test_a_scheduled_post_is_made_in_its_time(server, clock, as_alice, later):
    media = await uploaded(as_alice)
    await posted(as_alice, status="soon", media_ids=[media["id"]], scheduled_at=later(10))
    await run_due(server)
    before = await Post.all().count()

    clock.turn(minutes=11)
    await run_due(server)
    await run_due(server)

    assert (before, await PendingPost.all().count()) == (0, 0)
    post = await Post.get()
    assert (post.text, (await MediaAttachment.get()).post_id) == ("soon", post.id)


async def test_two_runs_at_once_make_one_post(server, clock, as_alice, later):
    made = await posted(as_alice, status="soon", scheduled_at=later(10))
    clock.turn(minutes=11)
    work = PublishPending(pending_id=int(made["id"]))

    await asyncio.gather(*(pending.run(server, work) for _ in range(5)))

    assert await Post.all().count() == 1


async def test_another_time_holds(server, clock, as_alice, later):
    made = await posted(as_alice, status="soon", scheduled_at=later(10))
    moved = await as_alice.put(f"{SCHEDULED}/{made['id']}", json={"scheduled_at": later(60)})
    clock.turn(minutes=11)

    with pytest.raises(Postponed):
        await pending.run(server, PublishPending(pending_id=int(made["id"])))

    assert (moved.status_code, await Post.all().count()) == (200, 0)
    clock.turn(minutes=50)
    await run_due(server)
    assert await Post.all().count() == 1


async def test_an_earlier_time_holds(server, clock, as_alice, later):
    made = await posted(as_alice, status="soon", scheduled_at=later(600))
    await as_alice.put(f"{SCHEDULED}/{made['id']}", json={"scheduled_at": later(10)})

    clock.turn(minutes=11)
    await run_due(server)

    assert await Post.all().count() == 1


async def test_a_time_too_near_changes_nothing(as_alice, later):
    made = await posted(as_alice, status="soon", scheduled_at=later(10))

    answer = await as_alice.put(f"{SCHEDULED}/{made['id']}", json={"scheduled_at": later(1)})

    assert answer.status_code == 422
    assert (await as_alice.get(f"{SCHEDULED}/{made['id']}")).json() == made


async def test_a_scheduled_post_can_be_taken_back(server, clock, as_alice, later):
    made = await posted(as_alice, status="soon", scheduled_at=later(10))

    gone = await as_alice.delete(f"{SCHEDULED}/{made['id']}")
    clock.turn(minutes=11)
    await run_due(server)

    assert (gone.status_code, gone.json(), await Post.all().count()) == (200, {}, 0)
    assert (await as_alice.get(f"{SCHEDULED}/{made['id']}")).status_code == 404


async def test_what_cannot_be_posted_in_its_time_says_why(server, bob, clock, as_alice, later):
    parent = await make_post(server, bob)
    made = await posted(as_alice, status="soon", in_reply_to_id=str(parent.id), scheduled_at=later(10))
    await parent.delete()
    clock.turn(minutes=11)

    await run_due(server)

    shown = (await as_alice.get(f"{SCHEDULED}/{made['id']}")).json()
    assert "does not appear to exist" in shown["error"]
    assert await Post.all().count() == 0


async def test_the_same_key_schedules_once(as_alice, later):
    headers, fields = {"Idempotency-Key": "once"}, {"status": "soon", "scheduled_at": later(10)}

    answers = [await as_alice.post("/api/v1/statuses", json=fields, headers=headers) for _ in range(2)]

    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert await PendingPost.all().count() == 1


async def test_a_file_that_waits_is_free_for_nothing_else(server, clock, as_alice, later):
    media = await uploaded(as_alice)
    await posted(as_alice, status="soon", media_ids=[media["id"]], scheduled_at=later(60 * 72))

    elsewhere = await as_alice.post("/api/v1/statuses", json={"status": "x", "media_ids": [media["id"]]})
    removed = await as_alice.delete(f"/api/v1/media/{media['id']}")
    clock.turn(hours=48)
    await housekeeping.prune(server, Prune())

    assert (elsewhere.status_code, removed.status_code) == (422, 422)
    assert await MediaAttachment.exists(id=int(media["id"]))


@pytest.mark.parametrize(("minutes", "most"), [(1, 25), (60 * 24, 300)], ids=["a day", "in all"])
async def test_only_so_many_posts_wait(server, alice, as_alice, later, minutes, most):
    now = server.clock.now()
    start = (now + timedelta(days=2)).replace(hour=0, minute=0)
    for number in range(most):
        at = start + timedelta(minutes=minutes * number)
        id_ = server.new_id()
        await PendingPost.create(id=id_, account_id=alice.id, scheduled_at=at, created_at=now, updated_at=now)

    answer = await as_alice.post(
        "/api/v1/statuses", json={"status": "x", "scheduled_at": start.replace(hour=12).isoformat()}
    )

    assert answer.status_code == 422
    assert str(most) in answer.json()["error"]


@pytest.mark.parametrize("path", [SCHEDULED, DRAFTS])
async def test_posts_to_come_are_paged(as_alice, as_bob, later, path):
    for number in range(3):
        if path == SCHEDULED:
            await posted(as_alice, status=str(number), scheduled_at=later(10 + number))
        else:
            await as_alice.post(path, json={"status": str(number)})

    first = await as_alice.get(path, params={"limit": 2})
    second = await as_alice.get(first.links["next"]["url"])

    texts = [each["params"]["text"] for each in [*first.json(), *second.json()]]
    assert (texts, (await as_bob.get(path)).json()) == (["2", "1", "0"], [])


@pytest.mark.parametrize("path", [SCHEDULED, DRAFTS])
@pytest.mark.parametrize("method", ["get", "put", "delete"])
async def test_posts_to_come_of_others_are_not_there(as_alice, as_bob, later, path, method):
    made = await posted(as_alice, status="x", scheduled_at=later(10))
    draft = (await as_alice.post(DRAFTS, json={"status": "x"})).json()
    ids = [made["id"] if path == SCHEDULED else draft["id"], "1"]

    assert [(await as_bob.request(method, f"{path}/{id_}")).status_code for id_ in ids] == [404, 404]


async def test_a_draft_is_kept_changed_and_published(as_alice):
    media = await uploaded(as_alice)
    fields = {"status": "half", "visibility": "unlisted", "media_ids": [media["id"]]}
    made = (await as_alice.post(DRAFTS, json=fields)).json()

    changed = (await as_alice.put(f"{DRAFTS}/{made['id']}", json={**fields, "status": "whole"})).json()
    post = (await as_alice.post(f"{DRAFTS}/{made['id']}/publish")).json()

    assert (made["params"]["text"], changed["params"]["text"]) == ("half", "whole")
    assert (post["content"], post["visibility"]) == ("<p>whole</p>", "unlisted")
    assert [each["id"] for each in post["media_attachments"]] == [media["id"]]
    assert (await as_alice.get(f"{DRAFTS}/{made['id']}")).status_code == 404


async def test_a_draft_may_be_unfinished_until_it_is_published(as_alice):
    made = (await as_alice.post(DRAFTS, json={"status": "", "poll": {"options": ["a"]}})).json()

    refused = await as_alice.post(f"{DRAFTS}/{made['id']}/publish")

    assert refused.status_code == 422
    assert (await as_alice.get(f"{DRAFTS}/{made['id']}")).json() == made


async def test_a_draft_is_no_scheduled_post(as_alice, later):
    draft = (await as_alice.post(DRAFTS, json={"status": "x"})).json()
    made = await posted(as_alice, status="x", scheduled_at=later(10))

    assert (await as_alice.get(f"{SCHEDULED}/{draft['id']}")).status_code == 404
    assert (await as_alice.get(f"{DRAFTS}/{made['id']}")).status_code == 404


async def test_a_draft_has_a_size(as_alice):
    assert (await as_alice.post(DRAFTS, json={"status": "x" * 100_001})).status_code == 422


async def test_only_so_many_drafts_are_kept(server, alice, as_alice):
    now = server.clock.now()
    for _ in range(server.settings.posts.drafts):
        await PendingPost.create(
            id=server.new_id(), account_id=alice.id, params={}, created_at=now, updated_at=now
        )

    assert (await as_alice.post(DRAFTS, json={"status": "x"})).status_code == 422
