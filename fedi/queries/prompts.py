"""Prompts: the themes that members draw to, one at a time."""

from fedi.errors import NotFound
from fedi.models.media import ArtPrompt
from fedi.queries.paging import Page
from fedi.queries.rows import load
from fedi.server import Server


async def current(server: Server) -> ArtPrompt | None:
    """Give the prompt that runs; None when there is none, or the owner has not switched prompts on."""
    if not is_on(server):
        return None
    now = server.clock.now()
    where = "WHERE r.starts_at <= ? AND r.ends_at > ? ORDER BY r.starts_at DESC LIMIT 1"
    found = await load(server, ArtPrompt, where, [now, now])
    return found[0] if found else None


async def begun(server: Server, page: Page) -> list[ArtPrompt]:
    """List the prompts that run or ran, by their ids."""
    if not is_on(server):
        return []
    bounds, values = page.clause("r.id")
    where = f"WHERE r.starts_at <= ? AND {bounds} ORDER BY {page.order('r.id')} LIMIT ?"
    return page.arrange(await load(server, ArtPrompt, where, [server.clock.now(), *values, page.limit]))


async def begun_one(server: Server, id_: int) -> ArtPrompt:
    """Give a prompt that runs or ran. Raises NotFound."""
    found = await ArtPrompt.get_or_none(id=id_, starts_at__lte=server.clock.now()) if is_on(server) else None
    if found is None:
        raise NotFound
    return found


async def every(server: Server) -> list[ArtPrompt]:
    """List all prompts for the owner, the last to begin first."""
    return await load(server, ArtPrompt, "ORDER BY r.starts_at DESC, r.id DESC")


def is_on(server: Server) -> bool:
    """Say whether prompts are shown: they live in the gallery."""
    return server.settings.studio.gallery and server.settings.studio.prompts
