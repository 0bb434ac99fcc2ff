"""Pages of posts, as Mastodon cuts them."""

import pytest

from fedi.models.accounts import Account
from fedi.queries import timelines
from fedi.queries.paging import Page
from fedi.server import Server
from tests.support.factories import make_account, make_post

pytestmark = pytest.mark.anyio


async def page_of(server: Server, author: Account, page: Page) -> list[str]:
    return [each.post.text for each in await timelines.of_account(server, author, None, page)]


@pytest.fixture
async def author(server: Server) -> Account:
    return await make_account(server, "alice")


@pytest.fixture
async def ids(server: Server, author: Account) -> list[int]:
    return [(await make_post(server, author, str(number))).id for number in range(10)]


async def test_a_page_is_the_newest_and_newest_first(server: Server, author: Account, ids: list[int]) -> None:
    assert await page_of(server, author, Page(3)) == ["9", "8", "7"]


async def test_max_id_goes_on_strictly_below(server: Server, author: Account, ids: list[int]) -> None:
    assert await page_of(server, author, Page(3, max_id=ids[7])) == ["6", "5", "4"]


async def test_since_id_gives_the_newest_above(server: Server, author: Account, ids: list[int]) -> None:
    assert await page_of(server, author, Page(3, since_id=ids[2])) == ["9", "8", "7"]


async def test_min_id_gives_those_right_above_newest_first(
    server: Server, author: Account, ids: list[int]
) -> None:
    assert await page_of(server, author, Page(3, min_id=ids[2])) == ["5", "4", "3"]


async def test_min_id_wins_over_since_id(server: Server, author: Account, ids: list[int]) -> None:
    assert await page_of(server, author, Page(3, since_id=ids[6], min_id=ids[2])) == ["5", "4", "3"]


async def test_bounds_from_both_sides(server: Server, author: Account, ids: list[int]) -> None:
    assert await page_of(server, author, Page(40, max_id=ids[5], since_id=ids[2])) == ["4", "3"]
    assert await page_of(server, author, Page(1, max_id=ids[5], min_id=ids[2])) == ["3"]


async def test_pages_upwards_and_downwards_cover_everything_once(
    server: Server, author: Account, ids: list[int]
) -> None:
    down: list[int] = []
    while page := await timelines.of_account(
        server, author, None, Page(3, max_id=down[-1] if down else None)
    ):
        down += [each.post.id for each in page]
    up: list[int] = []
    while page := await timelines.of_account(server, author, None, Page(3, min_id=up[-1] if up else 0)):
        up += [each.post.id for each in reversed(page)]

    assert up == ids
    assert down == ids[::-1]
