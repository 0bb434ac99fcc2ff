"""What is talked about: computed once in a while, read often."""

from typing import Any

from tortoise import fields

from fedi.models.base import Row


class Trend(Row):
    """A hashtag, post or link (`kind`: tag, post, link; `target_id` its row's id) and how strongly it trends.

    `history` is a list of `{"day" (Unix seconds), "uses", "accounts"}`, the newest day first.
    """

    kind = fields.CharField(max_length=8)
    target_id = fields.BigIntField()
    score = fields.FloatField(default=0.0)
    history: Any = fields.JSONField(default=list)
    computed_at = fields.DatetimeField()

    class Meta:
        """Once a thing; read by kind, the strongest first."""

        table = "trends"
        unique_together = (("kind", "target_id"),)
        indexes = (("kind", "score"),)
