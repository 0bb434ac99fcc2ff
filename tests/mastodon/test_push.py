"""Push subscriptions, and what their apps are sent."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fedi.actions import boosts, favourites, follows, notify, oauth, sessions
from fedi.jobs import worker
from fedi.models.jobs import Job
from fedi.models.notifications import Notification
from fedi.models.push import PushSubscription
from fedi.models.users import User
from fedi.server import open_server
from fedi.worker import TABLE
from tests.support.factories import make_account, make_follow, make_post
from tests.support.push_service import App, decoded, open_push_service

pytestmark = pytest.mark.anyio
PATH = "/api/v1/push/subscription"
ENDPOINT = "https://push.example/send/1"
APP = App()


@pytest.fixture
async def service():
    async with open_push_service() as opened:
        yield opened


def asked(endpoint=ENDPOINT, *, alerts=("mention",), policy="all", **more):
    return {
        "subscription": {"endpoint": endpoint, "keys": APP.keys, **more},
        "data": {"alerts": dict.fromkeys(alerts, True), "policy": policy},
    }


async def subscribe(client, *arguments, **more):
    answer = await client.post(PATH, json=asked(*arguments, **more))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def mention(server, bob, alice, text="hello", **columns):
    post = await make_post(server, bob, text, **columns)
    async with server.db.transaction():
        return await notify.about(server, alice, "mention", bob, post)


async def test_a_subscription_is_shown_changed_and_ended(as_alice):
    made = await subscribe(as_alice)
    assert made["endpoint"] == ENDPOINT
    assert type(made["id"]) is int
    assert made["alerts"]["mention"] is True
    assert made["alerts"]["poll"] is False
    assert (made["standard"], made["policy"]) == (False, "all")

    answer = await as_alice.put(PATH, json={"data": {"alerts": {"poll": "true"}}})
    assert (answer.json()["alerts"]["poll"], answer.json()["alerts"]["mention"]) == (True, False)
    assert (await as_alice.get(PATH)).json() == answer.json()

    assert (await as_alice.delete(PATH)).json() == {}
    assert (await as_alice.get(PATH)).status_code == 404
    assert (await as_alice.put(PATH, json={"data": {}})).status_code == 404


async def test_the_next_one_takes_the_place_of_the_first(as_alice):
    first = await subscribe(as_alice)
    second = await subscribe(as_alice, ENDPOINT + "0", standard=True)

    assert first["id"] != second["id"]
    assert second["standard"] is True
    assert await PushSubscription.all().count() == 1


async def test_it_may_come_as_a_form(as_alice):
    answer = await as_alice.post(
        PATH,
        data={
            "subscription[endpoint]": ENDPOINT,
            "subscription[keys][p256dh]": APP.keys["p256dh"],
            "subscription[keys][auth]": APP.keys["auth"],
            "data[alerts][follow]": "1",
            "data[alerts][mention]": "0",
        },
    )

    assert answer.json()["alerts"]["follow"] is True
    assert answer.json()["alerts"]["mention"] is False


async def test_each_token_has_its_own(sign_in, alice, as_alice):
    await subscribe(as_alice)

    assert (await (await sign_in(alice)).get(PATH)).status_code == 404


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "push",
        "ftp://push.example/",
        "https://10.0.0.1/",
        "https://[::ffff:169.254.169.254]/",
        "https://a.example:22/",
    ],
)
async def test_endpoints_that_are_none_are_refused(as_alice, endpoint):
    assert (await as_alice.post(PATH, json=asked(endpoint))).status_code == 422


async def test_wrong_keys_and_policies_are_refused(as_alice):
    wrong = asked(keys={"p256dh": "x", "auth": "y"})

    assert (await as_alice.post(PATH, json=wrong)).status_code == 422
    assert (await as_alice.post(PATH, json=asked(policy="some"))).status_code == 422
    assert not await PushSubscription.exists()


async def test_the_key_of_this_server_is_told_everywhere(as_alice, nobody):
    made = await subscribe(as_alice)
    instance = (await nobody.get("/api/v2/instance")).json()
    app = (await nobody.post("/api/v1/apps", data={"client_name": "x", "redirect_uris": oauth.OOB})).json()

    assert instance["configuration"]["vapid"]["public_key"] == app["vapid_key"] == made["server_key"]
    assert len(decoded(made["server_key"])) == 65


async def test_the_token_is_not_stored_as_it_is(as_alice):
    await subscribe(as_alice)

    row = await PushSubscription.get()
    assert as_alice.headers["authorization"].partition(" ")[2] not in row.sealed_token


@pytest.mark.parametrize("standard", [True, False])
async def test_the_app_reads_what_happened(server, as_alice, alice, bob, service, standard):
    made = await subscribe(as_alice, f"{service.url}/send", standard=standard)
    told = await mention(server, bob, alice, "hello " * 50)
    await worker.drain(server, TABLE)

    [pushed] = service.pushed
    read = APP.read(pushed)
    assert f"Bearer {read['access_token']}" == as_alice.headers["authorization"]
    assert read["notification_id"] == told.id
    assert (read["notification_type"], read["preferred_locale"]) == ("mention", "en")
    assert read["title"] == "bob mentioned you"
    assert read["body"].startswith("hello hello")
    assert len(read["body"]) == 140
    assert read["icon"].startswith("http")
    assert (pushed.headers["ttl"], pushed.headers["urgency"]) == ("172800", "normal")
    assert (pushed.headers["content-encoding"], pushed.path) == (
        "aes128gcm" if standard else "aesgcm",
        "/send",
    )
    check_who_sent(pushed, made["server_key"], service.url, standard=standard)


def check_who_sent(pushed, server_key, audience, *, standard):
    scheme, _, rest = pushed.headers["authorization"].partition(" ")
    if standard:
        said = dict(part.split("=", 1) for part in rest.split(", "))
        claim, key = said["t"], said["k"]
        assert scheme == "vapid"
    else:
        claim = rest
        key = dict(part.split("=", 1) for part in pushed.headers["crypto-key"].split(";"))["p256ecdsa"]
        assert scheme == "WebPush"
    assert key == server_key
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    read = jwt.decode(claim, point, algorithms=["ES256"], audience=audience)
    assert read["sub"]


async def test_only_the_kinds_that_were_asked_for_are_pushed(server, as_alice, alice, bob, service):
    await subscribe(as_alice, service.url, alerts=["favourite"])
    post = await make_post(server, alice)
    await boosts.boost(server, bob, post)
    await favourites.favourite(server, bob, post)
    await worker.drain(server, TABLE)

    assert [APP.read(each)["notification_type"] for each in service.pushed] == ["favourite"]


@pytest.mark.parametrize(
    ("policy", "reached"),
    [
        ("all", {"stranger", "follower", "followed"}),
        ("followed", {"followed"}),
        ("follower", {"follower"}),
        ("none", set()),
    ],
)
async def test_the_policy_says_from_whom(server, as_alice, alice, service, policy, reached):
    await subscribe(as_alice, service.url, policy=policy)
    people = {name: await make_account(server, name) for name in ("stranger", "follower", "followed")}
    await make_follow(server, people["follower"], alice)
    await make_follow(server, alice, people["followed"])

    for each in people.values():
        await mention(server, each, alice)
    await worker.drain(server, TABLE)

    assert {APP.read(each)["title"].split()[0] for each in service.pushed} == reached


@pytest.mark.parametrize(
    ("status", "stays"), [(404, False), (410, False), (400, False), (429, True), (500, True)]
)
async def test_what_the_service_answers_decides(server, as_alice, alice, bob, service, clock, status, stays):
    await subscribe(as_alice, service.url)
    service.status = status
    await mention(server, bob, alice)
    for _ in range(8):
        await worker.drain(server, TABLE)
        clock.turn(hours=2)

    assert await PushSubscription.exists() is stays
    assert len(service.pushed) == (5 if stays else 1)


async def test_nothing_is_pushed_to_a_token_that_ended(server, as_alice, alice, bob, service):
    await subscribe(as_alice, service.url)
    await mention(server, bob, alice)
    await sessions.end_access(server, await User.get(account_id=alice.id))
    await worker.drain(server, TABLE)

    assert service.pushed == []
    assert not await PushSubscription.exists()


async def test_nothing_is_pushed_of_what_is_gone_or_kept_back(server, as_alice, alice, bob, service):
    await subscribe(as_alice, service.url)
    gone, kept = await mention(server, bob, alice), await mention(server, bob, alice)
    async with server.db.transaction():
        await Notification.filter(id=gone.id).delete()
        await Notification.filter(id=kept.id).update(filtered=True)
    await worker.drain(server, TABLE)

    assert service.pushed == []
    assert not await Job.filter(kind="PushNotification").exists()


async def test_a_kill_after_the_commit_loses_nothing(settings, server, as_alice, alice, bob, service, clock):
    await subscribe(as_alice, service.url)
    await mention(server, bob, alice)

    # Another process opens what the first had committed when it died.
    async with open_server(settings, clock=clock) as restarted:
        with restarted.db.activate():
            await worker.drain(restarted, TABLE)

    assert [APP.read(each)["notification_type"] for each in service.pushed] == ["mention"]


async def test_another_secret_ends_the_subscription(settings, server, as_alice, alice, bob, service, clock):
    await subscribe(as_alice, service.url)
    async with server.db.transaction():
        await PushSubscription.all().update(sealed_token="of another secret")
    await mention(server, bob, alice)
    await worker.drain(server, TABLE)

    assert service.pushed == []
    assert not await PushSubscription.exists()


async def test_a_follow_is_pushed_with_who_it_is(server, as_alice, alice, bob, service):
    await subscribe(as_alice, service.url, alerts=["follow"])
    await follows.request(server, bob, alice)
    await worker.drain(server, TABLE)

    [pushed] = service.pushed
    assert APP.read(pushed)["title"] == "bob is now following you"
