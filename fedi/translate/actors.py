"""Between Account rows and actors on the wire (ActivityPub 4.1, federation reference section 3)."""

import mimetypes
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from fedi.activitypub.actors import Actor, Field
from fedi.activitypub.attachments import AiSystem, Image
from fedi.activitypub.keys import Key, Multikey, PublicKey
from fedi.activitypub.reader import same_origin
from fedi.activitypub.signatures.multikeys import from_pem
from fedi.activitypub.tags import Emoji
from fedi.activitypub.uris import LocalUris
from fedi.activitypub.vocabulary import CAPABILITIES, Uri
from fedi.errors import Malformed, WrongOrigin
from fedi.media.provenance import said_in_words
from fedi.models.accounts import Account
from fedi.security import keys
from fedi.text.html import sanitise


def actor_of(account: Account, uris: LocalUris, *, instance_title: str = "") -> Actor:
    """Give an account of ours as it is served and sent; the server's own actor is named like the server."""
    if account.suspended_at is not None:
        return _bare(account, uris)
    is_server = account.uri == uris.instance_actor
    key = PublicKey(id=Uri(account.key_id), owner=Uri(account.uri), pem=account.public_key_pem)
    return Actor(
        id=Uri(account.uri),
        type=account.actor_type,
        username=account.username,
        webfinger=uris.handle(account.username),
        name=account.display_name or (instance_title if is_server else ""),
        summary=account.note,
        url=_uri(account.url),
        inbox=Uri(account.inbox_url),
        outbox=_uri(account.outbox_url),
        followers=_uri(account.followers_url),
        following=_uri(account.following_url),
        featured=_uri(account.featured_url),
        featured_tags=None if is_server else uris.featured_tags(account.id),
        liked=None if is_server else uris.liked(account.id),
        shared_inbox=_uri(account.shared_inbox_url),
        client_endpoints=() if is_server else tuple(uris.client_endpoints.items()),
        icon=_picture(account, "avatar", uris),
        image=_picture(account, "header", uris),
        locked=account.locked,
        discoverable=account.discoverable,
        indexable=account.indexable,
        memorial=account.memorial,
        attribution_domains=tuple(account.attribution_domains),
        also_known_as=tuple(Uri(alias) for alias in account.also_known_as),
        moved_to=_uri(account.moved_to_uri),
        published=account.created_at,
        fields=tuple(Field(name=field["name"], value=field["value"]) for field in account.fields_list),
        emojis=emoji_tags(account.emojis),
        public_keys=(key,) if account.public_key_pem else (),
        assertion_methods=_assertion_methods(account),
        implements=tuple(CAPABILITIES),
    )


def _bare(account: Account, uris: LocalUris) -> Actor:
    """Give a suspended account: who it is and how to check what it signs, nothing that it says of itself."""
    key = PublicKey(id=Uri(account.key_id), owner=Uri(account.uri), pem=account.public_key_pem)
    return Actor(
        id=Uri(account.uri),
        type=account.actor_type,
        username=account.username,
        webfinger=uris.handle(account.username),
        inbox=Uri(account.inbox_url),
        outbox=_uri(account.outbox_url),
        followers=_uri(account.followers_url),
        following=_uri(account.following_url),
        shared_inbox=_uri(account.shared_inbox_url),
        suspended=True,
        public_keys=(key,) if account.public_key_pem else (),
        assertion_methods=_assertion_methods(account),
    )


def account_values(actor: Actor) -> dict[str, Any]:
    """Give the columns of Account that a remote actor decides, sanitised and within their limits.

    The handle's domain and the times are the caller's. Raises WrongOrigin for an inbox on another host
    than the actor's: deliveries could be aimed at a third party with it. A shared inbox elsewhere is left
    out, and so is a key that is not accepted.
    """
    if not same_origin(actor.inbox, actor.id):
        raise WrongOrigin("The actor's inbox is on another server than the actor.")
    shared = actor.shared_inbox if actor.shared_inbox and same_origin(actor.shared_inbox, actor.id) else ""
    return {
        "username": actor.username,
        "username_lower": actor.username.lower(),
        "uri": actor.id,
        "url": actor.url or actor.id,
        "actor_type": actor.type,
        "display_name": actor.name,
        "note": sanitise(actor.summary),
        "fields_list": [
            {"name": field.name, "value": sanitise(field.value), "text": "", "verified_at": None}
            for field in actor.fields
        ],
        "emojis": emoji_values(actor.emojis),
        "locked": actor.locked or False,
        "discoverable": actor.discoverable or False,
        "indexable": actor.indexable or False,
        "memorial": actor.memorial,
        "moved_to_uri": actor.moved_to or "",
        "also_known_as": list(actor.also_known_as),
        "inbox_url": actor.inbox,
        "shared_inbox_url": shared,
        "outbox_url": actor.outbox or "",
        "followers_url": actor.followers or "",
        "following_url": actor.following or "",
        "featured_url": actor.featured or "",
        "featured_tags_url": actor.featured_tags or "",
        "attribution_domains": list(actor.attribution_domains),
        "suspended_at_origin": actor.suspended,
        **_picture_values("avatar", actor.icon),
        **_picture_values("header", actor.image),
        **_key_values(actor),
    }


def emoji_tags(found: Sequence[Mapping[str, Any]]) -> tuple[Emoji, ...]:
    """Give custom emoji of ours, as rows keep them, as they are sent."""
    return tuple(
        Emoji(
            shortcode=each["shortcode"],
            url=Uri(each["url"]),
            media_type=each.get("media_type"),
            updated=datetime.fromisoformat(each["updated"]) if each.get("updated") else None,
        )
        for each in found
    )


def emoji_values(emojis: tuple[Emoji, ...]) -> list[dict[str, str]]:
    """Give custom emoji as rows keep them: `{"shortcode", "url"}`, each shortcode once."""
    return list(
        {emoji.shortcode: {"shortcode": emoji.shortcode, "url": emoji.url} for emoji in emojis}.values()
    )


def _uri(value: str) -> Uri | None:
    return Uri(value) if value else None


def _assertion_methods(account: Account) -> tuple[Multikey, ...]:
    if not account.ed25519_public_pem:
        return ()
    multibase = from_pem(account.ed25519_public_pem)
    return (Multikey(id=Uri(account.ed25519_key_id), owner=Uri(account.uri), multibase=multibase),)


def _picture(account: Account, name: str, uris: LocalUris) -> Image | None:
    key, url, alt, source_type, system = (
        str(getattr(account, f"{name}_{part}")) for part in ("key", "url", "alt", "source_type", "ai_system")
    )
    if not key and not url:
        return None
    return Image(
        url=uris.media(key) if key else Uri(url),
        media_type=mimetypes.guess_type(key or url)[0],
        alt=said_in_words(alt, source_type) or None,
        digital_source_type=_uri(source_type),
        ai_system=AiSystem(name=system) if system else None,
    )


def _picture_values(name: str, picture: Image | None) -> dict[str, str]:
    return {
        f"{name}_url": picture.url if picture else "",
        f"{name}_alt": (picture.alt if picture else None) or "",
        f"{name}_source_type": (picture.digital_source_type if picture else None) or "",
        f"{name}_ai_system": picture.ai_system.name if picture and picture.ai_system else "",
    }


def _key_values(actor: Actor) -> dict[str, str]:
    """Give the first RSA key, else the first accepted, and the first Ed25519 key that proves documents."""
    values = dict.fromkeys(("key_id", "public_key_pem", "ed25519_key_id", "ed25519_public_pem"), "")
    accepted = [(key, pem, loaded) for key in actor.keys for pem, loaded in _accepted(key)]
    signing = [each for each in accepted if isinstance(each[2], RSAPublicKey)] or [
        each for each in accepted if isinstance(each[0], PublicKey)
    ]
    proving = [
        each for each in accepted if isinstance(each[0], Multikey) and isinstance(each[2], Ed25519PublicKey)
    ]
    if signing:
        values |= {"key_id": signing[0][0].id, "public_key_pem": signing[0][1]}
    if proving:
        values |= {"ed25519_key_id": proving[0][0].id, "ed25519_public_pem": proving[0][1]}
    return values


def _accepted(key: Key) -> list[tuple[str, keys.PublicKey]]:
    try:
        return [(key.pem, keys.load_public(key.pem))]
    except Malformed:
        # The actor may have another key; without any it can be read and named, but cannot act here.
        return []
