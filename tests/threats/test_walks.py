"""Collections without end, threads without end, and crowds of hosts below a wildcard (T63, T67, T68, T69)."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from fedi.activitypub.vocabulary import ACTIVITY_JSON, AS2, PUBLIC
from fedi.federation.walks import MAX_PAGES_A_WALK
from tests.threats.evil import Evil, Target

pytestmark = pytest.mark.anyio

E1 = "e1.test"


def document(json: Any) -> Response:
    return JSONResponse(json, media_type=ACTIVITY_JSON)


def root_with_replies(evil: Evil, first: str) -> str:
    """Serve a note whose answers begin at a page of the test's; gives its id."""
    host = evil[E1]
    mallory = host.actor("mallory")
    note = host.note("root", mallory, published="2020-01-01T00:00:00Z")
    collection = f"{host.url}/replies"
    host.serve({**note, "replies": collection})
    host.serve({"@context": AS2, "id": collection, "type": "Collection", "first": first})
    return str(note["id"])


def endless(evil: Evil, path: str, next_of: Any, items_of: Any = lambda number: []) -> None:
    """Serve pages for ever: `next_of` and `items_of` give what stands on the page with a number."""

    async def page(request: Request) -> Response:
        number = int(request.query_params.get("n", "0"))
        uri = f"http://{E1}{path}?n={number}"
        return document(
            {"id": uri, "type": "CollectionPage", "next": next_of(number), "items": items_of(number)}
        )

    evil.handlers[E1, path] = page


async def found(s: Target, text: str) -> dict[str, Any]:
    """Have Alice look for an address or a handle, which the server fetches."""
    answer = await s.api("alice", "GET", "/api/v2/search", params={"q": text, "resolve": "true"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def viewed(s: Target, uri: str) -> list[str]:
    """Have Alice open a thread twice, the second time after the search; gives the answers' URIs."""
    id_ = (await found(s, uri))["statuses"][0]["id"]
    first = await s.api("alice", "GET", f"/api/v1/statuses/{id_}/context")
    assert "mastodon-async-refresh" in first.headers
    await s.applied(seconds=60)
    answer = await s.api("alice", "GET", f"/api/v1/statuses/{id_}/context")
    return [each["uri"] for each in answer.json()["descendants"]]


async def test_t67_pages_without_end_are_read_up_to_a_bound(s, evil):
    root = root_with_replies(evil, f"http://{E1}/more?n=0")
    endless(evil, "/more", lambda number: f"http://{E1}/more?n={number + 1}")

    await viewed(s, root)

    assert len([each for each in evil.gets(E1) if each.path == "/more"]) <= MAX_PAGES_A_WALK


async def test_t67_a_profile_of_endless_collections_costs_a_bounded_number_of_requests(s, evil):
    endless(evil, "/more", lambda number: f"http://{E1}/more?n={number + 1}")
    names = ("outbox", "featured", "followers", "following")
    collections = {name: f"http://{E1}/{name}" for name in names}
    evil[E1].actor("mallory", **collections)
    for uri in collections.values():
        first = f"http://{E1}/more?n={len(uri) * 1000}"
        evil[E1].serve({"id": uri, "type": "OrderedCollection", "totalItems": 10**18, "first": first})
    account = (await found(s, f"@mallory@{E1}"))["accounts"][0]
    before = len(evil.gets())

    await s.api("alice", "GET", f"/api/v1/accounts/{account['id']}")
    await s.applied()
    shown = (await s.api("alice", "GET", f"/api/v1/accounts/{account['id']}")).json()

    assert len(evil.gets()) - before <= 15
    assert (shown["followers_count"], shown["statuses_count"]) == (2**31 - 1, 2**31 - 1)


@pytest.mark.parametrize("next_of", [lambda number: number, lambda number: 1 - number])
async def test_t67_pages_that_lead_back_are_read_once(s, evil, next_of):
    root = root_with_replies(evil, f"http://{E1}/more?n=0")
    endless(evil, "/more", lambda number: f"http://{E1}/more?n={next_of(number)}")

    await viewed(s, root)

    assert len([each for each in evil.gets(E1) if each.path == "/more"]) <= 2


async def test_t67_a_page_on_another_server_is_not_read(s, evil):
    root = root_with_replies(evil, "http://e2.test/more")

    await viewed(s, root)

    assert not evil.gets("e2.test")


async def test_t67_a_page_of_thousands_costs_a_bounded_number_of_requests(s, evil):
    root = root_with_replies(evil, f"http://{E1}/more?n=0")
    endless(evil, "/more", lambda number: None, lambda number: [f"http://{E1}/n/{i}" for i in range(5000)])

    await viewed(s, root)

    assert len([each for each in evil.gets(E1) if each.path.startswith("/n/")]) == 200


async def test_t68_a_thread_ten_thousand_deep_is_climbed_a_little(s, evil):
    host = evil[E1]
    mallory = host.actor("mallory")

    def deep(number: int) -> dict[str, Any]:
        parent = f"{host.url}/notes/{number - 1}"
        return host.note(str(number), mallory, inReplyTo=parent, published="2020-01-01T00:00:00Z")

    for number in range(9900, 10_001):
        host.serve(deep(number))

    await found(s, f"{host.url}/notes/10000")

    assert len(evil.gets()) <= 50


async def test_t68_a_deep_thread_of_as_many_people_is_climbed_a_little(s, evil):
    def deep(number: int) -> None:
        host = evil[f"h{number}.test"]
        host.serve(host.note("x", host.actor("x"), inReplyTo=f"http://h{number - 1}.test/notes/x"))

    for number in range(60):
        deep(number)

    await found(s, "http://h59.test/notes/x")

    assert len(evil.gets()) <= 50


@pytest.mark.parametrize("length", [1, 3])
async def test_t68_a_circle_of_answers_is_stored_once_around(s, evil, length):
    host = evil[E1]
    mallory = host.actor("mallory")
    for number in range(length):
        parent = f"{host.url}/notes/{(number + 1) % length}"
        host.serve(host.note(str(number), mallory, inReplyTo=parent, published="2020-01-01T00:00:00Z"))

    await viewed(s, f"{host.url}/notes/0")

    assert len([each for each in evil.gets() if each.path.startswith("/notes/")]) <= length + 2
    stored = await s.rows("SELECT count(*) AS count FROM posts WHERE uri LIKE ?", f"{host.url}/%")
    assert stored == [{"count": length}]


async def test_t69_a_post_that_names_a_thousand_hosts_makes_us_ask_few(s, evil):
    host = evil[E1]
    mallory = host.actor("mallory")
    names = [f"http://u{number}.e.test/users/u" for number in range(1000)]
    for number in range(1000):
        evil[f"u{number}.e.test"].actor("u")
    tags = [{"type": "Mention", "href": name, "name": "@u"} for name in names]
    host.serve(host.note("crowd", mallory, tag=tags, to=[PUBLIC, *names]))

    await found(s, f"{host.url}/notes/crowd")

    assert len(evil.gets()) <= 20


async def test_t69_a_thread_of_a_thousand_new_hosts_of_one_domain_makes_us_ask_ten_of_them(s, evil):
    root = root_with_replies(evil, f"http://{E1}/more?n=0")
    names = [f"u{number}.e.test" for number in range(150)]
    for name in names:
        host = evil[name]
        host.serve(host.note("x", host.actor("x"), inReplyTo=root, published="2020-01-01T00:00:00Z"))
    endless(evil, "/more", lambda number: None, lambda number: [f"http://{name}/notes/x" for name in names])

    answers = await viewed(s, root)

    assert len({each.host for each in evil.gets() if each.host.endswith(".e.test")}) == 10
    assert len(answers) == 10


async def test_t69_new_hosts_of_one_domain_may_be_asked_again_later(s, evil):
    async def meet(number: int) -> bool:
        evil[f"u{number}.e.test"].actor("u")
        return bool((await found(s, f"@u@u{number}.e.test"))["accounts"])

    met = [await meet(number) for number in range(12)]
    known = await meet(0)
    s.clock.turn(minutes=6)

    assert met == [True] * 10 + [False] * 2
    assert known
    assert await meet(12)


@pytest.mark.parametrize("chain", [lambda number: number, lambda number: number + 1])
async def test_t63_redirects_end_after_three(s, evil, chain):
    async def redirect(request: Request) -> Response:
        return RedirectResponse(f"http://{E1}/go?n={chain(int(request.query_params.get('n', '0')))}", 302)

    evil.handlers[E1, "/go"] = redirect

    await found(s, f"http://{E1}/go?n=0")

    assert len(evil.gets(E1)) <= 4


async def test_t63_a_redirect_to_a_giant_address_is_refused(s, evil):
    async def redirect(request: Request) -> Response:
        return Response(status_code=302, headers={"Location": f"http://{E1}/{'x' * 7000}"})

    evil.handlers[E1, "/go"] = redirect

    await found(s, f"http://{E1}/go")

    assert len(evil.gets(E1)) == 1
