"""Quotes from a peer that may do anything: requests, forged stamps, revocations (FEP-044f, threat T46)."""

import pytest

from fedi.actions import posts, quotes
from fedi.actions.posts import Draft
from fedi.models.federation import OutgoingActivity
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from tests.support import peer as peers
from tests.support.factories import make_block
from tests.support.peer import activity

pytestmark = pytest.mark.anyio

LINK = "https://www.w3.org/ns/activitystreams#Public"


async def say(home, text="my fox", **draft):
    return await posts.create(home.server, home.alice, Draft(text=text, **draft), mentions={})


def request(peer, actor, post, note, **more):
    """Make a QuoteRequest of a note by the actor."""
    return activity("QuoteRequest", actor, post.uri, id_=f"{actor}#quotes/1", **{"instrument": note, **more})


async def answers():
    """What we answered, by type."""
    rows = await OutgoingActivity.filter(kind__in=["Accept", "Reject"]).order_by("id")
    return [row.kind for row in rows]


async def test_a_request_is_answered_with_a_stamp(home, peer):
    post, mia = await say(home), peer.actor("mia")
    note = peer.note("1", mia, quote=post.uri)

    await home.take(request(peer, mia, post, note), signer=mia)

    quote = await Quote.get().select_related("post")
    assert (quote.state, quote.quoted_id, quote.post.uri) == ("accepted", post.id, note["id"])
    stamp = (await peers.get(quote.stamp_uri)).json()
    assert (stamp["type"], stamp["attributedTo"]) == ("QuoteAuthorization", home.alice.uri)
    assert (stamp["interactingObject"], stamp["interactionTarget"]) == (note["id"], post.uri)
    accept = next(body for path, _, body in peer.received if b'"Accept"' in body)
    assert quote.stamp_uri.encode() in accept


async def test_a_request_may_name_the_post_alone(home, peer):
    post, mia = await say(home), peer.actor("mia")
    note = peer.serve(peer.note("1", mia, quote=post.uri))

    await home.take(request(peer, mia, post, note["id"]), signer=mia)

    assert (await Quote.get()).state == "accepted"


async def test_the_post_may_have_come_before_the_request(home, peer):
    post, mia = await say(home), peer.actor("mia")
    await home.follow(mia)
    note = peer.note("1", mia, quote=post.uri)
    await home.take(peer.create(note), signer=mia)
    assert (await Quote.get()).state == "pending"

    await home.take(request(peer, mia, post, note), signer=mia)

    assert (await Quote.get()).state == "accepted"
    assert (await Post.get(id=post.id)).quotes_count == 1


async def test_asking_twice_gives_one_quote(home, peer):
    post, mia = await say(home), peer.actor("mia")
    note = peer.note("1", mia, quote=post.uri)

    await home.take(request(peer, mia, post, note), signer=mia)
    await home.take(request(peer, mia, post, note, id=f"{mia}#quotes/2"), signer=mia)

    assert await answers() == ["Accept", "Accept"]
    assert (await Post.get(id=post.id)).quotes_count == 1


async def test_the_policy_and_blocks_are_obeyed(home, peer):
    mia, eve = peer.actor("mia"), peer.actor("eve")
    closed, open_ = await say(home, quote_policy="nobody"), await say(home)
    await make_block(home.server, home.alice, await home.follow(eve))

    await home.take(request(peer, mia, closed, peer.note("1", mia, quote=closed.uri)), signer=mia)
    await home.take(request(peer, eve, open_, peer.note("2", eve, quote=open_.uri)), signer=eve)

    # Whom the author blocks cannot see the post, and is told nothing of it.
    assert await answers() == ["Reject"]
    assert not await Quote.exists()


async def test_nothing_is_said_of_a_post_that_the_asker_may_not_see(home, peer):
    post, mia = await say(home, visibility="followers"), peer.actor("mia")

    await home.take(request(peer, mia, post, peer.note("1", mia, quote=post.uri)), signer=mia)

    assert await answers() == []
    assert not await Post.exists(local=False)


async def test_a_post_that_quotes_something_else_is_rejected(home, peer):
    post, mia = await say(home), peer.actor("mia")

    await home.take(request(peer, mia, post, peer.note("1", mia, quote=f"{post.uri}0")), signer=mia)

    assert await answers() == ["Reject"]
    assert not await Quote.exists()


async def test_another_actors_post_is_no_instrument(home, peer, other):
    post, mia, eve = await say(home), peer.actor("mia"), other.actor("eve")
    foreign = other.serve(other.note("1", eve, quote=post.uri))
    neighbour = peer.note("2", peer.actor("nia"), quote=post.uri)

    for note in (foreign, foreign["id"], neighbour):
        await home.take(request(peer, mia, post, note, id=f"{mia}#{hash(str(note))}"), signer=mia)

    assert await answers() == []
    assert not await Quote.exists()


async def test_a_request_after_the_revocation_is_rejected(home, peer):
    post, mia = await say(home), peer.actor("mia")
    note = peer.note("1", mia, quote=post.uri)
    await home.take(request(peer, mia, post, note), signer=mia)
    await quotes.revoke(home.server, await Quote.get())
    await home.house.drain()

    await home.take(request(peer, mia, post, note, id=f"{mia}#quotes/2"), signer=mia)

    quote = await Quote.get()
    assert quote.state == "revoked"
    assert await answers() == ["Accept", "Reject"]
    assert (await peers.get(quote.stamp_uri)).status_code == 410
    assert any(b'"Delete"' in body and b"QuoteAuthorization" in body for _, _, body in peer.received)


async def quoted_elsewhere(home, peer, other, **stamp):
    """Have mia, whom Alice follows, quote a post of nia's at another host, with a stamp."""
    mia, nia = peer.actor("mia"), other.actor("nia")
    await home.follow(mia)
    quoted = other.serve(other.note("5", nia, "<p>nia's words</p>"))
    note = peer.note("1", mia, quote=quoted["id"], quoteAuthorization=f"{other.url}/stamps/9")
    given = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{other.url}/stamps/9",
        "type": "QuoteAuthorization",
        "attributedTo": nia,
        "interactingObject": note["id"],
        "interactionTarget": quoted["id"],
    }
    other.serve({**given, **stamp})
    return mia, note, quoted


async def test_a_stamp_is_verified_before_the_quote_is_shown(home, peer, other):
    mia, note, quoted = await quoted_elsewhere(home, peer, other)

    await home.take(peer.create(note), signer=mia)

    quote = await Quote.get().select_related("quoted")
    assert (quote.state, quote.quoted.uri) == ("accepted", quoted["id"])


@pytest.mark.parametrize(
    "forged",
    [
        {"type": "Note"},
        {"interactingObject": "https://a.example/notes/2"},
        {"interactionTarget": "https://b.example/notes/2"},
        {"attributedTo": "https://b.example/users/eve"},
    ],
    ids=["another type", "of another post", "of another quote", "by somebody else"],
)
async def test_a_forged_stamp_leaves_the_quote_unapproved(home, peer, other, forged):
    mia, note, _ = await quoted_elsewhere(home, peer, other, **forged)

    await home.take(peer.create(note), signer=mia)

    assert (await Quote.get()).state == "pending"


async def test_a_stamp_on_the_quoting_host_is_none(home, peer, other):
    mia, note, _ = await quoted_elsewhere(home, peer, other)
    stamp = {**other.documents["/stamps/9"], "id": f"{peer.url}/stamps/9"}
    peer.serve(stamp)

    await home.take(peer.create({**note, "quoteAuthorization": stamp["id"]}), signer=mia)

    assert (await Quote.get()).state == "pending"
    assert peer.asked["/stamps/9"] == 0


async def test_a_stamp_by_a_neighbour_of_the_quoted_author_is_none(home, peer, other):
    mia, note, _ = await quoted_elsewhere(home, peer, other, attributedTo=other.actor("oda"))

    await home.take(peer.create(note), signer=mia)

    assert (await Quote.get()).state == "pending"


async def test_a_quote_in_the_older_spelling_is_unasked(home, peer, other):
    mia, note, quoted = await quoted_elsewhere(home, peer, other)
    del note["quote"], note["quoteAuthorization"]

    await home.take(peer.create({**note, "quoteUrl": quoted["id"]}), signer=mia)

    assert (await Quote.get()).state == "unasked"


async def test_who_quotes_themselves_needs_no_stamp(home, peer):
    mia = peer.actor("mia")
    await home.follow(mia)
    quoted = peer.serve(peer.note("5", mia))

    await home.take(peer.create(peer.note("1", mia, quote=quoted["id"])), signer=mia)

    assert (await Quote.get()).state == "accepted"


async def test_a_chain_of_quotes_is_followed_two_steps(home, peer):
    mia = peer.actor("mia")
    await home.follow(mia)
    for number in range(2, 7):
        peer.serve(peer.note(str(number), mia, quote=f"{peer.url}/notes/{number + 1}"))

    await home.take(peer.create(peer.note("1", mia, quote=f"{peer.url}/notes/2")), signer=mia)
    await home.house.drain()

    assert [peer.asked[f"/notes/{number}"] for number in range(2, 6)] == [1, 1, 0, 0]


async def test_only_the_quoted_author_takes_a_stamp_back(home, peer, other):
    mia, note, quoted = await quoted_elsewhere(home, peer, other)
    await home.take(peer.create(note), signer=mia)
    stamp, nia, oda = f"{other.url}/stamps/9", quoted["attributedTo"], other.actor("oda")
    await home.follow(oda)

    await home.take(activity("Delete", oda, stamp), signer=oda)
    assert (await Quote.get()).state == "accepted"
    await home.take(activity("Delete", nia, {"id": stamp, "type": "QuoteAuthorization"}), signer=nia)

    assert (await Quote.get()).state == "revoked"


async def test_a_stamp_that_was_taken_back_before_the_post_came_is_none(home, peer, other):
    mia, note, quoted = await quoted_elsewhere(home, peer, other)
    nia = quoted["attributedTo"]
    await home.follow(nia)

    await home.take(activity("Delete", nia, f"{other.url}/stamps/9"), signer=nia)
    await home.take(peer.create(note), signer=mia)

    assert (await Quote.get()).state == "pending"


async def test_an_update_brings_the_stamp_and_takes_the_quote_away(home, peer, other):
    mia, note, _ = await quoted_elsewhere(home, peer, other)
    bare = {name: value for name, value in note.items() if name != "quoteAuthorization"}
    await home.take(peer.create(bare), signer=mia)
    assert (await Quote.get()).state == "pending"

    await home.take(activity("Update", mia, note, id_=f"{note['id']}#1", to=[LINK]), signer=mia)
    await home.house.drain()
    assert (await Quote.get()).state == "accepted"

    without = {name: value for name, value in bare.items() if name != "quote"}
    await home.take(activity("Update", mia, without, id_=f"{note['id']}#2", to=[LINK]), signer=mia)
    assert not await Quote.exists()


async def test_a_remote_policy_is_kept_and_changed(home, peer):
    mia = peer.actor("mia")
    await home.follow(mia)
    note = peer.note("1", mia, interactionPolicy={"canLike": {"always": mia}})
    await home.take(peer.create(note), signer=mia)
    assert (await Post.get(local=False)).interaction_policy == {"canLike": {"automaticApproval": [mia]}}

    del note["interactionPolicy"]
    await home.take(activity("Update", mia, note, id_=f"{note['id']}#1", to=[LINK]), signer=mia)

    assert (await Post.get(local=False)).interaction_policy is None


async def test_an_accept_counts_only_with_a_stamp_of_the_quoted_author(home, peer, other):
    nia = peer.actor("nia")
    await home.follow(nia)
    policy = {"canQuote": {"automaticApproval": [LINK]}}
    note = peer.note("5", nia, interactionPolicy=policy)
    await home.take(peer.create(note), signer=nia)
    post = await say(home, "look", quoted=await Post.get(uri=note["id"]))
    quote = await Quote.get()
    eve = other.actor("eve")
    stamp = peer.serve(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{peer.url}/stamps/1",
            "type": "QuoteAuthorization",
            "attributedTo": nia,
            "interactingObject": post.uri,
            "interactionTarget": note["id"],
        }
    )
    yes = {"id": quote.request_uri, "type": "QuoteRequest"}
    await home.follow(eve)

    await home.take(activity("Accept", eve, yes, id_=f"{eve}#1", result=stamp["id"]), signer=eve)
    await home.take(activity("Accept", nia, yes, id_=f"{nia}#1"), signer=nia)
    await home.take(activity("Accept", nia, yes, id_=f"{nia}#2", result=f"{other.url}/x"), signer=nia)
    assert (await Quote.get()).state == "pending"

    await home.take(
        activity("Accept", nia, quote.request_uri, id_=f"{nia}#3", result=stamp["id"]), signer=nia
    )
    assert (await Quote.get()).state == "accepted"

    await home.take(activity("Reject", nia, yes, id_=f"{nia}#4"), signer=nia)
    assert (await Quote.get()).state == "revoked"


async def test_a_revocation_that_somebody_passes_on_is_looked_into(home, peer, other):
    mia, note, quoted = await quoted_elsewhere(home, peer, other)
    await home.take(peer.create(note), signer=mia)
    stamp, nia = f"{other.url}/stamps/9", quoted["attributedTo"]

    await home.take(activity("Delete", nia, stamp, id_=f"{stamp}#1"), signer=mia)
    assert (await Quote.get()).state == "accepted"
    del other.documents["/stamps/9"]
    await home.take(activity("Delete", nia, stamp, id_=f"{stamp}#2"), signer=mia)

    assert (await Quote.get()).state == "revoked"


async def test_a_stamp_for_a_private_quote_is_for_its_own_server(home, peer, other):
    post, mia, eve = await say(home), peer.actor("mia"), other.actor("eve")
    note = peer.note("1", mia, quote=post.uri, to=[f"{mia}/followers"], cc=[])
    await home.take(request(peer, mia, post, note), signer=mia)
    quote = await Quote.get()
    assert quote.state == "accepted"

    now = home.clock.now()
    answers_to = {
        who: (await peers.get(quote.stamp_uri, signer=who, now=now)).status_code for who in (mia, eve)
    }

    assert answers_to == {mia: 200, eve: 404}
    assert (await peers.get(quote.stamp_uri)).status_code == 404
    assert (await Post.get(id=post.id)).quotes_count == 0


async def test_what_was_taken_back_stays_so_when_the_post_obeys_and_asks_again(home, peer):
    post, mia = await say(home), peer.actor("mia")
    note = peer.note("1", mia, quote=post.uri)
    await home.take(request(peer, mia, post, note), signer=mia)
    await quotes.revoke(home.server, await Quote.get())
    bare = {name: value for name, value in note.items() if name != "quote"}
    await home.take(activity("Update", mia, bare, id_=f"{note['id']}#1", to=[LINK]), signer=mia)

    await home.take(request(peer, mia, post, note, id=f"{mia}#quotes/2"), signer=mia)

    quote = await Quote.get()
    assert quote.state == "revoked"
    assert await answers() == ["Accept", "Reject"]
    assert (await peers.get(quote.stamp_uri)).status_code == 410
