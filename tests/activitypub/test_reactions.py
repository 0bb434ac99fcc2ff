import pytest

from fedi.activitypub.activities import Like, parse_activity
from fedi.activitypub.reactions import Emote, emote_of

PICTURE = "https://b.example/blob.png"


def read(kind="Like", **properties):
    like = parse_activity(
        {"id": "https://b.example/1", "type": kind, "actor": "https://b.example/bob"}
        | {"object": "https://a.example/1", **properties}
    )
    assert isinstance(like, Like)
    return emote_of(like)


def tag(name=":blob:"):
    return {"type": "Emoji", "name": name, "icon": {"type": "Image", "url": PICTURE}}


@pytest.mark.parametrize("kind", ["Like", "EmojiReact"])
def test_both_types_react_with_a_unicode_emoji(kind):
    assert read(kind, content="🦊") == Emote(emoji="🦊")


def test_misskeys_own_property_is_read():
    assert read(_misskey_reaction="👍🏽") == Emote(emoji="👍🏽")


@pytest.mark.parametrize("content", [":blob:", ":blob@.:", ":blob@c.example:"])
def test_a_custom_emoji_comes_with_its_picture(content):
    assert read("EmojiReact", content=content, tag=[tag()]) == Emote(emoji=":blob:", image_url=PICTURE)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"content": "hello"},
        {"content": "🦊🦊"},
        {"content": ":blob:"},
        {"content": ":other:", "tag": [tag()]},
        {"content": "::", "tag": [tag()]},
        {"content": ":<b>:", "tag": [tag(":<b>:")]},
        {"content": "🦊" * 10_000},
        {"content": 5},
    ],
)
def test_all_else_is_no_reaction(properties):
    assert read(**properties) is None
