"""Polls and who voted for what."""

from typing import Any

from tortoise import fields

from fedi.models.accounts import Account
from fedi.models.base import Row
from fedi.models.posts import Post


class Poll(Row):
    """The poll of a Question. `options` is a list of `{"name", "votes"}`; a remote one's votes are its claim.

    `closed_at` is set once the result is final; `voters_count` is null where the author's server says none.
    """

    post: fields.OneToOneRelation[Post] = fields.OneToOneField(
        "fedi.Post", related_name=False, on_delete=fields.CASCADE
    )
    post_id: int
    options: Any = fields.JSONField(default=list)
    multiple = fields.BooleanField(default=False)
    hide_totals = fields.BooleanField(default=False)
    ends_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    voters_count = fields.IntField(null=True)

    class Meta:
        """One a post."""

        table = "polls"


class PollVote(Row):
    """One choice (the option's place, from 0) of one voter; `uri` is the id of the vote's note."""

    poll: fields.ForeignKeyRelation[Poll] = fields.ForeignKeyField(
        "fedi.Poll", related_name=False, on_delete=fields.CASCADE
    )
    poll_id: int
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedi.Account", related_name=False, on_delete=fields.CASCADE
    )
    account_id: int
    choice = fields.SmallIntField()
    uri = fields.CharField(max_length=2048, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Each option once a voter."""

        table = "poll_votes"
        unique_together = (("poll_id", "account_id", "choice"),)
        indexes = (("account_id",),)
