"""Engines over style folders: one for a whole module, as a worker starts slowly, others as a test wants."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from fedi.styles.catalogue import Catalogue
from fedi.styles.engine import StyleEngine, StyleLimits
from tests.support.styles import write_style

MakeEngine = Callable[..., StyleEngine]


@pytest.fixture
def add_style(tmp_path: Path) -> Callable[..., Path]:
    """Put a style into the folder that `make_engine` reads."""

    def add(name: str, content: bytes, /, **changes: Any) -> Path:
        return write_style(tmp_path, name, content, **changes)

    return add


@pytest.fixture
async def make_engine(tmp_path: Path) -> AsyncIterator[MakeEngine]:
    """Engines with limits as the test wants them."""
    engines: list[StyleEngine] = []

    def make(**limits: Any) -> StyleEngine:
        engine = StyleEngine(Catalogue([tmp_path]), StyleLimits(**limits))
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        await engine.close()


class Studio:
    """A folder of styles and an engine that reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = StyleEngine(Catalogue([folder]))
        self._count = 0

    def add(self, content: bytes, **changes: Any) -> str:
        """Put a style there under a new name."""
        self._count += 1
        name = f"style-{self._count}"
        write_style(self.folder, name, content, **changes)
        return name


@pytest.fixture(scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    """For tests that leave the worker in order."""
    studio = Studio(tmp_path_factory.mktemp("studio"))
    yield studio
    await studio.engine.close()
