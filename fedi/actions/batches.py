"""Several pictures drawn in one style: asked for together or not at all, shown and cancelled together.

A batch has no row of its own: its id is the column `batch` of its runs.
"""

from collections.abc import Sequence

from fedi.actions import styles
from fedi.errors import Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, StyleRun
from fedi.server import Server
from fedi.styles.controls import Controls


async def ask(
    server: Server,
    account: Account,
    media_ids: Sequence[int],
    style: str,
    *,
    size: str = "portrait",
    controls: Controls = Controls(),  # noqa: B008  frozen
) -> list[StyleRun]:
    """Queue the drawing of some of the account's pictures. Raises as `styles.ask`, Invalid if too many."""
    most = server.settings.studio.batch
    wanted = list(dict.fromkeys(media_ids))
    if not 1 <= len(wanted) <= most:
        raise Invalid("media_ids", f"must be 1 to {most} pictures")
    found = {row.id: row for row in await MediaAttachment.filter(id__in=wanted, account_id=account.id)}
    if len(found) < len(wanted):
        raise NotFound
    sources = [found[id_] for id_ in wanted]
    return await styles.ask_all(
        server, account, sources, style, size=size, controls=controls, batch=server.new_id()
    )


async def own(account: Account, batch_id: int) -> list[StyleRun]:
    """Give the runs of a batch of this account, in order. Raises NotFound for any other."""
    runs = await StyleRun.filter(account_id=account.id, batch=batch_id).order_by("id")
    if not runs:
        raise NotFound
    return runs


async def cancel(server: Server, account: Account, batch_id: int) -> list[StyleRun]:
    """End those runs of a batch that wait or are being drawn. Gives all of them as they are now."""
    return [await styles.cancel(server, run) for run in await own(account, batch_id)]
