"""Every page, for strangers and for people signed in: it opens, it runs nothing inline, all can use it."""

import pytest

from fedi.actions import accounts, media, posts
from fedi.actions.posts import Draft
from fedi.models.accounts import Account
from tests.support.pictures import photo
from tests.support.visitors import Outline, Site, Visitor

pytestmark = pytest.mark.anyio

OPEN = ["/", "/local", "/about", "/ns", "/search", "/search?q=alice", "/tags/cats", "/sign-in"]
PROFILES = ["/@alice", "/@alice?tab=replies", "/@alice?tab=media", "/@alice/followers", "/@alice/following"]
MEMBERS = [
    "/home",
    "/notifications",
    "/notifications?only=mentions",
    "/compose",
    "/settings/profile",
    "/settings/password",
    "/studio",
]


@pytest.fixture
async def post(site: Site, alice: Account):
    """A post with a picture, by somebody with a picture."""
    picture = await media.upload(site.server, alice, photo(), description="A slope of greys")
    await accounts.set_avatar(site.server, alice, picture)
    draft = Draft(text="A picture #cats", media=[picture], summary="")
    return await posts.create(site.server, alice, draft, mentions={})


async def test_open_pages_are_there_for_strangers(stranger: Visitor, post):
    for path in [*OPEN, *PROFILES, f"/@alice/{post.id}"]:
        answer = await stranger.get(path)

        assert answer.status_code == 200, path
        check_page(answer.text)


async def test_pages_for_members_send_strangers_to_the_door(stranger: Visitor):
    for path in [*MEMBERS, "/studio/runs/1", "/authorize_interaction?uri=x", "/@bob@b.example"]:
        answer = await stranger.get(path)

        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in?next=")


async def test_every_page_opens_for_members(site: Site, alices: Visitor, post):
    paths = [*OPEN[1:-1], *PROFILES, *MEMBERS, f"/@alice/{post.id}", f"/posts/{post.id}/delete"]
    for path in [*paths, f"/compose?reply_to={post.id}", f"/compose?edit={post.id}", "/home?before=1"]:
        answer = await alices.get(path)

        assert answer.status_code == 200, path
        check_page(answer.text)


async def test_the_front_page_is_for_strangers(alices: Visitor):
    assert (await alices.get("/")).headers["location"] == "/home"


async def test_what_is_not_there_has_a_page_in_the_same_look(stranger: Visitor, alice: Account):
    absent = {
        "/nothing/here": 404,
        "/@nobody": 404,
        "/@alice/999": 404,
        "/@alice/99999999999999999999999": 404,
        "/@alice/words": 404,
        "/@alice?tab=secrets": 404,
        "/oauth/authorize": 401,
        "/sign-up": 403,
    }

    for path, status in absent.items():
        answer = await stranger.get(path)

        assert answer.status_code == status, path
        assert "text/html" in answer.headers["content-type"]
        check_page(answer.text)


async def test_a_bug_has_a_page_that_tells_nothing(site: Site, stranger: Visitor, monkeypatch):
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret is swordfish")

    monkeypatch.setattr("fedi.queries.timelines.public", broken)

    answer = await stranger.get("/local")

    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    check_page(answer.text)


async def test_static_files_named_by_their_content_are_kept_for_ever(stranger: Visitor):
    page = Outline((await stranger.get("/")).text)
    style = page.all("link", rel="stylesheet")[0].attributes["href"]

    kept = await stranger.get(style)
    plain = await stranger.get("/static/app.css")

    assert kept.status_code == 200
    assert "immutable" in kept.headers["cache-control"]
    assert plain.headers["cache-control"] == "max-age=3600"
    assert (await stranger.get("/static/../pyproject.toml")).status_code == 404


def check_page(html: str) -> None:
    """What holds for every page."""
    page = Outline(html)
    assert html.startswith("<!doctype html>")
    assert page.all("html")[0].attributes["lang"] == "en"
    assert [element.tag for element in page.elements].count("main") == 1
    assert len(page.all("h1")) == 1
    assert page.all("a", class_="skip", href="#main")
    assert page.all("title")[0].text.strip()
    _check_policy(page)
    _check_names(page)


def _check_policy(page: Outline) -> None:
    for element in page.elements:
        assert "style" not in element.attributes
        assert not any(name.startswith("on") for name in element.attributes), element
        if element.tag == "script":
            assert element.attributes["src"].startswith("/static/")
        if element.tag in {"a", "form"}:
            target = element.attributes.get("href", element.attributes.get("action", ""))
            assert not target.lower().startswith("javascript:")


def _check_names(page: Outline) -> None:
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    labelled = {label.attributes["for"] for label in page.all("label") if "for" in label.attributes}
    for element in page.elements:
        attributes = element.attributes
        if element.tag == "img":
            assert "alt" in attributes
            assert attributes["width"].isdigit()
            assert attributes["height"].isdigit()
        if element.tag in {"input", "textarea", "select"} and attributes.get("type") != "hidden":
            inside = any(around.tag == "label" for around in element.around)
            assert inside or attributes.get("id") in labelled or "aria-label" in attributes, attributes
        if element.tag in {"a", "button", "summary"}:
            named = element.text.strip() or "aria-label" in attributes
            assert named or attributes.get("aria-hidden") == "true" or _holds_picture(page, element), (
                attributes
            )
        for name in ("aria-labelledby", "aria-describedby", "for"):
            if name in attributes:
                assert attributes[name] in ids


def _holds_picture(page: Outline, link: object) -> bool:
    return any(link in image.around for image in page.all("img"))
