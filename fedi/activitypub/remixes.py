"""Remixes on the wire (federation reference 19.3): a post's word that it shows a picture made from another's.

Only with the stamp of who made the original is it more than a word; a post that names no stamp says nothing.
"""

from dataclasses import dataclass
from typing import Self

from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import Json, Uri


@dataclass(frozen=True, slots=True, kw_only=True)
class RemixClaim:
    """What a post says of itself: it is made from a picture of the post `target`, as the `stamp` allows."""

    target: Uri
    stamp: Uri

    @classmethod
    def read(cls, read: Reader, id_: Uri) -> Self | None:
        """Read what the post with the id `id_` is made from; None without a stamp, or of itself."""
        target = read.find_uri("isBasedOn") or read.find_uri("schema:isBasedOn")
        stamp = read.find_uri("remixAuthorization") or read.find_uri("fedi:remixAuthorization")
        if target is None or stamp is None or target == id_:
            return None
        return cls(target=target, stamp=stamp)

    def to_json(self) -> Json:
        """Write the properties of the post."""
        return {"isBasedOn": self.target, "remixAuthorization": self.stamp}
