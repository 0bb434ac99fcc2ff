"""Content Credentials (C2PA 2.2): a signed manifest inside a picture that says how it came to be.

The server signs with a certificate of its own making. Readers find such a manifest valid, and its signer
one that no list of theirs knows: it proves that the file is as this server gave it out, not who runs it.
Needs the extra `c2pa`. Once signed, a file must not be written again.
"""

import io
import json
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fedi.media.provenance import Label

_SIGNABLE = frozenset({"image/jpeg", "image/png", "image/webp"})
_VALID_FOR = timedelta(days=3650)
# Clocks differ; what was just signed shall not look signed too early.
_VALID_SINCE = timedelta(hours=1)
_MAX_COMMON_NAME = 64
_KEY_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
# No copy of the picture in it: the file would grow by half.
_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": False}}


def can_sign() -> bool:
    """Say whether the extra `c2pa` is installed."""
    return find_spec("c2pa") is not None


def make_identity(host: str, now: datetime) -> bytes:
    """Make what a server signs with, as PEM: private key, its certificate, and the one that vouches for that.

    Two certificates, since a signer's must not be self-signed (C2PA 2.2, section 14.5). The voucher's key is
    kept by nobody.
    """
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, name = _name(host, "Content Credentials root"), _name(host, "Content Credentials")
    root = _certificate(root_name, root_name, root_key.public_key(), root_key, now, is_root=True)
    own = _certificate(name, root_name, key.public_key(), root_key, now, is_root=False)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + b"".join(each.public_bytes(serialization.Encoding.PEM) for each in (own, root))


def sign(data: bytes, media_type: str, label: Label, identity: bytes) -> bytes:
    """Give a picture with a signed manifest that says what its label says; other kinds of files as they are.

    `identity` is what `make_identity` made. Work for a thread: some 30 ms. Raises ValueError for an identity
    that is none, and for a file that cannot be signed.
    """
    import c2pa  # noqa: PLC0415  10 MB, for servers that sign alone

    if media_type not in _SIGNABLE:
        return data
    secret, begin, chain = identity.partition(b"-----BEGIN CERTIFICATE-----")
    if b"PRIVATE KEY" not in secret or not begin:
        raise ValueError("The file of the server's Content Credentials does not hold a key and certificates.")
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=begin + chain, private_key=secret, ta_url=None)
    out = io.BytesIO()
    try:
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Context(settings=c2pa.Settings.from_dict(_SETTINGS)) as context,
            c2pa.Builder(json.dumps(_manifest(label)), context) as builder,
        ):
            builder.sign(signer, media_type, io.BytesIO(data), out)
    except c2pa.C2paError as error:
        raise ValueError(str(error)) from error
    return out.getvalue()


def _manifest(label: Label) -> dict[str, Any]:
    tool, _, version = (label.tool or "fedi").partition(" ")
    agent = {"name": label.system or tool}
    if label.system_version:
        agent["version"] = label.system_version
    action = {"action": "c2pa.created", "digitalSourceType": label.source.iri, "softwareAgent": agent}
    return {
        "claim_generator_info": [{"name": tool, **({"version": version} if version else {})}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }


def _name(host: str, what: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, host[:_MAX_COMMON_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, what),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    signing: ec.EllipticCurvePrivateKey,
    now: datetime,
    *,
    is_root: bool,
) -> x509.Certificate:
    """Make a certificate of the profile that C2PA asks for (C2PA 2.2, section 14.5.1)."""
    allowed = {"key_cert_sign", "crl_sign"} if is_root else {"digital_signature"}
    uses = x509.KeyUsage(**{name: name in allowed for name in _KEY_USES})
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _VALID_SINCE)
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(uses, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(signing, hashes.SHA256())
