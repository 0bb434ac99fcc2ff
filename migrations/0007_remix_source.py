from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("fedi", "0006_studio")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Remix",
            name="source",
            field=fields.ForeignKeyField(
                "fedi.MediaAttachment",
                source_field="source_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name=False,
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddIndex(model_name="Remix", index=Index(fields=["source_id"])),
    ]
