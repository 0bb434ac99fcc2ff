"""Pictures, and the studio's work on them."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Post


class MediaAttachment(Row):
    """A picture of a local account, or one that a remote post links to (`remote_url`, nothing stored).

    `state` is processing, ready or failed (`error` says why, for its owner). `source_type` is the IPTC
    digital source type IRI when the picture is labelled as made with a model, `ai_system` and
    `ai_version` name the model; `label_origin` says whose word that is: studio, file, wire or author.
    `kind` is image, gifv, video, audio or unknown; `frames` and `duration_ms` are of what moves.
    `licence` is an IRI. `based_on_uri` names what it was made from, and is said to others only if its
    author wants that (`shows_source`).
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
    label_origin = fields.CharField(max_length=16, default="")
    licence = fields.CharField(max_length=255, default="")
    based_on_uri = fields.CharField(max_length=2048, default="")
    shows_source = fields.BooleanField(default=False)
    frames = fields.IntField(null=True)
    duration_ms = fields.IntField(null=True)
    derived_from: fields.ForeignKeyNullableRelation["MediaAttachment"] = fields.ForeignKeyField(
        "fedi.MediaAttachment", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    derived_from_id: int | None
    created_at = fields.DatetimeField()

    class Meta:
        """Read by post, in order; by account, newest first."""

        table = "media_attachments"
        indexes = (("post_id", "position"), ("account_id", "id"), ("source_type", "id"))


class Remix(Row):
    """That somebody asked to restyle a picture that is not their own, and what came of it.

    `account` is who restyles; `original` the picture, `original_post` the post it stands in (None for an
    avatar), `original_account` whose it is. `state` is pending, accepted, rejected or revoked. `post` is the
    post that shows the remix, once there is one (ours or a remote one); `remix_uri` its URI, reserved
    before there is a post. `request_uri` is the RemixRequest's id, `stamp_uri` the RemixAuthorization's,
    ours when the original is. `source` is the copy that one of ours was given to work on: for the studio
    alone, never to be posted as it is.
    """

    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    original: fields.ForeignKeyNullableRelation[MediaAttachment] = fields.ForeignKeyField(
        "fedi.MediaAttachment", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    original_id: int | None
    original_post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    original_post_id: int | None
    original_account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    original_account_id: int
    original_uri = fields.CharField(max_length=2048)
    post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    post_id: int | None
    source: fields.ForeignKeyNullableRelation[MediaAttachment] = fields.ForeignKeyField(
        "fedi.MediaAttachment", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    source_id: int | None
    remix_uri = fields.CharField(max_length=2048, default="")
    state = fields.CharField(max_length=16, default="pending")
    request_uri = fields.CharField(max_length=2048, default="")
    stamp_uri = fields.CharField(max_length=2048, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """Read from both sides, by its URIs, and under the original post."""

        table = "remixes"
        indexes = (
            ("account_id", "state", "id"),
            ("original_account_id", "state", "id"),
            ("original_post_id", "state"),
            ("original_id",),
            ("source_id",),
            ("post_id",),
            ("remix_uri",),
            ("request_uri",),
            ("stamp_uri",),
        )


class StyleRun(Row):
    """One picture, animation or clip through one style. `state`: queued, running, done, failed, cancelled.

    `progress` goes from 0 to 1; `reason` is what its owner reads when it failed. `size` is portrait,
    picture or full, `settings` what else was chosen (`fedi.styles.controls`). `attempts` counts how often
    drawing began: a server may die. `cache_key` is the digest of picture, model and settings; runs of one
    `batch` were asked for together. `seconds` is what the drawing took, `remix` the consent it rests on.
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
    settings: Any = fields.JSONField(default=dict)
    kind = fields.CharField(max_length=16, default="image")
    cache_key = fields.CharField(max_length=64, default="")
    batch = fields.BigIntField(null=True)
    seconds = fields.FloatField(default=0.0)
    remix: fields.ForeignKeyNullableRelation[Remix] = fields.ForeignKeyField(
        "fedi.Remix", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    remix_id: int | None
    attempts = fields.SmallIntField(default=0)
    reason = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        """Read by account, newest first, by what was drawn of it before, and those that are open."""

        table = "style_runs"
        indexes = (("account_id", "id"), ("account_id", "cache_key"), ("state", "id"), ("batch",))


class StyleChoice(Row):
    """What the owner decided about a style: whether it is offered, is the default, and the licence agreed to.

    `name` and `sha256` are the manifest's: another file under the name is another style. A style that ships
    with the program has no row until something is decided about it.
    """

    name = fields.CharField(max_length=64, unique=True)
    sha256 = fields.CharField(max_length=64, default="")
    enabled = fields.BooleanField(default=True)
    is_default = fields.BooleanField(default=False)
    source_url = fields.CharField(max_length=2048, default="")
    agreed_by: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    agreed_by_id: int | None
    agreed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """One a style."""

        table = "style_choices"


class ArtPrompt(Row):
    """A theme that members answer with pictures under its `tag` (without #), for as long as it runs."""

    title = fields.CharField(max_length=200)
    text = fields.TextField(default="")
    tag = fields.CharField(max_length=255)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    created_at = fields.DatetimeField()

    class Meta:
        """Read by when it runs."""

        table = "art_prompts"
        indexes = (("starts_at",), ("tag",))
