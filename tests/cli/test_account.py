"""fedi account."""

import sqlite3

import pytest

from tests.cli.conftest import Instance


def test_an_account_is_made_with_a_password_that_is_printed(instance: Instance):
    said = instance.fedi("account", "create", "alice").stdout

    assert f"@alice is ready: http://127.0.0.1:{instance.port}/ap/" in said
    assert len(said.split("password: ")[1].strip()) >= 16


def test_json_names_the_actor_and_a_token(instance: Instance):
    made = instance.json("account", "create", "alice", "--token", "read write follow push activitypub")

    assert made["name"] == "alice"
    assert made["actor"].startswith(f"http://127.0.0.1:{instance.port}/")
    assert made["scopes"] == "read write follow push activitypub"
    assert made["access_token"] not in (instance.folder / "data" / "fedi.db").read_bytes().decode("latin-1")


def test_the_words_name_the_token_too(instance: Instance):
    said = instance.fedi("account", "create", "alice", "--token", "read").stdout

    assert "access token: " in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a b"], "username"),
        ([""], "username"),
        (["é"], "username"),
        (["x" * 200], "username"),
        (["carol", "--password", "short"], "password"),
        (["carol", "--token", "read everything"], "scope"),
        (["carol", "--email", "nonsense"], "email"),
    ],
)
def test_what_cannot_be_an_account_is_refused_in_one_line(instance: Instance, words, sentence):
    said = instance.fedi("account", "create", *words, expect=1).stderr

    assert sentence in said.lower()
    assert len(said.strip().splitlines()) == 1
    assert instance.json("account", "list", expect=3) == []


def test_new_keys_replace_the_old(instance: Instance):
    instance.fedi("account", "create", "alice")
    file = instance.folder / "data" / "fedi.db"

    def private_keys() -> set[str]:
        with sqlite3.connect(file) as rows:
            found = rows.execute(
                "SELECT private_key_pem, ed25519_private_pem FROM accounts WHERE username = 'alice'"
            ).fetchone()
        return set(found)

    old = private_keys()
    made = instance.json("account", "rotate-keys", "alice")

    assert len(old) == 2
    assert old.isdisjoint(private_keys())
    assert made["name"] == "alice"
    assert made["key"].endswith("#main-key")
    instance.fedi("account", "rotate-keys", "nobody", expect=1)


def test_a_name_is_given_once(instance: Instance):
    instance.fedi("account", "create", "alice")

    failed = instance.fedi("account", "create", "Alice", "--json", expect=1)

    assert "taken" in failed.stdout
    assert len(instance.json("account", "list")) == 1


def test_a_list_has_the_newest_first_and_can_be_narrowed(instance: Instance):
    for name in ("alice", "bob"):
        instance.fedi("account", "create", name, "--role", "moderator")

    assert [row["name"] for row in instance.json("account", "list")] == ["bob", "alice"]
    assert [row["name"] for row in instance.json("account", "list", "--query", "LIC")] == ["alice"]
    assert [row["name"] for row in instance.json("account", "list", "--limit", "1")] == ["bob"]
    table = instance.fedi("account", "list").stdout.splitlines()
    assert table[0].split() == ["name", "id", "actor", "role", "email", "created", "at", "suspended"]
    assert table[1].split()[0] == "bob"


def test_an_empty_list_ends_with_3(instance: Instance):
    assert "No such account" in instance.fedi("account", "list", expect=3).stdout
    assert instance.json("account", "list", "--remote", expect=3) == []


def test_one_account_is_shown_with_its_counts(instance: Instance):
    made = instance.json("account", "create", "alice", "--email", "alice@example.test")

    shown = instance.json("account", "show", "@alice")

    assert shown["id"] == made["id"]
    assert (shown["posts"], shown["followers"], shown["email"]) == (0, 0, "alice@example.test")
    assert "posts: 0" in instance.fedi("account", "show", "alice").stdout


def test_an_account_is_limited_and_let_in_again(instance: Instance):
    instance.fedi("account", "create", "alice")

    instance.fedi("account", "limit", "alice", "--as", "carol", "--reason", "loud")
    with sqlite3.connect(instance.folder / "data" / "fedi.db") as database:
        limited = database.execute("SELECT silenced_at FROM accounts WHERE username = 'alice'").fetchone()
    instance.fedi("account", "unlimit", "alice")
    with sqlite3.connect(instance.folder / "data" / "fedi.db") as database:
        after = database.execute("SELECT silenced_at FROM accounts WHERE username = 'alice'").fetchone()

    assert (limited != (None,), after) == (True, (None,))


@pytest.mark.parametrize("command", ["show", "password", "suspend", "unsuspend", "limit", "unlimit"])
def test_somebody_unknown_is_an_error(instance: Instance, command):
    assert "no account named nobody" in instance.fedi("account", command, "nobody", expect=1).stderr


def test_a_new_password_replaces_the_old_one(instance: Instance):
    instance.fedi("account", "create", "alice")
    before = _hash(instance)

    made = instance.json("account", "password", "alice")

    assert _hash(instance) != before
    assert len(made["password"]) >= 16
    assert "short" in instance.fedi("account", "password", "alice", "--new", "short", expect=1).stderr.lower()


def test_a_suspension_is_written_down_and_lifted(instance: Instance):
    instance.fedi("account", "create", "alice")

    instance.fedi("account", "suspend", "alice", "--as", "carol", "--reason", "spam")
    assert instance.json("account", "list")[0]["suspended"] is True
    instance.fedi("account", "unsuspend", "alice", "--as", "carol")

    assert instance.json("account", "list")[0]["suspended"] is False
    with sqlite3.connect(instance.folder / "data" / "fedi.db") as database:
        written = database.execute("SELECT * FROM audit_entries ORDER BY id").fetchall()
    assert len(written) == 2
    assert "carol" in str(written[0])
    assert "spam" in str(written[0])


def _hash(instance: Instance) -> str:
    with sqlite3.connect(instance.folder / "data" / "fedi.db") as database:
        return str(database.execute("SELECT password_hash FROM users").fetchone()[0])
