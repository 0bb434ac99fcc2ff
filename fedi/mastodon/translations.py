"""Posts in another language, where the owner set up a translator (Mastodon API: statuses, translate)."""

import hashlib

from starlette.responses import Response

from fedi.errors import Forbidden, Invalid, NotFound
from fedi.mastodon import responses
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.translation import (
    TranslatedAttachment,
    TranslatedOption,
    TranslatedPoll,
    Translation,
)
from fedi.memory import Recall
from fedi.queries import snapshots, visibility
from fedi.queries.snapshots import PostSnapshot
from fedi.security.limits import Limit
from fedi.text.html import sanitise
from fedi.translator import Translator, escaped, plain

_TIMES = Limit(60, 300)
_KEPT, _KEPT_SECONDS = 500, 86_400.0
_LANGUAGES_SECONDS = 3_600.0
_OPEN = frozenset({"public", "unlisted"})


class _Translations(Recall[str, Translation]):
    """Translations by what was translated: a post that many read is sent to the service once."""

    def __init__(self) -> None:
        super().__init__(size=_KEPT, seconds=_KEPT_SECONDS)


class _Languages(Recall[str, dict[str, list[str]]]):
    def __init__(self) -> None:
        super().__init__(size=1, seconds=_LANGUAGES_SECONDS)


async def translate(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/translate into `lang`, or the language of the person who asks.

    403 for a post that is not open to all: its words would leave the server. 404 without a translator.
    """
    server, translator = call.server, call.server.translator
    if translator is None:
        raise NotFound
    post = await visibility.post_for(server, call.viewer, call.id)
    shown = (await snapshots.of_post(server, post, call.viewer)).shown
    if shown.post.visibility not in _OPEN or shown.post.local_only:
        raise Forbidden("This post is not open to all, so it is not sent to a translator.")
    target = (call.params.text("lang") or (call.user.locale if call.viewer else "en")).partition("-")[0]
    source = shown.post.language.partition("-")[0]
    if source == target or not target.isalpha():
        raise Invalid("lang", "is the language that the post is in, or none")
    kept, now = server.memory.of(_Translations), server.clock.now()
    texts = _texts(shown)
    key = hashlib.sha256("\x00".join([source, target, *texts]).encode()).hexdigest()
    found = kept.get(key, now)
    if found is None:
        asker = (
            f"{call.viewer.id}" if call.viewer else f"app:{call.token.application_id if call.token else 0}"
        )
        server.limits.take(f"translations:{asker}", _TIMES)
        found = await _translated(translator, shown, texts, source, target)
        kept.put(key, found, now)
    return responses.json(found)


async def languages(call: Call) -> Response:
    """GET /api/v1/instance/translation_languages: from which into which; `{}` without a translator."""
    server = call.server
    if server.translator is None:
        return responses.nothing()
    kept, now = server.memory.of(_Languages), server.clock.now()
    known = kept.get("", now)
    if known is None:
        known = await server.translator.languages()
        kept.put("", known, now)
    every_target = sorted({target for targets in known.values() for target in targets})
    return responses.json({**known, "und": every_target})


def _texts(shown: PostSnapshot) -> list[str]:
    """Give all that is translated of a post, as HTML, in the order in which `_translated` reads it."""
    options = [option["name"] for option in shown.poll.poll.options] if shown.poll else []
    plains = [shown.post.summary, *options, *(each.description for each in shown.media)]
    return [shown.post.content, *(escaped(text) for text in plains)]


async def _translated(
    translator: Translator, shown: PostSnapshot, texts: list[str], source: str, target: str
) -> Translation:
    # An empty text makes some services answer with words about it.
    asked = [text for text in texts if text.strip()]
    answer = await translator.translate(asked, source=source, target=target)
    said = iter(answer.texts)
    every = [next(said) if text.strip() else "" for text in texts]
    content, plains = sanitise(every[0]), iter([plain(text) for text in every[1:]])
    translation = Translation(
        content=content,
        spoiler_text=next(plains),
        language=target,
        media_attachments=[],
        detected_source_language=answer.source,
        provider=translator.name,
    )
    if shown.poll is not None:
        options = [TranslatedOption(title=next(plains)) for _ in shown.poll.poll.options]
        translation.poll = TranslatedPoll(id=str(shown.poll.poll.id), options=options)
    translation.media_attachments = [
        TranslatedAttachment(id=str(each.id), description=next(plains)) for each in shown.media
    ]
    return translation
