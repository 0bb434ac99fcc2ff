"""What a post is made of, as edits change it: names spoken again, files that keep their rows."""

from datetime import timedelta

import pytest

from fedi.actions import contents, edits, posts
from fedi.actions.posts import Draft
from fedi.activitypub.reader import write_moment
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Mention, Tag
from fedi.server import Server
from tests.support.outgoing import told
from tests.support.received import received_post

pytestmark = pytest.mark.anyio


async def test_who_is_named_again_after_an_edit_had_left_them_out_is_told_once(
    server: Server, ann: Account, ben: Account
):
    post = await posts.create(server, ann, Draft(text="@ben"), mentions={"ben": ben})

    await edits.edit(server, post, Draft(text="nobody"), mentions={})
    assert (await Mention.get()).silent
    await edits.edit(server, post, Draft(text="@ben again"), mentions={"ben": ben})

    assert not (await Mention.get()).silent
    assert await told(ben) == [("mention", ann.id, post.id)]


async def test_a_remote_file_keeps_its_row_when_its_alt_text_changes(server: Server, rita: Account):
    now = server.clock.now()
    times = {"published": write_moment(now - timedelta(hours=1))}
    files = [{"type": "Image", "url": f"https://b.example/{name}.png"} for name in ("1", "2")]
    post = await posts.receive(
        server, rita, received_post(server, rita, attachment=files, **times), mentions=[], parent=None
    )
    before = {row.remote_url: row.id for row in await MediaAttachment.all()}

    described = [{**files[1], "name": "A fox"}]
    newer = received_post(server, rita, attachment=described, updated=write_moment(now), **times)
    await edits.receive(server, post, newer, mentions=[])

    (row,) = await MediaAttachment.all()
    assert (row.id, row.description, row.position) == (before["https://b.example/2.png"], "A fox", 0)


async def test_one_hashtag_in_many_spellings_is_one_tag_shown_as_first_written(server: Server, ann: Account):
    await posts.create(server, ann, Draft(text="#Foxes #foxes #FOXES"), mentions={})
    await posts.create(server, ann, Draft(text="#fOXES"), mentions={})

    tag = await Tag.get()
    assert (tag.name, tag.display) == ("foxes", "Foxes")


async def test_at_most_a_hundred_are_named_by_a_peer(server: Server, rita: Account):
    people = [Account(id=100 + n, uri=server.uris.actor(100 + n), username=f"p{n}") for n in range(120)]
    tags = [{"type": "Mention", "href": person.uri} for person in people]
    remote = received_post(server, rita, tag=tags, cc=[person.uri for person in people])

    named = contents.named_in(remote, people)

    assert len(named) == contents.MAX_MENTIONS
