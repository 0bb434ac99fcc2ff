"""The label that says how a picture was made, in and out of files."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fedi.media.images import encode, process
from fedi.media.prepared import ImageLimits
from fedi.media.provenance import DigitalSource, Label, read_label, source_from_iri, write_packet
from fedi.media.sniff import ImageKind

LABEL = Label(
    source=DigitalSource.COMPOSITE_WITH_TRAINED, system="fedi", system_version="sha256:ab", tool="fedi 0.1"
)
LIMITS = ImageLimits()


def packet(inside: str) -> bytes:
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>{inside}</rdf:RDF></x:xmpmeta>'.encode()


def picture(image_format: str, **options: object) -> bytes:
    target = BytesIO()
    Image.linear_gradient("L").convert("RGB").save(target, image_format, **options)
    return target.getvalue()


@pytest.mark.parametrize("kind", [ImageKind.JPEG, ImageKind.PNG, ImageKind.WEBP])
def test_a_label_is_written_and_read_back(kind: ImageKind) -> None:
    encoded = encode(Image.new("RGB", (8, 8)), kind, LABEL)
    assert read_label(encoded.data) == LABEL


@pytest.mark.parametrize("kind", [ImageKind.JPEG, ImageKind.PNG, ImageKind.WEBP])
def test_without_a_label_nothing_is_claimed(kind: ImageKind) -> None:
    encoded = encode(Image.new("RGB", (8, 8)), kind, None)
    assert read_label(encoded.data) is None
    assert b"xmp" not in encoded.data.lower()


def test_the_packet_says_it_in_the_words_of_the_standard() -> None:
    text = write_packet(LABEL).decode()
    vocabulary = "http://cv.iptc.org/newscodes/digitalsourcetype"
    assert f'Iptc4xmpExt:DigitalSourceType="{vocabulary}/compositeWithTrainedAlgorithmicMedia"' in text
    assert 'Iptc4xmpExt:AISystemUsed="fedi"' in text
    assert 'Iptc4xmpExt:AISystemVersionUsed="sha256:ab"' in text
    assert 'xmp:CreatorTool="fedi 0.1"' in text


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_a_labelled_picture_that_comes_in_stays_labelled(image_format: str) -> None:
    first = process(picture(image_format), limits=LIMITS, label=LABEL)
    assert first.source_label is DigitalSource.COMPOSITE_WITH_TRAINED

    second = process(first.data, limits=LIMITS)

    assert second.source_label is DigitalSource.COMPOSITE_WITH_TRAINED
    for kept in (second.data, second.preview):
        assert read_label(kept) == LABEL


def test_a_label_made_elsewhere_is_kept_whatever_its_form() -> None:
    iri = DigitalSource.TRAINED.iri
    for inside in (
        f'<rdf:Description x:DigitalSourceType="{iri}"/>',
        f"<x:DigitalSourceType>{iri}</x:DigitalSourceType><x:AISystemUsed>Some &amp; One</x:AISystemUsed>",
        f'<x:DigitalSourceType rdf:resource="{iri}"/>',
        f"<x:DigitalSourceType>\n  {iri.replace('http:', 'https:')}\n</x:DigitalSourceType>",
    ):
        for image_format in ("JPEG", "WEBP", "AVIF"):
            kept = process(picture(image_format, xmp=packet(inside)), limits=LIMITS)
            assert kept.source_label is DigitalSource.TRAINED
            label = read_label(kept.data)
            assert label is not None
            assert label.system in ("", "Some & One")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<x:xmpmeta",
        packet(""),
        packet('<a DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/somethingNew"/>'),
        packet('<a DigitalSourceType="http://elsewhere.example/trainedAlgorithmicMedia"/>'),
        packet("<DigitalSourceType>" + " " * 1000 + DigitalSource.TRAINED.iri + "</DigitalSourceType>"),
        b"<x:xmpmeta" + b" " * 300_000 + DigitalSource.TRAINED.iri.encode() + b"</x:xmpmeta>",
        packet("") * 20 + write_packet(LABEL),
    ],
)
def test_what_is_no_label_within_bounds_is_none(data: bytes) -> None:
    assert read_label(data) is None


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    label = read_label(
        packet(f'{bomb}<a DigitalSourceType="{DigitalSource.TRAINED.iri}" AISystemUsed="&b;"/>')
    )
    assert label == Label(source=DigitalSource.TRAINED, system="&b;")


def test_a_hostile_name_is_cleaned_and_cut() -> None:
    iri = DigitalSource.TRAINED.iri
    label = read_label(packet(f'<a DigitalSourceType="{iri}" AISystemUsed="&lt;b&gt;\u202e{"x" * 9999}"/>'))
    assert label is not None
    assert label.system.startswith("<b>xx")
    assert len(label.system) == 200


@given(st.binary() | st.text(alphabet="DigtalSourceTypdm/<>\"'= :").map(packet))
def test_reading_never_raises(data: bytes) -> None:
    read_label(data)


@given(st.text(max_size=50).map(str.strip), st.sampled_from(DigitalSource))
def test_any_name_survives_in_clean_form(name: str, source: DigitalSource) -> None:
    label = read_label(write_packet(Label(source=source, system=name)))
    assert label is not None
    assert label.source is source
    again = read_label(write_packet(label))
    assert again == label


def test_codes_are_read_as_peers_write_them() -> None:
    assert source_from_iri(DigitalSource.TRAINED.iri) is DigitalSource.TRAINED
    assert source_from_iri("iptc:trainedAlgorithmicMedia") is DigitalSource.TRAINED
    assert source_from_iri("TRAINEDALGORITHMICMEDIA") is DigitalSource.TRAINED
    assert source_from_iri("x" * 1_000_000) is None
    assert source_from_iri("") is None


def test_only_what_a_model_drew_counts_as_ai() -> None:
    drawn = {source for source in DigitalSource if source.is_ai}
    assert drawn == {DigitalSource.TRAINED, DigitalSource.COMPOSITE_WITH_TRAINED}
