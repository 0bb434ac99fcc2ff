"""Pictures and other media on the wire, with their alt text and the label of AI-made ones.

The label is IPTC's digital source type, as schema.org and C2PA write it; others' labels are claims.
"""

import re
from dataclasses import dataclass
from typing import Self

from fedi.activitypub.licences import read_licence
from fedi.activitypub.reader import Reader, uri_of
from fedi.activitypub.vocabulary import DIGITAL_SOURCE_TYPES, Json, Uri
from fedi.errors import Malformed

MAX_ATTACHMENTS = 16
MAX_ALT_CHARACTERS = 10_000

_KINDS = frozenset({"Document", "Image", "Video", "Audio", "Link"})
_MAX_NAME_CHARACTERS = 200
_MAX_PIXELS = 2**31 - 1
_BLURHASH = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,100}")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}")
# IPTC's whole address, `iptc:CODE`, the code alone, or as the last part of somebody's own address.
_SOURCE_CODE = re.compile(r"(?:https?://[^\s?#]{1,200}/|[A-Za-z0-9]{1,20}:)?([A-Za-z]{3,64})/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class AiSystem:
    """What made or changed a picture: a style's name and the hash or number of its version."""

    name: str
    version: str | None = None

    def to_json(self) -> Json:
        said = {"type": "fedi:Model", "name": self.name, "version": self.version}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An actor's icon or image."""

    url: Uri
    media_type: str | None = None
    alt: str | None = None
    digital_source_type: Uri | None = None
    ai_system: AiSystem | None = None

    @classmethod
    def read(cls, read: Reader, name: str) -> Self | None:
        """Read the first usable picture of a property: an object, a Link or a bare address."""
        for value in read.many(name):
            if isinstance(value, str):
                value = {"url": value}
            inner = Reader(value) if isinstance(value, dict) else None
            if inner and (url := inner.find_uri("url") or inner.find_uri("href")):
                return cls(
                    url=url,
                    media_type=read_media_type(inner),
                    alt=_alt(inner),
                    digital_source_type=_source_type(inner),
                    ai_system=_ai_system(inner),
                )
        return None

    def to_json(self) -> Json:
        json: Json = {"type": "Image", "url": self.url}
        if self.media_type is not None:
            json["mediaType"] = self.media_type
        if self.alt is not None:
            json["summary"] = self.alt
        if self.digital_source_type is not None:
            json["digitalSourceType"] = self.digital_source_type
        if self.ai_system is not None:
            json["aiSystem"] = self.ai_system.to_json()
        return json


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a post. `width`, `height` (pixels) and `focal_point` (-1..1 each) are its author's claims."""

    url: Uri
    type: str = "Document"
    media_type: str | None = None
    alt: str | None = None
    width: int | None = None
    height: int | None = None
    blurhash: str | None = None
    focal_point: tuple[float, float] | None = None
    digital_source_type: Uri | None = None
    ai_system: AiSystem | None = None
    licence: Uri | None = None
    based_on: Uri | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        """Read an attachment. Raises Malformed for what is no media: a field, a link to a page."""
        read = Reader(json)
        media_type = read_media_type(read)
        # Small servers leave the type out where the media type says it all.
        kind = "Document" if media_type and not read.types() else read.type(_KINDS)
        url, inner_type = _address(read)
        if url is None or (kind == "Link" and not (media_type or inner_type)):
            raise Malformed("An attachment is no media.")
        blurhash = read.string("blurhash", limit=101) or ""
        return cls(
            url=url,
            type=kind,
            media_type=media_type or inner_type,
            alt=_alt(read),
            width=_pixels(read, "width"),
            height=_pixels(read, "height"),
            blurhash=blurhash if _BLURHASH.fullmatch(blurhash) else None,
            focal_point=_focal_point(read),
            digital_source_type=_source_type(read),
            ai_system=_ai_system(read),
            licence=read_licence(read),
            based_on=read.find_uri("isBasedOn") or read.find_uri("schema:isBasedOn"),
        )

    def to_json(self) -> Json:
        json: Json = {"type": self.type, "href" if self.type == "Link" else "url": self.url}
        if self.media_type is not None:
            json["mediaType"] = self.media_type
        if self.alt is not None:
            json["name"] = self.alt
        if self.width is not None:
            json["width"] = self.width
        if self.height is not None:
            json["height"] = self.height
        if self.blurhash is not None:
            json["blurhash"] = self.blurhash
        if self.focal_point is not None:
            json["focalPoint"] = list(self.focal_point)
        if self.digital_source_type is not None:
            json["digitalSourceType"] = self.digital_source_type
        if self.ai_system is not None:
            json["aiSystem"] = self.ai_system.to_json()
        if self.licence is not None:
            json["license"] = self.licence
        if self.based_on is not None:
            json["isBasedOn"] = self.based_on
        return json


def read_media_type(read: Reader) -> str | None:
    """Read `mediaType` without parameters, lower-case; nonsense is None."""
    value = (read.string("mediaType", limit=200) or "").partition(";")[0].strip().lower()
    return value if _MEDIA_TYPE.fullmatch(value) else None


def _address(read: Reader) -> tuple[Uri | None, str | None]:
    # PeerTube gives `url` as a list of Links, each with its own mediaType.
    for value in (*read.many("url"), *read.many("href")):
        if (url := uri_of(value)) is not None:
            return url, read_media_type(Reader(value)) if isinstance(value, dict) else None
    return None, None


def _alt(read: Reader) -> str | None:
    return read.text("summary", limit=MAX_ALT_CHARACTERS) or read.text("name", limit=MAX_ALT_CHARACTERS)


def _pixels(read: Reader, name: str) -> int | None:
    count = read.count(name)
    return count if count is not None and 0 < count <= _MAX_PIXELS else None


def _focal_point(read: Reader) -> tuple[float, float] | None:
    point = read.json.get("focalPoint")
    # A bool is an int to isinstance, but no coordinate.
    if (
        not isinstance(point, list)
        or len(point) != 2
        or any(type(each) not in {int, float} for each in point)
    ):
        return None
    x, y = point
    return (float(x), float(y)) if -1 <= x <= 1 and -1 <= y <= 1 else None


def _source_type(read: Reader) -> Uri | None:
    value = read.one("digitalSourceType") or read.one("schema:digitalSourceType")
    if isinstance(value, dict):
        value = value.get("id", value.get("@id"))
    found = _SOURCE_CODE.fullmatch(value) if isinstance(value, str) else None
    return Uri(DIGITAL_SOURCE_TYPES + found[1]) if found else None


def _ai_system(read: Reader) -> AiSystem | None:
    system = read.object("aiSystem") or read.object("fedi:aiSystem")
    name = system.line("name", limit=_MAX_NAME_CHARACTERS) if system else None
    if system is None or name is None:
        return None
    return AiSystem(name=name, version=system.line("version", limit=_MAX_NAME_CHARACTERS))
