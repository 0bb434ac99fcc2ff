"""Signed requests of either scheme: `Signature-Input` says RFC 9421, else draft-cavage-12.

The scheme is the one that the request declares, never whichever holds: a request in both is refused, since
the one Signature header cannot be read in both.
"""

from datetime import datetime
from typing import TypeAlias

from fedi.activitypub.signatures import cavage, rfc9421
from fedi.activitypub.signatures.cavage import CavageSignature
from fedi.activitypub.signatures.message import SignedMessage
from fedi.activitypub.signatures.rfc9421 import MessageSignature
from fedi.activitypub.signatures.verifying import VerifyingKey

Signature: TypeAlias = CavageSignature | MessageSignature


def parse(message: SignedMessage) -> Signature:
    """Read the signature of a request. Raises Unsigned where there is none, or none to be trusted."""
    return rfc9421.parse(message) if "signature-input" in message.headers else cavage.parse(message)


def check_request(message: SignedMessage, signature: Signature, *, now: datetime) -> None:
    """Raise Unsigned for what no key can mend; to be asked before a key is fetched for a stranger."""
    if isinstance(signature, MessageSignature):
        rfc9421.check_request(message, signature, now=now)
    else:
        cavage.check_request(message, signature, now=now)


def check(
    message: SignedMessage,
    signature: Signature,
    public_key: VerifyingKey,
    *,
    base_url: str,
    now: datetime,
) -> None:
    """Raise Unsigned unless the signature holds for this request, at our address `base_url`, now."""
    if isinstance(signature, MessageSignature):
        rfc9421.check(message, signature, public_key, base_url=base_url, now=now)
    else:
        cavage.check(message, signature, public_key, now=now)


def covers(signature: Signature, header: str) -> bool:
    """Say whether a signature covers a header, named in lower case."""
    return header in (signature.covered if isinstance(signature, MessageSignature) else signature.headers)
