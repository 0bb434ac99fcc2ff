"""Stamps on the wire: an author's word that somebody's post may show something of theirs (FEP-044f).

A document of its own at the author's server, fetched by whoever wants to know. Of quotes, and of remixes.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import AS2, QUOTE_STAMP_TERMS, Json, Uri, remix_stamp_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """`attributed_to`, whose `target` is, lets the post `quoting` show it."""

    names: ClassVar[tuple[str, ...]] = ()

    id: Uri
    attributed_to: Uri
    quoting: Uri
    target: Uri

    @classmethod
    def from_json(cls, json: Json) -> Self:
        """Read a stamp. Raises Malformed for a document of another type or without one of its parts."""
        read = Reader(json)
        read.type(cls.names)
        return cls(
            id=read.id(),
            attributed_to=read.uri("attributedTo"),
            quoting=read.uri("interactingObject"),
            target=read.uri("interactionTarget"),
        )

    def to_json(self) -> Json:
        """Write the stamp as a document of its own."""
        return {
            "@context": [AS2, self.terms()],
            "id": self.id,
            "type": self.names[0],
            "attributedTo": self.attributed_to,
            "interactingObject": self.quoting,
            "interactionTarget": self.target,
        }

    def terms(self) -> Json:
        """Give the terms that the document's context needs."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAuthorization(Stamp):
    """The stamp of a quote (FEP-044f)."""

    names: ClassVar[tuple[str, ...]] = ("QuoteAuthorization",)

    def terms(self) -> Json:
        return dict(QUOTE_STAMP_TERMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemixAuthorization(Stamp):
    """The stamp of a remix (federation reference 19.3): `quoting` is the post that shows it."""

    names: ClassVar[tuple[str, ...]] = ("RemixAuthorization", "fedi:RemixAuthorization")

    def terms(self) -> Json:
        return remix_stamp_terms(self.id)
