"""Followers synchronisation (FEP-8fcf): do two servers agree on who of one follows an actor of the other.

The `Collection-Synchronization` header of a delivery for followers says what its sender believes, as a digest
that does not depend on the order.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Self

from fedi.activitypub.reader import is_http_uri
from fedi.activitypub.vocabulary import Uri
from fedi.errors import Malformed

HEADER = "Collection-Synchronization"

_MAX_CHARACTERS = 6000
_PARAMETER = re.compile(r'[ \t]*([A-Za-z]{1,32})="([^"\\\x00-\x1f]{0,2048})"[ \t]*(?:,|\Z)')
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronisation:
    """What the header says: of which collection, where the receiver's part of it is read, its digest."""

    collection: Uri
    url: Uri
    digest: str

    @classmethod
    def parse(cls, header: str) -> Self:
        """Read the header. Raises Malformed for what is none."""
        found: dict[str, str] = {}
        position = 0
        while position < len(header[:_MAX_CHARACTERS]):
            part = _PARAMETER.match(header, position)
            if part is None or part[1] in found:
                raise Malformed("The Collection-Synchronization header cannot be read.")
            found[part[1]] = part[2]
            position = part.end()
        collection, url = found.get("collectionId", ""), found.get("url", "")
        digest = found.get("digest", "").lower()
        if not is_http_uri(collection) or not is_http_uri(url) or not _DIGEST.fullmatch(digest):
            raise Malformed("The Collection-Synchronization header lacks something.")
        return cls(collection=Uri(collection), url=Uri(url), digest=digest)

    def __str__(self) -> str:
        """Give the header's value."""
        return f'collectionId="{self.collection}", url="{self.url}", digest="{self.digest}"'


def digest(uris: Iterable[str]) -> str:
    """Give the digest of followers: the exclusive or of the SHA-256 of each id, in hex; of none, zeros."""
    hashes = (int.from_bytes(hashlib.sha256(uri.encode()).digest()) for uri in set(uris))
    return f"{reduce(xor, hashes, 0):064x}"
