"""Quotes: which post quotes which, and whether the quoted author agreed."""

from tortoise import fields

from fedi.models.base import Row
from fedi.models.posts import Post


class Quote(Row):
    """That `post` quotes something (FEP-044f).

    `state`: pending (asked, or not yet verified), accepted, rejected, revoked, or unasked (a quote in the
    old spelling, or one without a stamp). `quoted_uri` stands even while the quoted post is not here.
    `request_uri` is the QuoteRequest's id; `stamp_uri` the QuoteAuthorization, ours when the quoted post is.
    """

    post: fields.OneToOneRelation[Post] = fields.OneToOneField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    quoted: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "fedi.Post", related_name=False, null=True, on_delete=fields.SET_NULL
    )
    quoted_id: int | None
    quoted_uri = fields.CharField(max_length=2048)
    state = fields.CharField(max_length=16, default="pending")
    request_uri = fields.CharField(max_length=2048, default="")
    stamp_uri = fields.CharField(max_length=2048, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """One a quoting post; read from the quoted one, by its stamp and by its request."""

        table = "quotes"
        indexes = (("quoted_id", "state"), ("quoted_uri",), ("stamp_uri",), ("request_uri",))
