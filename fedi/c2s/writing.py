"""A Note or Question of a client's as a draft of ours: HTML sanitised, people and files found, poll read.

Nothing of the document is kept but what is read here, so nobody can have this origin serve other properties.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from fedi.actions import contents
from fedi.actions.polls import PollDraft
from fedi.actions.posts import Draft, Written
from fedi.activitypub.audience import visibility_of
from fedi.activitypub.notes import Note
from fedi.activitypub.polls import Poll
from fedi.activitypub.reader import Reader, uri_of
from fedi.activitypub.vocabulary import PUBLIC, Json, Uri
from fedi.c2s import people
from fedi.c2s.admission import Caller
from fedi.c2s.submitted import Addresses
from fedi.errors import FediError, Invalid, Malformed
from fedi.federation import resolve
from fedi.media.provenance import own_words
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment
from fedi.models.posts import Post
from fedi.server import Server
from fedi.text.compose import count_characters
from fedi.text.html import sanitise, to_text
from fedi.text.tokens import is_tag

POSTED: Final = frozenset({"Note", "Question"})

_POST_0 = 0
_MAX_ALT_CHARACTERS = 1500
_MAX_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A draft, and the accounts that the text names by the handles in it."""

    draft: Draft
    mentions: dict[str, Account]


def note_of(caller: Caller, thing: Json, addresses: Addresses) -> Note:
    """Read the document as a note of the caller's. Raises Malformed for another type."""
    types = Reader(thing).types()
    if POSTED.isdisjoint(types):
        raise Malformed(f"{types[0] if types else 'This'} cannot be posted here: Note and Question can.")
    own = {"id": caller.server.uris.post(_POST_0), "attributedTo": caller.account.uri}
    note = Note.from_json({**thing, **own})
    return replace(note, to=addresses.to, cc=addresses.cc)


async def write(caller: Caller, thing: Json, addresses: Addresses) -> Writing:
    """Give what a client wants to post.

    Raises Malformed and Invalid for what cannot be posted, NotFound for what it answers or quotes and may
    not be seen.
    """
    server, note = caller.server, note_of(caller, thing, addresses)
    html = sanitise(note.content) or None
    text = note.source.content if note.source else to_text(html) if html else ""
    if html is not None and count_characters(to_text(html)) > server.settings.posts.max_characters:
        raise Invalid("content", f"character limit of {server.settings.posts.max_characters} exceeded")
    visibility = visibility_of(note.to, note.cc, Uri(caller.account.followers_url))
    draft = Draft(
        text=text,
        visibility=visibility,
        summary=note.summary or "",
        sensitive=note.sensitive,
        language=note.language or "",
        in_reply_to=await post_at(server, note.in_reply_to) if note.in_reply_to else None,
        media=await media_of(caller, thing),
        poll=_poll(caller, note.poll),
        quoted=await post_at(server, note.quote.target) if note.quote else None,
        quote_policy=_quote_policy(caller, thing),
        application=caller.application,
        written=Written(
            html=html,
            named=await _named(caller, note, addresses, is_open=visibility in {"public", "unlisted"}),
            tags=[tag.name for tag in note.hashtags if is_tag(tag.name)],
        ),
    )
    return Writing(draft=draft, mentions={} if html is not None else await resolve.mentions(server, text))


async def post_at(server: Server, uri: Uri) -> Post:
    """Give a post, fetched if it is unknown; who may see it is asked where it is used. Raises Malformed."""
    try:
        return await resolve.post_by_uri(server, uri)
    except FediError as error:
        raise Malformed(f"There is no post {uri}: {error}") from error


async def media_of(caller: Caller, thing: Json) -> list[MediaAttachment]:
    """Give the uploaded files that a document attaches, by their ids or addresses, with its alt texts.

    Raises Malformed for what the caller has not uploaded here.
    """
    found: list[MediaAttachment] = []
    for value in Reader(thing).many("attachment"):
        row = await media_at(caller, value)
        if isinstance(value, dict) and "name" in value:
            said = Reader(value).text("name", limit=_MAX_ALT_CHARACTERS) or ""
            row.description = own_words(said, row.source_type)
        found.append(row)
    return found


async def media_at(caller: Caller, value: Any) -> MediaAttachment:
    """Give the caller's own uploaded file that a value names. Raises Malformed for anything else."""
    uris = caller.server.uris
    for uri in _places(value):
        if (media_id := uris.media_object_id(uri)) is not None:
            row = await MediaAttachment.get_or_none(id=media_id, account_id=caller.account.id)
        else:
            key = uri.removeprefix(uris.media(""))
            row = await MediaAttachment.get_or_none(file_key=key, account_id=caller.account.id)
        if row is not None:
            return row
    raise Malformed("Only files that you uploaded to this server can be attached.")


def _places(value: Any) -> list[Uri]:
    if not isinstance(value, dict):
        return [uri for uri in [uri_of(value)] if uri is not None]
    read = Reader(value)
    own = [uri for uri in (read.find_id(), read.find_uri("href")) if uri is not None]
    return [*own, *read.uris("url", limit=4)]


async def _named(
    caller: Caller, note: Note, addresses: Addresses, *, is_open: bool
) -> dict[int, tuple[Account, bool]]:
    """Tell whom a post is for: all whom it addresses, and in an open one those whom it only names.

    Raises Malformed for more than may be named, and where somebody whom a direct post is for is not found.
    """
    own = {PUBLIC, caller.account.uri, caller.account.followers_url}
    tagged = [mention.href for mention in note.mentions] if is_open else []
    shown = [uri for uri in dict.fromkeys((*tagged, *addresses.to, *addresses.cc)) if uri not in own]
    wanted = [*shown, *(uri for uri in addresses.hidden if uri not in own and uri not in shown)]
    if len(wanted) > contents.MAX_MENTIONS:
        raise Malformed(f"A post can be sent to {contents.MAX_MENTIONS} people at most.")
    found = await people.find(caller.server, wanted)
    is_direct = visibility_of(addresses.to, addresses.cc, Uri(caller.account.followers_url)) == "direct"
    if is_direct and (missing := [uri for uri in wanted if uri not in found]):
        raise Malformed(f"There is no actor {missing[0]}.")
    return {account.id: (account, uri not in shown) for uri, account in found.items()}


def _quote_policy(caller: Caller, thing: Json) -> str:
    """Tell who may quote a post: whom its `canQuote` lets do so at once; nobody said is everybody."""
    policy = Reader(thing).object("interactionPolicy")
    rule = policy.object("canQuote") if policy else None
    if rule is None:
        return "public"
    named = rule.uris("automaticApproval", limit=_MAX_NAMED)
    if PUBLIC in named:
        return "public"
    return "followers" if caller.account.followers_url in named else "nobody"


def _poll(caller: Caller, poll: Poll | None) -> PollDraft | None:
    if poll is None:
        return None
    seconds = None
    if poll.end_time is not None:
        seconds = round((poll.end_time - caller.server.clock.now()).total_seconds())
    return PollDraft(options=[each.name for each in poll.options], seconds=seconds, multiple=poll.multiple)
