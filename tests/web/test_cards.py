"""Previews of links under posts."""

import pytest

from fedi.models.cards import PreviewCard
from tests.support.factories import make_post
from tests.support.visitors import Outline

pytestmark = pytest.mark.anyio


@pytest.fixture
async def card(site):
    server = site.server
    return await PreviewCard.create(
        id=server.new_id(),
        url_hash="0" * 64,
        url="https://b.example/day?a=1&b=2",
        state="ready",
        title="A <day> out",
        provider_name="b.example",
        image_key="cards/x.jpg",
        image_description="A hill",
        width=80,
        height=60,
        created_at=server.clock.now(),
    )


async def test_a_linked_page_is_shown_under_its_post(site, stranger, alice, card):
    await make_post(site.server, alice, "look", card_id=card.id)

    page = (await stranger.get("/@alice")).text

    assert "A &lt;day&gt; out" in page
    (link,) = Outline(page).all("a", **{"class": "link-card"})
    assert link.attributes["href"] == card.url
    assert 'alt="A hill"' in page


@pytest.mark.parametrize("hidden", [{"sensitive": True}, {"summary": "careful"}])
async def test_what_is_hidden_shows_no_preview(site, stranger, alice, card, hidden):
    await make_post(site.server, alice, "look", card_id=card.id, **hidden)

    assert "link-card" not in (await stranger.get("/@alice")).text
