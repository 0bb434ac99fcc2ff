"""Numbers that are counted as they happen, since nothing else would tell them later."""

from tortoise import fields

from fedi.models.base import Row


class ActivityWeek(Row):
    """How many people were here in a week; `week` is its first moment (Monday, UTC) in Unix seconds."""

    week = fields.BigIntField(unique=True)
    logins = fields.IntField(default=0)

    class Meta:
        """Found by week."""

        table = "activity_weeks"


class FreshPost(Row):
    """A post, by its id, that is new or was changed and has not been digested yet (`fedi.digest`)."""

    class Meta:
        """Emptied as it is worked off."""

        table = "fresh_posts"
