"""The table of pages."""

from pathlib import Path

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

_STATIC = Path(__file__).parents[2] / "static"

ROUTES: list[BaseRoute] = [Mount("/static", StaticFiles(directory=_STATIC, check_dir=False))]
