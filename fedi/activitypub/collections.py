"""Collections, their pages, and Tombstones (ActivityPub 5; ActivityStreams 2.0 Core 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeAlias

from fedi.activitypub.reader import Reader, uri_of, write_moment
from fedi.activitypub.vocabulary import AS2, Json, Uri

Item: TypeAlias = Uri | Json

_COLLECTIONS = frozenset({"OrderedCollection", "Collection"})
_PAGES = frozenset({"OrderedCollectionPage", "CollectionPage"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPage:
    """A page; `items` are ids or objects as they stand, bounded by the limits of the document."""

    id: Uri | None = None
    ordered: bool = True
    part_of: Uri | None = None
    next: Uri | None = None
    prev: Uri | None = None
    total_items: int | None = None
    items: tuple[Item, ...] = ()

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(
            ordered=read.type(_PAGES) == "OrderedCollectionPage",
            id=read.find_id(),
            part_of=read.find_uri("partOf"),
            next=read.find_uri("next"),
            prev=read.find_uri("prev"),
            total_items=read.count("totalItems"),
            items=_items(read),
        )

    def to_json(self) -> Json:
        said = {
            "@context": AS2,
            "id": self.id,
            "type": "OrderedCollectionPage" if self.ordered else "CollectionPage",
            "totalItems": self.total_items,
            "partOf": self.part_of,
            "next": self.next,
            "prev": self.prev,
            "orderedItems" if self.ordered else "items": list(self.items),
        }
        return {name: value for name, value in said.items() if value is not None}

    @property
    def item_ids(self) -> tuple[Uri, ...]:
        """The ids of the items, those without one left out."""
        return _ids(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedCollection:
    """A collection; `ordered` is False for a plain Collection. Hidden members: no `first`, no items."""

    id: Uri
    ordered: bool = True
    total_items: int | None = None
    first: Uri | CollectionPage | None = None
    last: Uri | None = None
    attributed_to: Uri | None = None
    items: tuple[Item, ...] = ()

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        return cls(
            ordered=read.type(_COLLECTIONS) == "OrderedCollection",
            id=read.id(),
            total_items=read.count("totalItems"),
            first=_first(read),
            last=read.find_uri("last"),
            attributed_to=read.find_uri("attributedTo"),
            items=_items(read),
        )

    def to_json(self) -> Json:
        first: object = self.first
        if isinstance(self.first, CollectionPage):
            first = self.first.to_json()
            del first["@context"]
        said = {
            "@context": AS2,
            "id": self.id,
            "type": "OrderedCollection" if self.ordered else "Collection",
            "totalItems": self.total_items,
            "attributedTo": self.attributed_to,
            "first": first,
            "last": self.last,
            "orderedItems" if self.ordered else "items": list(self.items) or None,
        }
        return {name: value for name, value in said.items() if value is not None}

    @property
    def item_ids(self) -> tuple[Uri, ...]:
        """The ids of the items, those without one left out."""
        return _ids(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What stands where something was deleted (ActivityPub 6.4)."""

    id: Uri
    former_type: str | None = None
    deleted: datetime | None = None

    @classmethod
    def from_json(cls, json: Json) -> Self:
        read = Reader(json)
        read.type(frozenset({"Tombstone"}))
        return cls(
            id=read.id(), former_type=read.line("formerType", limit=100), deleted=read.moment("deleted")
        )

    def to_json(self) -> Json:
        said = {
            "@context": AS2,
            "id": self.id,
            "type": "Tombstone",
            "formerType": self.former_type,
            "deleted": write_moment(self.deleted) if self.deleted else None,
        }
        return {name: value for name, value in said.items() if value is not None}


def _first(read: Reader) -> Uri | CollectionPage | None:
    page = read.object("first")
    if page is not None and not _PAGES.isdisjoint(page.types()):
        return CollectionPage.from_json(page.json)
    return read.find_uri("first")


def _items(read: Reader) -> tuple[Item, ...]:
    # Peers mix the two names; which one stands says nothing more than the type does.
    values = (*read.many("orderedItems"), *read.many("items"))
    return tuple(value for value in values if isinstance(value, dict) or uri_of(value) is not None)


def _ids(items: tuple[Item, ...]) -> tuple[Uri, ...]:
    return tuple(uri for item in items if (uri := uri_of(item)) is not None)
