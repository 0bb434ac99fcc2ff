"""Visibility on the wire: who stands in `to` and in `cc`; no other place knows (ActivityPub 5, 7.1)."""

from collections.abc import Collection, Sequence
from typing import Literal

from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import PUBLIC, Uri

Visibility = Literal["public", "unlisted", "followers", "mutuals", "direct"]

MAX_RECIPIENTS = 1000


def address(
    visibility: Visibility, followers_uri: Uri, mentioned: Sequence[Uri]
) -> tuple[tuple[Uri, ...], tuple[Uri, ...]]:
    """Give (to, cc) for a post of this visibility by the owner of `followers_uri`, as Mastodon does.

    What is for mutuals has no collection that stands for them: it is addressed to each by name.
    """
    names = tuple(dict.fromkeys(mentioned))
    match visibility:
        case "public":
            return (PUBLIC,), (followers_uri, *names)
        case "unlisted":
            return (followers_uri,), (PUBLIC, *names)
        case "followers":
            return (followers_uri,), names
    return names, ()


def visibility_of(to: Collection[Uri], cc: Collection[Uri], followers_uri: Uri | None) -> Visibility:
    """Tell the visibility from the addresses; `followers_uri` is the author's own collection.

    Another actor's followers collection has no meaning here (CVE-2024-37903).
    """
    if PUBLIC in to:
        return "public"
    if PUBLIC in cc:
        return "unlisted"
    if followers_uri is not None and (followers_uri in to or followers_uri in cc):
        return "followers"
    return "direct"


def read_audience(read: Reader) -> tuple[tuple[Uri, ...], tuple[Uri, ...]]:
    """Read (to, cc). Hidden recipients (bto, bcc) join cc, but cannot make anything public."""
    to = read.uris("to", limit=MAX_RECIPIENTS)
    seen = dict.fromkeys(read.uris("cc", limit=MAX_RECIPIENTS))
    hidden = (*read.uris("bto", limit=MAX_RECIPIENTS), *read.uris("bcc", limit=MAX_RECIPIENTS))
    seen.update(dict.fromkeys(uri for uri in hidden if uri != PUBLIC and uri not in to))
    return to, tuple(seen)[: MAX_RECIPIENTS - len(to)]
