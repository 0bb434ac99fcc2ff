"""The second picture that some styles draw like: chosen with a run, read when it is drawn."""

from fedi.errors import Invalid, NotFound, StyleFailed
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, StyleRun
from fedi.server import Server
from fedi.styles.catalogue import Style

# Where a run keeps it, among its settings.
_KEY = "guide_media_id"
_GONE = "The picture to draw like is not there any more."


def check(account: Account, style: Style, guide: MediaAttachment | None) -> dict[str, str]:
    """What a run's settings keep of the second picture, nothing without one.

    Raises NotFound for a picture of somebody else's, Invalid for one that cannot be read, that the style
    does not take, or that it needs and did not get.
    """
    if guide is None:
        if style.needs_guide:
            raise Invalid(_KEY, "is needed: this style draws like a second picture of yours")
        return {}
    if guide.account_id != account.id:
        raise NotFound
    if style.guide is None:
        raise Invalid(_KEY, "is not known to this style")
    if guide.state != "ready" or not guide.original_key:
        raise Invalid(_KEY, "is not a picture that can be read")
    return {_KEY: str(guide.id)}


def chosen(run: StyleRun) -> int | None:
    """The id of a run's second picture, None without one."""
    kept = (run.settings or {}).get(_KEY)
    return None if kept is None else int(kept)


async def read(server: Server, run: StyleRun) -> bytes:
    """The file of a run's second picture, b"" without one. Raises StyleFailed once it is gone."""
    guide_id = chosen(run)
    if guide_id is None:
        return b""
    guide = await MediaAttachment.get_or_none(id=guide_id, account_id=run.account_id)
    if guide is None:
        raise StyleFailed(_GONE)
    try:
        return await server.store.read(guide.original_key)
    except NotFound as error:
        raise StyleFailed(_GONE) from error
