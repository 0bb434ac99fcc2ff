"""What a Like or an EmojiReact says with an emoji (FEP-c0e0; Misskey's `_misskey_reaction`)."""

from dataclasses import dataclass

from fedi.activitypub.activities import Like
from fedi.text.emoji import is_emoji


@dataclass(frozen=True, slots=True, kw_only=True)
class Emote:
    """One Unicode emoji, or `:shortcode:` with the picture of a custom one."""

    emoji: str
    image_url: str = ""


def emote_of(like: Like) -> Emote | None:
    """Give the emoji that a Like reacts with: exactly one, a custom one with its tag; None for all else."""
    text = like.content or ""
    if is_emoji(text):
        return Emote(emoji=text)
    if not (text.startswith(":") and text.endswith(":")):
        return None
    pictures = {emoji.shortcode: emoji.url for emoji in like.emojis}
    name = text.strip(":")
    # Misskey names the host of a custom emoji after an @, "." being its own.
    url = pictures.get(name) or pictures.get(name := name.partition("@")[0])
    return Emote(emoji=f":{name}:", image_url=url) if url else None
