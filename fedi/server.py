"""The parts of one running server, built whole by `open_server` and handed down as the first argument."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from anyio import CapacityLimiter
from starlette.requests import HTTPConnection

from fedi.activitypub.uris import LocalUris
from fedi.clock import Clock
from fedi.config import Settings
from fedi.db import Database
from fedi.egress import Egress, open_egress, open_own_egress
from fedi.ids import IdMaker
from fedi.media.pictures import PictureReader
from fedi.media.store import FolderStore
from fedi.memory import Memory
from fedi.pubsub import PubSub
from fedi.security.limits import RateLimiter
from fedi.styles.catalogue import EMBEDDED, Catalogue
from fedi.styles.engine import StyleEngine, StyleLimits
from fedi.styles.previews import Previews
from fedi.translator import Translator

VERSION = version("fedi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The parts of one running server."""

    settings: Settings
    db: Database
    egress: Egress
    store: FolderStore
    pictures: PictureReader
    styles: StyleEngine
    previews: Previews
    pubsub: PubSub
    clock: Clock
    ids: IdMaker
    uris: LocalUris
    limits: RateLimiter
    translator: Translator | None = None
    memory: Memory = field(default_factory=Memory)
    # Threads at once for work that takes 20 MB while it lasts: a password.
    password_turns: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))

    def new_id(self) -> int:
        """Make an id for something that happens now."""
        return self.ids.at(self.clock.now())


def server_of(request: HTTPConnection) -> Server:
    """The server that a request came to."""
    server: Server = request.app.state.server
    return server


@asynccontextmanager
async def open_server(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Server]:
    """Open every part over an already migrated database, and close them in turn at the end."""
    clock = clock or Clock()
    async with AsyncExitStack() as stack:
        db = Database(settings.path(settings.database.file), synchronous=settings.database.synchronous)
        await db.open()
        stack.push_async_callback(db.close)
        egress = await stack.enter_async_context(
            open_egress(
                development=settings.server.development,
                development_hosts=settings.server.development_hosts,
                user_agent=_user_agent(settings),
            )
        )
        pubsub = PubSub(Path(f"{settings.path(settings.database.file)}-live"))
        stack.callback(pubsub.close)
        pictures = PictureReader()
        stack.push_async_callback(pictures.close)
        styles = StyleEngine(catalogue(settings), _style_limits(settings))
        stack.push_async_callback(styles.close)
        previews = Previews(styles.catalogue, styles.limits)
        stack.push_async_callback(previews.close)
        yield Server(
            settings=settings,
            db=db,
            egress=egress,
            store=FolderStore(
                settings.path(settings.media.folder), reserve_bytes=settings.media.reserve_mb * 2**20
            ),
            pictures=pictures,
            styles=styles,
            previews=previews,
            pubsub=pubsub,
            clock=clock,
            ids=IdMaker(),
            uris=LocalUris(
                base_url=settings.base_url,
                account_domain=settings.server.domain,
                clients=settings.federation.clients,
            ),
            limits=RateLimiter(clock),
            translator=await stack.enter_async_context(_open_translator(settings)),
        )


@asynccontextmanager
async def _open_translator(settings: Settings) -> AsyncIterator[Translator | None]:
    base_url = settings.reading.translator.rstrip("/")
    if not base_url:
        yield None
        return
    async with open_own_egress(base_url, user_agent=_user_agent(settings)) as egress:
        yield Translator(egress, base_url, key=settings.reading.translator_key)


def _user_agent(settings: Settings) -> str:
    return f"fedi/{VERSION} (+{settings.base_url}/)"


def catalogue(settings: Settings) -> Catalogue:
    """The styles that ship with the program, then those that the owner added."""
    return Catalogue([EMBEDDED, settings.path(settings.studio.folder)])


def _style_limits(settings: Settings) -> StyleLimits:
    studio = settings.studio
    return StyleLimits(
        max_bytes=settings.media.max_bytes,
        max_pixels_in=settings.media.max_pixels,
        max_pixels_out=studio.max_pixels,
        seconds=studio.seconds,
        memory_bytes=studio.memory_mb * 1024 * 1024,
        threads=studio.threads,
        idle_seconds=studio.idle_seconds,
        providers=tuple(studio.providers),
    )
