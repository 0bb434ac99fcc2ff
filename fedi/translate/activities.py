"""Rows as the activities that we send. Ids that no row gives are the caller's (`uris.new_activity`)."""

from collections.abc import Sequence

from fedi.activitypub.activities import (
    Accept,
    Add,
    Announce,
    Block,
    Create,
    Delete,
    Flag,
    Follow,
    Like,
    Move,
    QuoteRequest,
    Reject,
    RemixRequest,
    Remove,
    Undo,
    Update,
)
from fedi.activitypub.actors import Actor
from fedi.activitypub.audience import Visibility, address
from fedi.activitypub.notes import Note
from fedi.activitypub.stamps import QuoteAuthorization, RemixAuthorization
from fedi.activitypub.tags import Emoji
from fedi.activitypub.uris import LocalUris
from fedi.activitypub.vocabulary import PUBLIC, Uri
from fedi.models.accounts import Account
from fedi.models.interactions import Reaction
from fedi.models.media import Remix
from fedi.models.moderation import Report
from fedi.models.posts import Post
from fedi.models.quotes import Quote
from fedi.queries.snapshots import PostSnapshot
from fedi.translate.notes import audience_of, note_of


def create_of(snapshot: PostSnapshot, uris: LocalUris) -> Create:
    """A new post of ours, whole."""
    note = note_of(snapshot, uris)
    return Create(
        id=uris.create_of(snapshot.post.id),
        actor=note.attributed_to,
        object=note,
        to=note.to,
        cc=note.cc,
        published=note.published,
    )


def update_post(snapshot: PostSnapshot, uris: LocalUris) -> Update:
    """An edited post of ours, whole; each edit has an id of its own."""
    note = note_of(snapshot, uris)
    edited_at = snapshot.post.edited_at or snapshot.post.published_at
    return Update(
        id=uris.update_of(snapshot.post.id, edited_at),
        actor=note.attributed_to,
        object=note,
        to=note.to,
        cc=note.cc,
        published=edited_at,
    )


def update_quietly(snapshot: PostSnapshot, uris: LocalUris, *, id_: Uri) -> Update:
    """A post of ours that says the same and is as old as before: its votes, quote or policy changed."""
    note = note_of(snapshot, uris)
    return Update(id=id_, actor=note.attributed_to, object=note, to=note.to, cc=note.cc)


def vote_of(voter: Account, post: Post, author: Account, *, uri: str, option: str) -> Create:
    """A vote of ours for one option of a poll: a note with a name and no text, to its author alone."""
    note = Note(
        id=Uri(uri),
        attributed_to=Uri(voter.uri),
        name=option,
        in_reply_to=Uri(post.uri),
        to=(Uri(author.uri),),
    )
    return Create(id=Uri(f"{uri}/activity"), actor=note.attributed_to, object=note, to=note.to)


def delete_of(snapshot: PostSnapshot, uris: LocalUris) -> Delete:
    """A post of ours that is gone, addressed as it was."""
    to, cc = audience_of(snapshot)
    return Delete(
        id=uris.delete_of(snapshot.post.id),
        actor=Uri(snapshot.author.uri),
        object=Uri(snapshot.post.uri),
        former_type=snapshot.post.kind,
        to=to,
        cc=cc,
    )


def update_actor(actor: Actor, *, id_: Uri) -> Update:
    """A changed profile of ours, whole."""
    return Update(id=id_, actor=actor.id, object=actor, to=(PUBLIC,), cc=_own_followers(actor))


def delete_actor(account: Account) -> Delete:
    """An account of ours that is gone."""
    uri = Uri(account.uri)
    return Delete(id=Uri(f"{uri}#delete"), actor=uri, object=uri, to=(PUBLIC,))


def announce_of(boost: Post, booster: Account, original: Post, author: Account) -> Announce:
    """A boost of ours; `author` wrote the original and is addressed."""
    to, cc = address(_visibility(boost), Uri(booster.followers_url), [Uri(author.uri)])
    return Announce(
        id=Uri(boost.uri),
        actor=Uri(booster.uri),
        object=Uri(original.uri),
        to=to,
        cc=cc,
        published=boost.published_at,
    )


def undo_announce(boost: Post, booster: Account, original: Post, author: Account) -> Undo:
    """A boost of ours taken back, with the Announce inside."""
    announce = announce_of(boost, booster, original, author)
    return Undo(id=_undo_id(boost.uri), actor=announce.actor, object=announce, to=announce.to, cc=announce.cc)


def like_of(account: Account, post: Post, *, uri: str) -> Like:
    """A favourite of ours."""
    return Like(id=Uri(uri), actor=Uri(account.uri), object=Uri(post.uri))


def undo_like(account: Account, post: Post, *, uri: str) -> Undo:
    """A favourite of ours taken back, with the Like inside."""
    return Undo(id=_undo_id(uri), actor=Uri(account.uri), object=like_of(account, post, uri=uri))


def react_of(account: Account, post: Post, reaction: Reaction) -> Like:
    """A reaction of ours, as an EmojiReact (FEP-c0e0)."""
    name = reaction.emoji.strip(":")
    pictures = (Emoji(shortcode=name, url=Uri(reaction.image_url)),) if reaction.image_url else ()
    return Like(
        id=Uri(reaction.uri),
        actor=Uri(account.uri),
        object=Uri(post.uri),
        content=reaction.emoji,
        emojis=pictures,
        reacts=True,
    )


def undo_react(account: Account, post: Post, reaction: Reaction) -> Undo:
    """A reaction of ours taken back, with the EmojiReact inside."""
    return Undo(id=_undo_id(reaction.uri), actor=Uri(account.uri), object=react_of(account, post, reaction))


def follow_of(follower: Account, target: Account, *, uri: str) -> Follow:
    """A Follow by its id, actor and object: as it was sent, whoever sent it."""
    return Follow(id=Uri(uri), actor=Uri(follower.uri), object=Uri(target.uri))


def undo_follow(follower: Account, target: Account, *, uri: str) -> Undo:
    """A Follow of ours taken back."""
    follow = follow_of(follower, target, uri=uri)
    return Undo(id=_undo_id(uri), actor=follow.actor, object=follow)


def accept_of(follower: Account, target: Account, *, uri: str, id_: Uri) -> Accept:
    """Our yes to the Follow with the id `uri`, which stands inside."""
    return Accept(id=id_, actor=Uri(target.uri), object=follow_of(follower, target, uri=uri))


def reject_of(follower: Account, target: Account, *, uri: str, id_: Uri) -> Reject:
    """Our no to the Follow with the id `uri`, also after a yes."""
    return Reject(id=id_, actor=Uri(target.uri), object=follow_of(follower, target, uri=uri))


def block_of(account: Account, target: Account, *, uri: str) -> Block:
    """A block of ours."""
    return Block(id=Uri(uri), actor=Uri(account.uri), object=Uri(target.uri))


def undo_block(account: Account, target: Account, *, uri: str) -> Undo:
    """A block of ours lifted."""
    return Undo(id=_undo_id(uri), actor=Uri(account.uri), object=block_of(account, target, uri=uri))


def flag_of(report: Report, target: Account, posts: Sequence[Post], actor: Account) -> Flag:
    """A report passed on: by the server's own `actor`, without the name of who reported."""
    reported = (target.uri, *(post.uri for post in posts))
    return Flag(
        id=Uri(report.uri),
        actor=Uri(actor.uri),
        object=tuple(Uri(uri) for uri in reported),
        content=report.comment,
    )


def quote_request(snapshot: PostSnapshot, uris: LocalUris, quoted: Post, *, id_: Uri) -> QuoteRequest:
    """Our wish to quote a post; ours stands inside, for it may be too new, or not for all, to be fetched."""
    note = note_of(snapshot, uris)
    return QuoteRequest(id=id_, actor=note.attributed_to, object=Uri(quoted.uri), instrument=note)


def asked_quote(quoter: Account, quoted: Post, *, post_uri: str, uri: str | None) -> QuoteRequest:
    """A request to quote by its parts, as it was sent."""
    return QuoteRequest(
        id=Uri(uri) if uri else None,
        actor=Uri(quoter.uri),
        object=Uri(quoted.uri),
        instrument=Uri(post_uri),
    )


def accept_quote(owner: Account, asked: QuoteRequest, *, stamp: Uri, id_: Uri) -> Accept:
    """Our yes to a quote, with the stamp that proves it."""
    return Accept(id=id_, actor=Uri(owner.uri), object=asked, result=stamp)


def reject_quote(owner: Account, asked: QuoteRequest, *, id_: Uri) -> Reject:
    """Our no to a quote."""
    return Reject(id=id_, actor=Uri(owner.uri), object=asked)


def revoke_quote(owner: Account, quote: Quote, post: Post, *, is_open: bool) -> Delete:
    """A yes to a quote taken back: its stamp is gone."""
    stamp = stamp_of(owner, quote, post)
    return Delete(
        id=Uri(f"{quote.stamp_uri}#delete"),
        actor=stamp.attributed_to,
        object=stamp.id,
        stamp=stamp,
        to=(PUBLIC,) if is_open else (),
    )


def stamp_of(owner: Account, quote: Quote, post: Post) -> QuoteAuthorization:
    """The stamp that lets `post` quote a post of ours."""
    return QuoteAuthorization(
        id=Uri(quote.stamp_uri),
        attributed_to=Uri(owner.uri),
        quoting=Uri(post.uri),
        target=Uri(quote.quoted_uri),
    )


def remix_request(asker: Account, remix: Remix) -> RemixRequest:
    """A wish to restyle a picture, as it was sent."""
    return RemixRequest(
        id=Uri(remix.request_uri) if remix.request_uri else None,
        actor=Uri(asker.uri),
        object=Uri(remix.original_uri),
        instrument=Uri(remix.remix_uri),
    )


def accept_remix(owner: Account, asked: RemixRequest, *, stamp: Uri, id_: Uri) -> Accept:
    """Our yes to a remix, with the stamp that proves it."""
    return Accept(id=id_, actor=Uri(owner.uri), object=asked, result=stamp)


def reject_remix(owner: Account, asked: RemixRequest, *, id_: Uri) -> Reject:
    """Our no to a remix."""
    return Reject(id=id_, actor=Uri(owner.uri), object=asked)


def revoke_remix(owner: Account, remix: Remix, *, is_open: bool) -> Delete:
    """A yes to a remix taken back: its stamp is gone."""
    stamp = remix_stamp_of(owner, remix)
    return Delete(
        id=Uri(f"{remix.stamp_uri}#delete"),
        actor=stamp.attributed_to,
        object=stamp.id,
        stamp=stamp,
        to=(PUBLIC,) if is_open else (),
    )


def remix_stamp_of(owner: Account, remix: Remix) -> RemixAuthorization:
    """The stamp that lets a post show a remix of a picture of ours."""
    return RemixAuthorization(
        id=Uri(remix.stamp_uri),
        attributed_to=Uri(owner.uri),
        quoting=Uri(remix.remix_uri),
        target=Uri(remix.original_uri),
    )


def add_of(account: Account, post: Post, *, id_: Uri) -> Add:
    """A post of ours pinned to the profile."""
    return Add(id=id_, actor=Uri(account.uri), object=Uri(post.uri), target=Uri(account.featured_url))


def remove_of(account: Account, post: Post, *, id_: Uri) -> Remove:
    """A post of ours no longer pinned."""
    return Remove(id=id_, actor=Uri(account.uri), object=Uri(post.uri), target=Uri(account.featured_url))


def move_of(account: Account, target: Account, *, id_: Uri) -> Move:
    """An account of ours that lives elsewhere from now on (FEP-7628)."""
    return Move(id=id_, actor=Uri(account.uri), object=Uri(account.uri), target=Uri(target.uri))


def _undo_id(uri: str) -> Uri:
    return Uri(f"{uri}#undo")


def _own_followers(actor: Actor) -> tuple[Uri, ...]:
    return (actor.followers,) if actor.followers else ()


def _visibility(boost: Post) -> Visibility:
    match boost.visibility:
        case "unlisted" | "followers" as narrower:
            return narrower
        case _:
            return "public"
