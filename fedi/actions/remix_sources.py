"""The copy of somebody else's picture that a remixer is given to work on, once they may."""

from contextlib import suppress

from fedi.actions import media
from fedi.media.prepared import Prepared
from fedi.models.accounts import Account
from fedi.models.media import MediaAttachment, Remix
from fedi.server import Server


async def keep(server: Server, remix: Remix, data: bytes, *, description: str) -> MediaAttachment | None:
    """Keep the bytes of the original as a private picture of the remixer, decoded as any upload is.

    None, and nothing is kept, when the consent is gone by now or a copy is there. Raises TooLarge,
    Unsupported or Invalid for what is no picture that would be taken, StorageFull.
    """
    media.check_size(server, data)
    account = await Account.get(id=remix.account_id)
    await media.check_quota(server, account, len(data))
    original = await MediaAttachment.get_or_none(id=remix.original_id or 0)
    # Other servers strip what stands in the file: what was said of the original holds for its copy.
    claimed = media.label_of(original) if original else None
    prepared = await media.prepare(server, data, claimed)
    with suppress(_Unwanted):
        return await _store(server, remix, prepared, description[: media.DESCRIPTION_MAX_CHARACTERS])
    return None


async def _store(server: Server, remix: Remix, prepared: Prepared, description: str) -> MediaAttachment:
    async with media.stored(server, prepared) as columns, server.db.transaction():
        now = server.clock.now()
        copy = await MediaAttachment.create(
            id=server.new_id(),
            account_id=remix.account_id,
            description=description,
            derived_from_id=remix.original_id,
            based_on_uri=remix.original_uri,
            created_at=now,
            **columns,
        )
        wanted = Remix.filter(id=remix.id, state="accepted", source_id=None)
        if not await wanted.update(source_id=copy.id):
            raise _Unwanted
    return copy


class _Unwanted(Exception):
    """Somebody was faster, or the consent is gone: what was stored is taken back."""
