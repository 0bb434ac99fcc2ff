"""Labels inside C2PA manifests: found in the file's own structure, within bounds."""

import struct

import pytest

from fedi.media.manifests import find_manifest
from fedi.media.provenance import DigitalSource, Label, read_label, write_packet
from tests.support.pictures import photo

# As CBOR writes it: a letter in front of the next text says how long that is.
CLAIM = b"jumb....qdigitalSourceTypexFhttp://cv.iptc.org/newscodes/digitalsourcetype/"
MADE = CLAIM + b"trainedAlgorithmicMediamsoftwareAgent"


def in_jpeg(*parts: bytes) -> bytes:
    """A photo with a manifest store cut into segments (ISO 19566-5: the first box head is repeated)."""
    segments = b""
    for number, part in enumerate(parts, start=1):
        head = b"JP" + struct.pack(">HI", 1, number) + (b"" if number == 1 else bytes(8))
        body = head + part
        segments += b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body
    whole = photo()
    return whole[:2] + segments + whole[2:]


def in_png(part: bytes) -> bytes:
    whole = photo(kind="PNG")
    return whole[:33] + struct.pack(">I", len(part)) + b"caBX" + part + bytes(4) + whole[33:]


def in_webp(part: bytes) -> bytes:
    return photo(kind="WEBP") + b"C2PA" + struct.pack("<I", len(part)) + part


@pytest.mark.parametrize("put", [in_jpeg, in_png, in_webp])
def test_a_manifest_that_names_a_model_is_a_label(put):
    assert read_label(put(MADE)) == Label(source=DigitalSource.TRAINED)


def test_a_word_cut_by_the_end_of_a_segment_is_read_whole():
    at = len(CLAIM) + 7

    assert read_label(in_jpeg(MADE[:at], MADE[at:])) == Label(source=DigitalSource.TRAINED)


@pytest.mark.parametrize("put", [in_jpeg, in_png, in_webp])
def test_a_manifest_of_a_camera_is_no_label(put):
    assert read_label(put(CLAIM + b"digitalCapture")) is None


def test_that_a_model_made_it_counts_for_more_than_another_word():
    packet = write_packet(Label(source=DigitalSource.DIGITAL_CAPTURE))

    assert read_label(in_png(MADE) + packet) == Label(source=DigitalSource.TRAINED)


def test_the_same_words_in_the_picture_itself_are_no_manifest():
    assert read_label(photo() + MADE) is None


@pytest.mark.parametrize("cut", range(0, 60, 7))
@pytest.mark.parametrize("put", [in_jpeg, in_png, in_webp])
def test_broken_files_are_walked_to_their_end(put, cut):
    assert find_manifest(put(MADE)[:cut]) in {b"", *(MADE[:length] for length in range(60))}


def test_no_more_than_four_mebibytes_are_kept():
    assert len(find_manifest(in_png(bytes(5 * 2**20)))) == 4 * 2**20
