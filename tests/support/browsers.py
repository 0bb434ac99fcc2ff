"""A Chromium or Chrome of this machine, for tests and pictures of the pages."""

import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_browser() -> str | None:
    """Where the browser is; None when there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)
