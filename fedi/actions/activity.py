"""Who is here, and how many were in each week (Mastodon API: instance, activity)."""

from datetime import datetime, timedelta

from fedi.models.users import User
from fedi.server import Server

_WEEK = timedelta(days=7)


def week_of(moment: datetime) -> int:
    """Give the first moment of a week (Monday, UTC) in Unix seconds."""
    monday = moment - timedelta(days=moment.weekday())
    return int(monday.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())


async def seen(server: Server, user_id: int, now: datetime) -> None:
    """Note that somebody is here, and count them the first time in a week; in your transaction."""
    user = await User.get_or_none(id=user_id).only("id", "last_active_at")
    if user is None:
        return
    before, week = user.last_active_at, week_of(now)
    await User.filter(id=user_id).update(last_active_at=now)
    if before is None or week_of(before) < week:
        await server.db.execute(
            "INSERT INTO activity_weeks (id, week, logins) VALUES (?, ?, 1)"
            " ON CONFLICT (week) DO UPDATE SET logins = logins + 1",
            [server.new_id(), week],
        )
