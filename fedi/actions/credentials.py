"""What the studio makes, signed by the server if its owner wants that (`studio.credentials`)."""

import os
from dataclasses import replace

from anyio import to_thread

from fedi.logs import logger
from fedi.media import credentials
from fedi.media.prepared import EncodedImage, Prepared
from fedi.media.provenance import Label
from fedi.server import Server

_FILE = "credentials.pem"


async def signed(server: Server, prepared: Prepared) -> Prepared:
    """Give a drawing with a signed manifest in its files; the small preview has its label alone.

    As it came when that is switched off or the extra is not there. A drawing that cannot be signed is kept
    unsigned, and the log says why: its label stands in it anyway.
    """
    label = prepared.label
    if not server.settings.studio.credentials or label is None:
        return prepared
    if not credentials.can_sign():
        logger().warning("credentials.no_library", extra="c2pa")
        return prepared
    try:
        return await to_thread.run_sync(_sign, server, prepared, label)
    # A library that is there and cannot be loaded is as good as none.
    except (ValueError, OSError, ImportError) as error:
        logger().warning("credentials.failed", reason=str(error)[:200])
        return prepared


def identity_of(server: Server) -> bytes:
    """Give what the server signs with, made when it is first needed; its file is for its own user alone."""
    file = server.settings.path(server.settings.database.file).parent / _FILE
    try:
        return file.read_bytes()
    except FileNotFoundError:
        pass
    made = credentials.make_identity(server.settings.server.domain, server.clock.now())
    fresh = file.with_name(f"{_FILE}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(made)
    try:
        # Not replaced: another process may have made one meanwhile, and signed with it.
        file.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return file.read_bytes()


def _sign(server: Server, prepared: Prepared, label: Label) -> Prepared:
    identity = identity_of(server)

    def with_manifest(image: EncodedImage) -> EncodedImage:
        return replace(image, data=credentials.sign(image.data, image.media_type, label, identity))

    return replace(
        prepared,
        file=with_manifest(prepared.file),
        full=with_manifest(prepared.full) if prepared.full else None,
    )
