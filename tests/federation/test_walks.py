"""Collections of other servers, in all the shapes they come in, read within a budget."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fedi.activitypub.vocabulary import ACTIVITY_JSON, Uri
from fedi.federation.newcomers import registrable
from fedi.federation.walks import MAX_ITEMS_A_PAGE, Budget, collection_at, member_ids
from tests.support.listening import listening_socket, served

pytestmark = pytest.mark.anyio

Answer = Callable[[Request], Awaitable[Response]]


async def ids(home, peer, *, most: int = 1000, pages: int = 50) -> tuple[list[str], dict[str, int]]:
    """Read the collection that the peer serves; gives the members' names and why it ended early."""
    budget = Budget.of(pages=pages)
    found = await member_ids(home.server, Uri(f"{peer.url}/list"), budget, most=most)
    return [uri.removeprefix(f"{peer.url}/") for uri in found], budget.stopped


def serve(peer, path: str = "/list", kind: str = "Collection", **more: object) -> None:
    peer.serve({"id": f"{peer.url}{path}", "type": kind, **more})


@pytest.mark.parametrize("name", ["items", "orderedItems"])
@pytest.mark.parametrize("kind", ["Collection", "OrderedCollection"])
async def test_members_stand_in_the_collection_by_either_name(home, peer, kind, name):
    serve(peer, kind=kind, **{name: [f"{peer.url}/1", {"id": f"{peer.url}/2"}, 3, None, "no address"]})

    assert await ids(home, peer) == (["1", "2"], {})


async def test_a_single_member_need_not_be_in_a_list(home, peer):
    serve(peer, items=f"{peer.url}/1")

    assert await ids(home, peer) == (["1"], {})


async def test_pages_are_followed_from_an_inline_first_one(home, peer):
    first = {"type": "CollectionPage", "items": [f"{peer.url}/1"], "next": f"{peer.url}/second"}
    serve(peer, first=first)
    serve(peer, "/second", "CollectionPage", items=[f"{peer.url}/2"], next=f"{peer.url}/third")
    serve(peer, "/third", "OrderedCollectionPage", orderedItems=[f"{peer.url}/3", f"{peer.url}/1"])

    assert await ids(home, peer) == (["1", "2", "3"], {})


async def test_of_one_page_a_bounded_number_is_taken(home, peer):
    serve(peer, items=[f"{peer.url}/{number}" for number in range(MAX_ITEMS_A_PAGE + 50)])

    assert len((await ids(home, peer))[0]) == MAX_ITEMS_A_PAGE


async def test_only_so_many_members_are_asked_for_as_are_wanted(home, peer):
    serve(peer, items=[f"{peer.url}/{number}" for number in range(9)], first=f"{peer.url}/page")

    assert await ids(home, peer, most=3) == (["0", "1", "2"], {})
    assert peer.asked["/page"] == 0


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (Response(status_code=404), "NotFound"),
        (Response("{}", media_type="text/html"), "Malformed"),
        (Response("[]", media_type=ACTIVITY_JSON), "Malformed"),
        (JSONResponse({"type": "Note"}, media_type=ACTIVITY_JSON), "Malformed"),
    ],
)
async def test_what_is_no_collection_ends_the_walk(home, peer, document, reason):
    peer.documents["/list"] = document

    assert await ids(home, peer) == ([], {reason: 1})


async def test_a_redirect_to_another_server_is_not_believed(home, peer, other):
    serve(other, items=[f"{other.url}/1"])
    peer.documents["/list"] = Response(status_code=302, headers={"Location": f"{other.url}/list"})

    assert await ids(home, peer) == ([], {"WrongOrigin": 1})


async def test_a_spent_budget_ends_the_walk(home, peer):
    serve(peer, first=f"{peer.url}/page")

    assert await ids(home, peer, pages=1) == ([], {"pages": 1})


async def test_a_walk_ends_when_its_time_is_up(home, slow):
    budget = Budget.of(pages=50, seconds=0.1)

    assert await collection_at(home.server, Uri(f"{slow.url}/list"), budget) is None
    assert budget.stopped == {"seconds": 1}


async def test_one_host_is_asked_two_things_at_once(home, slow):
    uris = [Uri(f"{slow.url}/list?n={number}") for number in range(6)]

    await asyncio.gather(*(collection_at(home.server, uri, Budget.of(pages=1)) for uri in uris))

    assert (slow.asked, slow.most_at_once) == (6, 2)


class Slow:
    """A server that takes a fifth of a second for everything, and counts."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked = self.at_once = self.most_at_once = 0

    async def answer(self, request: Request) -> Response:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.2)
        self.at_once -= 1
        return JSONResponse({"id": str(request.url), "type": "Collection"}, media_type=ACTIVITY_JSON)


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    listener = listening_socket()
    server = Slow(listener.getsockname()[1])
    async with served(Starlette(routes=[Route("/list", server.answer)]), listener):
        yield server


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.com", "example.com"),
        ("example.com", "example.com"),
        ("u1.example.co.uk", "example.co.uk"),
        ("example.com.au:8080", "example.com.au"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("[::1]:80", "[::1]:80"),
        ("localhost", "localhost"),
    ],
)
def test_the_part_of_a_name_that_was_paid_for(host, domain):
    assert registrable(host) == domain
