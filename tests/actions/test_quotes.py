"""Quoting: decided here where it can be, asked for where not, and what is counted, told and sent."""

import pytest

from fedi.actions import accounts, deletes, posts, quotes
from fedi.actions.posts import Draft
from fedi.activitypub.vocabulary import PUBLIC
from fedi.errors import Forbidden, Invalid, NotFound
from fedi.models.jobs import Job
from fedi.models.posts import Mention, Post
from fedi.models.quotes import Quote
from tests.actions.conftest import key_pair
from tests.support.factories import make_block, make_boost, make_follow, make_post
from tests.support.outgoing import forget_sent, sent, told
from tests.support.received import received_post

pytestmark = pytest.mark.anyio

OPEN = {"canQuote": {"automaticApproval": [PUBLIC]}}


async def say(server, author, text="my fox", **draft):
    return await posts.create(server, author, Draft(text=text, **draft), mentions={})


async def receive(server, author, name="1", **properties):
    received = received_post(server, author, name, **properties)
    return await posts.receive(server, author, received, mentions=[], parent=None)


async def test_a_quote_of_our_own_people_is_stamped_at_once(server, ann, ben):
    quoted = await say(server, ben)

    post = await say(server, ann, "look", quoted=quoted)

    quote = await Quote.get(post_id=post.id)
    assert (quote.state, quote.stamp_uri) == ("accepted", server.uris.stamp(quote.id))
    assert (await Post.get(id=quoted.id)).quotes_count == 1
    assert await told(ben) == [("quote", ann.id, post.id)]


async def test_who_quotes_themselves_needs_no_stamp(server, ann):
    post = await say(server, ann, "look", quoted=await say(server, ann))

    quote = await Quote.get(post_id=post.id)
    assert (quote.state, quote.stamp_uri) == ("accepted", "")


async def test_what_a_boost_boosts_is_quoted(server, ann, ben):
    quoted = await say(server, ben)

    post = await say(server, ann, "look", quoted=await make_boost(server, ann, quoted))

    assert (await Quote.get(post_id=post.id)).quoted_id == quoted.id


async def test_a_remote_author_is_asked_with_the_post_inside(server, ann, rita):
    quoted = await make_post(server, rita, interaction_policy=OPEN)

    post = await say(server, ann, "look", quoted=quoted, visibility="followers")

    quote = await Quote.get(post_id=post.id)
    requests = [each for each in await sent() if each.type == "QuoteRequest"]
    assert quote.state == "pending"
    assert [each.inbox for each in requests] == [rita.inbox_url]
    json = requests[0].json
    assert (json["id"], json["object"], json["instrument"]["id"]) == (
        quote.request_uri,
        quoted.uri,
        post.uri,
    )
    assert json["instrument"]["quote"] == quoted.uri
    assert await Mention.filter(post_id=post.id, account_id=rita.id, silent=True).exists()


async def test_a_quote_is_written_for_readers_without_quotes_too(server, ann, rita):
    quoted = await make_post(server, rita, interaction_policy=OPEN)
    await make_follow(server, rita, ann)

    post = await say(server, ann, "look", quoted=quoted)

    note = next(each.json["object"] for each in await sent() if each.type == "Create")
    assert note["content"].startswith('<p class="quote-inline">RE: <a href="https://b.example/')
    assert {note[name] for name in ("quote", "quoteUri", "quoteUrl", "_misskey_quote")} == {quoted.uri}
    assert "quoteAuthorization" not in note
    assert post.content == "<p>look</p>"


async def test_a_verified_stamp_is_sent_to_those_who_have_the_post(server, ann, rita, rob):
    quoted = await make_post(server, rita, interaction_policy=OPEN)
    await make_follow(server, rob, ann)
    post = await say(server, ann, "look", quoted=quoted)
    await forget_sent()

    for _ in range(2):
        await quotes.approve(
            server, await Quote.get(post_id=post.id), quoted, stamp_uri="https://b.example/stamps/1"
        )

    updates = await sent()
    assert {each.type for each in updates} == {"Update"}
    assert {each.inbox for each in updates} == {rob.inbox_url, "https://b.example/inbox"}
    assert updates[0].json["object"]["quoteAuthorization"] == "https://b.example/stamps/1"
    assert "updated" not in updates[0].json["object"]
    assert (await Post.get(id=quoted.id)).quotes_count == 1


@pytest.mark.parametrize("by_whom", ["author", "quoter"])
async def test_blocks_forbid_quoting(server, ann, ben, by_whom):
    quoted = await say(server, ben)
    pair = (ben, ann) if by_whom == "author" else (ann, ben)
    await make_block(server, *pair)

    with pytest.raises((Forbidden, NotFound)):
        await say(server, ann, "look", quoted=quoted)


async def test_posts_for_few_are_quoted_by_their_author_alone(server, ann, ben):
    await make_follow(server, ann, ben)
    quoted = await say(server, ben, visibility="followers")

    own = await say(server, ben, "see", quoted=quoted)

    assert own.visibility == "followers"
    with pytest.raises(Forbidden):
        await say(server, ann, "look", quoted=quoted)


async def test_direct_posts_are_never_quoted(server, ann):
    secret = await say(server, ann, visibility="direct")

    with pytest.raises(Forbidden):
        await say(server, ann, "look", quoted=secret)


async def test_a_direct_post_does_not_quote_behind_somebodys_back(server, ann, ben):
    with pytest.raises(Invalid):
        await say(server, ann, "psst", quoted=await say(server, ben), visibility="direct")


async def test_a_quote_for_few_is_not_counted(server, ann, ben):
    quoted = await say(server, ben)

    post = await say(server, ann, "look", quoted=quoted, visibility="followers")

    assert (await Post.get(id=quoted.id)).quotes_count == 0
    # Whom it quotes may read it.
    assert await told(ben) == [("quote", ann.id, post.id)]


async def test_a_deleted_quote_is_not_counted_any_more(server, ann, ben):
    quoted = await say(server, ben)
    post = await say(server, ann, "look", quoted=quoted)

    await deletes.delete(server, post)

    assert (await Post.get(id=quoted.id)).quotes_count == 0


async def test_a_deleted_post_is_told_to_those_who_quoted_it(server, ann, rita):
    quoted = await say(server, ann)
    await receive(server, rita, quote=quoted.uri)
    await Quote.filter(quoted_uri=quoted.uri).update(state="accepted", quoted_id=quoted.id)
    await forget_sent()

    await deletes.delete(server, quoted)

    assert [(each.type, each.inbox) for each in await sent()] == [("Delete", "https://b.example/inbox")]


async def test_taking_back_is_told_and_done_once(server, ann, ben, rita):
    await make_follow(server, rita, ben)
    quoted = await say(server, ben)
    post = await say(server, ann, "look", quoted=quoted)
    await forget_sent()

    for _ in range(2):
        await quotes.take_out(server, ben, post)

    deleted = [each for each in await sent() if each.type == "Delete"]
    assert [each.json["object"]["type"] for each in deleted] == ["QuoteAuthorization"]
    assert (await Quote.get(post_id=post.id)).state == "revoked"
    assert (await Post.get(id=quoted.id)).quotes_count == 0
    assert await told(ben) == []
    with pytest.raises(NotFound):
        await quotes.take_out(server, ann, post)


async def test_no_stamp_is_asked_for_where_there_is_none(server, rita, rob):
    quoted = await receive(server, rob, "5")

    await receive(server, rita, "1", quote=quoted.uri)
    await receive(server, rita, "2", quoteUrl="https://d.example/notes/1")

    assert [quote.state for quote in await Quote.all().order_by("id")] == ["pending", "unasked"]
    assert not await Job.filter(kind="VerifyQuote").exists()


async def test_an_unknown_policy_is_refused(server, ann):
    with pytest.raises(Invalid):
        await say(server, ann, quote_policy="friends")
    with pytest.raises(Invalid):
        await quotes.set_policy(server, await say(server, ann), "friends")


async def test_a_policy_for_followers_lets_followers_quote(server, ann, ben):
    cleo = await accounts.create_local(server, "cleo", keys=key_pair())
    await make_follow(server, ann, ben)
    quoted = await say(server, ben, quote_policy="followers")

    await say(server, ann, "look", quoted=quoted)

    with pytest.raises(Forbidden):
        await say(server, cleo, "look", quoted=quoted)


async def test_a_reply_that_the_author_denies_is_refused_but_not_to_whom_they_name(server, ann, ben, rita):
    closed = {"canReply": {"automaticApproval": [rita.uri]}}
    parent = await make_post(server, rita, interaction_policy=closed)
    await Mention.create(id=server.new_id(), post=parent, account=ann)

    await say(server, ann, "here I am", in_reply_to=parent)

    with pytest.raises(Forbidden, match="does not accept replies"):
        await say(server, ben, "me too", in_reply_to=parent)
