"""Posts in every shape they may come in: what is stored, what is not, and that nothing breaks.

One property at a time is left out, null or in a list, in the activity and in what it holds; as receivers
elsewhere are tried, too. The answer of the inbox stands in each table.
"""

from collections.abc import Iterator

import pytest

from fedi.activitypub.vocabulary import AS2, PUBLIC
from fedi.models.jobs import Job
from fedi.models.polls import Poll
from fedi.models.posts import Mention, Post
from tests.support.peer import Json, Peer, activity

pytestmark = pytest.mark.anyio

SECURITY = "https://w3id.org/security/data-integrity/v2"
HASHTAG = {"Hashtag": "as:Hashtag"}
Shape = tuple[str, Json]


@pytest.fixture
async def bob(home, peer) -> str:
    """Somebody whom Alice follows."""
    uri = peer.actor("bob")
    await home.follow(uri)
    return uri


async def stored(home, bob: str, shapes: Iterator[Shape]) -> dict[str, tuple[int, bool]]:
    """Deliver each shape: what the inbox answered, and whether the post is here then."""
    answers, ids = {}, {}
    for name, document in shapes:
        answers[name] = (await home.deliver(document, signer=bob)).status_code
        ids[name] = noted(document)["id"]
    await home.house.drain()
    assert not await Job.filter(state="buried").exists()
    here = set(await Post.filter(uri__in=list(ids.values())).values_list("uri", flat=True))
    return {name: (answers[name], ids[name] in here) for name in answers}


def noted(create: Json) -> Json:
    held = create["object"]
    return held[0] if isinstance(held, list) else held


def note(peer: Peer, bob: str, alice: str, name: str, **more: object) -> Json:
    tag = [{"type": "Mention", "href": alice}]
    return peer.note(name.replace(" ", "-"), bob, "text", to=[PUBLIC, alice], cc=[], tag=tag, **more)


def event(peer: Peer, bob: str, alice: str, name: str, **more: object) -> Json:
    return note(peer, bob, alice, name) | {
        "type": "Event",
        "name": "my event",
        "startTime": "2026-12-01T18:00:00Z",
        "endTime": "2026-12-01T20:00:00Z",
        "location": {"type": "VirtualLocation", "url": "http://localhost"},
        **more,
    }


def question(peer: Peer, bob: str, alice: str, name: str, *, options: int = 2, **more: object) -> Json:
    answers = [{"type": "Note", "name": f"Answer {number}"} for number in range(options)]
    return note(peer, bob, alice, name) | {
        "type": "Question",
        "endTime": "2099-12-01T20:00:00Z",
        "updated": "2026-11-22T10:00:00.123456Z",
        "oneOf": [each | {"replies": {"type": "Collection", "totalItems": 0}} for each in answers],
        **more,
    }


def create(of: Json, **more: object) -> Json:
    held = {"to": of["to"], "cc": of["cc"], "published": of.get("published")}
    made = activity("Create", of["attributedTo"], of, id_=f"{of['id']}/activity", **held)
    return made | more


def without(document: Json, name: str) -> Json:
    return {key: value for key, value in document.items() if key != name}


async def test_a_create_may_lack_what_does_not_say_who_does_what(home, peer, bob):
    def shapes() -> Iterator[Shape]:
        for key in ("@context", "id", "published", "to", "cc", "actor", "type"):
            plain = create(note(peer, bob, home.alice.uri, f"no {key}".replace("@", "")))
            yield f"no {key}", without(plain, key)
            plain = create(note(peer, bob, home.alice.uri, f"null {key}".replace("@", "")))
            yield f"null {key}", plain | {key: None}

    found = await stored(home, bob, shapes())

    refused = {name for name, outcome in found.items() if outcome == (400, False)}
    assert refused == {"no actor", "null actor", "no type", "null type"}
    assert {outcome for name, outcome in found.items() if name not in refused} == {(202, True)}


async def test_a_create_may_have_lists_of_one_and_the_actor_inside(home, peer, bob):
    def shapes() -> Iterator[Shape]:
        for key in ("actor", "published", "object", "type"):
            plain = create(note(peer, bob, home.alice.uri, f"list {key}"))
            yield key, plain | {key: [plain[key]]}
        yield (
            "inside",
            create(note(peer, bob, home.alice.uri, "inside")) | {"actor": peer.documents["/users/bob"]},
        )

    assert set((await stored(home, bob, shapes())).values()) == {(202, True)}


async def test_a_create_may_have_any_context_around_that_of_activitystreams(home, peer, bob):
    contexts = ([AS2], AS2, [AS2, HASHTAG], [HASHTAG, AS2], [AS2, SECURITY], [SECURITY, AS2])

    def shapes() -> Iterator[Shape]:
        for number, context in enumerate(contexts):
            yield str(number), create(note(peer, bob, home.alice.uri, str(number)), **{"@context": context})

    assert set((await stored(home, bob, shapes())).values()) == {(202, True)}


async def test_addresses_may_be_one_many_null_or_missing(home, peer, bob):
    alice = home.alice.uri

    def shapes() -> Iterator[Shape]:
        for main, other in (("to", "cc"), ("cc", "to")):
            both = [alice, PUBLIC]
            wholes = [{main: both}, {main: both, other: None}, {main: both, other: []}]
            halves = [{main: one, other: two} for one in (alice, [alice]) for two in (PUBLIC, [PUBLIC])]
            for number, addresses in enumerate(wholes + halves):
                of = note(peer, bob, alice, f"{main}{number}")
                bare = without(without(of, "to"), "cc")
                made = activity("Create", bob, bare | addresses, id_=f"{of['id']}/c", **addresses)
                yield f"{main}{number}", made

    found = await stored(home, bob, shapes())

    assert set(found.values()) == {(202, True)}
    by_uri = dict(await Post.all().values_list("uri", "visibility"))
    told = {uri.rpartition("/")[2]: visibility for uri, visibility in by_uri.items()}
    assert {name for name, visibility in told.items() if visibility == "unlisted"} == {
        *("cc0", "cc1", "cc2"),
        *("to3", "to4", "to5", "to6"),
    }
    assert set(told.values()) == {"public", "unlisted"}
    assert await Mention.filter(account_id=home.alice.id).count() == len(found)


async def test_a_note_may_lack_all_but_its_id_and_type(home, peer, bob):
    def shapes() -> Iterator[Shape]:
        for key in ("attributedTo", "cc", "to", "published", "content", "tag", "type"):
            of = note(peer, bob, home.alice.uri, f"no {key}")
            yield key, create(of, object=without(of, key))

    found = await stored(home, bob, shapes())

    assert {name for name, (_, is_here) in found.items() if not is_here} == {"type"}
    assert {status for status, _ in found.values()} == {202}


async def test_an_event_may_lack_all_but_its_id_and_type(home, peer, bob):
    def shapes() -> Iterator[Shape]:
        for key in ("attributedTo", "cc", "published", "content", "endTime", "location", "name", "startTime"):
            of = event(peer, bob, home.alice.uri, f"event no {key}")
            yield key, create(of, object=without(of, key))
        yield (
            "hashtag",
            create(event(peer, bob, home.alice.uri, "hashtag", tag=[{"type": "Hashtag", "name": "#tag"}])),
        )
        named = [{"type": "Mention", "name": "@someone", "href": f"{peer.url}/someone"}]
        yield "mention", create(event(peer, bob, home.alice.uri, "mention", tag=named))

    assert set((await stored(home, bob, shapes())).values()) == {(202, True)}


async def test_a_question_may_lack_all_but_its_id_and_type(home, peer, bob):
    def shapes() -> Iterator[Shape]:
        for key in ("attributedTo", "cc", "published", "content", "endTime", "updated", "oneOf"):
            of = question(peer, bob, home.alice.uri, f"question no {key}")
            yield key, create(of, object=without(of, key))

    found = await stored(home, bob, shapes())

    assert set(found.values()) == {(202, True)}
    assert await Poll.all().count() == len(found) - 1


async def test_a_question_may_have_from_one_to_a_hundred_options(home, peer, bob):
    numbers = (1, 2, 3, 4, 5, 7, 10, 25, 100)

    def shapes() -> Iterator[Shape]:
        for number in numbers:
            yield str(number), create(question(peer, bob, home.alice.uri, f"q{number}", options=number))
        several = question(peer, bob, home.alice.uri, "several")
        yield "several", create(without(several, "oneOf") | {"anyOf": several["oneOf"]})

    found = await stored(home, bob, shapes())

    assert set(found.values()) == {(202, True)}
    rows = await Poll.all()
    assert sorted(len(row.options) for row in rows) == sorted((*numbers, 2))
    assert [row.multiple for row in rows].count(True) == 1


async def test_an_announced_create_brings_its_note(home, peer, bob):
    of = peer.serve(note(peer, bob, home.alice.uri, "announced"))
    announce = activity("Announce", bob, create(of), to=[PUBLIC])

    await home.take(announce, signer=bob)

    assert await Post.exists(boost_of__uri=of["id"])
