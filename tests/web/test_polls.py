"""Polls on pages: asked, voted in and read without scripts."""

import pytest

from fedi.actions import posts, votes
from fedi.actions.polls import PollDraft
from fedi.actions.posts import Draft
from fedi.clock import TurnableClock
from fedi.models.accounts import Account
from fedi.models.polls import Poll, PollVote
from fedi.models.posts import Post
from fedi.server import Server
from fedi.web.views import bars_of, end_of
from tests.support.due import run_due
from tests.support.factories import make_account
from tests.support.received import received_post
from tests.support.visitors import Element, Outline, Site, Visitor

pytestmark = pytest.mark.anyio


async def ask(server: Server, author: Account, **changes: object) -> Post:
    poll = PollDraft(**{"options": ["Tea & <b>", "Coffee"], "seconds": 3600} | changes)
    return await posts.create(server, author, Draft(text="Which?", poll=poll), mentions={})


async def page_of(visitor: Visitor, author: Account, post: Post) -> Outline:
    answer = await visitor.get(f"/@{author.username}/{post.id}")
    assert answer.status_code == 200, answer.text
    return Outline(answer.text)


def choices(page: Outline) -> list[Element]:
    return page.all("input", name="choice")


def bars(page: Outline) -> list[str]:
    return [
        " ".join(each.text.split())
        for each in page.elements
        if "poll-bar" in each.attributes.get("class", "")
    ]


async def test_a_poll_is_made_in_the_composer(alices: Visitor):
    fields = {
        "text": "Which?",
        "poll_option": ["Tea", " ", "Coffee", ""],
        "poll_multiple": "1",
        "poll_seconds": "3600",
        "do": "post",
    }

    done = await alices.post("/compose", fields)

    assert done.status_code == 303
    poll = await Poll.get()
    assert ([each["name"] for each in poll.options], poll.multiple) == (["Tea", "Coffee"], True)


async def test_fields_left_empty_make_no_poll(alices: Visitor):
    fields = {"text": "x", "poll_option": ["", "", "", ""], "poll_seconds": "86400", "do": "post"}

    await alices.post("/compose", fields)

    assert (await Post.get()).kind == "Note"


async def test_a_poll_that_cannot_be_says_why_and_stays_as_typed(alices: Visitor):
    fields = {
        "text": "Which?",
        "poll_option": ["Tea"],
        "poll_seconds": "3600",
        "poll_hide": "1",
        "do": "post",
    }

    answer = await alices.post("/compose", fields)

    page = Outline(answer.text)
    assert answer.status_code == 422
    problem = next(each for each in page.elements if each.attributes.get("role") == "alert")
    assert problem.text.strip() == "Choices must have more than one item."
    assert [each.attributes["value"] for each in page.all("input", name="poll_option")] == ["Tea", "", "", ""]
    assert "checked" in page.all("input", name="poll_hide")[0].attributes
    assert await Post.all().count() == 0


async def test_an_edit_keeps_the_votes_unless_the_answers_change(
    site: Site, alices: Visitor, alice: Account, bob: Account
):
    post = await ask(site.server, alice)
    await votes.vote(site.server, bob, post, [0])
    form = Outline((await alices.get(f"/compose?edit={post.id}")).text)
    fields = {
        "edit": str(post.id),
        "text": "Which one?",
        "poll_option": [each.attributes["value"] for each in form.all("input", name="poll_option")],
        "poll_seconds": "",
        "do": "post",
    }

    await alices.post("/compose", fields)
    assert await PollVote.all().count() == 1
    await alices.post("/compose", fields | {"poll_option": ["Tea", "Mate"]})

    assert await PollVote.all().count() == 0


@pytest.mark.parametrize(("multiple", "kind"), [(False, "radio"), (True, "checkbox")])
async def test_a_vote_is_a_form_and_its_result_is_shown(
    site: Site, alices: Visitor, bob: Account, multiple: bool, kind: str
):
    post = await ask(site.server, bob, multiple=multiple)
    before = await page_of(alices, bob, post)
    form = next(each for each in before.all("form") if each.attributes.get("class") == "poll")

    fields = {"choice": "0", "row": str(post.id), "back": f"/@bob/{post.id}"}
    done = await alices.post(form.attributes["action"], fields)
    after = await page_of(alices, bob, post)

    assert [each.attributes["type"] for each in choices(before)] == [kind, kind]
    assert all({"form", "fieldset", "label"} <= {a.tag for a in each.around} for each in choices(before))
    assert done.headers["location"] == f"/@bob/{post.id}#post-{post.id}"
    assert choices(after) == []
    assert bars(after) == ["Tea & <b>Your choice 100 %, 1 vote", "Coffee 0 %, 0 votes"]


async def test_a_script_gets_the_post_alone(site: Site, alices: Visitor, bob: Account):
    post = await ask(site.server, bob)
    poll = await Poll.get()

    answer = await alices.post(
        f"/polls/{poll.id}/votes", {"choice": "1", "row": post.id}, **{"X-Part": "post"}
    )

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<article")
    assert 'data-deed="vote"' in answer.text


@pytest.mark.parametrize(("fields", "words"), [({}, "Choose an answer"), ({"choice": "9"}, "does not exist")])
async def test_a_vote_that_cannot_be_says_why(site: Site, alices: Visitor, bob: Account, fields, words):
    await ask(site.server, bob)

    answer = await alices.post(f"/polls/{(await Poll.get()).id}/votes", fields)

    assert answer.status_code == 422
    assert words in answer.text
    assert "Validation failed" not in answer.text


async def test_a_vote_needs_the_forms_token_and_a_person(site: Site, alices: Visitor, bob: Account):
    await ask(site.server, bob)
    path = f"/polls/{(await Poll.get()).id}/votes"

    forged = await alices.client.post(path, data={"choice": "0", "form_token": "0" * 64})
    await site.visitor().client.post(path, data={"choice": "0"})

    assert forged.status_code == 403
    assert await PollVote.all().count() == 0


async def test_the_author_and_strangers_read_the_counts(
    site: Site, alices: Visitor, stranger: Visitor, alice: Account, bob: Account
):
    post = await ask(site.server, alice)
    await votes.vote(site.server, bob, post, [1])

    for visitor in (alices, stranger):
        page = await page_of(visitor, alice, post)
        assert (choices(page), bars(page)) == ([], ["Tea & <b> 0 %, 0 votes", "Coffee 100 %, 1 vote"])


async def test_hidden_counts_are_shown_at_the_end(
    site: Site, stranger: Visitor, alice: Account, bob: Account, clock: TurnableClock
):
    post = await ask(site.server, alice, hide_totals=True)
    await votes.vote(site.server, bob, post, [1])

    before = bars(await page_of(stranger, alice, post))
    clock.turn(hours=2)
    after = bars(await page_of(stranger, alice, post))

    assert before == ["Tea & <b>", "Coffee"]
    assert after[1] == "Coffee 100 %, 1 vote"


async def test_the_end_is_told_among_the_news(
    site: Site, alices: Visitor, alice: Account, bob: Account, clock: TurnableClock
):
    mine, theirs = await ask(site.server, alice), await ask(site.server, bob)
    await votes.vote(site.server, alice, theirs, [0])
    clock.turn(hours=2)
    await run_due(site.server)

    page = (await alices.get("/notifications")).text

    assert "Your poll has ended" in page
    assert "A poll by" in page
    assert str(mine.id) in page


async def test_options_of_strangers_are_text(site: Site, alices: Visitor):
    rita = await make_account(site.server, "rita", domain="b.example")
    names = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"]
    question = {"type": "Question", "oneOf": [{"type": "Note", "name": name} for name in names]}
    received = received_post(site.server, rita, **question)
    post = await posts.receive(site.server, rita, received, mentions=[], parent=None)

    page = (await alices.get(f"/@rita@b.example/{post.id}")).text

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_shares_are_of_people_and_never_beyond_all(server: Server, bob: Account, alice: Account):
    from fedi.queries import polls

    post = await ask(server, bob, multiple=True)
    await Poll.filter(post_id=post.id).update(
        options=[{"name": "a", "votes": 9}, {"name": "b", "votes": 3}], voters_count=6
    )

    view = (await polls.of_posts(server, [post], alice))[post.id]

    assert [(bar.percent, bar.leads) for bar in bars_of(view)] == [(100, True), (50, False)]


@pytest.mark.parametrize(
    ("turned", "words"),
    [
        ({}, "ends in 1 h"),
        ({"minutes": 50}, "ends in 10 min"),
        ({"minutes": 59, "seconds": 30}, "ends in less than a minute"),
        ({"minutes": 60, "seconds": 10}, "ended just now"),
        ({"hours": 4}, "ended 3 h ago"),
    ],
)
async def test_the_end_is_said_in_words(server: Server, bob: Account, clock: TurnableClock, turned, words):
    from fedi.queries import polls

    post = await ask(server, bob)
    clock.turn(**turned)

    view = (await polls.of_posts(server, [post], None))[post.id]

    assert end_of(view, clock.now()) == words
