"""Translation: a post in another language (Mastodon API: entities, Translation)."""

from msgspec import UNSET, Struct, UnsetType


class TranslatedOption(Struct, kw_only=True):
    """An option of a poll."""

    title: str


class TranslatedPoll(Struct, kw_only=True):
    """A poll's options, in their order."""

    id: str
    options: list[TranslatedOption]


class TranslatedAttachment(Struct, kw_only=True):
    """The alt text of a file."""

    id: str
    description: str


class Translation(Struct, kw_only=True):
    """A post in another language; `content` is HTML, all else plain text."""

    content: str
    spoiler_text: str
    language: str
    media_attachments: list[TranslatedAttachment]
    detected_source_language: str
    provider: str
    poll: TranslatedPoll | UnsetType = UNSET
