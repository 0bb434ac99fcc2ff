"""Accounts: made here, learnt from peers, changed by their owners, gone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from anyio import to_thread
from tortoise.expressions import Q

from fedi.actions import deletes, deliveries, favourites, follows, publish, reach, remixing, tombstones, votes
from fedi.actions.media import checked_description
from fedi.activitypub.actors import DOMAIN, MAX_DOMAINS, Actor
from fedi.activitypub.reader import same_origin
from fedi.errors import Invalid, WrongOrigin
from fedi.jobs.kinds import PurgeAccount, RefreshAccount, VerifyLinks
from fedi.jobs.queue import NewJob, enqueue
from fedi.logs import logger
from fedi.media.provenance import own_words
from fedi.models.accounts import Account
from fedi.models.interactions import Bookmark, Favourite
from fedi.models.media import MediaAttachment
from fedi.models.notifications import Notification
from fedi.models.posts import Post
from fedi.models.relationships import Block, Follow, Mute
from fedi.models.users import User
from fedi.queries import emojis
from fedi.queries.permits import REMIX_POLICIES
from fedi.security.keys import KeyPair, make_ed25519_pair, make_rsa_pair
from fedi.server import Server
from fedi.text.compose import CODES_A_CHARACTER, compose, compose_field, count_characters
from fedi.text.html import clean_line, clean_text
from fedi.translate import activities
from fedi.translate.actors import account_values, actor_of

MAX_DISPLAY_NAME_CHARACTERS = 40
MAX_NOTE_CHARACTERS = 500
MAX_FIELDS = 4
MAX_FIELD_CHARACTERS = 255
INSTANCE_ACTOR_TYPE = "Application"
_ACTOR_TYPES = ("Person", "Service")
_FLAGS = (
    *("locked", "discoverable", "indexable", "hide_collections"),
    *("show_media", "show_media_replies", "show_featured", "remix_policy", "in_gallery"),
)
_PURGE_BATCH = 100


# What is left of a profile when its account is gone.
_BARE: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **dict.fromkeys(("display_name", "note", "note_text"), ""),
        **{
            f"{picture}_{part}": ""
            for picture in ("avatar", "header")
            for part in ("key", "url", "alt", "source_type", "ai_system")
        },
        "fields_list": [],
        "emojis": [],
        "last_post_at": None,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanges:
    """What an owner wants changed; None leaves a thing as it is.

    `note` and the values of `fields` (at most 4 pairs of name and value) are plain text. `is_bot` makes the
    actor a Service. `attribution_domains` are sites whose link previews may name the account as author. The
    `show_*` say which parts a profile's page has; the alt texts are of the pictures that are there.
    `remix_policy` says who may restyle avatar and pictures (`permits.REMIX_POLICIES`),
    `in_gallery` whether labelled pictures of public posts hang in the gallery.
    """

    display_name: str | None = None
    note: str | None = None
    fields: Sequence[tuple[str, str]] | None = None
    locked: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    is_bot: bool | None = None
    attribution_domains: Sequence[str] | None = None
    show_media: bool | None = None
    show_media_replies: bool | None = None
    show_featured: bool | None = None
    remix_policy: str | None = None
    in_gallery: bool | None = None
    avatar_alt: str | None = None
    header_alt: str | None = None


async def create_local(
    server: Server, username: str, *, keys: KeyPair, actor_type: str = "Person", display_name: str = ""
) -> Account:
    """Make an account of ours; its URIs follow its id, its page the name, which signup has checked.

    `keys` sign requests; the pair that proves documents is made here. A name that was ever used here, in any
    case, is Invalid: ids and handles are not handed on.
    """
    id_, uris = server.new_id(), server.uris
    async with server.db.transaction():
        if await Account.exists(username_lower=username.lower(), domain=""):
            raise Invalid("username", "has already been taken")
        return await Account.create(
            id=id_,
            username=username,
            username_lower=username.lower(),
            uri=uris.actor(id_),
            url=uris.profile_page(username),
            actor_type=actor_type,
            display_name=clean_line(display_name, MAX_DISPLAY_NAME_CHARACTERS),
            inbox_url=uris.inbox(id_),
            shared_inbox_url=uris.shared_inbox,
            outbox_url=uris.outbox(id_),
            followers_url=uris.followers(id_),
            following_url=uris.following(id_),
            featured_url=uris.featured(id_),
            key_id=uris.key(id_),
            public_key_pem=keys.public_pem,
            private_key_pem=keys.private_pem,
            **proving_keys(uris.ed25519_key(id_)),
            created_at=server.clock.now(),
        )


def proving_keys(key_id: str) -> dict[str, Any]:
    """Make the key pair that proves an account's documents (FEP-8b32), as columns of the account."""
    pair = make_ed25519_pair()
    return {
        "ed25519_key_id": key_id,
        "ed25519_public_pem": pair.public_pem,
        "ed25519_private_pem": pair.private_pem,
    }


async def ensure_instance_actor(server: Server) -> Account:
    """Give the server's own actor, made with fresh keys if it is not there (federation reference 3.3)."""
    uris = server.uris
    known = await Account.get_or_none(uri=uris.instance_actor)
    if known is not None:
        return known
    keys = await to_thread.run_sync(make_rsa_pair)
    async with server.db.transaction():
        row, _ = await Account.get_or_create(
            {
                "id": server.new_id(),
                "username": uris.host,
                "username_lower": uris.host,
                "url": uris.base_url + "/about",
                "actor_type": INSTANCE_ACTOR_TYPE,
                "locked": True,
                "inbox_url": uris.instance_inbox,
                "shared_inbox_url": uris.shared_inbox,
                "outbox_url": uris.instance_outbox,
                "key_id": uris.instance_key,
                "public_key_pem": keys.public_pem,
                "private_key_pem": keys.private_pem,
                **proving_keys(uris.instance_ed25519_key),
                "created_at": server.clock.now(),
            },
            uri=uris.instance_actor,
        )
    return row


async def store_remote(server: Server, actor: Actor, *, handle_domain: str) -> Account:
    """Store an actor as its own server describes it: made when new, else brought up to date.

    `handle_domain` is the domain of its handle, which the caller has confirmed by WebFinger; who had the
    handle before loses it and is looked up again. Raises WrongOrigin for an actor or handle under our own
    name, or an inbox on a third server.
    """
    domain = handle_domain.lower()
    if server.uris.is_local(actor.id) or domain in {server.uris.account_domain, server.uris.host}:
        raise WrongOrigin("A remote actor cannot have a name of this server.")
    now = server.clock.now()
    values: dict[str, Any] = {
        **account_values(actor),
        "domain": domain,
        "fetched_at": now,
        # It answered, so it is not gone (any more).
        "gone_at": None,
    }
    async with server.db.transaction():
        await _free_handle(server, values["username_lower"], domain, but=actor.id)
        known = await Account.get_or_none(uri=actor.id)
        if known is None:
            created_at = min(actor.published or now, now)
            return await Account.create(id=server.new_id(), created_at=created_at, **values)
        values["fields_list"] = _still_verified(known.fields_list, values["fields_list"])
        has_new_fields = values["fields_list"] != known.fields_list
        inbox = known.inbox_url
        if known.public_key_pem and known.public_key_pem != values["public_key_pem"]:
            logger().info("key_changed", uri=known.uri)
        known.update_from_dict(values)
        await known.save(update_fields=list(values))
        # Only an inbox of its own: what others share is not one actor's to redirect.
        if known.inbox_url != inbox and same_origin(inbox, known.uri) and inbox != known.shared_inbox_url:
            await deliveries.redirect(server, inbox, known.inbox_url)
        if has_new_fields and await Follow.exists(target_id=known.id, state=follows.ACCEPTED):
            await _verify_links(server, known)
    return known


async def update_profile(server: Server, account: Account, changes: ProfileChanges) -> Account:
    """Change a profile of ours and tell its followers; who stops asking lets in all who wait.

    Raises Invalid for what is too long or too many.
    """
    wanted = _profile_values(server, account, changes)
    async with server.db.transaction():
        account = await Account.get(id=account.id)
        if "fields_list" in wanted:
            wanted["fields_list"] = _still_verified(account.fields_list, wanted["fields_list"])
        for picture in ("avatar", "header"):
            if not getattr(account, f"{picture}_key"):
                wanted.pop(f"{picture}_alt", None)
        wanted["emojis"] = await _emojis_of(server, account, wanted)
        values = {name: value for name, value in wanted.items() if getattr(account, name) != value}
        if not values:
            return account
        account.update_from_dict(values)
        await account.save(update_fields=list(values))
        if values.get("locked") is False:
            for waiting in await Follow.filter(target_id=account.id, state=follows.PENDING):
                await follows.accept(server, waiting)
        if "fields_list" in values:
            await _verify_links(server, account)
        # Whether its art hangs in our gallery is nothing that others are told.
        if values.keys() - {"in_gallery"}:
            await publish_profile(server, account)
    return await Account.get(id=account.id)


async def mark_links(server: Server, account: Account, values: Collection[str]) -> None:
    """Note that pages which these fields of a profile name link back to it, if the fields still stand."""
    now = server.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    async with server.db.transaction():
        fresh = await Account.get(id=account.id)
        fields = [
            field | {"verified_at": now} if field["value"] in values and not field["verified_at"] else field
            for field in fresh.fields_list
        ]
        await Account.filter(id=account.id).update(fields_list=fields)


async def set_avatar(server: Server, account: Account, media: MediaAttachment | None) -> Account:
    """Make a picture of the account's own its avatar, with alt text and label, or have none.

    The picture's small version is used. Raises Invalid for another's picture or one that is not ready.
    """
    return await _set_picture(
        server, account, "avatar", media, (media.preview_key or media.file_key) if media else ""
    )


async def set_header(server: Server, account: Account, media: MediaAttachment | None) -> Account:
    """Make a picture of the account's own its header, with alt text and label, or have none."""
    return await _set_picture(server, account, "header", media, media.file_key if media else "")


async def mark_gone(server: Server, account: Account) -> None:
    """Take an account for deleted: it is shown no more at once, and purged by a job.

    Of ours, a Delete goes to its followers and a Tombstone stays. A second time changes nothing.
    """
    async with server.db.transaction():
        account = await Account.get(id=account.id)
        if account.gone_at is not None:
            return
        if account.is_local:
            await tombstones.lay(
                server, account.uri, actor_uri=account.uri, former_type=account.actor_type, local=True
            )
            await publish.activity(
                server,
                account,
                activities.delete_actor(account),
                accounts=await reach.lately_met(server, account),
                followers=True,
                object_uri=account.uri,
                priority=publish.BULK,
            )
        now = server.clock.now()
        await Account.filter(id=account.id).update(gone_at=now)
        await User.filter(account_id=account.id).update(disabled_at=now)
        await enqueue(
            server, NewJob(work=PurgeAccount(account_id=account.id), unique_key=f"purge:{account.id}")
        )


async def purge(server: Server, work: PurgeAccount) -> None:
    """Run the job that removes what a gone account left: ties, marks, posts, each with its counts.

    The bare row stays, so that its name and URI are not used again and blocks of it hold. Who has come back
    meanwhile is left alone. May be stopped anywhere and run again.
    """
    account = await Account.get_or_none(id=work.account_id)
    if account is None or account.gone_at is None:
        return
    ties = Follow.filter(Q(follower_id=account.id) | Q(target_id=account.id)).limit(_PURGE_BATCH)
    while batch := await ties:
        for tie in batch:
            await follows.reject(server, tie)
    marks = Favourite.filter(account_id=account.id).select_related("post").limit(_PURGE_BATCH)
    while batch_of_marks := await marks:
        for mark in batch_of_marks:
            await favourites.unfavourite(server, account, mark.post)
    await votes.take_back(server, account)
    posts = Post.filter(author_id=account.id).limit(_PURGE_BATCH)
    while batch_of_posts := await posts:
        for post in batch_of_posts:
            await deletes.delete(server, post)
    async with server.db.transaction():
        for left in (
            Bookmark.filter(account_id=account.id),
            Block.filter(account_id=account.id),
            Mute.filter(account_id=account.id),
            Notification.filter(Q(account_id=account.id) | Q(from_account_id=account.id)),
        ):
            await left.delete()
        await Account.filter(id=account.id).update(**_BARE)


async def _free_handle(server: Server, username_lower: str, domain: str, *, but: str) -> None:
    """Take a handle from whom it named before: it was renamed, or its server began anew."""
    former = await Account.get_or_none(username_lower=username_lower, domain=domain)
    if former is None or former.uri == but:
        return
    # No name has a "!", so this can be nobody's; the handle that people see must be one account's as well.
    freed = f"{former.username}!{former.id}"
    await Account.filter(id=former.id).update(username=freed, username_lower=freed.lower())
    await enqueue(server, NewJob(work=RefreshAccount(uri=former.uri)))


async def _verify_links(server: Server, account: Account) -> None:
    if any("<a " in field["value"] for field in account.fields_list if not field["verified_at"]):
        stamp = int(server.clock.now().timestamp())
        work = VerifyLinks(account_id=account.id)
        await enqueue(server, NewJob(work=work, unique_key=f"links:{account.id}:{stamp}"))


def _still_verified(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the new fields; what was verified and says the same stays so."""
    verified = {field["value"]: field["verified_at"] for field in before if field.get("verified_at")}
    return [field | {"verified_at": verified.get(field["value"])} for field in after]


def _profile_values(server: Server, account: Account, changes: ProfileChanges) -> dict[str, Any]:
    values: dict[str, Any] = {name: value for name in _FLAGS if (value := getattr(changes, name)) is not None}
    if changes.display_name is not None:
        values["display_name"] = _line(changes.display_name, "display_name", MAX_DISPLAY_NAME_CHARACTERS)
    if changes.note is not None:
        text = clean_text(changes.note).strip()
        most = MAX_NOTE_CHARACTERS
        if len(text) > most * CODES_A_CHARACTER or count_characters(text) > most:
            raise Invalid("note", f"character limit of {most} exceeded")
        written = compose(text, mentioned={}, tag_url=server.uris.tag_page)
        values |= {"note_text": text, "note": written.html}
    if changes.fields is not None:
        values["fields_list"] = _fields(changes.fields)
    if changes.attribution_domains is not None:
        values["attribution_domains"] = _domains(changes.attribution_domains)
    if changes.is_bot is not None:
        values["actor_type"] = _ACTOR_TYPES[changes.is_bot]
    if changes.remix_policy is not None and changes.remix_policy not in REMIX_POLICIES:
        raise Invalid("remix_policy", f"must be one of {', '.join(REMIX_POLICIES)}")
    for name in ("avatar_alt", "header_alt"):
        if (alt := getattr(changes, name)) is not None:
            source_type = getattr(account, name.replace("_alt", "_source_type"))
            values[name] = own_words(checked_description(alt), source_type)
    return values


async def _emojis_of(server: Server, account: Account, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the custom emoji that a profile names once it is changed so."""
    name, note, lines = (
        wanted.get(each, getattr(account, each)) for each in ("display_name", "note_text", "fields_list")
    )
    in_lines = [text for line in lines for text in (line["name"], line["text"])]
    return await emojis.named_in(server, name, note, *in_lines)


def _fields(fields: Sequence[tuple[str, str]]) -> list[dict[str, str | None]]:
    kept = [(name, value) for name, value in fields if name.strip() or value.strip()]
    if len(kept) > MAX_FIELDS:
        raise Invalid("fields", f"can be {MAX_FIELDS} at most")
    lines = [
        (_line(name, "fields", MAX_FIELD_CHARACTERS), _line(value, "fields", MAX_FIELD_CHARACTERS))
        for name, value in kept
    ]
    return [
        {"name": name, "value": compose_field(value), "text": value, "verified_at": None}
        for name, value in lines
    ]


def _domains(names: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
    if len(wanted) > MAX_DOMAINS or not all(DOMAIN.fullmatch(name) for name in wanted):
        raise Invalid("attribution_domains", f"must be at most {MAX_DOMAINS} names like example.org")
    return wanted


def _line(text: str, field: str, limit: int) -> str:
    line = clean_line(text, limit + 1)
    if len(line) > limit:
        raise Invalid(field, f"is too long (the most is {limit} characters)")
    return line


async def _set_picture(
    server: Server, account: Account, name: str, media: MediaAttachment | None, key: str
) -> Account:
    if media is not None and (media.account_id != account.id or media.kind != "image"):
        raise Invalid(name, "is not a picture of yours")
    if media is not None and (media.state != "ready" or not key):
        raise Invalid(name, "has not finished processing")
    if media is not None:
        await remixing.require_wearable(account, media)
    values = {
        f"{name}_key": key,
        f"{name}_url": "",
        f"{name}_alt": media.description if media else "",
        f"{name}_source_type": media.source_type if media else "",
        f"{name}_ai_system": media.ai_system if media else "",
    }
    async with server.db.transaction():
        account = await Account.get(id=account.id)
        if any(getattr(account, column) != value for column, value in values.items()):
            await account.update_from_dict(values).save(update_fields=list(values))
            await publish_profile(server, account)
    return account


async def publish_profile(server: Server, account: Account) -> None:
    """Send an account's profile as it is now to its followers and whom it met lately, in your transaction."""
    updated = activities.update_actor(actor_of(account, server.uris), id_=server.uris.new_activity())
    await publish.activity(
        server,
        account,
        updated,
        accounts=await reach.lately_met(server, account),
        followers=True,
        object_uri=account.uri,
        priority=publish.BULK,
    )
