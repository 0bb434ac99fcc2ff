"""Filters, new and old, and what they say of posts."""

import pytest

from fedi.actions import filters as actions
from fedi.models.media import MediaAttachment
from fedi.models.polls import Poll
from tests.support.factories import make_boost, make_post

pytestmark = pytest.mark.anyio

PATH = "/api/v2/filters"


async def make(client, **changes):
    values = {"title": "t", "context": ["home"], "keywords_attributes": [{"keyword": "cat"}], **changes}
    answer = await client.post(PATH, json=values)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def filtered(client, post):
    return (await client.get(f"/api/v1/statuses/{post.id}")).json()["filtered"]


@pytest.mark.parametrize(
    "body",
    [
        {
            "json": {
                "title": "t",
                "context": ["home", "thread"],
                "keywords_attributes": [{"keyword": "a"}, {"keyword": "b", "whole_word": False}],
            }
        },
        {
            "data": {
                "title": "t",
                "context[]": ["home", "thread"],
                "keywords_attributes[0][keyword]": "a",
                "keywords_attributes[1][keyword]": "b",
                "keywords_attributes[1][whole_word]": "false",
            }
        },
        {
            "json": {
                "title": "t",
                "context": ["home", "thread"],
                "keywords_attributes": {"0": {"keyword": "a"}, "1": {"keyword": "b", "whole_word": "0"}},
            }
        },
        {
            "content": "title=t&context[]=home&context[]=thread&keywords_attributes[][keyword]=a"
            "&keywords_attributes[][keyword]=b&keywords_attributes[][whole_word]=false",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
    ],
)
async def test_a_filter_is_made_however_its_keywords_are_written(as_alice, body):
    made = (await as_alice.post(PATH, **body)).json()

    assert made["context"] == ["home", "thread"]
    assert made["filter_action"] == "warn"
    assert made["expires_at"] is None
    assert [(each["keyword"], each["whole_word"]) for each in made["keywords"]] == [("a", True), ("b", False)]
    assert made["statuses"] == []
    assert (await as_alice.get(PATH)).json() == [made]
    assert (await as_alice.get(f"{PATH}/{made['id']}")).json() == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 257},
        {"context": []},
        {"context": ["home", "nowhere"]},
        {"keywords_attributes": [{"keyword": ""}]},
        {"keywords_attributes": [{"keyword": "x" * 513}]},
        {"expires_in": "soon"},
    ],
)
async def test_what_makes_no_filter_is_refused_and_nothing_is_kept(as_alice, wrong):
    answer = await as_alice.post(PATH, json={"title": "t", "context": ["home"], **wrong})

    assert answer.status_code == 422
    assert (await as_alice.get(PATH)).json() == []


async def test_a_filter_is_changed_with_its_keywords(as_alice):
    made = await make(as_alice, keywords_attributes=[{"keyword": "a"}, {"keyword": "b"}], expires_in=60)
    a, b = (each["id"] for each in made["keywords"])

    changed = (
        await as_alice.put(
            f"{PATH}/{made['id']}",
            json={
                "filter_action": "odd",
                "expires_in": "",
                "keywords_attributes": [
                    {"id": a, "_destroy": True},
                    {"id": b, "keyword": "B", "whole_word": False},
                    {"keyword": "c"},
                ],
            },
        )
    ).json()

    assert made["expires_at"] is not None
    assert (changed["title"], changed["context"], changed["expires_at"]) == ("t", ["home"], None)
    assert changed["filter_action"] == "warn"
    assert [(each["keyword"], each["whole_word"]) for each in changed["keywords"]] == [
        ("B", False),
        ("c", True),
    ]
    assert (await as_alice.delete(f"{PATH}/{made['id']}")).json() == {}
    assert (await as_alice.get(f"{PATH}/{made['id']}")).status_code == 404


async def test_a_keyword_of_another_filter_changes_nothing(as_alice):
    one, other = await make(as_alice), await make(as_alice)

    answer = await as_alice.put(
        f"{PATH}/{one['id']}",
        json={
            "title": "new",
            "keywords_attributes": [{"keyword": "x"}, {"id": other["keywords"][0]["id"], "keyword": "y"}],
        },
    )

    assert answer.status_code == 404
    assert (await as_alice.get(PATH)).json() == [one, other]


async def test_keywords_are_added_changed_and_removed_by_themselves(as_alice):
    made = await make(as_alice, keywords_attributes=[])
    path = f"{PATH}/{made['id']}/keywords"

    added = (await as_alice.post(path, data={"keyword": "dog", "whole_word": "false"})).json()
    assert (added["keyword"], added["whole_word"]) == ("dog", False)
    assert (await as_alice.get(path)).json() == [added]
    one = f"{PATH}/keywords/{added['id']}"
    changed = (await as_alice.put(one, data={"keyword": "dogs"})).json()
    assert (await as_alice.get(one)).json() == changed == {**added, "keyword": "dogs"}
    assert (await as_alice.put(one, data={"keyword": " "})).status_code == 422
    assert (await as_alice.post(path, data={})).status_code == 422
    assert (await as_alice.delete(one)).json() == {}
    assert (await as_alice.get(one)).status_code == 404


async def test_only_posts_that_are_seen_come_on_a_filter(as_alice, server, bob):
    made = await make(as_alice, keywords_attributes=[])
    post, secret = await make_post(server, bob), await make_post(server, bob, visibility="direct")
    boost = await make_boost(server, bob, post)
    path = f"{PATH}/{made['id']}/statuses"

    assert (await as_alice.post(path, data={"status_id": str(secret.id)})).status_code == 404
    assert (await as_alice.post(path, data={})).status_code == 404
    added = (await as_alice.post(path, data={"status_id": str(boost.id)})).json()
    assert added["status_id"] == str(post.id)
    assert (await as_alice.post(path, data={"status_id": str(post.id)})).json() == added
    assert (await as_alice.get(path)).json() == [added]
    assert (await as_alice.get(f"{PATH}/statuses/{added['id']}")).json() == added
    for each in (post, boost):
        (match,) = await filtered(as_alice, each)
        assert (match["status_matches"], match["keyword_matches"]) == ([str(post.id)], None)
    assert (await as_alice.delete(f"{PATH}/statuses/{added['id']}")).json() == {}
    assert (await as_alice.get(path)).json() == []


async def test_anothers_filters_are_not_there(as_alice, as_bob, server, bob):
    made = await make(as_alice)
    post = await make_post(server, bob)
    added = await as_alice.post(f"{PATH}/{made['id']}/statuses", data={"status_id": str(post.id)})
    one, word = f"{PATH}/{made['id']}", f"{PATH}/keywords/{made['keywords'][0]['id']}"
    line, old = f"{PATH}/statuses/{added.json()['id']}", f"/api/v1/filters/{made['keywords'][0]['id']}"

    answers = [
        *[await as_bob.get(path) for path in (one, f"{one}/keywords", f"{one}/statuses", word, line, old)],
        *[await as_bob.delete(path) for path in (one, word, line, old)],
        *[await as_bob.put(path, data={"title": "x", "keyword": "x"}) for path in (one, word, old)],
        await as_bob.post(f"{one}/keywords", data={"keyword": "x"}),
        await as_bob.post(f"{one}/statuses", data={"status_id": str(post.id)}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert (await as_bob.get(PATH)).json() == (await as_bob.get("/api/v1/filters")).json() == []
    assert await filtered(as_bob, post) == []


async def test_a_person_has_no_more_than_so_many(as_alice, monkeypatch):
    monkeypatch.setattr(actions, "MAX_FILTERS", 1)
    monkeypatch.setattr(actions, "MAX_KEYWORDS", 2)
    made = await make(as_alice, keywords_attributes=[{"keyword": "a"}, {"keyword": "b"}])

    assert (await as_alice.post(PATH, json={"title": "t", "context": ["home"]})).status_code == 422
    assert (await as_alice.post(f"{PATH}/{made['id']}/keywords", data={"keyword": "c"})).status_code == 422
    assert (await as_alice.get(PATH)).json() == [made]


async def test_the_older_form_has_a_line_a_keyword(as_alice):
    made = await make(
        as_alice, keywords_attributes=[{"keyword": "a"}, {"keyword": "b"}], filter_action="hide"
    )

    old = (await as_alice.get("/api/v1/filters")).json()

    assert [each["id"] for each in old] == [each["id"] for each in made["keywords"]]
    assert [each["phrase"] for each in old] == ["a", "b"]
    assert all(each["irreversible"] and each["whole_word"] for each in old)
    path = f"/api/v1/filters/{old[0]['id']}"
    assert (await as_alice.put(path, data={"phrase": "A", "irreversible": "false"})).status_code == 422
    assert (await as_alice.put(path, data={"phrase": "A"})).json() == {**old[0], "phrase": "A"}
    for each in old:
        assert (await as_alice.delete(f"/api/v1/filters/{each['id']}")).json() == {}
    assert (await as_alice.get(PATH)).json() == []


async def test_a_filter_is_made_and_changed_in_the_older_form(as_alice):
    path = "/api/v1/filters"
    made = (
        await as_alice.post(
            path, data={"phrase": "x y", "context[]": ["home"], "irreversible": "true", "expires_in": "60"}
        )
    ).json()

    assert (made["phrase"], made["context"], made["irreversible"]) == ("x y", ["home"], True)
    assert made["expires_at"] is not None
    (new,) = (await as_alice.get(PATH)).json()
    assert (new["title"], new["filter_action"], new["keywords"][0]["id"]) == ("x y", "hide", made["id"])
    changed = await as_alice.put(
        f"{path}/{made['id']}",
        data={"phrase": "z", "context[]": ["public"], "irreversible": "false", "whole_word": "false"},
    )
    assert changed.json() == (await as_alice.get(f"{path}/{made['id']}")).json()
    assert (changed.json()["phrase"], changed.json()["context"]) == ("z", ["public"])
    assert (changed.json()["irreversible"], changed.json()["whole_word"]) == (False, False)
    for wrong in ({"phrase": ""}, {"phrase": "x"}, {"phrase": "x", "context[]": "odd"}):
        assert (await as_alice.post(path, data=wrong)).status_code == 422


@pytest.mark.parametrize(
    ("keyword", "whole_word", "text", "is_caught"),
    [
        ("cat", True, "A CAT sat", True),
        ("cat", True, "concatenate", False),
        ("cat", False, "concatenate", True),
        ("cat", True, "cats, cat!", True),
        ("cat", True, "cat_1", False),
        ("#cat", True, "see#cat now", True),
        ("#cat", True, "#cats", False),
        (":cat:", True, "x:cat:x", True),
        ("STRASSE", True, "eine Straße hier", True),
        ("два слова", True, "Вот Два Слова.", True),
        ("猫", False, "黒猫です", True),
        ("a.c", True, "abc", False),
        ("(a+)+$", False, "x (A+)+$ y", True),
        ("one two", True, "<b>one</b> two", True),
        ("x &amp; y", True, "x &amp; y", False),
        ("x & y", True, "x &amp; y", True),
    ],
)
async def test_words_are_found_as_people_mean_them(
    as_alice, server, bob, keyword, whole_word, text, is_caught
):
    await make(as_alice, keywords_attributes=[{"keyword": keyword, "whole_word": whole_word}])

    found = await filtered(as_alice, await make_post(server, bob, text))

    assert [each["keyword_matches"] for each in found] == ([[keyword]] if is_caught else [])


async def test_all_of_a_post_is_read(as_alice, server, bob):
    await make(as_alice)
    warned = await make_post(server, bob, summary="about a cat")
    asking = await make_post(server, bob, kind="Question")
    await Poll.create(id=server.new_id(), post=asking, options=[{"name": "cat", "votes": 0}])
    pictured = await make_post(server, bob)
    await MediaAttachment.create(
        id=server.new_id(),
        account=bob,
        post=pictured,
        kind="image",
        description="my Cat",
        created_at=server.clock.now(),
    )

    for post in (warned, asking, pictured):
        (match,) = await filtered(as_alice, post)
        assert match["filter"]["title"] == "t"
        assert match["keyword_matches"] == ["cat"]
    assert await filtered(as_alice, await make_post(server, bob, "a dog")) == []


async def test_a_boost_is_filtered_as_what_it_boosts_and_nothing_is_dropped(as_alice, server, bob):
    await make(as_alice, filter_action="hide")
    boost = await make_boost(server, bob, await make_post(server, bob, "cat"))

    shown = (await as_alice.get(f"/api/v1/statuses/{boost.id}")).json()

    assert shown["filtered"] == shown["reblog"]["filtered"] != []
    assert shown["filtered"][0]["filter"]["filter_action"] == "hide"
    listed = (await as_alice.get("/api/v1/timelines/public")).json()
    assert [bool(each["filtered"]) for each in listed] == [True]


async def test_a_filter_ends_when_it_expires_and_when_it_goes(as_alice, server, clock, bob):
    made = await make(as_alice, expires_in=60)
    post = await make_post(server, bob, "cat")

    assert len(await filtered(as_alice, post)) == 1
    clock.turn(seconds=61)
    assert await filtered(as_alice, post) == []
    assert len((await as_alice.get(PATH)).json()) == 1
    await as_alice.put(f"{PATH}/{made['id']}", data={"expires_in": ""})
    assert len(await filtered(as_alice, post)) == 1
    await as_alice.delete(f"{PATH}/{made['id']}")
    assert await filtered(as_alice, post) == []


async def test_every_change_is_told(as_alice, server, alice, bob):
    post = await make_post(server, bob)
    with server.pubsub.subscribe("news") as told:
        made = await make(as_alice)
        one, word = f"{PATH}/{made['id']}", f"{PATH}/keywords/{made['keywords'][0]['id']}"
        await as_alice.put(one, data={"title": "x"})
        await as_alice.post(f"{one}/keywords", data={"keyword": "x"})
        await as_alice.put(word, data={"keyword": "y"})
        await as_alice.delete(word)
        line = await as_alice.post(f"{one}/statuses", data={"status_id": str(post.id)})
        await as_alice.delete(f"{PATH}/statuses/{line.json()['id']}")
        await as_alice.delete(one)

    assert told.qsize() == 8
    assert told.get_nowait()[1] == f'{{"kind":"filters","account_id":{alice.id}}}'
