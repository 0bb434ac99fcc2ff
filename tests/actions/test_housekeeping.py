"""What is removed when it is too old, and what stays."""

import io

import pytest
from PIL import Image

from fedi.actions import accounts, housekeeping, media, oauth, sessions, styles
from fedi.clock import TurnableClock
from fedi.jobs import queue
from fedi.jobs.kinds import Deliver, Lane, Prune
from fedi.jobs.queue import NewJob
from fedi.models.accounts import Account
from fedi.models.federation import Instance, OutgoingActivity
from fedi.models.jobs import Job
from fedi.models.media import MediaAttachment
from fedi.models.posts import IdempotencyKey, Tombstone
from fedi.models.users import AuthorizationCode, Session, User
from fedi.server import Server
from tests.actions import small_style
from tests.support.factories import make_post

pytestmark = pytest.mark.anyio


async def prune(server: Server) -> None:
    await housekeeping.prune(server, Prune())


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return file.getvalue()


def files(server: Server) -> set[str]:
    folder = server.settings.path(server.settings.media.folder)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


async def lay_tombstone(server: Server, name: str, *, local: bool = False) -> None:
    await Tombstone.create(
        id=server.new_id(),
        uri=f"https://remote.example/{name}",
        actor_uri="https://remote.example/rita",
        local=local,
        deleted_at=server.clock.now(),
    )


async def test_tombstones_of_others_go_after_ninety_days_our_own_never(
    server: Server, clock: TurnableClock
) -> None:
    await lay_tombstone(server, "old")
    await lay_tombstone(server, "ours", local=True)
    clock.turn(days=89)
    await lay_tombstone(server, "new")

    await prune(server)
    assert await Tombstone.all().count() == 3
    clock.turn(days=2)
    await prune(server)
    assert {stone.uri[-4:] for stone in await Tombstone.all()} == {"ours", "/new"}


async def test_many_go_batch_by_batch(server: Server, clock: TurnableClock) -> None:
    count = 2 * housekeeping._BATCH + 1
    for n in range(count):
        await lay_tombstone(server, str(n))
    clock.turn(days=91)

    await prune(server)

    assert not await Tombstone.exists()


async def test_idempotency_keys_go_after_an_hour(
    server: Server, alice: Account, clock: TurnableClock
) -> None:
    post = await make_post(server, alice)
    for name, minutes in (("old", 0), ("new", 50)):
        clock.turn(minutes=minutes)
        await IdempotencyKey.create(
            id=server.new_id(), account=alice, key=name, post=post, created_at=clock.now()
        )
    clock.turn(minutes=11)

    await prune(server)

    assert [key.key for key in await IdempotencyKey.all()] == ["new"]


async def test_sessions_go_a_month_after_their_last_use(
    server: Server, alice: Account, password: str, clock: TurnableClock
) -> None:
    tokens = []
    for _ in range(2):
        _, token = await sessions.sign_in(server, "alice", password, user_agent="", address="203.0.113.7")
        tokens.append(token)
    clock.turn(days=20)
    await sessions.user_of(server, tokens[1])
    clock.turn(days=11)

    await prune(server)

    assert await Session.all().count() == 1
    assert await sessions.user_of(server, tokens[1]) is not None


async def test_codes_go_a_day_after_they_expired(
    server: Server, alice: Account, clock: TurnableClock
) -> None:
    application, _ = await oauth.register_application(server, name="An app", redirect_uris=[oauth.OOB])
    grant = oauth.read_grant(application, redirect_uri=oauth.OOB, response_type="code", scope="read")
    await oauth.grant_code(server, await User.get(account_id=alice.id), grant)

    clock.turn(hours=24)
    await prune(server)
    assert await AuthorizationCode.exists()
    clock.turn(minutes=11)
    await prune(server)
    assert not await AuthorizationCode.exists()


async def test_sent_activities_go_after_thirty_days_unless_they_are_still_to_be_delivered(
    server: Server, alice: Account, clock: TurnableClock
) -> None:
    made = {}
    for name in ("delivered", "waiting", "buried", "new"):
        if name == "new":
            clock.turn(days=31)
        made[name] = await OutgoingActivity.create(
            id=server.new_id(),
            uri=f"{server.uris.base_url}/ap/a/{name}",
            actor=alice,
            kind="Like",
            body="{}",
            created_at=clock.now(),
        )
        if name in ("waiting", "buried"):
            job = Deliver(activity_id=made[name].id, inbox_url="https://remote.example/inbox")
            await queue.enqueue(server, NewJob(work=job, unique_key=name))
    await queue.revive(server)
    await Job.filter(unique_key="buried").update(state="buried")

    await prune(server)

    left = {activity.uri.rpartition("/")[2] for activity in await OutgoingActivity.all()}
    assert left == {"waiting", "new"}


async def test_uploads_that_nothing_uses_go_after_a_day_with_their_files(
    server: Server, alice: Account, clock: TurnableClock
) -> None:
    post = await make_post(server, alice)
    unused, posted, avatar = [await media.upload(server, alice, picture()) for _ in range(3)]
    await MediaAttachment.filter(id=posted.id).update(post_id=post.id)
    await accounts.set_avatar(server, alice, avatar)

    clock.turn(hours=23)
    await prune(server)
    assert await MediaAttachment.all().count() == 3
    clock.turn(hours=2)
    fresh = await media.upload(server, alice, picture())
    await prune(server)

    kept = await MediaAttachment.all()
    assert {each.id for each in kept} == {posted.id, avatar.id, fresh.id}
    assert files(server) == {key for each in kept for key in (each.file_key, each.preview_key)}
    assert unused.file_key not in files(server)


async def test_a_picture_that_waits_to_be_drawn_is_kept(
    server: Server, alice: Account, clock: TurnableClock
) -> None:
    small_style.install(server)
    source = await media.upload(server, alice, picture())
    clock.turn(hours=25)
    await styles.ask(server, alice, source, "negative")

    await prune(server)

    assert await MediaAttachment.filter(id=source.id).exists()


async def test_more_pictures_on_profiles_than_a_batch_do_not_hold_it_up(
    server: Server, alice: Account, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "_BATCH", 1)
    kept = await media.upload(server, alice, picture())
    await accounts.set_avatar(server, alice, kept)
    for _ in range(2):
        await media.upload(server, alice, picture())
    clock.turn(hours=25)

    await prune(server)

    assert [each.id for each in await MediaAttachment.all()] == [kept.id]


async def test_done_jobs_go_when_nothing_needs_to_remember_them(server: Server, clock: TurnableClock) -> None:
    await queue.enqueue(server, NewJob(work=Prune(), unique_key="prune:1"))
    await Job.filter(unique_key="prune:1").update(
        state="done", finished_at=int(clock.now().timestamp() * 1000)
    )

    await prune(server)
    assert await Job.exists()
    clock.turn(hours=3)
    await prune(server)
    assert not await Job.exists()


async def deliver_to(server: Server, host: str) -> None:
    job = Deliver(activity_id=1, inbox_url=f"https://{host}/inbox")
    await queue.enqueue(server, NewJob(work=job, unique_key=job.unique_key, group_key=host))


async def know(server: Server, host: str, **more: object) -> None:
    await Instance.create(id=server.new_id(), host=host, created_at=server.clock.now(), **more)


async def test_hosts_that_were_silent_for_a_month_are_forgotten_unless_something_waits(
    server: Server, clock: TurnableClock
) -> None:
    await know(server, "silent.example", failures=3)
    await know(server, "dead.example", dead=True)
    await know(server, "waiting.example")
    await know(server, "heard.example")
    clock.turn(days=31)
    await deliver_to(server, "waiting.example")
    await Instance.filter(host="heard.example").update(last_success_at=clock.now())

    await prune(server)

    left = await Instance.all().values_list("host", flat=True)
    assert set(left) == {"waiting.example", "heard.example"}


async def test_a_flood_of_hosts_does_not_fill_the_table(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "HOSTS_KEPT", 50)
    await know(server, "waiting.example")
    await deliver_to(server, "waiting.example")
    now = server.clock.now()
    await Instance.bulk_create(
        Instance(id=server.new_id(), host=f"fake{number}.example", created_at=now) for number in range(1000)
    )

    await prune(server)

    assert await Instance.all().count() == 51
    assert await Instance.filter(host="waiting.example").exists()


async def test_deliveries_that_waited_for_a_week_are_given_up_and_forgotten_in_a_month(
    server: Server, clock: TurnableClock
) -> None:
    await deliver_to(server, "old.example")
    clock.turn(days=6)
    await prune(server)
    await deliver_to(server, "new.example")
    clock.turn(days=1, minutes=1)
    await prune(server)

    assert {job.group_key: job.state for job in await Job.all()} == {
        "old.example": "buried",
        "new.example": "ready",
    }

    clock.turn(days=31)
    await prune(server)
    assert not await Job.filter(group_key="old.example").exists()


async def test_a_revived_delivery_has_another_week(server: Server, clock: TurnableClock) -> None:
    await deliver_to(server, "old.example")
    clock.turn(days=8)
    await prune(server)
    await queue.revive(server)

    await prune(server)

    assert [job.state for job in await Job.all()] == ["ready"]


async def test_a_delivery_left_behind_by_a_clock_that_was_put_back_is_due(
    server: Server, clock: TurnableClock
) -> None:
    await deliver_to(server, "b.example")
    await Job.filter().update(run_at=int(clock.now().timestamp() * 1000) + 3 * 86_400_000)

    await prune(server)

    assert len(await queue.claim(server, Lane.DELIVER, 1)) == 1


async def test_a_second_prune_finds_nothing(server: Server, clock: TurnableClock) -> None:
    await lay_tombstone(server, "old")
    clock.turn(days=91)

    await prune(server)
    await prune(server)

    assert not await Tombstone.exists()
