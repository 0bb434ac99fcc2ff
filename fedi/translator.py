"""Translations by a service that the owner set up (LibreTranslate's protocol: /translate, /languages).

Texts leave for that service and nowhere else. What it answers is as hostile as anything from outside.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fedi.egress import Egress
from fedi.errors import FediError

_MAX_BYTES = 1024 * 1024
_SECONDS = 20.0
_MAX_LANGUAGES = 500
_OK = 200


class NoTranslation(FediError):
    """The service does not answer, or not in a way that makes sense."""

    status_code = 503

    def __init__(self) -> None:
        super().__init__("The translation service does not answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """Texts in another language, in their order, and the language that they were in."""

    texts: Sequence[str]
    source: str


class Translator:
    """A LibreTranslate server."""

    name = "LibreTranslate"

    def __init__(self, egress: Egress, base_url: str, *, key: str) -> None:
        self._egress, self._base_url, self._key = egress, base_url, key

    async def languages(self) -> dict[str, list[str]]:
        """Give the target languages of each source language. Raises NoTranslation."""
        found = await self._ask("GET", "/languages")
        if not isinstance(found, list):
            raise NoTranslation
        listed = [each for each in found[:_MAX_LANGUAGES] if isinstance(each, dict)]
        codes = sorted(code for each in listed if isinstance(code := each.get("code"), str))
        return {
            each["code"]: sorted(
                target for target in each.get("targets", codes) if isinstance(target, str) and target in codes
            )
            for each in listed
            if isinstance(each.get("code"), str) and isinstance(each.get("targets", codes), list)
        }

    async def translate(self, markup: Sequence[str], *, source: str, target: str) -> Translated:
        """Translate texts, each HTML, from `source` ("": let the service find out). Raises NoTranslation."""
        found = await self._ask(
            "POST",
            "/translate",
            {"q": list(markup), "source": source or "auto", "target": target, "format": "html"},
        )
        texts = found.get("translatedText") if isinstance(found, dict) else None
        if not isinstance(texts, list) or len(texts) != len(markup):
            raise NoTranslation
        if not all(isinstance(text, str) for text in texts):
            raise NoTranslation
        return Translated(texts=texts, source=source or _detected(found.get("detectedLanguage")))

    async def _ask(self, method: str, path: str, question: Mapping[str, Any] | None = None) -> Any:
        asked = {**question, "api_key": self._key} if question is not None and self._key else question
        try:
            answer = await self._egress.request(
                method,
                self._base_url + path,
                headers={"Content-Type": "application/json"},
                body=orjson.dumps(asked) if asked is not None else None,
                max_bytes=_MAX_BYTES,
                total_seconds=_SECONDS,
            )
        except FediError as error:
            raise NoTranslation from error
        if answer.status != _OK:
            raise NoTranslation
        try:
            return orjson.loads(answer.body)
        except orjson.JSONDecodeError as error:
            raise NoTranslation from error


def escaped(text: str) -> str:
    """Make HTML of a plain text, to be translated beside others."""
    return html.escape(text, quote=False)


def plain(markup: str) -> str:
    """Make a plain text again of what `escaped` made, translated."""
    return html.unescape(markup)


def _detected(said: Any) -> str:
    """Read which language the service found: for many texts it says so many times."""
    first = said[0] if isinstance(said, list) and said else said
    language = first.get("language") if isinstance(first, dict) else ""
    return language[:16] if isinstance(language, str) else ""
