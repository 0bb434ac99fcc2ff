"""What a file is, by its bytes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.errors import Unsupported
from fedi.media.sniff import ImageKind, sniff


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", ImageKind.JPEG),
        (b"\x89PNG\r\n\x1a\n", ImageKind.PNG),
        (b"GIF89a", ImageKind.GIF),
        (b"GIF87a", ImageKind.GIF),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", ImageKind.WEBP),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1", ImageKind.AVIF),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00avifmiaf", ImageKind.AVIF),
    ],
)
def test_pictures_are_known_by_their_first_bytes(head: bytes, kind: ImageKind) -> None:
    assert sniff(head + b"rest") is kind


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"", "an empty file"),
        (b"Dear diary, \xc3\xa9" * 100, "a text file"),
        (b'<?xml version="1.0"?><!-- --><SVG xmlns="x">', "an SVG drawing"),
        (b"<!DOCTYPE html><p>", "a web page"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1", "a HEIC picture"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00mp42", "a video"),
        (b"\x1aE\xdf\xa3webm", "a video"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "a video"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a sound"),
        (b"RIFF\x00\x00\x00\x00ACON", "no picture that is known here"),
        (b"%PDF-1.7", "a PDF document"),
        (b"%!PS-Adobe EPSF", "a PostScript document"),
        (b"8BPS\x00", "a Photoshop document"),
        (b"PK\x03\x04", "an archive"),
        (b"\x00\x01\x02\x03", "no picture that is known here"),
    ],
)
def test_a_refusal_says_what_came(head: bytes, name: str) -> None:
    with pytest.raises(Unsupported, match=f"This is {name}.*JPEG, PNG, GIF, WebP or AVIF"):
        sniff(head)


@given(st.binary() | st.binary().map(b"\x00\x00\x00\x20ftyp".__add__) | st.binary().map(b"RIFF".__add__))
def test_any_bytes_are_named_or_refused(data: bytes) -> None:
    with suppress(Unsupported):
        assert sniff(data) in ImageKind
