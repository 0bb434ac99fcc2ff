"""Remote posts as the wire brings them: a Note of plain values, read by the real translation."""

from typing import Any

from fedi.activitypub.notes import Note
from fedi.activitypub.vocabulary import PUBLIC
from fedi.models.accounts import Account
from fedi.server import Server
from fedi.translate.notes import ReceivedPost, received


def note_json(author: Account, name: str = "1", **properties: Any) -> dict[str, Any]:
    """A public Note by a remote account; any property can be given."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"https://{author.domain}/notes/{name}",
        "type": "Note",
        "attributedTo": author.uri,
        "content": "<p>hello</p>",
        "to": [PUBLIC],
        "cc": [author.followers_url],
        **properties,
    }


def received_post(server: Server, author: Account, name: str = "1", **properties: Any) -> ReceivedPost:
    """The same as a post to be stored."""
    note = Note.from_json(note_json(author, name, **properties))
    return received(note, followers_uri=author.followers_url, now=server.clock.now())
