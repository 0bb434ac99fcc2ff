def test_announcements_are_made_listed_published_and_ended(instance):
    made = instance.json("announce", "create", "Down on monday", "--draft")["id"]
    (row,) = instance.json("announce", "list")
    assert (row["id"], row["shown"], row["text"]) == (made, False, "Down on monday")

    instance.fedi("announce", "publish", made)
    assert instance.json("announce", "list")[0]["shown"] is True

    instance.fedi("announce", "end", made)
    instance.fedi("announce", "list", expect=3)


def test_what_cannot_be_is_refused_in_words(instance):
    refused = instance.fedi("announce", "create", " ", expect=1)
    assert "characters" in refused.stderr
    backwards = ["--starts", "2026-01-02", "--ends", "2026-01-01"]
    assert "before the start" in instance.fedi("announce", "create", "x", *backwards, expect=1).stderr
