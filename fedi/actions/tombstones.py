"""URIs that must not come (back) to life, in your transaction (ActivityPub 6.4, federation reference 7)."""

from datetime import timedelta

from fedi.errors import Gone
from fedi.ids import moment_of
from fedi.models.posts import Tombstone
from fedi.server import Server

# How long an undone activity may still arrive after its Undo. Not for ever: Misskey gives a second Follow
# of the same person the id of the first.
UNDONE_FOR = timedelta(hours=6)


async def lay(
    server: Server, uri: str, *, actor_uri: str, former_type: str = "", local: bool = False
) -> None:
    """Remember that `uri` of `actor_uri` is gone. One of our own is never laid over by a stranger's."""
    now = server.clock.now()
    known = await Tombstone.get_or_none(uri=uri)
    if known is None:
        await Tombstone.create(
            id=server.new_id(),
            uri=uri,
            actor_uri=actor_uri,
            former_type=former_type[:32],
            local=local,
            deleted_at=now,
        )
    elif not known.local and known.actor_uri != actor_uri:
        await Tombstone.filter(id=known.id).update(actor_uri=actor_uri, deleted_at=now)


async def refuse_undone(server: Server, uri: str | None, *, actor_uri: str) -> None:
    """Raise Gone if this activity of this actor was undone lately, before it arrived."""
    known = await Tombstone.get_or_none(uri=uri, actor_uri=actor_uri) if uri else None
    if known is not None and moment_of(known.id) > server.clock.now() - UNDONE_FOR:
        raise Gone
