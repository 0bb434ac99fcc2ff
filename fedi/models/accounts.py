"""Accounts: an actor of ours or of another server, as we know it."""

from typing import Any

from tortoise import fields

from fedi.models.base import Row


class Account(Row):
    """An actor (Person, Service, Group, Organization, Application). `domain` is "" for our own.

    `username` keeps the case its owner chose; `username_lower` with `domain` is the handle's key.
    `note` is sanitised HTML; `note_text` what a local person typed. `fields_list` holds at most 50
    `{"name", "value" (HTML), "text", "verified_at"}`. Keys of local accounts are PEM; the private ones are
    empty for remote accounts. Picture keys name files in the Store (local), URLs are the remote's own.
    `suspended_at_origin` is what the account's own server says of it; `moved_at` when a Move was last
    applied (the cooldown counts from it); `backfilled_at` when outbox, pins and counts were last read.
    `remix_policy` (ours: nobody, following, followers or everyone) says who may restyle its avatar and the
    pictures of its posts; `in_gallery` whether its labelled art stands in the public gallery.
    """

    username = fields.CharField(max_length=2048)
    username_lower = fields.CharField(max_length=2048)
    domain = fields.CharField(max_length=255, default="")
    uri = fields.CharField(max_length=2048, unique=True)
    url = fields.CharField(max_length=2048, default="")
    actor_type = fields.CharField(max_length=16, default="Person")

    display_name = fields.CharField(max_length=500, default="")
    note = fields.TextField(default="")
    note_text = fields.TextField(default="")
    fields_list: Any = fields.JSONField(default=list)
    emojis: Any = fields.JSONField(default=list)

    avatar_key = fields.CharField(max_length=255, default="")
    avatar_url = fields.CharField(max_length=2048, default="")
    avatar_alt = fields.TextField(default="")
    avatar_source_type = fields.CharField(max_length=255, default="")
    avatar_ai_system = fields.CharField(max_length=255, default="")
    header_key = fields.CharField(max_length=255, default="")
    header_url = fields.CharField(max_length=2048, default="")
    header_alt = fields.TextField(default="")
    header_source_type = fields.CharField(max_length=255, default="")
    header_ai_system = fields.CharField(max_length=255, default="")

    locked = fields.BooleanField(default=False)
    discoverable = fields.BooleanField(default=False)
    indexable = fields.BooleanField(default=False)
    memorial = fields.BooleanField(default=False)
    hide_collections = fields.BooleanField(default=False)
    show_media = fields.BooleanField(default=True)
    show_media_replies = fields.BooleanField(default=True)
    show_featured = fields.BooleanField(default=True)
    remix_policy = fields.CharField(max_length=16, default="nobody")
    in_gallery = fields.BooleanField(default=False)
    moved_to_uri = fields.CharField(max_length=2048, default="")
    also_known_as: Any = fields.JSONField(default=list)

    inbox_url = fields.CharField(max_length=2048, default="")
    shared_inbox_url = fields.CharField(max_length=2048, default="")
    outbox_url = fields.CharField(max_length=2048, default="")
    followers_url = fields.CharField(max_length=2048, default="")
    following_url = fields.CharField(max_length=2048, default="")
    featured_url = fields.CharField(max_length=2048, default="")
    featured_tags_url = fields.CharField(max_length=2048, default="")
    attribution_domains: Any = fields.JSONField(default=list)

    key_id = fields.CharField(max_length=2048, default="")
    public_key_pem = fields.TextField(default="")
    private_key_pem = fields.TextField(default="")
    ed25519_key_id = fields.CharField(max_length=2048, default="")
    ed25519_public_pem = fields.TextField(default="")
    ed25519_private_pem = fields.TextField(default="")

    followers_count = fields.IntField(default=0)
    following_count = fields.IntField(default=0)
    posts_count = fields.IntField(default=0)
    last_post_at = fields.DatetimeField(null=True)

    created_at = fields.DatetimeField()
    fetched_at = fields.DatetimeField(null=True)
    moved_at = fields.DatetimeField(null=True)
    backfilled_at = fields.DatetimeField(null=True)
    suspended_at = fields.DatetimeField(null=True)
    suspended_at_origin = fields.BooleanField(default=False)
    silenced_at = fields.DatetimeField(null=True)
    gone_at = fields.DatetimeField(null=True)

    class Meta:
        """The handle is unique; the key ids find the signer of a request or a proof."""

        table = "accounts"
        unique_together = (("username_lower", "domain"),)
        indexes = (("key_id",), ("ed25519_key_id",), ("domain",))

    @property
    def is_local(self) -> bool:
        """Whether the account lives on this server."""
        return not self.domain

    @property
    def acct(self) -> str:
        """The handle as clients of this server show it: `alice`, or `bob@b.example`."""
        return self.username if self.is_local else f"{self.username}@{self.domain}"

    @property
    def delivery_inbox_url(self) -> str:
        """Where broadcasts to this account go: the shared inbox when its server has one."""
        return self.shared_inbox_url or self.inbox_url

    @property
    def is_bot(self) -> bool:
        """Whether the actor says that it is a program."""
        return self.actor_type in {"Service", "Application"}


class FormerName(Row):
    """A name that an account of ours had before: WebFinger still finds it, nobody else gets it."""

    username_lower = fields.CharField(max_length=2048, unique=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    created_at = fields.DatetimeField()

    class Meta:
        """Found by name."""

        table = "former_names"
