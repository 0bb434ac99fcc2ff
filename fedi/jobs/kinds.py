"""One frozen dataclass a kind of job, and the lane, patience and memory of each.

A job's payload is the dataclass's fields as JSON; unknown fields are refused when it is read back.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import msgspec

from fedi.ids import digest

DAY_SECONDS = 86_400


class Lane(StrEnum):
    """Queues that never starve each other."""

    INBOX = "inbox"
    DELIVER = "deliver"
    FETCH = "fetch"
    STYLE = "style"
    MOVING = "moving"
    HOUSEKEEPING = "housekeeping"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """A kind of job. `kept_seconds` is how long a done one stays, as the memory of its unique key."""

    lane: ClassVar[Lane]
    attempts: ClassVar[int] = 8
    kept_seconds: ClassVar[int] = 0

    @classmethod
    def kind(cls) -> str:
        """The name of the kind in the table of jobs."""
        return cls.__name__

    def payload(self) -> str:
        """The fields as JSON."""
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyActivity(JobKind):
    """Apply an activity that a peer delivered: `body` as received, `sender_uri` who signed it.

    `hidden_recipient` is the account of ours in whose own inbox it came without naming it (bto, bcc), or 0.
    """

    lane: ClassVar[Lane] = Lane.INBOX
    kept_seconds: ClassVar[int] = 7 * DAY_SECONDS

    body: str
    sender_uri: str
    hidden_recipient: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver(JobKind):
    """Send one outgoing activity to one inbox."""

    lane: ClassVar[Lane] = Lane.DELIVER
    attempts: ClassVar[int] = 16
    # What became of a delivery is asked for days later (`fedi post delivery`).
    kept_seconds: ClassVar[int] = 7 * DAY_SECONDS

    activity_id: int
    inbox_url: str

    @property
    def unique_key(self) -> str:
        """The key under which an activity goes to an inbox once."""
        return f"{self.keys_of(self.activity_id)}{digest(self.inbox_url)}"

    @staticmethod
    def keys_of(activity_id: int) -> str:
        """Give what the unique keys of all deliveries of an activity begin with."""
        return f"deliver:{activity_id}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushNotification(JobKind):
    """Send one notification to one app's push service."""

    lane: ClassVar[Lane] = Lane.DELIVER
    attempts: ClassVar[int] = 5

    subscription_id: int
    notification_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStyle(JobKind):
    """Run a style over a picture. Drawn again only when the server died under it; the third try gives up."""

    lane: ClassVar[Lane] = Lane.STYLE
    attempts: ClassVar[int] = 3

    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawMoving(JobKind):
    """Run a style over the frames of an animation or a clip; otherwise as RunStyle."""

    lane: ClassVar[Lane] = Lane.MOVING
    attempts: ClassVar[int] = 3

    run_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMedia(JobKind):
    """Make a picture of an upload, where the server died before it had done so."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING
    attempts: ClassVar[int] = 5

    media_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RelabelMedia(JobKind):
    """Write into a picture's files what its author says now of how it was made."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    media_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshAccount(JobKind):
    """Fetch a remote actor again."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReplies(JobKind):
    """Fetch the answers that a remote post brought the ids of."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 2

    post_id: int
    uris: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyQuote(JobKind):
    """Ask whether a remote post may quote what it says it quotes."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 5

    post_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRemix(JobKind):
    """Ask whether a remote post may show the remix that it says it shows."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 5

    post_id: int
    target: str
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BringRemixSource(JobKind):
    """Get the picture that one of ours may restyle."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 5

    remix_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillThread(JobKind):
    """Look for the rest of the conversation below a remote post, on behalf of an AsyncRefresh."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 2

    root_id: int
    refresh_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillAccount(JobKind):
    """Look for what a remote account posted before we knew it, its pins and counts; see BackfillThread."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 2

    account_id: int
    refresh_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SynchroniseFollowers(JobKind):
    """Compare whom a remote actor believes to have as followers here with what we know (FEP-8fcf)."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 3
    kept_seconds: ClassVar[int] = 7200

    actor_uri: str
    collection: str
    url: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyLinks(JobKind):
    """Look whether the pages that a profile names link back to it."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 3

    account_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage(JobKind):
    """Read the page that a preview card is of."""

    lane: ClassVar[Lane] = Lane.FETCH
    attempts: ClassVar[int] = 3

    card_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPending(JobKind):
    """Post what was scheduled, if its time has come. Tried for half an hour when the disk is full, say."""

    lane: ClassVar[Lane] = Lane.FETCH

    pending_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeAccount(JobKind):
    """Remove what a deleted remote account left behind."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    account_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMedia(JobKind):
    """Remove pictures of a deleted post, files and rows, unless something uses them again."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    media_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverDomain(JobKind):
    """End all follows between this server and a suspended domain, its subdomains included."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutTies(JobKind):
    """End the follows between a person of ours and a host that they block, and forget what it told them."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    account_id: int
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetMedia(JobKind):
    """Remove what shows pictures of a domain whose media is refused, its subdomains included."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncePoll(JobKind):
    """Tell how the votes of a poll of ours stand; `turn` numbers the three minutes they came in."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    poll_id: int
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePoll(JobKind):
    """Close a poll whose time is up."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    poll_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFollowers(JobKind):
    """Take the local followers of an account that moved along, after the follow `after_id`."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING

    old_id: int
    new_id: int
    after_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prune(JobKind):
    """Remove what is too old to matter: done jobs, tombstones, codes, sent activities. Once an hour."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING
    kept_seconds: ClassVar[int] = 7200


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeTrends(JobKind):
    """Compute what trends. Four times an hour; the next time comes soon enough for what fails."""

    lane: ClassVar[Lane] = Lane.HOUSEKEEPING
    attempts: ClassVar[int] = 1
    kept_seconds: ClassVar[int] = 7200


KINDS: dict[str, type[JobKind]] = {
    kind.kind(): kind
    for kind in (
        ApplyActivity,
        Deliver,
        PushNotification,
        RunStyle,
        DrawMoving,
        ProcessMedia,
        RelabelMedia,
        RefreshAccount,
        SynchroniseFollowers,
        VerifyLinks,
        ReadPage,
        FetchReplies,
        VerifyQuote,
        VerifyRemix,
        BringRemixSource,
        BackfillThread,
        BackfillAccount,
        PublishPending,
        PurgeAccount,
        RemoveMedia,
        SeverDomain,
        CutTies,
        ForgetMedia,
        AnnouncePoll,
        ClosePoll,
        MoveFollowers,
        Prune,
        ComputeTrends,
    )
}


def read(kind: str, payload: str) -> JobKind:
    """Read a job back. Raises KeyError for an unknown kind, msgspec.ValidationError for a wrong payload."""
    return msgspec.json.decode(payload, type=KINDS[kind])
