"""Posts, what they name, what they were, and what is left when they are gone."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.cards import PreviewCard
from fedi.models.users import Application


class Post(Row):
    """A post, or a boost of one (`boost_of` set): one id orders a timeline.

    `content` is sanitised HTML; `text` what a local author typed, `text_type` (text/plain, text/markdown) how
    to read it. `visibility` is public, unlisted, followers, mutuals (the author's mutuals of that moment, who
    are mentioned silently) or direct, and never changes after the first store. `local_only`: it never leaves
    this server, and only people of this server see it. `uri` of a boost is its Announce's id.
    `quote_policy` (ours: public, followers or nobody) says who may quote it, `remix_policy` (ours: nobody,
    following, followers or everyone; "" the author's own default) who may restyle its pictures;
    `interaction_policy` is a remote author's own, as it came. `claimed_*` counts are what the author's server
    says of a remote post, the others what we have seen ourselves. `backfilled_at` is when its replies were
    last asked for.
    """

    uri = fields.CharField(max_length=2048, unique=True)
    url = fields.CharField(max_length=2048, default="")
    author: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    author_id: int
    local = fields.BooleanField(default=False)
    kind = fields.CharField(max_length=16, default="Note")
    in_reply_to: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    in_reply_to_id: int | None
    in_reply_to_uri = fields.CharField(max_length=2048, default="")
    in_reply_to_account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    in_reply_to_account_id: int | None
    boost_of: fields.ForeignKeyNullableRelation["Post"] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.CASCADE
    )
    boost_of_id: int | None
    context_uri = fields.CharField(max_length=2048, default="")
    visibility = fields.CharField(max_length=16)
    content = fields.TextField(default="")
    text = fields.TextField(default="")
    text_type = fields.CharField(max_length=32, default="text/plain")
    local_only = fields.BooleanField(default=False)
    summary = fields.TextField(default="")
    sensitive = fields.BooleanField(default=False)
    language = fields.CharField(max_length=16, default="")
    emojis: Any = fields.JSONField(default=list)
    application: fields.ForeignKeyNullableRelation[Application] = fields.ForeignKeyField(
        "fedi.Application", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    application_id: int | None
    published_at = fields.DatetimeField()
    edited_at = fields.DatetimeField(null=True)
    replies_count = fields.IntField(default=0)
    boosts_count = fields.IntField(default=0)
    favourites_count = fields.IntField(default=0)
    quotes_count = fields.IntField(default=0)
    claimed_favourites = fields.IntField(null=True)
    claimed_boosts = fields.IntField(null=True)
    replies_uri = fields.CharField(max_length=2048, default="")
    backfilled_at = fields.DatetimeField(null=True)
    quote_policy = fields.CharField(max_length=16, default="public")
    interaction_policy: Any = fields.JSONField(null=True)
    remix_policy = fields.CharField(max_length=16, default="")
    card: fields.ForeignKeyNullableRelation[PreviewCard] = fields.ForeignKeyField(
        "fedi.PreviewCard", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    card_id: int | None

    class Meta:
        """One boost of a post by an account; timelines read by author and by visibility."""

        table = "posts"
        unique_together = (("author_id", "boost_of_id"),)
        indexes = (
            ("author_id", "id"),
            ("in_reply_to_id",),
            ("boost_of_id",),
            ("visibility", "local", "id"),
            ("in_reply_to_uri",),
            ("card_id", "id"),
            ("application_id",),
        )

    @property
    def favourites_shown(self) -> int:
        """How many favourites people are told of: what its own server says, if that is more than we saw."""
        return max(self.favourites_count, self.claimed_favourites or 0)

    @property
    def boosts_shown(self) -> int:
        """How many boosts people are told of."""
        return max(self.boosts_count, self.claimed_boosts or 0)


class Mention(Row):
    """An account that a post names, or (silent) is addressed to without naming."""

    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    silent = fields.BooleanField(default=False)

    class Meta:
        """Once a post."""

        table = "mentions"
        unique_together = (("post_id", "account_id"),)
        indexes = (("account_id", "post_id"),)


class Tag(Row):
    """A hashtag; `name` is its NFKC lower-case form, `display` the spelling first seen."""

    name = fields.CharField(max_length=255, unique=True)
    display = fields.CharField(max_length=255)
    created_at = fields.DatetimeField()

    class Meta:
        """Found by name."""

        table = "tags"


class PostTag(Row):
    """A hashtag in a post."""

    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    tag: fields.ForeignKeyRelation[Tag] = fields.ForeignKeyField(
        "fedi.Tag", related_name=False, on_delete=fields.CASCADE
    )
    tag_id: int

    class Meta:
        """Once a post; the tag's timeline reads newest first."""

        table = "post_tags"
        unique_together = (("tag_id", "post_id"),)
        indexes = (("post_id",),)


class PostEdit(Row):
    """What a post said before an edit.

    `media` is a list of `{"id", "description"}`; `poll_options` the titles of its poll's options, or null.
    """

    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    content = fields.TextField(default="")
    text = fields.TextField(default="")
    summary = fields.TextField(default="")
    sensitive = fields.BooleanField(default=False)
    media: Any = fields.JSONField(default=list)
    poll_options: Any = fields.JSONField(null=True)
    emojis: Any = fields.JSONField(default=list)
    text_type = fields.CharField(max_length=32, default="text/plain")
    created_at = fields.DatetimeField()

    class Meta:
        """Read in order, by post."""

        table = "post_edits"
        indexes = (("post_id", "id"),)


class Tombstone(Row):
    """A URI that must not come (back) to life: a deleted post or account, an undone activity.

    Kept so that a Create that arrives after its Delete, or a Like after its Undo, is not applied.
    `local` marks our own deleted objects, which are served as 410 with a Tombstone (ActivityPub 6.4).
    """

    uri = fields.CharField(max_length=2048, unique=True)
    actor_uri = fields.CharField(max_length=2048, default="")
    former_type = fields.CharField(max_length=32, default="")
    local = fields.BooleanField(default=False)
    deleted_at = fields.DatetimeField()

    class Meta:
        """Found by URI; pruned by age."""

        table = "tombstones"
        indexes = (("deleted_at",),)


class IdempotencyKey(Row):
    """The post that a client's Idempotency-Key made, remembered for an hour."""

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    key = fields.CharField(max_length=255)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    created_at = fields.DatetimeField()

    class Meta:
        """Once an account."""

        table = "idempotency_keys"
        unique_together = (("account_id", "key"),)
