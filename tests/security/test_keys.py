"""Keys: ours made and loaded, strangers' accepted by rule (federation.md 4.1, threat T14)."""

import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from hypothesis import given
from hypothesis import strategies as st

from fedi.errors import Malformed
from fedi.security.keys import load_private, load_public, make_ed25519_pair, make_rsa_pair


def pem_of(
    key: object, form: serialization.PublicFormat = serialization.PublicFormat.SubjectPublicKeyInfo
) -> str:
    return key.public_bytes(serialization.Encoding.PEM, form).decode()  # type: ignore[attr-defined]  any public key


def rsa_pem(bits: int, exponent: int = 65537) -> str:
    modulus = (1 << (bits - 1)) | 1
    return pem_of(rsa.RSAPublicNumbers(exponent, modulus).public_key())


def test_an_rsa_pair_signs_and_checks() -> None:
    pair = make_rsa_pair()
    private, public = load_private(pair.private_pem), load_public(pair.public_pem)

    assert isinstance(private, RSAPrivateKey)
    assert isinstance(public, RSAPublicKey)
    assert private.key_size == 2048
    signature = private.sign(b"fox", padding.PKCS1v15(), hashes.SHA256())
    public.verify(signature, b"fox", padding.PKCS1v15(), hashes.SHA256())


def test_an_ed25519_pair_signs_and_checks() -> None:
    pair = make_ed25519_pair()
    private, public = load_private(pair.private_pem), load_public(pair.public_pem)

    assert isinstance(private, Ed25519PrivateKey)
    assert isinstance(public, Ed25519PublicKey)
    public.verify(private.sign(b"fox"), b"fox")


def test_a_private_key_is_loaded_once_and_few_stay() -> None:
    pair = make_rsa_pair()
    assert load_private(pair.private_pem) is load_private(pair.private_pem)
    assert load_private.cache_info().maxsize == 256


def test_a_private_key_of_another_kind_is_a_fault_of_ours() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    with pytest.raises(TypeError):
        load_private(pem)


@pytest.mark.parametrize(("bits", "exponent"), [(2048, 65537), (2048, 3), (4096, 65539), (8192, 65537)])
def test_usual_rsa_keys_are_accepted(bits: int, exponent: int) -> None:
    assert isinstance(load_public(rsa_pem(bits, exponent)), RSAPublicKey)


def test_the_older_pem_form_is_accepted() -> None:
    key = load_public(make_rsa_pair().public_pem)
    assert load_public(pem_of(key, serialization.PublicFormat.PKCS1)) == key


@pytest.mark.parametrize(
    ("bits", "exponent"),
    [
        (1024, 65537),
        (2047, 65537),
        (8193, 65537),
        (16384, 65537),
        (2048, 5),
        (2048, 65535),
        (2048, 2**32 + 1),
        (2048, 2**1000 + 1),
    ],
)
def test_weak_and_giant_rsa_keys_are_refused_at_once(bits: int, exponent: int) -> None:
    pem = rsa_pem(bits, exponent)
    spent = []
    for _ in range(3):
        started = time.process_time()
        with pytest.raises(Malformed):
            load_public(pem)
        spent.append(time.process_time() - started)
    # The best of them: a machine may pause.
    assert min(spent) < 0.1


def test_other_kinds_of_key_are_refused() -> None:
    for key in (
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        dsa.generate_private_key(1024).public_key(),
    ):
        with pytest.raises(Malformed):
            load_public(pem_of(key))


def test_a_private_key_is_not_taken_for_a_public_one() -> None:
    with pytest.raises(Malformed):
        load_public(make_rsa_pair().private_pem)


@given(
    st.text()
    | st.binary().map(lambda body: f"-----BEGIN PUBLIC KEY-----\n{body.hex()}\n-----END PUBLIC KEY-----\n")
)
def test_nonsense_is_malformed(pem: str) -> None:
    with pytest.raises(Malformed):
        load_public(pem)


def test_a_megabyte_of_pem_is_malformed() -> None:
    with pytest.raises(Malformed):
        load_public("-----BEGIN PUBLIC KEY-----\n" + "A" * 1_000_000)
