"""Which styles members are offered, and which one they get without choosing.

The files say what is installed, the rows what the owner decided about it. Both are read each time: a command
in another process decides too, and no restart is needed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anyio import to_thread

from fedi.errors import NotFound
from fedi.models.media import StyleChoice
from fedi.server import Server
from fedi.styles.catalogue import EMBEDDED, Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An installed style and what was decided about it; `choice` is None where nothing was."""

    style: Style
    choice: StyleChoice | None
    is_default: bool

    @property
    def is_embedded(self) -> bool:
        """Whether it ships with the program, and so cannot be removed."""
        return self.style.folder.parent == EMBEDDED

    @property
    def is_enabled(self) -> bool:
        """Whether members are offered it."""
        return self.choice is None or self.choice.enabled


async def everything(server: Server) -> list[Offer]:
    """Every installed style, by name, the ones that are switched off too."""
    found = await to_thread.run_sync(server.styles.catalogue.list)
    choices = {choice.name: choice for choice in await StyleChoice.all()}
    held = {style.name: _held(style, choices) for style in found}
    default = _default(server, found, held)
    return [Offer(style=style, choice=held[style.name], is_default=style.name == default) for style in found]


async def offered(server: Server) -> list[Offer]:
    """What members can choose from: the default one first, then by name."""
    shown = [offer for offer in await everything(server) if offer.is_enabled]
    return sorted(shown, key=lambda offer: (not offer.is_default, offer.style.name))


async def default_name(server: Server) -> str:
    """The style that is taken where none was named. Raises NotFound when there is none at all."""
    for offer in await offered(server):
        return offer.style.name
    raise NotFound("No style is installed.")


async def find(server: Server, name: str) -> Style:
    """The style called `name`, if members are offered it. Raises NotFound."""
    style = await to_thread.run_sync(server.styles.catalogue.get, name)
    choice = _held(style, {row.name: row for row in await StyleChoice.filter(name=name)})
    if choice is not None and not choice.enabled:
        raise NotFound(f"There is no style called {name}.")
    return style


def _held(style: Style, choices: Mapping[str, StyleChoice]) -> StyleChoice | None:
    """What was decided about this very file; of another one under the name nothing was."""
    choice = choices.get(style.name)
    return choice if choice is not None and choice.sha256 in ("", style.sha256) else None


def _default(server: Server, found: Sequence[Style], held: Mapping[str, StyleChoice | None]) -> str:
    """The owner's choice, else the settings', else the first; never one that is switched off."""
    enabled = [style.name for style in found if (row := held[style.name]) is None or row.enabled]
    chosen = [name for name in enabled if (row := held[name]) is not None and row.is_default]
    for name in (*chosen, server.settings.studio.default_style, *enabled):
        if name in enabled:
            return name
    return ""
