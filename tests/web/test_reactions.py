import pytest

from fedi.actions import posts, reactions
from fedi.actions.posts import Draft
from fedi.activitypub.reactions import Emote
from tests.support.factories import make_account

pytestmark = pytest.mark.anyio


async def test_reactions_stand_under_a_post_in_words_and_pictures(alices, server, alice, bob):
    post = await posts.create(server, alice, Draft(text="mine"), mentions={})
    rita = await make_account(server, "rita", domain="b.example")
    blob = Emote(emoji=":blob:", image_url='https://b.example/"onerror=x.png')
    await reactions.react(server, rita, post, blob, uri=f"{rita.uri}#1")
    for account in (alice, bob):
        await reactions.react(server, account, post, Emote(emoji="🦊"))

    page = (await alices.get(f"/@alice/{post.id}")).text

    assert 'aria-label="Reactions"' in page
    assert "🦊 <span>2</span>" in page
    assert "one of them yours" in page
    assert 'alt=":blob:"' in page
    assert '"onerror=x' not in page
