from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("fedi", "0005_indexes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ArtPrompt",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("title", fields.CharField(max_length=200)),
                ("text", fields.TextField(default="", unique=False)),
                ("tag", fields.CharField(max_length=255)),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "art_prompts",
                "app": "fedi",
                "indexes": [Index(fields=["starts_at"]), Index(fields=["tag"])],
                "pk_attr": "id",
                "table_description": "A theme that members answer with pictures under its `tag` (without #), for as long as it runs.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="Remix",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "fedi.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "original",
                    fields.ForeignKeyField(
                        "fedi.MediaAttachment",
                        source_field="original_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "original_post",
                    fields.ForeignKeyField(
                        "fedi.Post",
                        source_field="original_post_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "original_account",
                    fields.ForeignKeyField(
                        "fedi.Account",
                        source_field="original_account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("original_uri", fields.CharField(max_length=2048)),
                (
                    "post",
                    fields.ForeignKeyField(
                        "fedi.Post",
                        source_field="post_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("remix_uri", fields.CharField(default="", max_length=2048)),
                ("state", fields.CharField(default="pending", max_length=16)),
                ("request_uri", fields.CharField(default="", max_length=2048)),
                ("stamp_uri", fields.CharField(default="", max_length=2048)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "remixes",
                "app": "fedi",
                "indexes": [
                    Index(fields=["account_id", "state", "id"]),
                    Index(fields=["original_account_id", "state", "id"]),
                    Index(fields=["original_post_id", "state"]),
                    Index(fields=["original_id"]),
                    Index(fields=["post_id"]),
                    Index(fields=["remix_uri"]),
                    Index(fields=["request_uri"]),
                    Index(fields=["stamp_uri"]),
                ],
                "pk_attr": "id",
                "table_description": "That somebody asked to restyle a picture that is not their own, and what came of it.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="StyleChoice",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=64)),
                ("sha256", fields.CharField(default="", max_length=64)),
                ("enabled", fields.BooleanField(default=True)),
                ("is_default", fields.BooleanField(default=False)),
                ("source_url", fields.CharField(default="", max_length=2048)),
                (
                    "agreed_by",
                    fields.ForeignKeyField(
                        "fedi.Account",
                        source_field="agreed_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("agreed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "style_choices",
                "app": "fedi",
                "pk_attr": "id",
                "table_description": "What the owner decided about a style: whether it is offered, is the default, and the licence agreed to.",
            },
            bases=["Row"],
        ),
        ops.AddField(
            model_name="Account",
            name="in_gallery",
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name="Account",
            name="remix_policy",
            field=fields.CharField(default="nobody", max_length=16),
        ),
        ops.AddField(
            model_name="CustomFilter",
            name="model_media",
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name="MediaAttachment",
            name="based_on_uri",
            field=fields.CharField(default="", max_length=2048),
        ),
        ops.AddField(
            model_name="MediaAttachment",
            name="duration_ms",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="MediaAttachment",
            name="frames",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="MediaAttachment",
            name="label_origin",
            field=fields.CharField(default="", max_length=16),
        ),
        ops.AddField(
            model_name="MediaAttachment",
            name="licence",
            field=fields.CharField(default="", max_length=255),
        ),
        ops.AddField(
            model_name="MediaAttachment",
            name="shows_source",
            field=fields.BooleanField(default=False),
        ),
        ops.AddIndex(
            model_name="MediaAttachment",
            index=Index(fields=["source_type", "id"]),
        ),
        ops.AddField(
            model_name="Post",
            name="remix_policy",
            field=fields.CharField(default="", max_length=16),
        ),
        ops.AlterModelOptions(
            name="StyleRun",
            options={
                "table": "style_runs",
                "app": "fedi",
                "indexes": [
                    Index(fields=["account_id", "id"]),
                    Index(fields=["account_id", "cache_key"]),
                    Index(fields=["state", "id"]),
                    Index(fields=["batch"]),
                ],
                "pk_attr": "id",
                "table_description": "One picture, animation or clip through one style. `state`: queued, running, done, failed, cancelled.",
            },
        ),
        ops.AddField(
            model_name="StyleRun",
            name="batch",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="StyleRun",
            name="cache_key",
            field=fields.CharField(default="", max_length=64),
        ),
        ops.AddField(
            model_name="StyleRun",
            name="kind",
            field=fields.CharField(default="image", max_length=16),
        ),
        ops.AddField(
            model_name="StyleRun",
            name="remix",
            field=fields.ForeignKeyField(
                "fedi.Remix",
                source_field="remix_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="StyleRun",
            name="seconds",
            field=fields.FloatField(default=0.0),
        ),
        ops.AddField(
            model_name="StyleRun",
            name="settings",
            field=fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddIndex(
            model_name="StyleRun",
            index=Index(fields=["account_id", "cache_key"]),
        ),
        ops.AddIndex(
            model_name="StyleRun",
            index=Index(fields=["state", "id"]),
        ),
        ops.AddIndex(
            model_name="StyleRun",
            index=Index(fields=["batch"]),
        ),
    ]
