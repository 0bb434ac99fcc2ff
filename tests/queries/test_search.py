"""What people find by typing."""

import time
from datetime import UTC, datetime

import pytest

from fedi.actions import searchable
from fedi.models.accounts import Account
from fedi.models.cards import PreviewCard
from fedi.models.media import MediaAttachment
from fedi.models.moderation import DomainRule
from fedi.models.polls import Poll
from fedi.models.posts import Post
from fedi.models.relationships import AccountDomainBlock
from fedi.queries import aside, search
from fedi.server import Server
from tests.support.factories import (
    make_account,
    make_block,
    make_boost,
    make_favourite,
    make_follow,
    make_mention,
    make_mute,
    make_post,
    make_tag,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def alice(server: Server) -> Account:
    return await make_account(server, "alice")


async def found(server: Server, viewer: Account | None, text: str, **choice: bool) -> list[str]:
    return [each.acct for each in await search.accounts(server, viewer, text, 10, **choice)]


async def test_accounts_are_found_by_handle_and_name(server: Server, alice: Account) -> None:
    await make_account(server, "Bobby", display_name="Robert Tables")
    await make_account(server, "bob", domain="b.example")
    await make_account(server, "bob", domain="c.example", display_name="100%_sure Élodie")
    await make_account(server, "hana", display_name="山田花子")
    await searchable.catch_up(server)

    assert set(await found(server, alice, "BOB")) == {"Bobby", "bob@b.example", "bob@c.example"}
    assert await found(server, alice, "@bob@b") == ["bob@b.example"]
    assert await found(server, alice, "bobby@127.0.0.1:8000") == ["Bobby"]
    assert await found(server, alice, "tables") == ["Bobby"]
    assert await found(server, alice, "100%_s") == ["bob@c.example"]
    assert await found(server, alice, "elod 100") == ["bob@c.example"]
    assert await found(server, alice, "花子") == ["hana"]
    assert await found(server, alice, "c.exam") == ["bob@c.example"]
    assert await found(server, alice, "%") == []
    assert await found(server, alice, 'a" OR "b* \0') == []
    assert await found(server, alice, "obb") == []
    assert await found(server, alice, " @ ") == []


async def test_followed_accounts_come_first_then_the_exact_name_then_the_best_known(
    server: Server, alice: Account
) -> None:
    await make_account(server, "bobby", followers_count=9)
    await make_account(server, "bobbo", followers_count=99)
    await make_account(server, "bob")
    await make_follow(server, alice, await make_account(server, "bobster"))

    assert await found(server, alice, "bob") == ["bobster", "bob", "bobbo", "bobby"]
    assert await found(server, alice, "bob", following=True) == ["bobster"]
    assert await found(server, None, "bob") == ["bob", "bobbo", "bobby", "bobster"]
    assert await found(server, None, "bob", following=True) == []


async def test_a_whole_handle_comes_first(server: Server, alice: Account) -> None:
    await make_account(server, "bob", domain="b.example")
    await make_follow(server, alice, await make_account(server, "bobby", domain="b.example.org"))

    assert await found(server, alice, "@bob@b.example") == ["bob@b.example", "bobby@b.example.org"]


async def test_the_list_of_accounts_goes_on(server: Server, alice: Account) -> None:
    for number in range(5):
        await make_account(server, f"bob{number}", followers_count=number)

    page = await search.accounts(server, alice, "bob", 2, offset=2)

    assert [each.username for each in page] == ["bob2", "bob1"]


async def test_absent_blocked_and_silenced_accounts_are_not_found(server: Server, alice: Account) -> None:
    now = server.clock.now()
    await make_account(server, "bob1", suspended_at=now)
    await make_account(server, "bob2", gone_at=now)
    await make_block(server, alice, await make_account(server, "bob3"))
    await make_block(server, await make_account(server, "bob4"), alice)
    await make_account(server, "bob5", silenced_at=now)
    await make_follow(server, alice, await make_account(server, "bob6", silenced_at=now))

    assert await found(server, alice, "bob") == ["bob6"]


@pytest.mark.parametrize("domain", ["", "b.example"])
async def test_a_whole_handle_finds_whom_one_blocks_to_unblock_them(
    server: Server, alice: Account, domain: str
) -> None:
    bob = await make_account(server, "bob", domain=domain)
    handle = f"bob@{domain}" if domain else "bob"
    await make_block(server, alice, bob)

    assert await found(server, alice, handle) == [handle]
    assert await found(server, alice, "bo") == []
    assert await found(server, bob, "alice") == []


async def test_the_servers_own_actor_is_not_found(server: Server, alice: Account) -> None:
    await Account.filter(uri=server.uris.instance_actor).delete()
    await make_account(server, server.uris.host, uri=server.uris.instance_actor)

    assert await found(server, alice, "127") == []


async def test_tags_are_found_by_their_beginning_the_most_used_first(server: Server, alice: Account) -> None:
    post, second = await make_post(server, alice), await make_post(server, alice)
    for name in ("Catalogue", "cats", "Cat", "dog"):
        await make_tag(server, post, name)
    await make_tag(server, second, "cats")

    assert [tag.name for tag in await search.tags(server, "#CAT", 2)] == ["cat", "cats"]
    assert [tag.name for tag in await search.tags(server, "cat", 2, offset=2)] == ["catalogue"]
    assert await search.tags(server, " ", 2) == []


@pytest.fixture
async def bob(server: Server) -> Account:
    return await make_account(server, "bob", domain="b.example", indexable=True)


async def posts_found(server: Server, viewer: Account, text: str, **window: int) -> list[Post]:
    await searchable.index(server, await Post.all().values_list("id", flat=True))
    found = await search.posts(server, viewer, text, window.pop("limit", 40), **window)
    return [each.post for each in found]


async def test_posts_are_found_by_their_words_newest_first(
    server: Server, alice: Account, bob: Account
) -> None:
    one = await make_post(server, bob, "The needle, in the hay")
    two = await make_post(server, alice, "hay with a NÉEDLE in it")
    await make_post(server, bob, "pins")

    assert await posts_found(server, alice, "needle hay") == [two, one]
    assert await posts_found(server, alice, '"needle in the"') == [one]
    assert await posts_found(server, alice, "needle -the") == [two]
    assert await posts_found(server, alice, '-"needle in the" hay') == [two]
    assert await posts_found(server, alice, "need") == [two, one]
    assert await posts_found(server, alice, "need hay") == []
    assert await posts_found(server, alice, "need_e") == []
    assert await posts_found(server, alice, " ") == []
    assert await posts_found(server, alice, "needle", limit=1, offset=1) == [one]
    assert await posts_found(server, alice, "needle", above=one.id) == [two]
    assert await posts_found(server, alice, "needle", below=two.id) == [one]
    assert await posts_found(server, alice, "needle", author_id=bob.id) == [one]


async def test_scripts_without_spaces_are_found_inside(server: Server, alice: Account) -> None:
    post = await make_post(server, alice, "これは日本語の猫です")

    for text in ("猫", "日本", "日本語", "語の猫"):
        assert await posts_found(server, alice, text) == [post], text
    assert await posts_found(server, alice, "本日") == []


async def test_only_what_concerns_the_viewer_or_is_open_to_all_is_found(
    server: Server, alice: Account, bob: Account
) -> None:
    clara = await make_account(server, "clara", domain="b.example")
    free = await make_post(server, bob, "needle")
    await make_post(server, bob, "needle", visibility="unlisted")
    await make_post(server, clara, "needle")
    naming = await make_post(server, clara, "needle", visibility="direct")
    await make_mention(server, naming, alice)
    liked = await make_post(server, clara, "needle")
    await make_favourite(server, alice, liked)
    boosted = await make_post(server, clara, "needle")
    await make_boost(server, alice, boosted)
    own = await make_post(server, alice, "needle", visibility="direct")
    others = await make_post(server, await make_account(server, "dora"), "needle", visibility="direct")

    assert await posts_found(server, alice, "needle") == [own, boosted, liked, naming, free]
    assert await posts_found(server, alice, "needle in:library") == [own, boosted, liked, naming]
    assert await posts_found(server, alice, "needle in:public") == [free]
    assert await posts_found(server, alice, "needle -in:library") == [free]
    assert others not in await posts_found(server, alice, "needle in:all")


async def test_a_mark_that_is_behind_shows_nothing(server: Server, alice: Account, bob: Account) -> None:
    clara = await make_account(server, "clara", domain="b.example")
    liked = await make_post(server, clara, "needle")
    favourite = await make_favourite(server, alice, liked)
    await make_post(server, bob, "needle")
    assert len(await posts_found(server, alice, "needle")) == 2

    await favourite.delete()
    await Account.filter(id=bob.id).update(indexable=False)

    assert await search.posts(server, alice, "needle", 5) == []


@pytest.mark.parametrize("how", ["block", "blocked", "mute", "host", "silenced", "suspended"])
async def test_posts_of_people_whom_one_does_not_come_across_are_not_found(
    server: Server, alice: Account, bob: Account, how: str
) -> None:
    await make_post(server, bob, "needle")
    assert len(await posts_found(server, alice, "needle")) == 1

    match how:
        case "block":
            await make_block(server, alice, bob)
        case "blocked":
            await make_block(server, bob, alice)
        case "mute":
            await make_mute(server, alice, bob)
        case "host":
            now = server.clock.now()
            await AccountDomainBlock.create(
                id=server.new_id(), account=alice, domain="b.example", created_at=now
            )
        case "silenced":
            await Account.filter(id=bob.id).update(silenced_at=server.clock.now())
        case "suspended":
            await DomainRule.create(
                id=server.new_id(), domain="b.example", severity="suspend", created_at=server.clock.now()
            )

    assert await search.posts(server, alice, "needle", 5) == []


async def test_operators_narrow_what_is_found(server: Server, alice: Account, bob: Account) -> None:
    card = await PreviewCard.create(
        id=server.new_id(),
        url_hash="0",
        url="https://v.example/1",
        state="ready",
        kind="video",
        created_at=server.clock.now(),
    )
    own = await make_post(server, alice, "needle", language="en", sensitive=True)
    linking = await make_post(
        server,
        bob,
        'needle <a href="https://v.example/1">v</a>',
        card=card,
        language="pt-BR",
        in_reply_to=own,
    )
    await MediaAttachment.create(
        id=server.new_id(), account=bob, post=linking, kind="gifv", created_at=server.clock.now()
    )
    await Poll.create(id=server.new_id(), post=own, options=[{"name": "a", "votes": 0}])

    narrowed = {
        "from:me": own,
        "from:@alice": own,
        f"from:alice@{server.uris.account_domain}": own,
        "-from:me": linking,
        "from:bob@b.example": linking,
        "has:poll": own,
        "-has:poll": linking,
        "has:media": linking,
        "has:video": linking,
        "has:link": linking,
        "has:embed": linking,
        "-has:embed": own,
        "-has:media": own,
        "is:reply": linking,
        "is:sensitive": own,
        "-is:sensitive": linking,
        "language:en": own,
        "language:pt": linking,
        "language:pt-BR": linking,
        "https://v.example/1": linking,
    }
    for text, expected in narrowed.items():
        assert await posts_found(server, alice, f"needle {text}") == [expected], text
        assert await posts_found(server, alice, text) == [expected], text
    for text in ("from:nobody", "has:audio", "has:image", "language:de"):
        assert await posts_found(server, alice, f"needle {text}") == [], text
    assert len(await posts_found(server, alice, "needle -from:nobody")) == 2


async def test_posts_are_found_by_their_time(server: Server, alice: Account) -> None:
    def at(*day: int) -> int:
        return server.ids.past(datetime(*day, 12, tzinfo=UTC))

    old, new = [
        await make_post(server, alice, "needle", id=id_) for id_ in (at(2024, 2, 28), at(2024, 2, 29))
    ]

    assert await posts_found(server, alice, "needle before:2024-02-29") == [old]
    assert await posts_found(server, alice, "needle after:2024-02-28") == [new]
    assert await posts_found(server, alice, "during:2024-02-29") == [new]
    assert await posts_found(server, alice, "-during:2024-02-29") == [old]
    assert await posts_found(server, alice, "needle during:2024-02") == [new, old]
    assert await posts_found(server, alice, "needle before:2024") == []


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "needle \0 AND",
        "needle) OR (x",
        "NEAR(needle, 5)",
        "words : needle",
        "^needle*",
        "needle " * 1000,
        "x" * 10_240,
        '-"' * 3000,
        "from:" + "\ud800",
        "-" * 2000 + "needle",
        "from:\0",
        "\u0301" * 5000,
        "during:0000-00-00 language:" + "a" * 500,
        " ".join(f"-w{number}" for number in range(1000)),
    ],
)
async def test_hostile_questions_are_harmless(server: Server, alice: Account, text: str) -> None:
    await make_post(server, alice, "needle")

    begun = time.process_time()
    await posts_found(server, alice, text)

    assert time.process_time() - begun < 2


async def test_what_takes_too_long_gives_what_was_found_until_then(server: Server) -> None:
    endless = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"

    found = await aside.rows(server, endless, [], seconds=0.05)

    assert found[:2] == [{"i": 1}, {"i": 2}]
    assert await aside.rows(server, "SELECT 1 AS one", [], seconds=1) == [{"one": 1}]
