"""Work to be done after a commit."""

from tortoise import fields

from fedi.models.base import Row


class Job(Row):
    """One piece of work, inserted in the transaction that makes it necessary.

    `state`: ready, running (leased until `leased_until`), done (kept for a while where `unique_key` or
    reports need it), buried (given up; `error` says why). `payload` is the JSON of a dataclass of
    `fedi.jobs.kinds`. `unique_key` is null or unique among all kept jobs. Jobs of one `order_key` run
    one after the other, in id order; `group_key` (a host) bounds how many run at once. `refusals` counts
    answers that may be permanent (401, 403, a redirect): three of them end a delivery.
    """

    lane = fields.CharField(max_length=16)
    kind = fields.CharField(max_length=32)
    payload = fields.TextField()
    state = fields.CharField(max_length=16, default="ready")
    priority = fields.SmallIntField(default=5)
    attempts = fields.IntField(default=0)
    refusals = fields.SmallIntField(default=0)
    unique_key = fields.CharField(max_length=255, null=True, unique=True)
    order_key = fields.CharField(max_length=255, default="")
    group_key = fields.CharField(max_length=255, default="")
    run_at = fields.BigIntField()
    leased_until = fields.BigIntField(default=0)
    error = fields.TextField(default="")
    created_at = fields.BigIntField()
    finished_at = fields.BigIntField(default=0)

    class Meta:
        """Claimed by lane, state, group and time; times are milliseconds since 1970, compared in SQL."""

        table = "jobs"
        indexes = (
            ("lane", "state", "run_at"),
            ("lane", "state", "group_key", "run_at"),
            ("lane", "state", "priority", "run_at"),
            ("order_key", "state", "id"),
            ("state", "finished_at"),
        )
