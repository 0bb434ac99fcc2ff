"""What was written, told after the commit to what is kept in memory: the way caches here stay exact.

Triggers of the writing connection alone (TEMP) note the kind and the ids of each row that was inserted,
changed or deleted, whoever wrote it: the ORM, SQL written by hand, a cascade. What other processes write is
not noted row by row: that they wrote at all is seen (PRAGMA data_version), and then everything is forgotten.

What a cache keeps must depend on nothing but what is watched here; tests/test_changes.py compares this table
with what rendering reads.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Kind = Literal[
    "everything",  # whatever is kept may be wrong
    "post",  # id: a post is shown differently
    "arrival",  # id: whose post came or went, other: the post
    "named",  # id: who is named (or no longer), other: in which post
    "tagged",  # id: a hashtag, other: the post that has it, or no longer
    "reshaped",  # which lists a post stands in
    "mark",  # id: who did something with a post, other: the post
    "account",  # id: an account is shown differently
    "viewer",  # id: whom something was changed for that decides what they see
    "card",  # id: a linked page is shown differently
    "told",  # id: who was told something, or is told it differently
    "access",  # who may act here, and with which token
]


class Note(NamedTuple):
    """One change. What `id` and `other` are, `Kind` says; 0 where there is nothing to say."""

    kind: Kind
    id: int = 0
    other: int = 0


EVERYTHING: Final = Note("everything")

# More changes at once are told as one: the listeners would be busy for longer than forgetting costs.
_MOST_NOTES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Rows of a table that are noted as `kind`; `id` and `other` are SQL in which `{row}` is NEW or OLD.

    An update counts when one of `columns` changes its value; without any it does not count.
    """

    table: str
    kind: Kind
    id: str = "0"
    other: str = "0"
    columns: tuple[str, ...] = ()
    comes_and_goes: bool = True


def _watch(table: str, kind: Kind, id_: str = "0", other: str = "0", columns: str = "") -> Watch:
    """Watch rows come and go, be moved from one id to another, and change."""
    keys = [key for key in (id_, other) if key not in {"0", "id"}]
    names = ("{row}." + id_ if id_ != "0" else "0", "{row}." + other if other != "0" else "0")
    return Watch(table=table, kind=kind, id=names[0], other=names[1], columns=(*keys, *columns.split()))


def _changed(table: str, kind: Kind, columns: str, *, id_: str = "0") -> Watch:
    name = "{row}." + id_ if id_ != "0" else "0"
    return Watch(table=table, kind=kind, id=name, columns=tuple(columns.split()), comes_and_goes=False)


WATCHED: Final = (
    _changed(
        "posts",
        "post",
        "uri url kind in_reply_to_uri in_reply_to_id in_reply_to_account_id content text summary sensitive"
        " language emojis application_id published_at edited_at replies_count boosts_count favourites_count"
        " quotes_count claimed_favourites claimed_boosts quote_policy remix_policy interaction_policy card_id"
        " context_uri"
        " text_type local_only visibility local boost_of_id author_id",
        id_="id",
    ),
    _changed(
        "posts",
        "reshaped",
        "author_id local kind in_reply_to_uri in_reply_to_id in_reply_to_account_id boost_of_id context_uri"
        " visibility local_only language",
    ),
    _watch("posts", "arrival", "author_id", "id"),
    _watch("posts", "post", "id"),
    _watch("posts", "post", "in_reply_to_id"),
    _watch("posts", "mark", "author_id", "boost_of_id"),
    _watch(
        "media_attachments",
        "post",
        "post_id",
        columns="position kind state file_key preview_key remote_url media_type width height"
        " preview_width preview_height blurhash focus_x focus_y description source_type ai_system ai_version"
        " licence label_origin shows_source based_on_uri",
    ),
    _watch("mentions", "post", "post_id", columns="account_id silent"),
    _watch("mentions", "named", "account_id", "post_id", columns="silent"),
    _watch("post_tags", "post", "post_id", columns="tag_id"),
    _watch("post_tags", "tagged", "tag_id", "post_id"),
    _watch("polls", "post", "post_id", columns="options multiple hide_totals ends_at closed_at voters_count"),
    Watch(
        table="poll_votes",
        kind="mark",
        id="{row}.account_id",
        other="(SELECT post_id FROM main.polls WHERE id = {row}.poll_id)",
        columns=("poll_id", "account_id", "choice"),
    ),
    _watch("quotes", "post", "post_id", columns="quoted_id quoted_uri state stamp_uri"),
    _watch("quotes", "post", "quoted_id", columns="state"),
    _watch(
        "remixes",
        "post",
        "post_id",
        columns="state original_post_id original_account_id original_uri stamp_uri",
    ),
    _watch("remixes", "post", "original_post_id", columns="state post_id"),
    _watch("reactions", "post", "post_id", columns="account_id emoji image_url"),
    _watch("favourites", "mark", "account_id", "post_id"),
    _watch("bookmarks", "mark", "account_id", "post_id"),
    _watch("pins", "mark", "account_id", "post_id"),
    _watch(
        "preview_cards",
        "card",
        "id",
        columns="url state kind title description language author_name author_url author_uri provider_name"
        " provider_url html width height image_key image_description blurhash embed_url published_at",
    ),
    _changed("applications", "everything", "name website"),
    _watch(
        "custom_emojis",
        "everything",
        columns="shortcode file_key static_key disabled_at category visible_in_picker",
    ),
    _changed("tags", "everything", "name display"),
    _watch(
        "accounts",
        "account",
        "id",
        columns="actor_type display_name note note_text fields_list emojis avatar_key avatar_url avatar_alt"
        " avatar_source_type avatar_ai_system header_key header_url header_alt header_source_type"
        " header_ai_system locked discoverable indexable memorial hide_collections show_media"
        " show_media_replies show_featured moved_to_uri also_known_as attribution_domains followers_count"
        " following_count posts_count last_post_at created_at inbox_url shared_inbox_url outbox_url"
        " featured_url featured_tags_url key_id public_key_pem private_key_pem ed25519_key_id"
        " ed25519_public_pem ed25519_private_pem username username_lower domain uri url followers_url"
        " following_url suspended_at suspended_at_origin silenced_at gone_at moved_at remix_policy"
        " in_gallery",
    ),
    # What posts of others say of an account, and who is there for whom.
    _changed(
        "accounts",
        "everything",
        "username domain uri url followers_url following_url suspended_at suspended_at_origin silenced_at"
        " gone_at remix_policy indexable",
    ),
    _watch("domain_rules", "everything", columns="domain severity reject_media"),
    _watch("follows", "viewer", "follower_id", columns="state show_boosts notify languages"),
    _watch("follows", "viewer", "target_id", columns="follower_id state"),
    _watch("blocks", "viewer", "account_id", columns="target_id"),
    _watch("blocks", "viewer", "target_id", columns="account_id"),
    _watch("mutes", "viewer", "account_id", columns="target_id hide_notifications expires_at"),
    _watch("account_domain_blocks", "viewer", "account_id", columns="domain"),
    _watch("followed_tags", "viewer", "account_id", columns="tag_id"),
    _watch("lists", "viewer", "account_id", columns="exclusive replies_policy"),
    Watch(
        table="list_members",
        kind="viewer",
        id="(SELECT account_id FROM main.lists WHERE id = {row}.list_id)",
        columns=("list_id", "account_id"),
    ),
    _watch("conversation_mutes", "viewer", "account_id", columns="context_uri"),
    _watch("custom_filters", "viewer", "account_id", columns="title contexts action model_media expires_at"),
    *(
        Watch(
            table=table,
            kind="viewer",
            id="(SELECT account_id FROM main.custom_filters WHERE id = {row}.custom_filter_id)",
            columns=("custom_filter_id", *columns),
        )
        for table, columns in (("filter_keywords", ("keyword", "whole_word")), ("filter_posts", ("post_id",)))
    ),
    _watch("notifications", "told", "account_id", columns="kind group_key filtered post_id from_account_id"),
    _watch(
        "reports",
        "told",
        columns="post_ids comment category rule_ids forwarded resolved_at resolved_by reporter_id target_id",
    ),
    _watch(
        "access_tokens", "access", columns="token_hash scopes expires_at last_used_at application_id user_id"
    ),
    _watch("users", "access", columns="account_id email password_hash role locale preferences disabled_at"),
    _watch("users", "viewer", "account_id", columns="preferences locale"),
    _changed("applications", "access", "name website scopes redirect_uris client_id"),
)

Listener = Callable[[frozenset[Note]], None]


class Changes:
    """What one connection writes, and who is told of it."""

    def __init__(self) -> None:
        # Goes up with each commit that was told. What is read before and put away after it did is too old.
        self.version = 0
        self._noted: set[Note] = set()
        self._listeners: list[Listener] = []
        self._raw: sqlite3.Connection | None = None
        self._data_version = 0

    def attach(self, raw: sqlite3.Connection) -> None:
        """Watch what a connection writes. Tables that are not there (an older schema) are not watched."""
        raw.create_function("fedi_note", 3, self._note)
        there = {row[0] for row in raw.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")}
        for number, watch in enumerate(WATCHED):
            if watch.table in there:
                for statement in _triggers(watch, number):
                    raw.execute(statement)
        self._raw = raw
        self._data_version = _data_version(raw)

    def listen(self, listener: Listener) -> None:
        """Have a function called with what each commit changed, before anybody hears that it succeeded."""
        self._listeners.append(listener)

    def tell(self) -> None:
        """Tell what was noted; after a rollback as well: forgetting too much costs a look-up, no more."""
        if self._noted:
            noted = frozenset(self._noted) if len(self._noted) <= _MOST_NOTES else frozenset({EVERYTHING})
            self._noted.clear()
            self._told(noted)

    def look(self) -> None:
        """See whether another process wrote, and have everything forgotten then.

        The connection must be idle: this waits for whatever uses it.
        """
        # Of a statement whose caller was cancelled nobody told.
        self.tell()
        if self._raw is not None and (now := _data_version(self._raw)) != self._data_version:
            self._data_version = now
            self._told(frozenset({EVERYTHING}))

    def _told(self, notes: frozenset[Note]) -> None:
        self.version += 1
        for listener in self._listeners:
            listener(notes)

    def _note(self, kind: Kind, id_: int | None, other: int | None) -> None:
        self._noted.add(Note(kind, id_ or 0, other or 0))


def _triggers(watch: Watch, number: int) -> Iterator[str]:
    """Give the triggers of a watch; an update is noted for both what the row was and what it is."""
    name = f"fedi_{watch.table}_{number}"
    if watch.comes_and_goes:
        for event, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
            yield _trigger(f"{name}_{event}", f"AFTER {event} ON main.{watch.table}", watch, [row])
    if watch.columns:
        differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in watch.columns)
        event = f"AFTER UPDATE OF {', '.join(watch.columns)} ON main.{watch.table} WHEN {differs}"
        yield _trigger(f"{name}_UPDATE", event, watch, ["OLD", "NEW"])


def _trigger(name: str, event: str, watch: Watch, rows: Iterable[str]) -> str:
    """Write a trigger. A note without an id, where an id belongs, says nothing and is left out."""
    body = ""
    for row in rows:
        id_, other = watch.id.format(row=row), watch.other.format(row=row)
        wanted = " AND ".join(f"{value} IS NOT NULL" for value in (id_, other) if value != "0")
        body += f"SELECT fedi_note('{watch.kind}', {id_}, {other}){' WHERE ' + wanted if wanted else ''}; "
    return f"CREATE TEMP TRIGGER {name} {event} BEGIN {body}END"


def _data_version(raw: sqlite3.Connection) -> int:
    """Give a number that changes when another connection commits, and not when this one does."""
    ((version,),) = raw.execute("PRAGMA data_version").fetchall()
    return int(version)
