"""The queue: jobs exist exactly if their change does, are claimed once, in order, and never lost."""

import pytest

from fedi.jobs import queue
from fedi.jobs.kinds import ApplyActivity, Deliver, Lane, RefreshAccount, RunStyle, read
from fedi.jobs.queue import NewJob
from fedi.models.jobs import Job

pytestmark = pytest.mark.anyio


def delivery(number: int, *, host: str = "b.example", order: str = "", **more) -> NewJob:
    work = Deliver(activity_id=number, inbox_url=f"https://{host}/inbox")
    return NewJob(work=work, group_key=host, order_key=order, **more)


async def put(server, *jobs: NewJob) -> int:
    async with server.db.transaction():
        return await queue.enqueue(server, *jobs)


async def test_a_job_comes_back_as_it_was_put_in(server):
    work = ApplyActivity(body='{"a": "ü"}', sender_uri="https://b.example/u/1")
    await put(server, NewJob(work=work))

    (claimed,) = await queue.claim(server, Lane.INBOX, 10)

    assert (claimed.work, claimed.attempts) == (work, 1)


async def test_a_job_of_a_rolled_back_change_does_not_exist(server):
    with pytest.raises(ValueError, match="no"):
        async with server.db.transaction():
            await queue.enqueue(server, delivery(1))
            raise ValueError("no")

    assert await queue.claim(server, Lane.DELIVER, 10) == []


async def test_a_second_job_with_the_same_unique_key_is_not_made(server):
    first = await put(server, delivery(1, unique_key="x"))
    second = await put(server, delivery(2, unique_key="x"), delivery(3, unique_key="y"))

    assert (first, second, await Job.all().count()) == (1, 1, 2)


async def test_a_done_job_is_remembered_by_its_unique_key(server):
    await put(server, delivery(1, unique_key="x"))
    await queue.finish(server, await queue.claim(server, Lane.DELIVER, 10))

    assert await put(server, delivery(1, unique_key="x")) == 0


async def test_a_claimed_job_is_not_claimed_again_until_its_lease_lapses(server, clock):
    await put(server, delivery(1))
    await queue.claim(server, Lane.DELIVER, 10)

    before = await queue.claim(server, Lane.DELIVER, 10)
    clock.turn(seconds=queue.LEASE.total_seconds() + 1)
    (after,) = await queue.claim(server, Lane.DELIVER, 10)

    assert (before, after.attempts) == ([], 2)


async def test_a_renewed_lease_holds(server, clock):
    await put(server, delivery(1))
    (job,) = await queue.claim(server, Lane.DELIVER, 10)
    clock.turn(seconds=queue.LEASE.total_seconds() - 1)
    await queue.renew(server, [job.id])
    clock.turn(seconds=2)

    assert await queue.claim(server, Lane.DELIVER, 10) == []


async def test_a_lease_from_before_the_clock_was_put_back_does_not_hold_for_a_day(server, clock):
    await put(server, delivery(1))
    clock.turn(days=1)
    await queue.claim(server, Lane.DELIVER, 10)
    server.memory.of(queue.Turns).looked_at.clear()

    clock.turn(days=-1)

    assert len(await queue.claim(server, Lane.DELIVER, 10)) == 1


async def test_waits_are_as_long_as_before_when_the_clock_is_put_back(server, clock):
    await put(server, delivery(1, wait_seconds=600))
    await queue.claim(server, Lane.DELIVER, 10)

    clock.turn(days=-1)
    assert await queue.claim(server, Lane.DELIVER, 10) == []
    clock.turn(seconds=601)

    assert len(await queue.claim(server, Lane.DELIVER, 10)) == 1


async def test_more_jobs_than_fit_one_statement_are_each_made_once(server):
    jobs = [delivery(number, unique_key=f"key {number}") for number in range(150)]
    await put(server, *jobs[40:50])

    assert await put(server, *jobs) == 140
    assert await Job.all().count() == 150


async def test_giving_up_a_group_leaves_the_others(server):
    await put(server, delivery(1, host="dead.example"), delivery(2, host="well.example"))

    async with server.db.transaction():
        await queue.bury_group(server, Lane.DELIVER, "dead.example", "dead")

    assert {job.group_key: (job.state, job.error) for job in await Job.all()} == {
        "dead.example": ("buried", "dead"),
        "well.example": ("ready", ""),
    }


async def test_jobs_of_one_order_key_run_one_after_the_other(server):
    await put(server, delivery(1, order="post 1"), delivery(2, order="post 1"), delivery(3, order="post 2"))

    first = await queue.claim(server, Lane.DELIVER, 10)
    await queue.finish(server, first)
    second = await queue.claim(server, Lane.DELIVER, 10)

    assert [job.work.activity_id for job in first] == [1, 3]
    assert [job.work.activity_id for job in second] == [2]


async def test_a_retried_job_still_holds_back_what_comes_after_it(server):
    await put(server, delivery(1, order="post 1"), delivery(2, order="post 1"))
    (first,) = await queue.claim(server, Lane.DELIVER, 10)
    await queue.put_off(server, first, 60)

    assert await queue.claim(server, Lane.DELIVER, 10) == []


async def test_a_given_up_job_lets_the_next_one_pass(server):
    await put(server, delivery(1, order="post 1"), delivery(2, order="post 1"))
    (first,) = await queue.claim(server, Lane.DELIVER, 10)
    await queue.bury(server, first, "the peer is gone")

    (second,) = await queue.claim(server, Lane.DELIVER, 10)

    assert second.work.activity_id == 2


async def test_one_host_does_not_take_all_places(server):
    await put(server, *(delivery(number, host="slow.example") for number in range(10)))
    await put(server, delivery(11, host="quick.example"))

    claimed = await queue.claim(server, Lane.DELIVER, 5, per_group=3)

    hosts = [job.group_key for job in claimed]
    assert (hosts.count("slow.example"), hosts.count("quick.example")) == (3, 1)


async def test_a_full_host_is_passed_over(server):
    await put(server, delivery(1, host="full.example"), delivery(2, host="free.example"))

    claimed = await queue.claim(server, Lane.DELIVER, 5, per_group=3, full_groups=["full.example"])

    assert [job.group_key for job in claimed] == ["free.example"]


async def test_an_urgent_job_goes_first(server):
    await put(server, delivery(1), delivery(2, priority=1))

    (claimed,) = await queue.claim(server, Lane.DELIVER, 1)

    assert claimed.work.activity_id == 2


async def test_a_put_off_job_is_due_when_its_time_comes(server, clock):
    await put(server, delivery(1))
    (job,) = await queue.claim(server, Lane.DELIVER, 10)
    await queue.hold(server, job, 30)

    assert await queue.claim(server, Lane.DELIVER, 10) == []
    assert 29 < await queue.next_due_seconds(server, Lane.DELIVER) <= 30
    clock.turn(seconds=31)
    (again,) = await queue.claim(server, Lane.DELIVER, 10)
    assert again.attempts == 1


async def test_a_buried_job_can_be_brought_back(server):
    await put(server, delivery(1))
    (job,) = await queue.claim(server, Lane.DELIVER, 10)
    await queue.bury(server, job, "why")

    assert await queue.revive(server) == 1
    (again,) = await queue.claim(server, Lane.DELIVER, 10)
    assert again.attempts == 1


async def test_done_jobs_are_forgotten_in_time(server, clock):
    await put(server, delivery(1), NewJob(work=RefreshAccount(uri="https://b.example/u/1")))
    await queue.finish(server, await queue.claim(server, Lane.DELIVER, 10))
    await queue.finish(server, await queue.claim(server, Lane.HOUSEKEEPING, 10))
    assert await Job.all().count() == 1

    kept = await queue.prune(server)
    clock.turn(seconds=Deliver.kept_seconds + 1)

    assert (kept, await queue.prune(server)) == (0, 1)


async def test_lanes_do_not_see_each_other(server):
    await put(server, NewJob(work=RunStyle(run_id=1)))

    assert await queue.claim(server, Lane.DELIVER, 10) == []
    assert len(await queue.claim(server, Lane.STYLE, 10)) == 1


def test_an_unknown_kind_or_a_wrong_payload_is_refused():
    with pytest.raises(KeyError):
        read("Nonsense", "{}")
    with pytest.raises(ValueError, match="activity_id"):
        read("Deliver", "{}")


async def test_a_flood_of_one_host_does_not_hold_up_another(server):
    await put(server, *(delivery(number, host="flood.example") for number in range(3000)))
    await put(server, delivery(9999, host="quiet.example"))

    claimed = await queue.claim(server, Lane.DELIVER, 16, per_group=8)

    assert {job.group_key for job in claimed} == {"flood.example", "quiet.example"}


async def test_every_host_gets_its_turn_however_many_there_are(server):
    await put(server, *(delivery(number, host=f"host{number:04}.example") for number in range(700)))

    served = set()
    while claimed := await queue.claim(server, Lane.DELIVER, 64, per_group=4):
        served.update(job.group_key for job in claimed)

    assert len(served) == 700


async def test_a_due_job_is_found_behind_many_hosts_that_wait(server, clock):
    await put(
        server,
        *(delivery(number, host=f"down{number:04}.example", wait_seconds=3600) for number in range(700)),
    )
    await put(server, delivery(1, host="up.example"))

    for _ in range(3):
        assert len(await queue.claim(server, Lane.DELIVER, 1, per_group=4)) <= 1
    assert await Job.filter(state="running").count() == 1

    clock.turn(hours=2)
    assert len(await queue.claim(server, Lane.DELIVER, 64, per_group=4)) == 64


async def test_an_urgent_job_does_not_wait_for_its_hosts_turn(server):
    await put(server, *(delivery(number, host=f"host{number:04}.example") for number in range(700)))
    await put(server, delivery(9999, host="zebra.example", priority=1))

    claimed = await queue.claim(server, Lane.DELIVER, 8, per_group=4)

    assert 9999 in {job.work.activity_id for job in claimed}
