"""What has access to an account, shown in words, and taken back without a script."""

import pytest

from fedi.actions import oauth
from fedi.actions.scopes import KNOWN
from fedi.actions.sessions import access_topic
from fedi.models.accounts import Account
from fedi.models.push import PushSubscription
from fedi.models.users import AccessToken, Session, User
from fedi.web.scopewords import in_words
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def user(alice: Account) -> User:
    """Her login."""
    return await User.get(account_id=alice.id).select_related("account")


async def let_in(site: Site, user: User | None, name: str, scopes: str = "read write:statuses"):
    application, _ = await oauth.register_application(
        site.server,
        name=name,
        redirect_uris=[oauth.OOB],
        scopes="read write",
        website=f"https://{name}.example",
    )
    token = await oauth.issue_token(site.server, application, user, scopes)
    return application, token


async def test_apps_are_listed_with_what_they_may_do(site: Site, alices: Visitor, user: User):
    await let_in(site, user, "tusky")
    application, token = await let_in(site, user, "elk", "read:lists")
    await oauth.issue_token(site.server, application, user, "profile")
    await oauth.issue_token(site.server, None, user, "read")
    await oauth.find_token(site.server, token)

    page = Outline((await alices.get("/settings/apps")).text)

    names = [each.text.split("\n")[0].strip() for each in page.all("bdi")]
    assert sorted(names) == ["The command line", "elk", "tusky"]
    text = page.all("main")[0].text
    assert "Read everything your account can see" in text
    assert "write, edit and delete posts" in text
    assert "your lists" in text
    assert "See who you are" in text
    assert "not used yet" in text
    assert page.all("a", href="https://tusky.example")


async def test_an_app_is_shut_out_with_all_that_it_had(site: Site, alices: Visitor, user: User):
    gone, token = await let_in(site, user, "gone")
    _, kept = await let_in(site, user, "kept")
    row = await AccessToken.get(application_id=gone.id)
    await PushSubscription.create(
        id=1,
        token=row,
        account_id=user.account_id,
        endpoint="https://push.example",
        p256dh="k",
        auth="a",
        created_at=row.created_at,
        updated_at=row.created_at,
    )

    with site.server.pubsub.subscribe(access_topic(user.id)) as told:
        answer = await alices.post("/settings/apps/revoke", {"app": str(gone.id)})

    assert answer.headers["location"] == "/settings/apps?notice=app-revoked"
    assert await oauth.find_token(site.server, token) is None
    assert await oauth.find_token(site.server, kept) is not None
    assert await PushSubscription.all().count() == 0
    assert not told.empty()
    assert "gone" not in Outline((await alices.get("/settings/apps")).text).all("main")[0].text


async def test_tokens_of_the_command_line_are_taken_back_too(site: Site, alices: Visitor, user: User):
    token = await oauth.issue_token(site.server, None, user, "read")
    _, kept = await let_in(site, user, "kept")

    await alices.post("/settings/apps/revoke", {"app": ""})

    assert await oauth.find_token(site.server, token) is None
    assert await oauth.find_token(site.server, kept) is not None


async def test_nobody_shuts_out_the_apps_of_others(site: Site, alices: Visitor, bob: Account):
    bobs = await User.get(account_id=bob.id)
    application, token = await let_in(site, bobs, "bobs")
    session = (await site.signed_in("bob")).client

    await alices.post("/settings/apps/revoke", {"app": str(application.id)})
    await alices.post("/settings/apps/sign-out", {"session": str((await Session.get(user_id=bobs.id)).id)})

    assert await oauth.find_token(site.server, token) is not None
    assert (await session.get("/home")).status_code == 200


async def test_other_browsers_are_signed_out_one_or_all(site: Site, alices: Visitor, user: User):
    phone, desk, work = [await site.signed_in("alice") for _ in range(3)]
    await phone.get("/home")
    other = await Session.filter(user_id=user.id).order_by("-id").first()

    await alices.post("/settings/apps/sign-out", {"session": str(other.id)})
    assert [(await each.get("/home")).status_code for each in (phone, desk, work)] == [200, 200, 303]
    await alices.post("/settings/apps/sign-out")

    assert [(await each.get("/home")).status_code for each in (alices, phone, desk)] == [200, 303, 303]


async def test_browsers_are_named_as_people_know_them(site: Site, alice: Account):
    agent = (
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
    )
    visitor = site.visitor(**{"User-Agent": agent})
    await visitor.sign_in("alice")

    page = (await visitor.get("/settings/apps")).text

    assert "Chrome on Android" in page
    assert "this one" in page


async def test_the_page_and_its_forms_are_for_members(stranger: Visitor):
    assert (await stranger.get("/settings/apps")).headers["location"].startswith("/sign-in")
    assert (await stranger.client.post("/settings/apps/revoke")).headers["location"] == "/sign-in"


def test_every_scope_is_said_in_words_and_none_twice():
    assert all(in_words(scope) for scope in KNOWN)
    assert [leave.words for leave in in_words("read read:lists write:lists profile")] == [
        "See who you are",
        "Read everything your account can see",
        "Act for you",
    ]
    assert len(in_words("read write follow")) == 2
    assert in_words("admin:read")[0].grave
