"""The label that says how a picture was made: IPTC digital source type and AI system, in XMP.

Written into every picture the studio makes, read from uploads before their metadata is stripped. What a
file says of itself is a claim. Reading is a bounded text search in the XMP packet (ISO 16684-1 allows
scanning for it) and in the C2PA manifest: no parser meets a stranger's XML or CBOR. IPTC Photo Metadata
Standard 2025.1. For whom no label reaches, the alt text says it in a sentence.
"""

import html
from dataclasses import dataclass
from enum import StrEnum

import regex

from fedi.media.manifests import find_manifest
from fedi.text.html import clean_line

_VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_MAX_PACKET_BYTES = 256 * 1024
_MAX_PACKETS = 8
_MAX_NAME_LENGTH = 200
_PACKET_START, _PACKET_END = b"<x:xmpmeta", b"</x:xmpmeta>"

# Attribute, element text and rdf:resource all have the address soon after the property's name.
_SOURCE = regex.compile(r"DigitalSourceType\b[^<]{0,200}?digitalsourcetype/([A-Za-z]{1,64})")


class DigitalSource(StrEnum):
    """How a picture came to be: the codes of the IPTC digital source type vocabulary."""

    ALGORITHMIC_MEDIA = "algorithmicMedia"
    ALGORITHMICALLY_ENHANCED = "algorithmicallyEnhanced"
    COMPOSITE = "composite"
    COMPOSITE_CAPTURE = "compositeCapture"
    COMPOSITE_SYNTHETIC = "compositeSynthetic"
    COMPOSITE_WITH_TRAINED = "compositeWithTrainedAlgorithmicMedia"
    COMPUTATIONAL_CAPTURE = "computationalCapture"
    DATA_DRIVEN_MEDIA = "dataDrivenMedia"
    DIGITAL_ART = "digitalArt"
    DIGITAL_CAPTURE = "digitalCapture"
    DIGITAL_CREATION = "digitalCreation"
    HUMAN_EDITS = "humanEdits"
    MINOR_HUMAN_EDITS = "minorHumanEdits"
    NEGATIVE_FILM = "negativeFilm"
    POSITIVE_FILM = "positiveFilm"
    PRINT = "print"
    SCREEN_CAPTURE = "screenCapture"
    TRAINED = "trainedAlgorithmicMedia"
    VIRTUAL_RECORDING = "virtualRecording"

    @property
    def iri(self) -> str:
        """The code's address, as it stands in files and on the wire (schema:digitalSourceType)."""
        return _VOCABULARY + self.value

    @property
    def is_ai(self) -> bool:
        """Whether a trained model drew it or a part of it."""
        return self in (DigitalSource.TRAINED, DigitalSource.COMPOSITE_WITH_TRAINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """How a picture was made; `system`, `system_version` and `tool` are plain text, "" when not said."""

    source: DigitalSource
    system: str = ""
    system_version: str = ""
    tool: str = ""


def read_label(data: bytes) -> Label | None:
    """Give the label inside a picture's XMP or C2PA manifest, None when there is none that is known.

    That a model made it counts for more than any other word. A manifest's signature is not checked: who
    says of a picture that a model made it is believed anyway. Looks at most at eight packets of at most
    256 KiB; an extended or compressed packet is not read.
    """
    written = _read_packets(data)
    if written is not None and written.source.is_ai:
        return written
    claimed = _claimed_in(find_manifest(data))
    return Label(source=claimed) if claimed is not None else written


def label_in(data: bytes, claimed: DigitalSource | None) -> tuple[Label | None, str]:
    """Give the label of an upload and whose word it is: the file's, or its author's claim ("author")."""
    label = read_label(data)
    if claimed is not None and not (label and label.source.is_ai):
        return Label(source=claimed), "author"
    return label, "file"


def _claimed_in(manifest: bytes) -> DigitalSource | None:
    # Lengths stand before texts there, and look like letters: only whole known codes can be told apart.
    prefix = b"digitalsourcetype/"
    return next(
        (source for source in DigitalSource if source.is_ai and prefix + source.value.encode() in manifest),
        None,
    )


def _read_packets(data: bytes) -> Label | None:
    start = -1
    for _ in range(_MAX_PACKETS):
        start = data.find(_PACKET_START, start + 1)
        if start < 0:
            return None
        end = data.find(_PACKET_END, start, start + _MAX_PACKET_BYTES)
        if end >= 0 and (label := _read_packet(data[start:end].decode("utf-8", "replace"))):
            return label
    return None


def source_from_iri(text: str) -> DigitalSource | None:
    """Read a code as peers write it: the whole address, `iptc:CODE` or the code alone; None if unknown."""
    code = regex.split("[/:]", text[-100:])[-1]
    return next((source for source in DigitalSource if source.value.lower() == code.lower()), None)


def is_model_made(source_type: str) -> bool:
    """Say whether a picture with this label (an IRI, "" for none) was made by a model, or a part of it."""
    return bool(source_type) and (source := source_from_iri(source_type)) is not None and source.is_ai


def said_in_words(text: str, source_type: str) -> str:
    """Give an alt text with the sentence that a model made the picture; unlabelled or said already: as it is.

    Undone by `own_words`, so that authors edit their own text alone.
    """
    sentence = _sentence(source_type)
    if not sentence or sentence.casefold() in text.casefold():
        return text
    return f"{text} ({sentence})" if text else sentence


def own_words(text: str, source_type: str) -> str:
    """Give an alt text without the sentence that `said_in_words` adds to it."""
    sentence, text = _sentence(source_type), text.strip()
    if not sentence:
        return text
    return "" if text == sentence else text.removesuffix(f"({sentence})").rstrip()


def _sentence(source_type: str) -> str:
    source = source_from_iri(source_type) if source_type else None
    if source is None or not source.is_ai:
        return ""
    return "Made by an AI model." if source is DigitalSource.TRAINED else "Made with an AI model."


def write_packet(label: Label) -> bytes:
    """Give the XMP packet that carries `label`."""
    properties = {
        "Iptc4xmpExt:DigitalSourceType": label.source.iri,
        "Iptc4xmpExt:AISystemUsed": label.system,
        "Iptc4xmpExt:AISystemVersionUsed": label.system_version,
        "xmp:CreatorTool": label.tool,
    }
    attributes = "".join(f' {name}="{html.escape(text)}"' for name, text in properties.items() if text)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"{attributes}/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _read_packet(packet: str) -> Label | None:
    found = _SOURCE.search(packet)
    source = source_from_iri(found[1]) if found else None
    if source is None:
        return None
    return Label(
        source=source,
        system=_read_property(packet, "AISystemUsed"),
        system_version=_read_property(packet, "AISystemVersionUsed"),
        tool=_read_property(packet, "CreatorTool"),
    )


def _read_property(packet: str, name: str) -> str:
    found = regex.search(rf"""\b{name}\s*(?:=\s*(?:"([^"<]++)"|'([^'<]++)')|>([^<]++)<)""", packet)
    raw = next((text for text in found.groups() if text), "") if found else ""
    return clean_line(html.unescape(raw[: 4 * _MAX_NAME_LENGTH]), _MAX_NAME_LENGTH)
