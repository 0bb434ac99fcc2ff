"""Quotes on the wire (FEP-044f): what a post says it quotes. The stamp that says it may: stamps.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from fedi.activitypub.reader import Reader, uri_of
from fedi.activitypub.vocabulary import LD_JSON_AS2, Json, Uri, is_activity_type

# Misskey, Fedibird and Akkoma: nobody was asked.
_OLDER = ("_misskey_quote", "quoteUrl", "quoteUri")
_RELATIONS = frozenset({"https://misskey-hub.net/ns#_misskey_quote", "https://w3id.org/fep/044f#quote"})
_MAX_LINE_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteClaim:
    """What a post says of its quote: `target`, and the `stamp` that its author was given, if any.

    `older`: it is said in spellings only that know of no stamp.
    """

    target: Uri
    stamp: Uri | None = None
    older: bool = False

    @classmethod
    def read(cls, read: Reader, id_: Uri) -> Self | None:
        """Read what the post with the id `id_` quotes; None when it quotes nothing but itself."""
        target = read.find_uri("quote")
        older = next(_older(read), None)
        if target is None and older is None:
            return None
        found = target or older
        if found is None or found == id_:
            return None
        return cls(target=found, stamp=read.find_uri("quoteAuthorization"), older=target is None)

    def to_json(self) -> Json:
        """Write the properties of the quoting post, with those that older readers know."""
        said: dict[str, Uri | None] = {
            "quote": None if self.older else self.target,
            "quoteUri": self.target,
            "quoteUrl": self.target,
            "_misskey_quote": self.target,
            "quoteAuthorization": self.stamp,
        }
        return {name: value for name, value in said.items() if value is not None}

    def tags_to_json(self) -> list[Json]:
        """Write the Link that stands in `tag` (FEP-e232)."""
        link = {"type": "Link", "mediaType": LD_JSON_AS2, "href": self.target, "name": f"RE: {self.target}"}
        return [link | {"rel": "https://misskey-hub.net/ns#_misskey_quote"}]


def _older(read: Reader) -> Iterator[Uri]:
    for name in _OLDER:
        if (found := read.find_uri(name)) is not None:
            yield found
    for link in read.objects("tag"):
        if "Link" in link.types() and _is_quote(link) and (found := uri_of(link.json)) is not None:
            yield found


def _is_quote(link: Reader) -> bool:
    """Tell a Link to what is quoted from one to something that the text speaks of (FEP-e232)."""
    if not is_activity_type(link.line("mediaType", limit=_MAX_LINE_CHARACTERS) or ""):
        return False
    named = link.line("name", limit=_MAX_LINE_CHARACTERS) or ""
    return not _RELATIONS.isdisjoint(map(str, link.many("rel"))) or named.startswith("RE:")
