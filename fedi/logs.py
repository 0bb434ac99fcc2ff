"""Structured logging to standard error: events with fields, never bodies, tokens or people's addresses."""

import logging
import sys
from contextlib import suppress

import structlog

from fedi.config import LogSettings


def configure(settings: LogSettings) -> None:
    """Send our events and the libraries' warnings to standard error, as text or as JSON lines."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.level.upper())),
        logger_factory=structlog.PrintLoggerFactory(_Unfailing()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def logger() -> structlog.typing.FilteringBoundLogger:
    """Give the logger; fields are keyword arguments: `log.info("delivery.refused", host=host)`."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log


class _Unfailing:
    """Standard error; a line that cannot be written is lost.

    Logs often lie on the disk that is full, or in a pipe whose reader has gone, and most lines are written
    where something is being dealt with: what would be raised there ends lanes, and the server with them.
    """

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()
