"""Web Push, read by libraries that are not ours."""

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fedi.errors import Malformed
from fedi.security import webpush
from tests.support.push_service import App, Pushed, decoded, encoded

SECRET, OTHER = "one secret that is long enough here", "another secret that is long enough"
APP = App()
KEYS = webpush.read_keys(**APP.keys)


@pytest.mark.parametrize(
    "text", [b"{}", b'"' + b"x" * (webpush.MAX_TEXT_BYTES - 2) + b'"'], ids=["short", "longest"]
)
@pytest.mark.parametrize("seal", [webpush.seal, webpush.seal_as_draft])
def test_another_implementation_reads_it(seal, text):
    sealed = seal(text, KEYS)
    lower = {name.lower(): value for name, value in sealed.headers.items()}

    read = APP.read(Pushed("/", lower, sealed.body))

    assert read == ({} if text == b"{}" else text.decode().strip('"'))
    assert len(sealed.body) <= 4096


def test_nobody_else_reads_it():
    sealed = webpush.seal(b"{}", KEYS)

    with pytest.raises(http_ece.ECEException):
        App().read(Pushed("/", {"content-encoding": "aes128gcm"}, sealed.body))


def test_the_claim_is_signed_with_the_key_that_is_told():
    claim = webpush.claim(SECRET, audience="https://push.example", subject="mailto:a@example", until=2**40)

    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(webpush.public_key(SECRET)))
    read = jwt.decode(claim, key, algorithms=["ES256"], audience="https://push.example")

    assert read == {"aud": "https://push.example", "exp": 2**40, "sub": "mailto:a@example"}


def test_the_key_is_the_secrets_own():
    assert webpush.public_key(SECRET) == webpush.public_key(SECRET) != webpush.public_key(OTHER)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", APP.keys["auth"]),
        (APP.keys["p256dh"], ""),
        (APP.keys["p256dh"], encoded(b"x" * 15)),
        (encoded(b"\4" + b"\1" * 64), APP.keys["auth"]),
        (encoded(decoded(APP.keys["p256dh"])[:-1]), APP.keys["auth"]),
        ("ä", APP.keys["auth"]),
        ("*" * 87, APP.keys["auth"]),
    ],
    ids=["no point", "no secret", "short secret", "off the curve", "short point", "no ASCII", "no base64"],
)
def test_keys_that_are_none_are_refused(p256dh, auth):
    with pytest.raises(Malformed):
        webpush.read_keys(p256dh, auth)


def test_keys_may_come_with_padding_and_in_the_other_alphabet():
    padded = {name: text.replace("-", "+").replace("_", "/") + "=" for name, text in APP.keys.items()}

    assert webpush.read_keys(**padded) == KEYS


def test_what_is_locked_is_read_by_whom_and_for_what_it_was_locked():
    locked = webpush.lock(SECRET, "token", about="1")

    assert webpush.unlock(SECRET, locked, about="1") == "token"
    assert "token" not in locked
    for secret, about in ((OTHER, "1"), (SECRET, "2")):
        with pytest.raises(Malformed):
            webpush.unlock(secret, locked, about=about)
