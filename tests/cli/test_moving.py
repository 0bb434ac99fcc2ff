import pytest


@pytest.fixture
def people(instance):
    """Ann and Ben, with their actors' ids."""
    return [instance.json("account", "create", name)["actor"] for name in ("ann", "ben")]


def test_an_account_moves_once_the_new_one_names_it_and_may_come_back(instance, people):
    ann, ben = people
    refused = instance.fedi("account", "move", "ann", "ben", expect=1)
    assert "does not name this one as an alias" in refused.stderr

    assert instance.json("account", "alias", "ben", "add", f"ann@127.0.0.1:{instance.port}")["aliases"] == [
        ann
    ]
    assert instance.json("account", "move", "ann", f"ben@127.0.0.1:{instance.port}") == {"moved_to": ben}
    assert "lives here again" in instance.fedi("account", "move", "ann", "--cancel").stdout
    assert instance.json("account", "alias", "ben", "remove", ann)["aliases"] == []


@pytest.mark.parametrize("words", [["ann"], ["ann", "ben", "--cancel"]])
def test_a_move_needs_either_a_goal_or_its_end(instance, people, words):
    instance.fedi("account", "move", *words, expect=2)


def test_nobody_is_not_found(instance, people):
    for words in (["alias", "ann", "add", "nobody@127.0.0.1:1"], ["move", "ann", "nobody@127.0.0.1:1"]):
        assert "There is no account of this name" in instance.fedi("account", *words, expect=1).stderr
