"""Times as apps parse them (Mastodon API: datetime formats)."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """Give a time in UTC with exactly three digits of a second and Z: one app's parser knows no other."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def stamp_or_none(moment: datetime | None) -> str | None:
    """Give a time as `stamp` does, or None."""
    return None if moment is None else stamp(moment)


def midnight(moment: datetime) -> str:
    """Give the day of a time as its first moment: the day an account was made is enough to know."""
    return f"{moment.astimezone(UTC).date().isoformat()}T00:00:00.000Z"


def day(moment: datetime | None) -> str | None:
    """Give the day of a time, or None."""
    return None if moment is None else moment.astimezone(UTC).date().isoformat()
