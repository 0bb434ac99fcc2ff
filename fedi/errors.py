"""Every failure that a person, a client, a peer or a job can be told of.

Each class carries a sentence that is safe to show outside, the HTTP status that the faces use, and what a
job that meets it should do. Bugs are not here: any other exception is a 500 and is logged with its cause.
"""

from enum import StrEnum


class Fate(StrEnum):
    """What the worker does with a job whose run raised."""

    RETRY = "retry"
    DROP = "drop"
    BURY = "bury"


class FediError(Exception):
    """A failure with a sentence for the outside (`str(error)`), a status and a fate."""

    status_code = 500
    fate = Fate.BURY

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__doc__ or "")


class NotFound(FediError):
    """Record not found."""

    status_code, fate = 404, Fate.DROP


class Unauthorized(FediError):
    """This action requires an authenticated user."""

    status_code, fate = 401, Fate.DROP


class Forbidden(FediError):
    """This action is not allowed."""

    status_code, fate = 403, Fate.DROP


class Invalid(FediError):
    """What was sent does not pass the checks; `field` names the part, "" the whole."""

    status_code, fate = 422, Fate.DROP

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"Validation failed: {field} {reason}" if field else reason)
        self.field, self.reason = field, reason


class Conflict(FediError):
    """This clashes with something that is already there."""

    status_code, fate = 409, Fate.DROP


class Gone(FediError):
    """This was deleted."""

    status_code, fate = 410, Fate.DROP


class TooLarge(FediError):
    """What was sent is larger than this server accepts."""

    status_code, fate = 413, Fate.DROP


class Unsupported(FediError):
    """This kind of content is not accepted here."""

    status_code, fate = 415, Fate.DROP


class TooMany(FediError):
    """Too many requests."""

    status_code, fate = 429, Fate.RETRY

    def __init__(self, message: str = "", *, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class StorageFull(FediError):
    """The server's disk is full; nothing was stored."""

    status_code, fate = 507, Fate.RETRY


class Malformed(FediError):
    """A peer sent something that cannot be read."""

    status_code, fate = 400, Fate.DROP


class Unsigned(FediError):
    """The request is not signed by whom it says it is."""

    status_code, fate = 401, Fate.DROP


class WrongOrigin(FediError):
    """A document speaks for another origin than its own (FEP-fe34)."""

    status_code, fate = 401, Fate.DROP


class Blocked(FediError):
    """This host is not served here."""

    status_code, fate = 403, Fate.DROP


class Unreachable(FediError):
    """A peer could not be reached in time; a later try may succeed."""

    status_code, fate = 503, Fate.RETRY


class GivenUp(FediError):
    """The host has not answered for seven days."""

    status_code, fate = 503, Fate.BURY


class Refused(FediError):
    """A peer answered with a status that is not a success."""

    status_code, fate = 502, Fate.DROP

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message or f"The peer answered {status}.")
        self.status = status


class ProcessFailed(FediError):
    """A confined process did not do what it was asked; the sentence says why."""

    status_code, fate = 422, Fate.DROP


class ProcessStopped(ProcessFailed):
    """A confined process ended in the middle; a fresh one may do better, once."""


class StyleFailed(ProcessFailed):
    """A style could not be run; the sentence says why, for its owner to read."""


class StyleStopped(StyleFailed):
    """The process that draws ended in the middle; a fresh one may do better, once."""


class ConfigError(FediError):
    """The configuration is wrong; the sentence names the key and what is expected."""

    fate = Fate.BURY


class Postponed(FediError):
    """A job cannot run yet; it is put off without counting as an attempt."""

    fate = Fate.RETRY

    def __init__(self, message: str = "", *, wait_seconds: float) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
