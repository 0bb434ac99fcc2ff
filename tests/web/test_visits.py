"""Forms are taken from our own pages alone, and what one person sees is kept by no cache."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import RedirectResponse

from fedi.models.accounts import Account
from fedi.models.posts import Post
from fedi.web.visits import local_path
from tests.support.visitors import Site, Visitor

pytestmark = pytest.mark.anyio


async def test_a_form_without_its_token_changes_nothing(alices: Visitor):
    answer = await alices.client.post("/compose", data={"text": "forged", "do": "post"})

    assert answer.status_code == 403
    assert "out of date" in answer.text
    assert await Post.all().count() == 0


async def test_another_sessions_token_is_refused(site: Site, alices: Visitor, bob: Account):
    bobs = await site.signed_in("bob")

    fields = {"form_token": await bobs.form_token(), "text": "forged", "do": "post"}
    answer = await alices.client.post("/compose", data=fields)

    assert answer.status_code == 403
    assert await Post.all().count() == 0


async def test_a_form_from_another_site_is_refused_even_with_its_token(alices: Visitor):
    fields = {"text": "forged", "do": "post"}

    named = await alices.post("/compose", fields, Origin="https://evil.example")
    told = await alices.post("/compose", fields, **{"Sec-Fetch-Site": "cross-site"})

    assert (named.status_code, told.status_code) == (403, 403)
    assert await Post.all().count() == 0


async def test_a_form_of_nobody_leads_to_the_door(stranger: Visitor):
    answer = await stranger.client.post("/compose", data={"text": "x"})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in"


async def test_signed_in_pages_are_kept_by_nobody(alices: Visitor, stranger: Visitor, alice: Account):
    for path in ("/home", "/@alice", "/local", "/about"):
        assert (await alices.get(path)).headers["cache-control"] == "private, no-store"
    answer = await stranger.get("/@alice")
    assert answer.headers["cache-control"] == "no-cache"
    assert {"cookie", "accept"} <= {name.strip().lower() for name in answer.headers["vary"].split(",")}


@given(st.text(max_size=40))
def test_a_local_path_stays_here(text: str):
    path = local_path(text, "/default")

    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    location = RedirectResponse(path).headers["location"]
    assert location.startswith("/")
    assert not location.startswith("//")
