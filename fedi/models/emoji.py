"""Custom emoji of this server; those of others stand in the rows that use them."""

from tortoise import fields

from fedi.models.base import Row


class CustomEmoji(Row):
    """A picture that `:shortcode:` stands for. `disabled_at`: texts that come do not get it any more."""

    shortcode = fields.CharField(max_length=128, unique=True)
    file_key = fields.CharField(max_length=255)
    static_key = fields.CharField(max_length=255)
    media_type = fields.CharField(max_length=64)
    category = fields.CharField(max_length=64, default="")
    visible_in_picker = fields.BooleanField(default=True)
    disabled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Found by shortcode."""

        table = "custom_emojis"
