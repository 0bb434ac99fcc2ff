"""Pictures, and the studio's work on them."""

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Post


class MediaAttachment(Row):
    """A picture of a local account, or one that a remote post links to (`remote_url`, nothing stored).

    `state` is processing, ready or failed (`error` says why, for its owner). `source_type` is the IPTC
    digital source type IRI when the picture is labelled as made with a model, `ai_system` and
    `ai_version` name the model. `kind` is image, gifv, video, audio or unknown.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    post_id: int | None
    position = fields.SmallIntField(default=0)
    kind = fields.CharField(max_length=16, default="image")
    state = fields.CharField(max_length=16, default="ready")
    error = fields.CharField(max_length=500, default="")
    original_key = fields.CharField(max_length=255, default="")
    file_key = fields.CharField(max_length=255, default="")
    preview_key = fields.CharField(max_length=255, default="")
    remote_url = fields.CharField(max_length=2048, default="")
    media_type = fields.CharField(max_length=64, default="")
    size_bytes = fields.IntField(default=0)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    preview_width = fields.IntField(null=True)
    preview_height = fields.IntField(null=True)
    blurhash = fields.CharField(max_length=100, default="")
    focus_x = fields.FloatField(default=0.0)
    focus_y = fields.FloatField(default=0.0)
    description = fields.TextField(default="")
    source_type = fields.CharField(max_length=255, default="")
    ai_system = fields.CharField(max_length=255, default="")
    ai_version = fields.CharField(max_length=255, default="")
    derived_from: fields.ForeignKeyNullableRelation["MediaAttachment"] = fields.ForeignKeyField(
        "fedi.MediaAttachment", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    derived_from_id: int | None
    created_at = fields.DatetimeField()

    class Meta:
        """Read by post, in order; by account, newest first."""

        table = "media_attachments"
        indexes = (("post_id", "position"), ("account_id", "id"))


class StyleRun(Row):
    """One picture through one style. `state`: queued, running, done, failed, cancelled.

    `progress` goes from 0 to 1; `reason` is what its owner reads when it failed. `size` is portrait,
    picture or full (`fedi.styles.engine`). `attempts` counts how often drawing began: a server may die.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    source: fields.ForeignKeyRelation[MediaAttachment] = fields.ForeignKeyField(
        "fedi.MediaAttachment", related_name=False, on_delete=fields.CASCADE
    )
    source_id: int
    result: fields.ForeignKeyNullableRelation[MediaAttachment] = fields.ForeignKeyField(
        "fedi.MediaAttachment", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    result_id: int | None
    style = fields.CharField(max_length=64)
    style_version = fields.CharField(max_length=64, default="")
    size = fields.CharField(max_length=16, default="portrait")
    state = fields.CharField(max_length=16, default="queued")
    progress = fields.FloatField(default=0.0)
    attempts = fields.SmallIntField(default=0)
    reason = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        """Read by account, newest first."""

        table = "style_runs"
        indexes = (("account_id", "id"),)
