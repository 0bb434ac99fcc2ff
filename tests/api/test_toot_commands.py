"""Every command of toot, a client for the terminal, and what it says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from toot.cli import cli

from tests.api.terminal import Toot
from tests.api.test_toot import client_of
from tests.mastodon.pictures import png
from tests.support.servers import PASSWORD, Running

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:urwid:DeprecationWarning")]

UNCALLED = {"tui": "fills a terminal"}
# Options of `toot post` that are not given, and why.
UNGIVEN = {"--editor": "needs a terminal"}


def commands(node: click.Command = cli, name: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Name every command, those of groups by both words."""
    if isinstance(node, click.Group):
        for word, inner in node.commands.items():
            yield from commands(inner, (*name, word))
    else:
        yield name


def options_of_post() -> set[str]:
    """Give the long name of every option of `toot post`."""
    parameters = [each for each in cli.commands["post"].params if isinstance(each, click.Option)]
    return {max(each.opts, key=len) for each in parameters}


async def test_every_command_is_understood(site: Running, tmp_path: Path):
    carol = await site.client(await site.person("carol"))
    bob = await client_of(site, "bob")
    toot = Toot(tmp_path / "toot")

    await _signing_in(toot, site)
    await _oneself(toot, site, tmp_path)
    posts = await _posting(toot, site, tmp_path, bob)
    await _what_is_done_to_posts(toot, posts, bob)
    await _people(toot, bob, carol)
    await _lists(toot)
    await _tags(toot)
    await _timelines(toot, site, posts)
    await _leaving(toot, site)

    called = {name for name in commands() for words in toot.said if words[: len(name)] == name}
    assert set(commands()) - called == {(name,) for name in UNCALLED}
    given = {word for words in toot.said if words[0] == "post" for word in words}
    assert options_of_post() - given == set(UNGIVEN)
    await bob.aclose()
    await carol.aclose()


async def _signing_in(toot, site):
    assert "not logged in" in await toot.run("auth")
    assert "Successfully logged in" in await toot.login(site, "bob")
    assert "Successfully logged in" in await toot.login(site, "alice")
    # Passwords are for our own pages (RFC 9700 section 2.4); the app says so and keeps who it has.
    typed = ("--instance", site.url, "--email", "alice", "--password", PASSWORD)
    refused = await toot.invoke("login_cli", *typed)
    assert refused.exit_code != 0
    assert "Login failed" in refused.output
    shown = await toot.run("auth")
    assert f"alice@{site.server.settings.server.domain} ACTIVE" in shown
    assert "bob@" in shown
    await toot.run("activate", f"bob@{site.server.settings.server.domain}")
    assert (await toot.json("whoami"))["username"] == "bob"
    await toot.run("activate", f"alice@{site.server.settings.server.domain}")
    assert "@alice" in await toot.run("whoami")


async def _oneself(toot, site, folder):
    (folder / "face.png").write_bytes(png(200, 200))
    changed = await toot.json(
        *("update-account", "--display-name", "Alice A.", "--note", "typing", "--language", "de"),
        *("--avatar", str(folder / "face.png"), "--header", str(folder / "face.png")),
        *("--bot", "--discoverable", "--locked", "--privacy", "unlisted", "--sensitive"),
    )
    assert (changed["display_name"], changed["bot"], changed["locked"]) == ("Alice A.", True, True)
    assert changed["discoverable"] is True
    source = changed["source"]
    assert (source["note"], source["language"]) == ("typing", "de")
    assert (source["privacy"], source["sensitive"]) == ("unlisted", True)
    assert changed["avatar"].startswith(f"{site.url}/media/")
    usual = ("--no-bot", "--privacy", "public", "--no-sensitive")
    assert "Account updated" in await toot.run("update_account", *usual)
    assert "Alice A." in await toot.run("whois", "alice")
    assert "typing" in await toot.run("whoami")
    assert (await toot.json("whois", "@bob"))["acct"] == "bob"
    told = await toot.json("instance", site.url)
    assert told["uri"] == site.server.settings.server.domain
    assert told["title"] in await toot.run("instance")
    assert told["version"] in await toot.run("diag", "--server", "--files")
    assert "toot diag" in (await toot.invoke("env")).output


async def _posting(toot, site, folder, bob):
    (folder / "green.png").write_bytes(png(200, 100))
    green = str(folder / "green.png")
    whole = await toot.json(
        *("post", "Hello #toot @bob", "--media", green, "--description", "a green field"),
        *("--thumbnail", green, "--visibility", "unlisted", "--sensitive", "--spoiler-text", "fields"),
        *("--language", "en", "--content-type", "text/plain"),
    )
    assert (whole["visibility"], whole["sensitive"], whole["spoiler_text"]) == ("unlisted", True, "fields")
    assert whole["language"] == "en"
    (picture,) = whole["media_attachments"]
    assert picture["description"] == "a green field"
    assert picture["preview_url"] != picture["url"]
    # The second of the two is by the one who is not active.
    me = f"alice@{site.server.settings.server.domain}"
    after = await toot.json("post", "And then", "--reply-last", "--using", me)
    assert after["in_reply_to_id"] == whole["id"]
    assert "Toot posted: http" in await toot.run("post", "--reply-to", whole["id"], "A second reply")

    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    assert (await toot.json("post", "later", "--scheduled-at", later))["params"]["text"] == "later"
    assert "Toot scheduled for" in await toot.run("post", "later still", "--scheduled-in", "3 hours")

    asked = await toot.json(
        *("post", "Which?", "--poll-option", "foxes", "--poll-option", "teapots"),
        *("--poll-expires-in", "2h", "--poll-multiple", "--poll-hide-totals"),
    )
    poll = asked["poll"]
    assert poll["multiple"] is True
    assert [option["votes_count"] for option in poll["options"]] == [None, None]
    assert "teapots" in await toot.run("polls", "show", poll["id"])
    his = (
        await bob.post(
            "/api/v1/statuses",
            json={"status": "Tea?", "poll": {"options": ["yes", "no"], "expires_in": 600}},
        )
    ).json()
    voted = await toot.json("polls", "vote", his["poll"]["id"], "0")
    assert (voted["own_votes"], voted["options"][0]["votes_count"]) == ([0], 1)

    assert (await toot.json("upload", green, "--description", "again"))["description"] == "again"
    assert "type 'image'" in await toot.run("upload", green)
    return {"hers": whole, "reply": after, "his": his}


async def _what_is_done_to_posts(toot, posts, bob):
    hers, reply, his = (posts[name]["id"] for name in ("hers", "reply", "his"))
    assert "Hello #toot @bob" in await toot.run("status", hers)
    assert "And then" in await toot.run("thread", hers)
    thread = await toot.json("thread", reply)
    assert [each["id"] for each in thread["ancestors"]] == [hers]

    for act, key, undo in [
        ("favourite", "favourited", "unfavourite"),
        ("bookmark", "bookmarked", "unbookmark"),
        ("reblog", "reblogged", "unreblog"),
        ("pin", "pinned", "unpin"),
    ]:
        post = hers if act == "pin" else his
        done = await toot.json(act, post)
        assert done[key] is True, act
        assert (await toot.json("status", post))[key] is True, act
        if act == "favourite":
            assert "Tea?" in await toot.run("timelines", "favourites", "--no-pager", "--no-clear")
        if act == "bookmark":
            assert "Tea?" in await toot.run("bookmarks", "--once")
        if act == "reblog":
            assert done["reblog"]["id"] == his
            assert "alice" in await toot.run("reblogged-by", his)
            assert (await toot.json("reblogged_by", his))[0]["acct"] == "alice"
        assert (await toot.json(undo, post))[key] is False, undo
    assert "not reblogged" in await toot.run("reblogged-by", his)
    private = await toot.json("reblog", his, "--visibility", "private")
    assert private["visibility"] == "private"

    await bob.post(f"/api/v1/statuses/{hers}/favourite")
    await bob.post("/api/v1/statuses", json={"status": "@alice hi there"})
    shown = await toot.run("notifications")
    assert "hi there" in shown
    assert "favourited" in shown
    assert [each["type"] for each in await toot.json("notifications", "--type", "favourite")] == ["favourite"]
    assert [each["type"] for each in await toot.json("notifications", "-e", "favourite")] == ["mention"]
    assert "cleared" in await toot.run("notifications", "--clear")
    assert await toot.json("notifications") == []

    found = await toot.json("search", "bob")
    assert [account["acct"] for account in found["accounts"]] == ["bob"]
    found = await toot.json("search", "toot", "--type", "hashtags", "--limit", "1")
    assert [tag["name"] for tag in found["hashtags"]] == ["toot"]
    assert "toot" in await toot.run("search", "#toot")

    gone = await toot.json("delete", reply)
    assert gone["text"] == "And then"
    missing = await toot.invoke("status", reply)
    assert missing.exit_code != 0
    assert "Record not found" in missing.output


async def _people(toot, bob, carol):
    me = (await bob.get("/api/v1/accounts/lookup?acct=alice")).json()["id"]
    for person in (bob, carol):
        assert (await person.post(f"/api/v1/accounts/{me}/follow")).json()["requested"] is True
    asking = await toot.json("follow-requests", "list")
    assert {each["acct"] for each in asking} == {"bob", "carol"}
    assert (await toot.json("follow-requests", "accept", "bob"))["followed_by"] is True
    assert "rejected" in await toot.run("follow-requests", "reject", "carol")
    assert [each["acct"] for each in await toot.json("followers", "alice")] == ["bob"]
    assert "bob" in await toot.run("followers")

    for act, key, undo in [("mute", "muting", "unmute"), ("block", "blocking", "unblock")]:
        assert (await toot.json(act, "carol"))[key] is True
        listed = {"mute": "muted", "block": "blocked"}[act]
        assert [each["acct"] for each in await toot.json(listed)] == ["carol"]
        assert "carol" in await toot.run(listed)
        assert (await toot.json(undo, "carol"))[key] is False
        assert await toot.json(listed) == []
    assert (await toot.json("follow", "@carol"))["following"] is True
    assert [each["acct"] for each in await toot.json("following", "alice")] == ["carol"]
    assert (await toot.json("unfollow", "carol"))["following"] is False
    assert "now following bob" in await toot.run("follow", "bob")


async def _lists(toot):
    made = await toot.json("lists", "create", "friends", "--replies-policy", "list")
    assert (made["title"], made["replies_policy"]) == ("friends", "list")
    assert "Added account" in await toot.run("lists", "add", "friends", "bob")
    assert [each["acct"] for each in await toot.json("lists", "accounts", "friends")] == ["bob"]
    assert "friends" in await toot.run("lists", "list")
    assert "Tea?" in await toot.run("timelines", "list", "friends", "--no-pager", "--no-clear")
    assert "Tea?" in await toot.run("timeline", "--list", "friends", "--once")
    await toot.run("lists", "remove", "friends", "bob")
    assert await toot.json("lists", "accounts", "--id", made["id"]) == []
    await toot.run("lists", "delete", "friends")
    assert await toot.json("lists", "list") == []

    # The older names of the same.
    assert "created" in await toot.run("list_create", "crew")
    stranger = await toot.invoke("list_add", "crew", "carol")
    assert stranger.exit_code != 0
    assert "You must follow" in stranger.output
    assert "Added account" in await toot.run("list_add", "crew", "bob")
    assert "bob" in await toot.run("list_accounts", "crew")
    assert "Removed account" in await toot.run("list_remove", "crew", "bob")
    assert "deleted" in await toot.run("list_delete", "crew")


async def _tags(toot):
    assert (await toot.json("tags", "follow", "toot"))["following"] is True
    assert [each["name"] for each in await toot.json("tags", "followed")] == ["toot"]
    assert "Followed" in await toot.run("tags", "info", "toot")
    assert (await toot.json("tags", "unfollow", "toot"))["following"] is False
    assert "Not followed" in await toot.run("tags", "info", "toot")
    featured = await toot.json("tags", "feature", "toot")
    assert (featured["name"], featured["statuses_count"]) == ("toot", "1")
    assert [each["name"] for each in await toot.json("tags", "featured")] == ["toot"]
    assert "#toot is no longer featured" in await toot.run("tags", "unfeature", "toot")
    assert await toot.json("tags", "featured") == []


async def _timelines(toot, site, posts):
    plain = ("--no-pager", "--no-clear")
    assert "Tea?" in await toot.run("timelines", "home", *plain, "--limit", "40")
    (newest,) = await toot.json("timelines", "home", "--limit", "1")
    older = await toot.json("timelines", "home", "--max-id", newest["id"])
    assert newest["id"] not in [each["id"] for each in older]
    newer = await toot.json("timelines", "home", "--min-id", older[0]["id"])
    assert [each["id"] for each in newer] == [newest["id"]]
    assert "Tea?" in await toot.run("timelines", "public", "--local", *plain)
    assert "Tea?" in await toot.run("timelines", "public", "--instance", site.url, *plain)
    assert await toot.json("timelines", "public", "--remote") == []
    assert "Tea?" in await toot.run("timelines", "account", "bob", *plain)
    await toot.run("post", "A public #toot with #tea")
    assert "with #tea" in await toot.run("timelines", "tag", "toot", *plain)
    assert await toot.json("timelines", "tag", "toot", "--none", "tea") == []
    assert len(await toot.json("timelines", "tag", "nothing", "--any", "tea")) == 1
    assert await toot.json("timelines", "tag", "toot", "--only-media") == []
    assert isinstance(await toot.json("timelines", "trending"), list)
    assert "Tea?" in await toot.run("timeline", "--once")
    assert "Tea?" in await toot.run("timeline", "--public", "--instance", site.url, "--once")
    unshared = await toot.invoke("timelines", "link", "https://nowhere.example/", *plain)
    assert "Record not found" in unshared.output or "No statuses" in unshared.output


async def _leaving(toot, site):
    domain = site.server.settings.server.domain
    assert "logged out" in await toot.run("logout", f"bob@{domain}")
    assert "bob@" not in await toot.run("auth")
