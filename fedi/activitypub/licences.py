"""Licences of pictures on the wire (schema.org `license`; Pixelfed, PeerTube): as IRIs, by name if need be.

A licence says what may be done with a copy. Whether a model may work on it is another question (policies.py).
"""

import re
from types import MappingProxyType
from typing import Final

from fedi.activitypub.reader import Reader, is_http_uri
from fedi.activitypub.vocabulary import Uri

_CC = "https://creativecommons.org/licenses/"
# What an author here can choose, by the word that the API and forms use.
CHOICES: Final = MappingProxyType(
    {
        "cc0": Uri("https://creativecommons.org/publicdomain/zero/1.0/"),
        **{
            kind: Uri(f"{_CC}{kind}/4.0/")
            for kind in ("by", "by-sa", "by-nc", "by-nc-sa", "by-nd", "by-nc-nd")
        },
    }
)

# PeerTube numbers them.
_NUMBERED = MappingProxyType(
    {"1": "by", "2": "by-sa", "3": "by-nd", "4": "by-nc", "5": "by-nc-sa", "6": "by-nc-nd", "7": "cc0"}
)
_MAX_CHARACTERS = 255
_KIND = re.compile(r"creativecommons\.org/(?:licenses/)?([a-z-]+)")
_CODE = re.compile(r"\bcc[ -](by(?:-(?:nc|nd|sa))*)\b")


def read_licence(read: Reader) -> Uri | None:
    """Read the licence that an object or attachment names, as an IRI; None where it cannot be told."""
    for name in ("license", "schema:license", "licence"):
        value = read.one(name)
        if isinstance(value, dict):
            value = _named(Reader(value))
        if isinstance(value, int | str) and (found := _iri(str(value)[:_MAX_CHARACTERS].strip())) is not None:
            return found
    return None


def forbids_derivatives(licence: str) -> bool:
    """Say whether a licence lets nobody pass on what they made of the work: one of Creative Commons' ND."""
    found = _KIND.search(licence.lower())
    return found is not None and "nd" in found[1].split("-")


def word_of(licence: str) -> str:
    """Give the word by which an author chose a licence, "" for none and for those of others."""
    return next((word for word, iri in CHOICES.items() if iri == licence), "")


def _named(read: Reader) -> object:
    number = read.line("identifier", limit=_MAX_CHARACTERS)
    if number is not None and number in _NUMBERED:
        return CHOICES[_NUMBERED[number]]
    for name in ("id", "@id", "url", "href", "identifier", "name", "title"):
        if (value := read.line(name, limit=_MAX_CHARACTERS)) is not None:
            return value
    return None


def _iri(said: str) -> Uri | None:
    """Give the IRI of a licence that is named by its IRI or, as Pixelfed does, in words."""
    if is_http_uri(said):
        return Uri(said)
    if said in CHOICES:
        return CHOICES[said]
    words = said.lower().replace("_", "-")
    if (code := _CODE.search(words)) is not None:
        return Uri(f"{_CC}{code[1]}/4.0/")
    if "cc0" in words or "public domain" in words:
        return CHOICES["cc0"]
    if "attribution" not in words and "noderiv" not in words.replace("-", "").replace(" ", ""):
        return None
    flat = words.replace("-", "").replace(" ", "")
    parts = [
        part
        for part, name in (("nc", "noncommercial"), ("nd", "noderiv"), ("sa", "sharealike"))
        if name in flat
    ]
    return Uri(f"{_CC}{'-'.join(['by', *parts])}/4.0/")
