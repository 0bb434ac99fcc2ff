"""fedi emoji: the life of a custom emoji."""

from tests.mastodon.pictures import png


def test_an_emoji_is_added_listed_switched_off_and_removed(instance, tmp_path):
    picture = tmp_path / "blob.png"
    picture.write_bytes(png(16, 16))
    instance.fedi("emoji", "add", ":blob:", str(picture), "--category", "cats")
    instance.fedi("emoji", "disable", "blob")
    (row,) = instance.json("emoji", "list")
    assert (row["shortcode"], row["category"], row["disabled"]) == ("blob", "cats", True)

    instance.fedi("emoji", "enable", "blob")
    instance.fedi("emoji", "remove", "blob")
    instance.fedi("emoji", "list", expect=3)


def test_what_cannot_be_an_emoji_is_refused_in_words(instance, tmp_path):
    drawing = tmp_path / "blob.svg"
    drawing.write_text("<svg/>")
    assert "SVG" in instance.fedi("emoji", "add", "blob", str(drawing), expect=1).stderr
    assert "cannot be read" in instance.fedi("emoji", "add", "blob", str(tmp_path / "none"), expect=1).stderr
