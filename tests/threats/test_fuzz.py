"""T82: whatever shape a document has, it is no error of ours, and it takes no long time.

What reads documents is fuzzed on its own in tests/activitypub/test_properties.py; here they come from a peer,
signed by whom they claim to be of, and are applied, stored and shown.
"""

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from fedi.activitypub.vocabulary import ACTIVITY_JSON, AS2, PUBLIC
from tests.activitypub.strategies import activities, actors, hostile, hostile_values, notes, pages
from tests.support.peer import signed
from tests.threats.evil import Evil, S, Target, activity
from tests.threats.test_authenticity import followed

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
E1 = "http://e1.test"

# The same examples each time: what fails here fails everywhere.
steady = settings(
    max_examples=4,
    derandomize=True,
    database=None,
    deadline=None,
    # An example costs a server's work: a failure is told as it was found.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
        HealthCheck.filter_too_much,
    ],
)

WRONG: tuple[Any, ...] = (None, 5, {"id": 5, "type": ["Note"]}, "x", [[], None, -1.5], True, [{"url": {}}])
FEW = WRONG[:5]


async def is_well(s: Target) -> bool:
    """No job crashed, and what was stored can be shown."""
    crashed = await s.rows("SELECT error FROM jobs WHERE error LIKE '%Traceback%'")
    assert crashed == [], crashed[0]["error"]
    for path in ("timelines/home?limit=40", "timelines/public?limit=40", "notifications?limit=40"):
        answer = await s.api("alice", "GET", f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text
    return True


async def crowd(s: Target, evil: Evil) -> list[str]:
    """Have eight followers: what one of them says of one thing is applied in turn, which takes its time."""
    people = [evil["e1.test"].actor(f"u{number}") for number in range(8)]
    await deliver_all(s, [activity("Follow", each, s.uri("alice")) for each in people])
    return people


async def deliver_all(s: Target, documents: Iterable[Json]) -> None:
    """Deliver documents, which may be taken or refused; then wait until all that were taken are applied."""
    async with httpx.AsyncClient(timeout=30) as client:
        for document in documents:
            begun, body = time.process_time(), dumped(document)
            lines = signed(
                f"http://{S}/ap/inbox",
                body,
                key_id=f"{document['actor']}#main-key",
                now=s.clock.now(),
                host=S,
            )
            answer = await client.post(f"{s.url}/ap/inbox", content=body, headers=lines)
            assert answer.status_code in {202, 400, 401, 403, 413}, (answer.status_code, document)
            assert time.process_time() - begun < 1.0, document
    await s.applied(seconds=30)


def dumped(document: Json) -> bytes:
    """Write JSON as it may come, lone surrogates and NaN included; it names no host but the peer's."""
    return at_peer(json.dumps(document)).encode()


def at_peer(text: str) -> str:
    """Have the peer be all hosts that the strategies name: what is asked of them is answered at once."""
    for number, host in enumerate(("a.example", "b.example:8443", "xn--bcher-kva.example"), start=1):
        text = text.replace(f"https://{host}", f"http://e{number}.test")
    return text


def with_wrong(document: Json, names: Iterable[str], wrongs: tuple[Any, ...] = WRONG) -> Iterator[Json]:
    """Give a document with each property once left out, and once of each wrong type."""
    for name in names:
        yield {key: value for key, value in document.items() if key != name}
        for wrong in wrongs:
            yield document | {name: wrong}


NOTE_PROPERTIES = (
    *("id", "type", "attributedTo", "to", "cc", "content", "contentMap", "summary", "name", "published"),
    *("updated", "url", "tag", "attachment", "inReplyTo", "replies", "likes", "shares", "context", "source"),
    *("sensitive", "oneOf", "anyOf", "endTime", "closed", "votersCount", "quote", "quoteAuthorization"),
    *("interactionPolicy", "icon"),
)


POLL_PROPERTIES = ("type", "name", "oneOf", "anyOf", "endTime", "closed", "votersCount")


@pytest.mark.parametrize(
    ("kind", "properties"), [("Note", NOTE_PROPERTIES), ("Question", POLL_PROPERTIES)], ids=["note", "poll"]
)
async def test_t82_no_property_of_a_post_has_a_type_that_breaks_us(
    s: Target, evil: Evil, kind: str, properties: tuple[str, ...]
):
    bob = await followed(s, evil)
    note = evil["e1.test"].note("0", bob, tag=[{"type": "Mention", "href": s.uri("alice")}])
    if kind == "Question":
        note |= {"type": kind, "oneOf": [{"type": "Note", "name": each} for each in "ab"]}

    def creates() -> Iterator[Json]:
        for number, wrong in enumerate(with_wrong(note, properties)):
            id_ = wrong.get("id")
            numbered = wrong | ({"id": f"{E1}/notes/{number}"} if id_ == note["id"] else {})
            yield activity("Create", bob, numbered, id_=f"{E1}/c/{number}", to=[PUBLIC])

    await deliver_all(s, creates())

    assert await is_well(s)
    (stored,) = await s.rows("SELECT count(*) AS count FROM posts")
    assert stored["count"] > 3 * len(properties)


ACTIVITIES = (
    *("Follow", "Accept", "Reject", "Undo", "Like", "EmojiReact", "Announce", "Delete", "Update", "Add"),
    *("Remove", "Move", "Flag", "Block", "QuoteRequest", "Create", "Listen"),
)


async def test_t82_no_property_of_an_activity_has_a_type_that_breaks_us(s: Target, evil: Evil):
    people = await crowd(s, evil)
    ours = (await s.api("alice", "POST", "/api/v1/statuses", data={"status": "hi"})).json()

    def sent() -> Iterator[Json]:
        number = 0
        for kind in ACTIVITIES:
            whole = activity(kind, "", ours["uri"], target=ours["uri"], content="x", to=[PUBLIC])
            for wrong in with_wrong(whole, ("object", "target", "content"), FEW[1:]):
                number += 1
                actor = people[number % len(people)]
                yield wrong | {"id": f"{actor}#{number}", "actor": actor}

    await deliver_all(s, sent())

    assert await is_well(s)


ACTOR_PROPERTIES = (
    *("type", "preferredUsername", "inbox", "outbox", "followers", "following", "featured", "endpoints"),
    *("publicKey", "assertionMethod", "name", "summary", "icon", "image", "attachment", "tag", "url"),
    *("published", "alsoKnownAs", "movedTo", "manuallyApprovesFollowers", "discoverable", "webfinger"),
)


async def test_t82_no_property_of_a_profile_has_a_type_that_breaks_us(s: Target, evil: Evil):
    people = await crowd(s, evil)

    def changed() -> Iterator[Json]:
        for number, name in enumerate(ACTOR_PROPERTIES):
            actor = people[number % len(people)]
            document: Any = evil["e1.test"].documents[actor.removeprefix(E1)]
            for place, wrong in enumerate(with_wrong(document, [name], FEW)):
                yield activity("Update", actor, wrong, id_=f"{actor}#{name}-{place}", to=[PUBLIC])

    await deliver_all(s, changed())

    assert await is_well(s)
    for number in range(len(people)):
        shown = await s.api("alice", "GET", f"/api/v1/accounts/lookup?acct=u{number}@e1.test")
        assert shown.status_code == 200


def of(author: str, document: Json, number: str) -> Json:
    """Make any document one that its author may send: of the right origin, with an id of its own."""
    return document | {"id": f"{author}#{number}", "actor": author}


@steady
@given(documents=st.lists(hostile | activities.map(lambda each: each.to_json()), min_size=10, max_size=10))
async def test_t82_any_json_to_the_inbox_is_taken_or_refused(s: Target, evil: Evil, documents: list[Json]):
    if "/users/bob" not in evil["e1.test"].documents:
        await followed(s, evil)
    bob = f"{E1}/users/bob"
    begun = s.clock.now().timestamp()

    await deliver_all(
        s, (of(bob, document, f"{begun}-{number}") for number, document in enumerate(documents))
    )

    assert await is_well(s)


@steady
@given(values=st.lists(hostile_values, min_size=8, max_size=8))
async def test_t82_any_json_where_an_object_stands_is_taken_or_refused(
    s: Target, evil: Evil, values: list[Any]
):
    if "/users/bob" not in evil["e1.test"].documents:
        await followed(s, evil)
    bob = f"{E1}/users/bob"
    begun = s.clock.now().timestamp()
    kinds = ("Create", "Update", "Undo", "Accept", "Announce", "Flag", "QuoteRequest", "Delete")

    await deliver_all(
        s,
        (
            activity(kind, bob, value, id_=f"{bob}#{begun}-{kind}", to=[PUBLIC])
            for kind, value in zip(kinds, values, strict=True)
        ),
    )

    assert await is_well(s)


@settings(steady, max_examples=40)
@given(
    resource=st.text(max_size=60)
    | st.sampled_from(["acct:alice@s.test", "acct:", "@", "acct:@", "http://s.test/@alice", "http://[::1"])
    | st.builds("acct:{}@{}".format, st.text(max_size=10), st.text(max_size=10))
    | st.builds("http://s.test/{}".format, st.text(max_size=20))
    | st.integers(1, 5000).map(lambda length: f"acct:{'a' * length}@s.test")
)
async def test_t82_webfinger_answers_any_question(s: Target, resource: str):
    encoded = resource.encode("utf-8", "surrogatepass")
    answer = await s.send("GET", "/.well-known/webfinger", params={"resource": encoded})

    assert answer.status_code in {200, 400, 404}


async def ask(s: Target, url: str) -> None:
    """Have Alice look for an address, which the server asks."""
    begun = time.process_time()
    answer = await s.api("alice", "GET", "/api/v2/search", params={"q": url, "resolve": "true"})
    assert answer.status_code == 200, answer.text
    assert time.process_time() - begun < 2.0
    s.clock.turn(minutes=1)


def served(evil: Evil, path: str, document: Any) -> str:
    """Serve any JSON at a path of e1.test."""
    evil["e1.test"].documents[path] = JSONResponse(document, media_type=ACTIVITY_JSON)
    return f"{E1}{path}"


fetched = st.one_of(
    hostile,
    actors().map(lambda each: each.to_json()),
    notes.map(lambda each: each.to_json()),
    pages.map(lambda each: each.to_json()),
)


@settings(steady, max_examples=8)
@given(document=fetched, is_own=st.booleans())
async def test_t82_any_document_that_we_fetch_is_read_or_refused(
    s: Target, evil: Evil, document: Json, is_own: bool
):
    document = json.loads(at_peer(json.dumps(document)).replace("Infinity", "1").replace("NaN", "1"))
    path = f"/x/{abs(hash(json.dumps(document, sort_keys=True)))}"
    if is_own:
        document |= {"id": f"{E1}{path}"}
    bob = evil["e1.test"].actor("bob")

    await ask(s, served(evil, path, document))
    if is_own:
        await ask(s, served(evil, path, document | {"type": "Note", "attributedTo": bob}))
        person = {"type": "Person", "preferredUsername": "x", "inbox": f"{E1}{path}/inbox"}
        evil["e1.test"].handles["x"] = f"{E1}{path}"
        await ask(s, served(evil, path, document | person))
    await s.applied(seconds=30)

    assert await is_well(s)


@steady
@given(values=st.lists(hostile_values, min_size=6, max_size=6))
async def test_t82_any_collection_poll_or_quote_that_we_fetch_is_read_or_refused(
    s: Target, evil: Evil, values: list[Any]
):
    values = json.loads(at_peer(json.dumps(values)).replace("Infinity", "1").replace("NaN", "1"))
    number = abs(hash(json.dumps(values)))
    collections = {
        name: served(evil, f"/{name}/{number}", {"@context": AS2, "type": "Collection", "items": value})
        for name, value in zip(("replies", "likes", "outbox", "featured"), values[:4], strict=True)
    }
    host = evil["e1.test"]
    mallory = host.actor(
        f"m{number}"[:20],
        outbox=collections["outbox"],
        featured=collections["featured"],
    )
    quoted = served(evil, f"/quoted/{number}", values[4])
    stamp = served(evil, f"/stamp/{number}", {"type": "QuoteAuthorization", "interactionTarget": values[5]})
    note = host.note(f"n{number}", mallory, published="2026-01-01T00:00:00Z")
    note |= {"replies": collections["replies"], "likes": collections["likes"]}
    note |= {"quote": quoted, "quoteAuthorization": stamp, "type": "Question", "oneOf": values[5]}

    await ask(s, host.serve(note)["id"])
    await ask(s, mallory)
    found = await s.rows("SELECT id FROM posts WHERE uri = ?", note["id"])
    for row in found:
        context = await s.api("alice", "GET", f"/api/v1/statuses/{row['id']}/context")
        assert context.status_code == 200
    await s.applied(seconds=30)

    assert await is_well(s)
