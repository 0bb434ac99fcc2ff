"""Previews of the links in posts (Mastodon API: PreviewCard)."""

from tortoise import fields

from fedi.models.base import Row


class PreviewCard(Row):
    """What a web page says of itself; `url_hash` is the SHA-256 (hex) of its address in normal form.

    `state`: pending (to be read), ready, or none (there is nothing to show). `kind`: link, photo, video,
    rich. `html` is never anything but an iframe of an allowed provider. `image_key` names our own copy.
    `author_uri` is the ActivityPub id of the author where the page names one (fediverse:creator).
    """

    url_hash = fields.CharField(max_length=64, unique=True)
    url = fields.CharField(max_length=2048)
    state = fields.CharField(max_length=16, default="pending")
    kind = fields.CharField(max_length=16, default="link")
    title = fields.CharField(max_length=500, default="")
    description = fields.TextField(default="")
    language = fields.CharField(max_length=16, default="")
    author_name = fields.CharField(max_length=255, default="")
    author_url = fields.CharField(max_length=2048, default="")
    author_uri = fields.CharField(max_length=2048, default="")
    provider_name = fields.CharField(max_length=255, default="")
    provider_url = fields.CharField(max_length=2048, default="")
    html = fields.TextField(default="")
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    image_key = fields.CharField(max_length=255, default="")
    image_description = fields.TextField(default="")
    blurhash = fields.CharField(max_length=100, default="")
    embed_url = fields.CharField(max_length=2048, default="")
    published_at = fields.DatetimeField(null=True)
    fetched_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Found by address."""

        table = "preview_cards"
