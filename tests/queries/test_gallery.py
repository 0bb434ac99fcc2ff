"""What hangs in the gallery, what never does, and that it is found without walking through everything."""

import pytest

from fedi.media.provenance import DigitalSource
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.queries import gallery
from fedi.queries.paging import Page
from fedi.server import Server
from tests.queries.conftest import Queries
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_mute,
    make_picture,
    make_post,
    make_prompt,
    make_tag,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def painter(server: Server) -> Account:
    """Somebody here who wants to be seen."""
    return await make_account(server, "painter", in_gallery=True)


async def shown(server: Server, viewer: Account | None = None, **which) -> list[int]:
    """The ids of the pictures that hang there."""
    return [each.media.id for each in await gallery.pictures(server, viewer, Page(50), **which)]


async def hang(server: Server, author: Account, visibility: str = "public", **columns) -> MediaAttachment:
    """Post a labelled picture."""
    return await make_picture(server, await make_post(server, author, visibility=visibility, **columns))


async def test_pictures_of_both_labels_hang_in_one_order_the_newest_first(server, painter):
    post = await make_post(server, painter)
    kinds = [DigitalSource.TRAINED, DigitalSource.COMPOSITE_WITH_TRAINED] * 2
    made = [(await make_picture(server, post, source=kind)).id for kind in kinds]

    assert await shown(server) == made[::-1]


async def test_what_no_model_made_does_not_hang_there(server, painter):
    post = await make_post(server, painter)
    for source in (None, DigitalSource.DIGITAL_ART, DigitalSource.DIGITAL_CAPTURE):
        await make_picture(server, post, source=source)

    assert await shown(server) == []


@pytest.mark.parametrize("visibility", ["unlisted", "followers", "mutuals", "direct"])
async def test_only_public_posts_hang_there_even_for_their_author(server, painter, visibility):
    await hang(server, painter, visibility)

    assert await shown(server, painter) == []


async def test_a_local_only_post_hangs_there_for_people_of_this_server_alone(server, painter):
    picture = await hang(server, painter, local_only=True)

    assert await shown(server, painter) == [picture.id]
    assert await shown(server) == []


@pytest.mark.parametrize(
    "columns",
    [{"in_gallery": False}, {"suspended_at": "now"}, {"gone_at": "now"}, {"silenced_at": "now"}],
    ids=lambda columns: next(iter(columns)),
)
async def test_who_did_not_opt_in_or_is_not_present_is_left_out(server, columns):
    now = server.clock.now()
    columns = {
        "in_gallery": True,
        **{name: now if value == "now" else value for name, value in columns.items()},
    }
    await hang(server, await make_account(server, "shy", **columns))

    assert await shown(server) == []


async def test_nobody_of_another_server_hangs_there(server):
    far = await make_account(server, "far", domain="b.example", in_gallery=True)
    picture = await hang(server, far)

    assert (await shown(server), picture.source_type) == ([], DigitalSource.TRAINED.iri)


async def test_boosts_and_pictures_without_a_post_do_not_hang_there(server, painter):
    picture = await hang(server, painter)
    boost = await make_boost(server, painter, await Post.get(id=picture.post_id))
    await make_picture(server, boost)
    await MediaAttachment.filter(id=(await hang(server, painter)).id).update(post_id=None)

    assert await shown(server) == [picture.id]


async def test_whom_the_viewer_hides_or_who_blocks_them_is_left_out(server, painter):
    await hang(server, painter)
    viewers = [await make_account(server, name) for name in ("muting", "blocking", "blocked", "other")]
    await make_mute(server, viewers[0], painter)
    await make_block(server, viewers[1], painter)
    await make_block(server, painter, viewers[2])

    assert [len(await shown(server, viewer)) for viewer in viewers] == [0, 0, 0, 1]


async def test_of_one_member_only_their_own(server, painter):
    other = await make_account(server, "other", in_gallery=True)
    mine, _ = await hang(server, painter), await hang(server, other)

    assert await shown(server, by=painter) == [mine.id]
    assert await gallery.has_any(server, None, painter)
    assert not await gallery.has_any(server, None, await make_account(server, "bare", in_gallery=True))


async def test_a_prompts_answers_carry_its_tag_and_were_posted_while_it_ran(server, clock, painter):
    async def answer(tag: str) -> int:
        post = await make_post(server, painter)
        await make_tag(server, post, tag)
        return (await make_picture(server, post)).id

    await answer("foxes")
    clock.turn(minutes=1)
    prompt = await make_prompt(server, "Foxes", "Foxes")
    clock.turn(minutes=1)
    wanted = await answer("FOXES")
    await answer("teapots")
    clock.turn(days=8)
    await answer("foxes")

    assert await shown(server, prompt=prompt) == [wanted]
    assert await shown(server, prompt=await make_prompt(server, "Nothing", "neverused")) == []


@pytest.mark.parametrize(
    "page", [Page(20), Page(20, max_id=5), Page(20, min_id=5)], ids=["top", "down", "up"]
)
async def test_the_gallery_is_read_in_the_order_of_its_index(server: Server, queries: Queries, page, painter):
    with queries.counted() as seen:
        for viewer in (None, painter):
            await gallery.pictures(server, viewer, page)
            await gallery.pictures(server, viewer, page, by=painter)

    for sql in seen:
        plan = await server.db.rows(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?"))
        outer = {0, *(step["id"] for step in plan if step["detail"].startswith(("MERGE", "LEFT", "RIGHT")))}
        sorts = [step for step in plan if step["parent"] in outer and "FOR ORDER BY" in step["detail"]]
        walks = [step for step in plan if step["detail"].startswith(("SCAN m", "SCAN p", "SCAN a"))]
        assert (sorts, walks) == ([], []), sql


async def test_a_page_costs_the_same_however_many_pictures_hang_there(server, queries, painter):
    await hang(server, painter)
    with queries.counted() as one:
        await gallery.pictures(server, None, Page(20))
    for _ in range(8):
        await hang(server, painter)
    with queries.counted() as many:
        await gallery.pictures(server, None, Page(20))

    assert len(many) == len(one)
