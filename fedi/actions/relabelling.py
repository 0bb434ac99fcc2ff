"""The label inside a kept picture's files follows what its author says of it afterwards.

Under the same key: whoever has the address has the same pixels, and nothing else refers to the bytes.
"""

from fedi.actions.media import keys_of, label_of
from fedi.errors import NotFound, Postponed
from fedi.jobs.kinds import RelabelMedia
from fedi.media.provenance import Label
from fedi.models.media import MediaAttachment
from fedi.server import Server

_WAIT_SECONDS = 10.0


async def run(server: Server, work: RelabelMedia) -> None:
    """Run the job: write the label of the row into its pictures; a clip's file keeps what it has.

    What the studio or the file itself said is never changed (`media.claim`).
    """
    media = await MediaAttachment.get_or_none(id=work.media_id)
    if media is None or (media.source_type and media.label_origin != "author"):
        return
    if media.state == "processing":
        raise Postponed("The picture is still being made.", wait_seconds=_WAIT_SECONDS)
    source = label_of(media)
    label = Label(source=source) if source else None
    pictures = keys_of(media) if media.kind == "image" else {media.preview_key}
    for key in sorted(pictures):
        try:
            relabelled = await server.pictures.relabel(await server.store.read(key), label)
        except NotFound:
            continue
        await server.store.put(key, relabelled)
        if key == media.file_key:
            async with server.db.transaction():
                await MediaAttachment.filter(id=media.id).update(size_bytes=len(relabelled))
    if not await MediaAttachment.exists(id=media.id):
        # Removed meanwhile: the files must not stay behind.
        for key in keys_of(media):
            await server.store.delete(key)
