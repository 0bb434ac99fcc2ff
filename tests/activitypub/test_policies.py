"""Who may do what with a post, in every spelling, and how a policy is decided (GoToSocial's rules)."""

import pytest

from fedi.activitypub.policies import Policy, Rule, Standing, decide
from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import PUBLIC, Uri

ANN = Uri("https://a.example/users/ann")
BEN = Uri("https://b.example/users/ben")
FOLLOWERS, FOLLOWING = Uri(f"{ANN}/followers"), Uri(f"{ANN}/following")
LIST = Uri("https://a.example/lists/7")


def read(**properties):
    return Policy.read(Reader(properties), ANN)


def answer(rule, deed="reply", **standing):
    policy = Policy(**{deed: rule})
    by = Standing(uri=BEN, **standing)
    return decide(policy, deed, by, author=ANN, followers=FOLLOWERS, following=FOLLOWING)


@pytest.mark.parametrize("names", [("automaticApproval", "manualApproval"), ("always", "approvalRequired")])
@pytest.mark.parametrize("wrap", [lambda uri: uri, lambda uri: [uri]], ids=["one", "a list"])
def test_both_spellings_are_read(names, wrap):
    policy = read(interactionPolicy={"canLike": {names[0]: wrap(FOLLOWERS), names[1]: wrap("as:Public")}})

    assert policy == Policy(like=Rule(automatic=(FOLLOWERS,), manual=(PUBLIC,)))


def test_the_newer_spelling_goes_before_the_older():
    policy = read(interactionPolicy={"canReply": {"automaticApproval": [FOLLOWERS], "always": [PUBLIC]}})

    assert policy == Policy(reply=Rule(automatic=(FOLLOWERS,)))


def test_pixelfed_switches_comments_off():
    assert read(commentsEnabled=False) == Policy(reply=Rule(automatic=(ANN,)))
    assert read(commentsEnabled=True) is None
    assert read(capabilities={"announce": str(PUBLIC), "like": str(PUBLIC), "reply": "[]"}) == Policy(
        reply=Rule(automatic=(ANN,))
    )
    assert read(capabilities={"announce": None}) == Policy(announce=Rule(automatic=(ANN,)))


def test_a_policy_goes_before_a_hint():
    policy = read(commentsEnabled=False, interactionPolicy={"canReply": {"automaticApproval": str(PUBLIC)}})

    assert policy == Policy(reply=Rule(automatic=(PUBLIC,)))


@pytest.mark.parametrize("nonsense", [None, "x", 7, [], {"canLike": "everybody"}])
def test_what_is_no_policy_says_nothing(nonsense):
    assert read(interactionPolicy=nonsense) is None


def test_a_long_list_is_cut():
    names = [f"https://b.example/users/{number}" for number in range(1000)]

    policy = read(interactionPolicy={"canLike": {"automaticApproval": names}})

    assert len(policy.like.automatic) == 100


@pytest.mark.parametrize("deed", ["like", "reply", "announce"])
def test_without_a_rule_all_is_allowed_but_quoting(deed):
    assert answer(None, deed) == "automatic"
    assert answer(None, "quote") == "denied"


@pytest.mark.parametrize("deed", ["like", "reply", "announce", "quote"])
def test_the_author_always_may(deed):
    assert answer(Rule(), deed, is_author=True) == "automatic"


def test_who_is_mentioned_may_always_answer_and_no_more():
    assert answer(Rule(), "reply", is_mentioned=True) == "automatic"
    assert answer(Rule(), "like", is_mentioned=True) == "denied"


def test_an_empty_rule_lets_nobody_in():
    assert answer(Rule()) == "denied"
    assert answer(Rule(automatic=(ANN,))) == "denied"


def test_groups_are_known_by_how_one_stands_to_the_author():
    assert answer(Rule(automatic=(FOLLOWERS,)), follows=True) == "automatic"
    assert answer(Rule(automatic=(FOLLOWERS,))) == "denied"
    assert answer(Rule(automatic=(FOLLOWING,)), is_followed=True) == "automatic"
    assert answer(Rule(manual=(FOLLOWING,))) == "denied"


def test_the_most_specific_match_wins():
    assert answer(Rule(automatic=(PUBLIC,), manual=(BEN,))) == "manual"
    assert answer(Rule(automatic=(PUBLIC,), manual=(FOLLOWERS,)), follows=True) == "manual"
    assert answer(Rule(automatic=(BEN,), manual=(PUBLIC,))) == "automatic"
    assert answer(Rule(automatic=(PUBLIC,), manual=(PUBLIC,))) == "automatic"


def test_a_list_that_we_cannot_look_into_denies_nothing_for_sure():
    assert answer(Rule(automatic=(LIST,))) == "unknown"
    assert answer(Rule(automatic=(LIST,), manual=(PUBLIC,))) == "manual"
