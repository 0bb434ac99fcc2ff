def test_prompts_are_added_listed_and_ended(instance):
    made = instance.json("prompt", "add", "Rain on windows", "--tag", "#RainyWindows")["id"]
    later = instance.json("prompt", "add", "Later", "--tag", "later", "--starts", "2999-01-01")["id"]
    rows = {row["id"]: row for row in instance.json("prompt", "list")}
    assert (rows[made]["state"], rows[made]["tag"]) == ("runs", "RainyWindows")
    assert rows[later]["state"] == "waits"

    instance.fedi("prompt", "end", made)
    instance.fedi("prompt", "end", later)

    (row,) = instance.json("prompt", "list")
    assert (row["id"], row["state"]) == (made, "ended")


def test_an_owner_is_told_that_nobody_sees_a_prompt(instance):
    said = instance.fedi("prompt", "add", "Foxes", "--tag", "foxes")

    assert "Nobody sees it" in said.stdout


def test_what_cannot_be_a_prompt_is_refused_in_words(instance):
    for words, told in (
        (["x" * 201, "--tag", "a"], "characters"),
        ([" ", "--tag", "a"], "characters"),
        (["Foxes", "--tag", "two words"], "hashtag"),
        (["Foxes", "--tag", "123"], "hashtag"),
        (["Foxes", "--tag", "a", "--days", "0"], "must be 1 to"),
    ):
        assert told in instance.fedi("prompt", "add", *words, expect=1).stderr
    instance.fedi("prompt", "list", expect=3)


def test_two_prompts_never_run_at_once(instance):
    instance.fedi("prompt", "add", "Foxes", "--tag", "foxes")

    assert "end that one first" in instance.fedi("prompt", "add", "More", "--tag", "more", expect=1).stderr
    instance.fedi("prompt", "end", "12345", expect=1)
