"""The studio's queue: whose turn it is, how long it takes, and how much one may ask for."""

from dataclasses import replace

import msgspec
import pytest

from fedi.actions import batches, media, styles
from fedi.actions.style_turns import MOST_WAITING
from fedi.errors import Invalid, NotFound, TooMany
from fedi.jobs import queue
from fedi.jobs.kinds import Lane, RunStyle
from fedi.jobs.worker import drain
from fedi.models.media import StyleRun
from fedi.queries import style_queue
from tests.actions import small_style
from tests.mastodon.pictures import png

pytestmark = pytest.mark.anyio


@pytest.fixture
def style(server):
    small_style.install(server)


@pytest.fixture
async def pictures(server, style, alice, bob, ann):
    """One picture of each."""
    return {each.username: await media.upload(server, each, png(64, 64)) for each in (alice, bob, ann)}


async def asked(server, pictures, *names):
    """Ask for a run of each of these people in order; gives who is drawn after whom."""
    for name in names:
        await styles.ask(server, await pictures[name].account, pictures[name], "negative")


async def order(server):
    """Claim one after the other: whose pictures are drawn, and in which order of asking."""
    claimed = []
    while jobs := await queue.claim(server, Lane.STYLE, 1):
        run = await StyleRun.get(id=jobs[0].work.run_id).select_related("account")
        claimed.append((run.account.username, run.id))
        await queue.finish(server, jobs)
        await StyleRun.filter(id=run.id).update(state="done")
    return claimed


async def test_members_take_turns_and_each_ones_runs_stay_in_order(server, pictures):
    await asked(server, pictures, "alice", "alice", "alice", "bob", "bob", "Ann")

    drawn = await order(server)

    assert [name for name, _ in drawn] == ["alice", "bob", "Ann", "alice", "alice", "bob"]
    for name in pictures:
        ids = [id_ for who, id_ in drawn if who == name]
        assert ids == sorted(ids)


async def test_whoever_comes_while_an_album_is_drawn_is_next(server, pictures):
    await asked(server, pictures, *["alice"] * 10)
    begun = [await queue.claim(server, Lane.STYLE, 1) for _ in range(3)]
    for jobs in begun[:2]:
        await queue.finish(server, jobs)

    await asked(server, pictures, "bob")

    assert (await order(server))[0][0] == "bob"


async def test_an_album_is_not_passed_by_for_ever(server, pictures):
    await asked(server, pictures, *["alice"] * 3)

    drawn = []
    # There is always somebody who has only just come.
    for n in range(8):
        await asked(server, pictures, "bob" if n % 2 else "Ann")
        (job,) = await queue.claim(server, Lane.STYLE, 1)
        drawn.append((await StyleRun.get(id=job.work.run_id).select_related("account")).account.username)
        await queue.finish(server, [job])

    assert drawn.count("alice") == 3


async def test_what_was_cancelled_counts_for_nothing(server, pictures, alice):
    for _ in range(MOST_WAITING):
        await styles.cancel(server, await styles.ask(server, alice, pictures["alice"], "negative"))
    await asked(server, pictures, "bob", "alice", "bob")

    assert [name for name, _ in await order(server)] == ["bob", "alice", "bob"]


async def test_everybody_sees_their_place_and_how_long_it_takes(server, pictures, alice, bob, clock):
    for seconds in (4.0, 6.0):
        run = await styles.ask(server, alice, pictures["alice"], "negative")
        await styles.cancel(server, run)
        await StyleRun.filter(id=run.id).update(state="done", seconds=seconds)
    await asked(server, pictures, "alice", "alice", "bob")
    first, second, of_bob = await StyleRun.filter(state="queued").order_by("id")

    await queue.claim(server, Lane.STYLE, 1)
    await StyleRun.filter(id=first.id).update(state="running", progress=0.5, started_at=clock.now())
    clock.turn(seconds=3)
    found = await style_queue.standings(server)

    assert found == {first.id: (0, 3.0), of_bob.id: (1, 8.0), second.id: (2, 13.0)}


async def test_a_day_has_a_quota_for_all_together(server, pictures, alice, bob):
    studio = msgspec.structs.replace(server.settings.studio, runs_per_day_in_all=2)
    strict = replace(server, settings=msgspec.structs.replace(server.settings, studio=studio))
    for name in ("alice", "bob"):
        await styles.ask(strict, await pictures[name].account, pictures[name], "negative")

    with pytest.raises(TooMany) as refused:
        await styles.ask(strict, bob, pictures["bob"], "negative")

    assert 86_000 < refused.value.retry_after_seconds <= 86_400


# Batches


@pytest.fixture
async def album(server, style, alice):
    """Three pictures of alice's."""
    return [await media.upload(server, alice, png(64 + n, 64)) for n in range(3)]


async def test_a_batch_is_drawn_whole(server, alice, album):
    runs = await batches.ask(server, alice, [each.id for each in album], "negative")

    await drain(server, {RunStyle: styles.run})

    done = await batches.own(alice, runs[0].batch)
    assert [(run.source_id, run.state) for run in done] == [(each.id, "done") for each in album]


@pytest.mark.parametrize("wrong", ["too many", "none", "another's", "one too many for the day"])
async def test_a_batch_is_asked_for_whole_or_not_at_all(server, alice, bob, album, wrong):
    ids, error = [each.id for each in album], Invalid
    if wrong == "too many":
        ids = list(range(1, 12))
    elif wrong == "none":
        ids = []
    elif wrong == "another's":
        ids, error = [*ids, (await media.upload(server, bob, png(8, 8))).id], NotFound
    else:
        studio = msgspec.structs.replace(server.settings.studio, runs_per_day=2)
        server = replace(server, settings=msgspec.structs.replace(server.settings, studio=studio))
        error = TooMany

    with pytest.raises(error):
        await batches.ask(server, alice, ids, "negative")

    assert not await StyleRun.exists()


async def test_cancelling_a_batch_ends_what_is_open(server, alice, album):
    runs = await batches.ask(server, alice, [each.id for each in album], "negative")
    await StyleRun.filter(id=runs[0].id).update(state="done")

    ended = await batches.cancel(server, alice, runs[0].batch)

    assert [run.state for run in ended] == ["done", "cancelled", "cancelled"]
