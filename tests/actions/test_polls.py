"""Polls: asked, voted in once, counted, told and closed; and nothing that is not allowed."""

from typing import Any

import pytest

from fedi.actions import accounts, deletes, edits, polls, posts, votes
from fedi.actions.polls import PollDraft
from fedi.actions.posts import Draft
from fedi.clock import TurnableClock
from fedi.errors import Conflict, Invalid, NotFound
from fedi.jobs.kinds import PurgeAccount
from fedi.models.accounts import Account
from fedi.models.notifications import Notification
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post, PostEdit
from fedi.server import Server
from tests.support.due import run_due
from tests.support.factories import make_account, make_block, make_follow
from tests.support.outgoing import forget_sent, sent
from tests.support.received import received_post

pytestmark = pytest.mark.anyio

ASKED = PollDraft(options=["Tea", "Coffee"], seconds=600)
THEIRS = [
    {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": count}}
    for name, count in (("Yes", 3), ("No", 1))
]


async def ask(server: Server, author: Account, **changes: Any) -> Post:
    """Have a poll asked."""
    poll = PollDraft(
        **{"options": ASKED.options, "seconds": 600}
        | {name: value for name, value in changes.items() if name != "visibility"}
    )
    draft = Draft(text="Which?", poll=poll, visibility=changes.get("visibility", "public"))
    return await posts.create(server, author, draft, mentions={})


async def theirs(server: Server, author: Account, name: str = "1", **properties: Any) -> Post:
    """Have a poll of another server."""
    question = {"type": "Question", "oneOf": THEIRS, "votersCount": 4} | properties
    return await posts.receive(
        server, author, received_post(server, author, name, **question), mentions=[], parent=None
    )


async def tallies(post: Post) -> tuple[list[int], int | None]:
    """The votes of each option, and how many voters there are."""
    poll = await Poll.get(post_id=post.id)
    return [option["votes"] for option in poll.options], poll.voters_count


async def test_a_poll_goes_out_as_a_question(server: Server, ann: Account, rita: Account):
    await make_follow(server, rita, ann)

    post = await ask(server, ann, multiple=True)

    (create,) = await sent()
    question = create.json["object"]
    poll = await Poll.get(post_id=post.id)
    assert poll.ends_at is not None
    assert question["type"] == "Question"
    assert [each["name"] for each in question["anyOf"]] == ["Tea", "Coffee"]
    assert [each["replies"]["totalItems"] for each in question["anyOf"]] == [0, 0]
    assert question["endTime"] == poll.ends_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert question["votersCount"] == 0
    assert not {"closed", "oneOf"} & question.keys()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": ["a"]}, "Choices must have more than one item"),
        ({"options": ["a", " "]}, "Choices must have more than one item"),
        ({"options": ["a", "b", "c", "d", "e"]}, "Choices can't contain more than 4 items"),
        ({"options": ["a", "x" * 51]}, "Choices cannot be longer than 50 characters each"),
        ({"options": ["a", "x" * 1024 * 1024]}, "Choices cannot be longer than 50 characters each"),
        ({"options": ["a", " a "]}, "Choices contain duplicate items"),
        ({"seconds": 299}, "Deadline is too soon"),
        ({"seconds": 2_629_747}, "Deadline is too far into the future"),
        ({"seconds": None}, "Deadline can't be blank"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_nothing_is_posted(
    server: Server, ann: Account, changes: dict[str, Any], words: str
):
    with pytest.raises(Invalid, match=words):
        await ask(server, ann, **changes)

    assert await Post.all().count() == 0


async def test_votes_from_here_and_elsewhere_are_counted_once_each(
    server: Server, ann: Account, ben: Account, rita: Account
):
    post = await ask(server, ann)

    await votes.vote(server, ben, post, [0])
    await votes.receive(server, rita, post, "Tea", uri=f"{rita.uri}#votes/1")
    for name, uri in (("Tea", f"{rita.uri}#votes/1"), ("Tea", "v2"), ("Coffee", "v3")):
        with pytest.raises(Invalid, match="already voted"):
            await votes.receive(server, rita, post, name, uri=uri)

    assert await tallies(post) == ([2, 0], 2)


async def test_several_options_may_be_chosen_where_the_poll_says_so(
    server: Server, ann: Account, ben: Account, rita: Account
):
    post = await ask(server, ann, multiple=True)

    await votes.vote(server, ben, post, [0, 1, 1])
    await votes.receive(server, rita, post, "Tea", uri="v1")
    await votes.receive(server, rita, post, "Coffee", uri="v2")
    with pytest.raises(Invalid, match="already voted"):
        await votes.receive(server, rita, post, "Coffee", uri="v3")

    assert await tallies(post) == ([2, 2], 2)


async def test_two_choices_at_once_are_refused_where_one_is_asked_for(
    server: Server, ann: Account, ben: Account
):
    post = await ask(server, ann)

    with pytest.raises(Invalid):
        await votes.vote(server, ben, post, [0, 1])

    assert await tallies(post) == ([0, 0], 0)


@pytest.mark.parametrize("choice", [-1, 2, 10**30])
async def test_an_option_that_is_not_there_cannot_be_chosen(
    server: Server, ann: Account, ben: Account, choice: int
):
    post = await ask(server, ann)

    with pytest.raises(Invalid, match="does not exist"):
        await votes.vote(server, ben, post, [choice])


async def test_nobody_votes_in_their_own_poll(server: Server, ann: Account):
    post = await ask(server, ann)

    with pytest.raises(Invalid, match="your own polls"):
        await votes.vote(server, ann, post, [0])


async def test_nobody_votes_after_the_end(server: Server, ann: Account, rita: Account, clock: TurnableClock):
    post = await ask(server, ann)
    clock.turn(seconds=601)

    with pytest.raises(Invalid, match="already ended"):
        await votes.receive(server, rita, post, "Tea", uri="v1")

    assert await tallies(post) == ([0, 0], 0)


async def test_who_may_not_see_a_poll_finds_none(server: Server, ann: Account, ben: Account, rita: Account):
    private = await ask(server, ann, visibility="followers")
    public = await ask(server, ann)
    await make_block(server, ann, ben)

    with pytest.raises(NotFound):
        await votes.receive(server, rita, private, "Tea", uri="v1")
    with pytest.raises(NotFound):
        await votes.vote(server, ben, public, [0])

    assert await PollVote.all().count() == 0


async def test_a_post_without_a_poll_takes_no_votes(
    server: Server, ann: Account, ben: Account, rita: Account
):
    post = await posts.create(server, ann, Draft(text="x"), mentions={})

    with pytest.raises(NotFound):
        await votes.vote(server, ben, post, [0])
    with pytest.raises(NotFound):
        await votes.receive(server, rita, post, "Tea", uri="v1")


async def test_the_id_of_a_vote_is_its_own(server: Server, ann: Account, rita: Account):
    other = await make_account(server, "rex", domain="b.example")
    post = await ask(server, ann)
    await votes.receive(server, rita, post, "Tea", uri="v1")

    with pytest.raises(Conflict):
        await votes.receive(server, other, post, "Tea", uri="v1")

    assert await tallies(post) == ([1, 0], 1)


async def test_a_vote_goes_to_the_author_alone_as_one_note_a_choice(
    server: Server, ann: Account, rita: Account, rob: Account
):
    await make_follow(server, rob, ann)
    post = await theirs(server, rita, anyOf=THEIRS, oneOf=None)

    await votes.vote(server, ann, post, [0, 1])

    deliveries = await sent()
    assert [each.inbox for each in deliveries] == [rita.inbox_url] * 2
    assert [each.json["object"]["name"] for each in deliveries] == ["Yes", "No"]
    for each in deliveries:
        note = each.json["object"]
        assert (each.type, each.json["to"], each.json["cc"]) == ("Create", [rita.uri], [])
        assert (note["type"], note["inReplyTo"], note["to"]) == ("Note", post.uri, [rita.uri])
        assert "content" not in note
        assert note["attributedTo"] == each.json["actor"] == ann.uri
    assert await tallies(post) == ([4, 2], 5)
    assert await Post.filter(author_id=ann.id).count() == 0


async def test_new_counts_are_told_once_in_three_minutes_to_followers_and_voters(
    server: Server, ann: Account, ben: Account, rita: Account, rob: Account, clock: TurnableClock
):
    await make_follow(server, rob, ann)
    post = await ask(server, ann)
    await forget_sent()

    await votes.receive(server, rita, post, "Tea", uri="v1")
    await votes.vote(server, ben, post, [1])
    await run_due(server)
    assert await sent() == []
    clock.turn(minutes=3)
    await run_due(server)

    told = await sent()
    assert {each.inbox for each in told} == {rita.shared_inbox_url, rob.inbox_url}
    assert {each.json["id"] for each in told} == {told[0].json["id"]}
    question = told[0].json["object"]
    assert (told[0].type, question["type"], question.get("updated")) == ("Update", "Question", None)
    assert [each["replies"]["totalItems"] for each in question["oneOf"]] == [1, 1]
    assert question["votersCount"] == 2


async def test_hidden_counts_are_told_at_the_end(
    server: Server, ann: Account, rita: Account, clock: TurnableClock
):
    post = await ask(server, ann, hide_totals=True)
    await votes.receive(server, rita, post, "Tea", uri="v1")
    clock.turn(minutes=3)
    await run_due(server)
    (before,) = await sent()
    await forget_sent()
    clock.turn(minutes=10)
    await run_due(server)
    (after,) = await sent()

    assert [each["replies"] for each in before.json["object"]["oneOf"]] == [{"type": "Collection"}] * 2
    assert after.json["object"]["oneOf"][0]["replies"]["totalItems"] == 1
    assert after.json["object"]["closed"] == after.json["object"]["endTime"]


async def test_the_end_is_told_once_to_author_and_voters(
    server: Server, ann: Account, ben: Account, rita: Account, clock: TurnableClock
):
    post = await ask(server, ann)
    await votes.vote(server, ben, post, [0])
    await votes.receive(server, rita, post, "Tea", uri="v1")
    await forget_sent()
    clock.turn(seconds=590)
    await run_due(server)
    assert not await Notification.exists(kind="poll")
    await forget_sent()
    clock.turn(seconds=11)
    await run_due(server)
    await run_due(server)

    told = await Notification.filter(kind="poll")
    assert {(each.account_id, each.from_account_id) for each in told} == {(ann.id, ann.id), (ben.id, ann.id)}
    assert len(told) == 2
    (final,) = await sent()
    assert final.json["object"]["closed"]


async def test_a_vote_in_a_poll_elsewhere_is_reminded_of_its_end(
    server: Server, ann: Account, rita: Account, clock: TurnableClock
):
    ends = clock.now().replace(microsecond=0).isoformat()
    clock.turn(hours=-1)
    post = await theirs(server, rita, endTime=ends)
    await votes.vote(server, ann, post, [0])

    clock.turn(hours=1, seconds=1)
    await run_due(server)

    assert await Notification.filter(kind="poll").values_list("account_id", flat=True) == [ann.id]
    assert (await Poll.get(post_id=post.id)).closed_at is not None


async def test_counts_of_a_poll_elsewhere_change_without_an_edit(server: Server, rita: Account):
    post = await theirs(server, rita)
    more = [each | {"replies": {"totalItems": 10}} for each in THEIRS]
    update = received_post(server, rita, type="Question", oneOf=more, votersCount=20, content="<p>other</p>")

    await edits.receive(server, post, update, mentions=[])

    assert await tallies(post) == ([10, 10], 20)
    after = await Post.get(id=post.id)
    assert (after.edited_at, after.content) == (None, "<p>hello</p>")


async def test_other_options_need_an_edit_and_take_the_votes_away(
    server: Server, ann: Account, rita: Account, clock: TurnableClock
):
    post = await theirs(server, rita)
    await votes.vote(server, ann, post, [0])
    published = post.published_at.isoformat()
    new = {"type": "Question", "oneOf": [{"name": "Never"}, {"name": "Always"}], "published": published}

    await edits.receive(server, post, received_post(server, rita, **new), mentions=[])
    assert await tallies(post) == ([4, 1], 5)
    clock.turn(hours=1)
    later = clock.now().isoformat()
    await edits.receive(server, post, received_post(server, rita, **new, updated=later), mentions=[])

    assert (await Poll.get(post_id=post.id)).options[0] == {"name": "Never", "votes": 0}
    assert await PollVote.all().count() == 0
    assert await PostEdit.filter(post_id=post.id).count() == 1


async def test_counts_that_come_after_the_last_ones_are_old(server: Server, rita: Account):
    post = await theirs(server, rita)
    final = received_post(server, rita, type="Question", oneOf=THEIRS, closed=True, votersCount=9)
    older = received_post(server, rita, type="Question", oneOf=THEIRS, votersCount=2)

    await edits.receive(server, post, final, mentions=[])
    await edits.receive(server, post, older, mentions=[])

    assert await tallies(post) == ([3, 1], 9)


async def test_the_end_said_by_a_server_is_told_to_the_voters_here(
    server: Server, ann: Account, rita: Account
):
    post = await theirs(server, rita)
    await votes.vote(server, ann, post, [0])
    final = received_post(server, rita, type="Question", oneOf=THEIRS, closed=True)

    for _ in range(2):
        await edits.receive(server, post, final, mentions=[])

    assert await Notification.filter(kind="poll").values_list("account_id", flat=True) == [ann.id]


async def test_an_edit_with_other_options_takes_the_votes_away(server: Server, ann: Account, ben: Account):
    post = await ask(server, ann)
    await votes.vote(server, ben, post, [0])
    poll = PollDraft(options=["Tea", "Water"], seconds=None)

    await edits.edit(server, post, Draft(text="Which?", poll=poll), mentions={})

    assert await tallies(post) == ([0, 0], 0)
    assert (await Post.get(id=post.id)).edited_at is not None


async def test_an_edit_of_the_words_leaves_votes_and_end_as_they_are(
    server: Server, ann: Account, ben: Account
):
    post = await ask(server, ann)
    await votes.vote(server, ben, post, [0])
    before = await Poll.get(post_id=post.id)

    same = PollDraft(options=ASKED.options, seconds=None)
    await edits.edit(server, post, Draft(text="Which one?", poll=same), mentions={})

    assert await tallies(post) == ([1, 0], 1)
    assert (await Poll.get(post_id=post.id)).ends_at == before.ends_at


async def test_an_edit_without_a_poll_removes_it_and_one_with_a_poll_adds_it(server: Server, ann: Account):
    post = await ask(server, ann)

    await edits.edit(server, post, Draft(text="Never mind"), mentions={})
    assert (await Post.get(id=post.id)).kind == "Note"
    assert not await Poll.exists(post_id=post.id)
    await edits.edit(server, post, Draft(text="Well", poll=ASKED), mentions={})

    assert (await Post.get(id=post.id)).kind == "Question"
    assert await Poll.exists(post_id=post.id)


async def test_more_time_given_by_an_edit_keeps_the_poll_open(
    server: Server, ann: Account, clock: TurnableClock
):
    post = await ask(server, ann)
    longer = PollDraft(options=ASKED.options, seconds=1200)
    await edits.edit(server, post, Draft(text="Which?", poll=longer), mentions={})

    clock.turn(seconds=700)
    await run_due(server)
    assert (await Poll.get(post_id=post.id)).closed_at is None
    clock.turn(seconds=502)
    await run_due(server)

    assert (await Poll.get(post_id=post.id)).closed_at is not None


async def test_a_deleted_post_takes_poll_and_votes_along(
    server: Server, ann: Account, ben: Account, clock: TurnableClock
):
    post = await ask(server, ann)
    await votes.vote(server, ben, post, [0])

    await deletes.delete(server, post)
    clock.turn(minutes=20)
    await run_due(server)

    assert await Poll.all().count() == await PollVote.all().count() == 0


async def test_a_gone_account_leaves_no_votes_behind(server: Server, ann: Account, rita: Account):
    mine, post = await theirs(server, rita), await ask(server, ann)
    await votes.receive(server, rita, post, "Tea", uri="v1")

    await accounts.mark_gone(server, rita)
    await accounts.purge(server, PurgeAccount(account_id=rita.id))

    assert not await Poll.exists(post_id=mine.id)
    assert await PollVote.all().count() == 0
    assert await tallies(post) == ([0, 0], 0)


async def test_a_hundred_long_options_are_kept_and_no_more(server: Server, rita: Account):
    options = [{"name": f"{number}" + "x" * 10_000} for number in range(10_000)]

    post = await theirs(server, rita, oneOf=options)

    kept = (await Poll.get(post_id=post.id)).options
    assert (len(kept), max(len(option["name"]) for option in kept)) == (100, 500)


async def test_a_draft_is_made_clean_before_it_is_stored():
    draft = polls.checked(PollDraft(options=["  A \u202e b\n", "", "B"], seconds=300))

    assert draft.options == ["A b", "B"]
