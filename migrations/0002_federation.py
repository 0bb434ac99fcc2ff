from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("fedi", "0001_initial")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AsyncRefresh",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=255)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("found", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "async_refreshes",
                "app": "fedi",
                "pk_attr": "id",
                "table_description": "Work in the background that clients may wait for (`Mastodon-Async-Refresh`); pruned by age.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="FormerName",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("username_lower", fields.CharField(unique=True, max_length=2048)),
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
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "former_names",
                "app": "fedi",
                "pk_attr": "id",
                "table_description": "A name that an account of ours had before: WebFinger still finds it, nobody else gets it.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="InboxItem",
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
                ("uri", fields.CharField(max_length=2048)),
                ("body", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "inbox_items",
                "app": "fedi",
                "unique_together": (("account_id", "uri"),),
                "indexes": [Index(fields=["account_id", "id"])],
                "pk_attr": "id",
                "table_description": "An activity as it came, for the inbox of one of ours who reads it by ActivityPub (C2S, section 5.2).",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="Poll",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "post",
                    fields.OneToOneField(
                        "fedi.Post",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("options", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("multiple", fields.BooleanField(default=False)),
                ("hide_totals", fields.BooleanField(default=False)),
                ("ends_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("voters_count", fields.IntField(null=True)),
            ],
            options={
                "table": "polls",
                "app": "fedi",
                "pk_attr": "id",
                "table_description": 'The poll of a Question. `options` is a list of `{"name", "votes"}`; a remote one\'s votes are its claim.',
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="PollVote",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "poll",
                    fields.ForeignKeyField(
                        "fedi.Poll",
                        source_field="poll_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
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
                ("choice", fields.SmallIntField()),
                ("uri", fields.CharField(unique=True, max_length=2048)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "poll_votes",
                "app": "fedi",
                "unique_together": (("poll_id", "account_id", "choice"),),
                "pk_attr": "id",
                "table_description": "One choice (the option's place, from 0) of one voter; `uri` is the id of the vote's note.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="Quote",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "post",
                    fields.OneToOneField(
                        "fedi.Post",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "quoted",
                    fields.ForeignKeyField(
                        "fedi.Post",
                        source_field="quoted_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("quoted_uri", fields.CharField(max_length=2048)),
                ("state", fields.CharField(default="pending", max_length=16)),
                ("request_uri", fields.CharField(default="", max_length=2048)),
                ("stamp_uri", fields.CharField(default="", max_length=2048)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "quotes",
                "app": "fedi",
                "indexes": [
                    Index(fields=["quoted_id", "state"]),
                    Index(fields=["quoted_uri"]),
                    Index(fields=["stamp_uri"]),
                    Index(fields=["request_uri"]),
                ],
                "pk_attr": "id",
                "table_description": "That `post` quotes something (FEP-044f).",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="Reaction",
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
                    "post",
                    fields.ForeignKeyField(
                        "fedi.Post",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("emoji", fields.CharField(max_length=130)),
                ("image_url", fields.CharField(default="", max_length=2048)),
                ("uri", fields.CharField(unique=True, max_length=2048)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "reactions",
                "app": "fedi",
                "unique_together": (("account_id", "post_id", "emoji"),),
                "indexes": [Index(fields=["post_id"])],
                "pk_attr": "id",
                "table_description": "An emoji reaction (FEP-c0e0); beside it stands one Favourite a pair, as which clients count it.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="Relay",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("inbox_url", fields.CharField(unique=True, max_length=2048)),
                ("actor_uri", fields.CharField(default="", max_length=2048)),
                ("state", fields.CharField(default="pending", max_length=16)),
                ("follow_uri", fields.CharField(max_length=2048)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "relays",
                "app": "fedi",
                "indexes": [Index(fields=["actor_uri"]), Index(fields=["follow_uri"])],
                "pk_attr": "id",
                "table_description": "A relay we follow (FEP-ae0c). `state`: pending, accepted, rejected.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="Report",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("uri", fields.CharField(unique=True, max_length=2048)),
                (
                    "reporter",
                    fields.ForeignKeyField(
                        "fedi.Account",
                        source_field="reporter_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "target",
                    fields.ForeignKeyField(
                        "fedi.Account",
                        source_field="target_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("domain", fields.CharField(default="", max_length=255)),
                ("post_ids", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("comment", fields.TextField(default="", unique=False)),
                ("category", fields.CharField(default="other", max_length=16)),
                ("rule_ids", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("forwarded", fields.BooleanField(default=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("resolved_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("resolved_by", fields.CharField(default="", max_length=255)),
            ],
            options={
                "table": "reports",
                "app": "fedi",
                "indexes": [Index(fields=["resolved_at", "id"]), Index(fields=["target_id"])],
                "pk_attr": "id",
                "table_description": "A report (Flag) of an account and some of its posts, made here or received.",
            },
            bases=["Row"],
        ),
        ops.AddField(
            model_name="Account",
            name="attribution_domains",
            field=fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Account",
            name="backfilled_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Account",
            name="ed25519_key_id",
            field=fields.CharField(default="", max_length=2048),
        ),
        ops.AddField(
            model_name="Account",
            name="ed25519_private_pem",
            field=fields.TextField(default="", unique=False),
        ),
        ops.AddField(
            model_name="Account",
            name="ed25519_public_pem",
            field=fields.TextField(default="", unique=False),
        ),
        ops.AddField(
            model_name="Account",
            name="featured_tags_url",
            field=fields.CharField(default="", max_length=2048),
        ),
        ops.AddField(
            model_name="Account",
            name="moved_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Account",
            name="suspended_at_origin",
            field=fields.BooleanField(default=False),
        ),
        ops.AddIndex(
            model_name="Account",
            index=Index(fields=["ed25519_key_id"]),
        ),
        ops.AddField(
            model_name="Instance",
            name="reacts",
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name="Instance",
            name="scheme",
            field=fields.CharField(default="", max_length=16),
        ),
        ops.AddField(
            model_name="Instance",
            name="scheme_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Job",
            name="refusals",
            field=fields.SmallIntField(default=0),
        ),
        ops.AddField(
            model_name="OutgoingActivity",
            name="synchronise",
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name="Post",
            name="backfilled_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Post",
            name="claimed_boosts",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Post",
            name="claimed_favourites",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Post",
            name="interaction_policy",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Post",
            name="quote_policy",
            field=fields.CharField(default="public", max_length=16),
        ),
        ops.AddField(
            model_name="Post",
            name="quotes_count",
            field=fields.IntField(default=0),
        ),
        ops.AddField(
            model_name="Post",
            name="replies_uri",
            field=fields.CharField(default="", max_length=2048),
        ),
    ]
