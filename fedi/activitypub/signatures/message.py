"""What HTTP signatures are made over: a request as it stands on the wire. Schemes live beside this module."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMessage:
    """A request: `method` in capitals, `target` (path and query) exactly as on the wire, headers, raw body.

    `headers` maps lower-case names to every value that came, in order.
    """

    method: str
    target: str
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""

    @classmethod
    def of(cls, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> Self:
        """Make a message from header lines; outer white space is not part of a value (RFC 9110 5.5)."""
        found: dict[str, tuple[str, ...]] = {}
        for name, value in headers:
            found[name.lower()] = (*found.get(name.lower(), ()), value.strip(" \t"))
        return cls(method=method.upper(), target=target, headers=MappingProxyType(found), body=body)

    def header(self, name: str) -> str | None:
        """Give a header that stands exactly once, by its lower-case name; else None."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None


def sha256_base64(body: bytes) -> str:
    """Give the SHA-256 of raw bytes in base64, as Digest and Content-Digest hold it."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")
