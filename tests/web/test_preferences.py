"""How one posts and reads unless one says otherwise, on a page."""

import pytest

from fedi.actions import preferences
from fedi.models.accounts import Account
from fedi.models.users import User
from tests.support.visitors import Visitor

pytestmark = pytest.mark.anyio

CHOSEN = {
    "visibility": "followers",
    "quote_policy": "nobody",
    "language": "pt-BR",
    "sensitive": "1",
    "expand_media": "hide_all",
    "expand_warnings": "1",
}


async def test_what_was_chosen_is_kept_and_shown(alices: Visitor, alice: Account):
    answer = await alices.post("/settings/preferences", CHOSEN)

    assert answer.headers["location"] == "/settings/preferences?notice=preferences"
    kept = preferences.of(await User.get(account_id=alice.id))
    assert (kept.visibility, kept.quote_policy, kept.language) == ("followers", "nobody", "pt-BR")
    assert (kept.sensitive, kept.expand_media, kept.expand_warnings) == (True, "hide_all", True)
    page = (await alices.get("/settings/preferences")).text
    assert 'value="followers" selected' in page
    assert 'value="hide_all" selected' in page


@pytest.mark.parametrize("wrong", [{"language": "klingon!"}, {"visibility": "none"}, {"expand_media": "x"}])
async def test_what_does_not_exist_is_refused_in_words(
    alices: Visitor, alice: Account, wrong: dict[str, str]
):
    answer = await alices.post("/settings/preferences", {**CHOSEN, **wrong})

    assert answer.status_code == 422
    assert "is not" in answer.text
    assert preferences.of(await User.get(account_id=alice.id)).visibility == "public"


async def test_strangers_have_no_preferences(stranger: Visitor):
    assert (await stranger.get("/settings/preferences")).headers["location"].startswith("/sign-in")
