"""What the owner writes of the place, and what happened there week by week."""

from datetime import timedelta

import msgspec
import pytest

from fedi.actions import activity
from fedi.config import InstanceSettings, Settings
from fedi.models.moderation import DomainRule
from tests.support.factories import make_account, make_post

pytestmark = pytest.mark.anyio


@pytest.fixture
def about():
    """The settings of the instance; a test's parameters change it."""
    return InstanceSettings()


@pytest.fixture
def settings(settings: Settings, about: InstanceSettings) -> Settings:
    return msgspec.structs.replace(settings, instance=about)


@pytest.mark.parametrize(
    "about", [InstanceSettings(about_file="about.md", privacy_file="privacy.md", terms_file="terms.md")]
)
async def test_the_owners_pages_are_shown_as_html(server, nobody):
    for name in ("about", "privacy", "terms"):
        server.settings.path(f"{name}.md").write_text(f"# Our {name}\n\n<script>x</script> [l](javascript:x)")

    about = (await nobody.get("/api/v1/instance/extended_description")).json()
    privacy = (await nobody.get("/api/v1/instance/privacy_policy")).json()
    terms = (await nobody.get("/api/v1/instance/terms_of_service")).json()

    assert "<h1>Our about</h1>" in about["content"]
    assert "<h1>Our privacy</h1>" in privacy["content"]
    assert "<script" not in about["content"]
    assert 'href="javascript' not in about["content"]
    assert (terms["effective"], terms["succeeded_by"]) == (True, None)


async def test_what_nobody_wrote_is_not_there_but_for_the_description(nobody):
    assert (await nobody.get("/api/v1/instance/privacy_policy")).status_code == 404
    assert (await nobody.get("/api/v1/instance/terms_of_service")).status_code == 404
    assert (await nobody.get("/api/v1/instance/extended_description")).json()["content"]


async def test_weeks_are_counted(server, alice, nobody, clock):
    await make_post(server, alice)
    await make_post(server, alice, id=server.ids.past(clock.now() - timedelta(weeks=1)))
    far = await make_account(server, "rita", domain="r.example")
    await make_post(server, far)
    async with server.db.transaction():
        user = (await server.db.rows("SELECT id FROM users WHERE account_id = ?", [alice.id]))[0]["id"]
        await activity.seen(server, user, clock.now())
        await activity.seen(server, user, clock.now())

    weeks = (await nobody.get("/api/v1/instance/activity")).json()

    assert len(weeks) == 12
    assert weeks[0] == {
        "week": str(activity.week_of(clock.now())),
        "statuses": "1",
        "logins": "1",
        "registrations": "1",
    }
    assert [weeks[1]["statuses"], weeks[2]["statuses"]] == ["1", "0"]


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (InstanceSettings(), (404, 404)),
        (InstanceSettings(publish_blocks="people"), (404, 200)),
        (InstanceSettings(publish_blocks="everybody"), (200, 200)),
    ],
)
async def test_blocked_servers_are_told_to_whom_the_owner_says(server, nobody, as_alice, expected):
    for domain, severity in (("bad.example", "suspend"), ("loud.example", "silence"), ("ok.example", "none")):
        await DomainRule.create(
            id=server.new_id(),
            domain=domain,
            severity=severity,
            public_comment="spam",
            created_at=server.clock.now(),
        )

    answers = [await client.get("/api/v1/instance/domain_blocks") for client in (nobody, as_alice)]

    assert tuple(answer.status_code for answer in answers) == expected
    if expected[1] == 200:
        shown = answers[1].json()
        assert [(each["domain"], each["severity"]) for each in shown] == [
            ("bad.example", "suspend"),
            ("loud.example", "silence"),
        ]
        assert len(shown[0]["digest"]) == 64


async def test_languages_have_names(nobody):
    shown = (await nobody.get("/api/v1/instance/languages")).json()

    assert {"code": "de", "name": "Deutsch"} in shown


async def test_known_servers_are_found_by_their_beginning(server, nobody):
    for domain in ("art.example", "arts.example", "b.example"):
        await make_account(server, "x", domain=domain)

    assert (await nobody.get("/api/v1/peers/search", params={"q": "art"})).json() == [
        "art.example",
        "arts.example",
    ]
    assert (await nobody.get("/api/v1/peers/search")).json() == []
