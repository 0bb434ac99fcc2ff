"""What each route answers with: the table (routes.json) in the words of `checking`, and our own routes."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from fedi.mastodon.calls import Entry
from fedi.mastodon.entities.artwork import ArtPrompt, Artwork
from fedi.mastodon.entities.remix import Remix
from fedi.mastodon.entities.scheduled import Draft
from fedi.mastodon.entities.style import Batch, Style, StylePreview, StyleRun
from fedi.mastodon.router import Router
from fedi.mastodon.routes import TABLE
from tests.conformance.checking import faults
from tests.conformance.make import unnamed

_FILE = Path(__file__).parent / "routes.json"
_SAME = {"PUT": "PATCH", "PATCH": "PUT", "HEAD": "GET"}

# The table's sentences in the words of `checking`.
_WORDS = {
    "Empty": "{}",
    "{count}": "Count",
    "{merged: bool}": "Merged",
    "{state}": "State",
    "{home?: Marker, notifications?: Marker}": "Markers",
    "{async_refresh: AsyncRefresh}": "Refresh",
    "Status. When scheduled_at is present, ScheduledStatus is returned instead.": "Status, ScheduledStatus",
    "Status with source text and poll or media_attachments": "Status",
    "MediaAttachment (url null on 202)": "MediaAttachment",
    "Array of {week,statuses,logins,registrations}": "Array of Week",
    "Array of {code,name}": "Array of Language",
    "{src: [targets]}": "Hash",
    "RFC 8414 JSON": "Hash",
    "OIDC-like claims": "Claims",
    "AnnualReports wrapper": "WrappedAnnualReports",
    # Its hashtags are strings; a strict app of our time never asks for it.
    "Search (hashtags as strings)": "Hash",
}
_EVENTS = ("update, delete", "notification", "conversation", "WebSocket", "String")

# Routes that are not Mastodon's, or no longer: what they answer with.
OURS: dict[str, Any] = {
    "GET /api/v1/trends": "Array of Tag",
    "GET /api/v1/pleroma/statuses/{}/reactions": "Array of Hash",
    "GET /api/v1/pleroma/statuses/{}/reactions/{}": "Array of Hash",
    "PUT /api/v1/pleroma/statuses/{}/reactions/{}": "Status",
    "DELETE /api/v1/pleroma/statuses/{}/reactions/{}": "Status",
    "GET /api/fedi/v1/styles": list[Style],
    "GET /api/fedi/v1/gallery": list[Artwork],
    "GET /api/fedi/v1/prompts": list[ArtPrompt],
    "POST /api/fedi/v1/styles/{}/runs": StyleRun,
    "POST /api/fedi/v1/styles/{}/preview": StylePreview,
    "POST /api/fedi/v1/previews": list[StylePreview],
    "GET /api/fedi/v1/runs": list[StyleRun],
    "GET /api/fedi/v1/runs/{}": StyleRun,
    "DELETE /api/fedi/v1/runs/{}": StyleRun,
    "GET /api/fedi/v1/statuses/{}/remixes": "Array of Status",
    "POST /api/fedi/v1/remixes": Remix,
    "GET /api/fedi/v1/remixes": list[Remix],
    "GET /api/fedi/v1/remixes/{}": Remix,
    "POST /api/fedi/v1/remixes/{}/accept": Remix,
    "POST /api/fedi/v1/remixes/{}/reject": Remix,
    "POST /api/fedi/v1/remixes/{}/revoke": Remix,
    "POST /api/fedi/v1/batches": Batch,
    "GET /api/fedi/v1/batches/{}": Batch,
    "DELETE /api/fedi/v1/batches/{}": Batch,
    "GET /api/fedi/v1/drafts": list[Draft],
    "POST /api/fedi/v1/drafts": Draft,
    "GET /api/fedi/v1/drafts/{}": Draft,
    "PUT /api/fedi/v1/drafts/{}": Draft,
    "DELETE /api/fedi/v1/drafts/{}": "{}",
    "POST /api/fedi/v1/drafts/{}/publish": "Status",
}
# Where the table is not enough: old apps ask for a card and are told {} where there is none.
OVERRIDES = {"GET /api/v1/statuses/{}/card": "PreviewCard, Nothing"}


@cache
def published() -> dict[str, tuple[str, str, str]]:
    """Give what each route of the table returns, its priority (A, B, C) and since when it is there."""
    raw: dict[str, list[str]] = json.loads(_FILE.read_text())
    return {key: (returns, priority, since) for key, (returns, priority, since) in raw.items()}


@cache
def returns(method: str, path: str) -> Any:
    """Give what a route of ours answers with (a sentence of `checking`, or a type); None for a stream."""
    for each in (method, _SAME.get(method, method)):
        key = unnamed(each, path)
        if key in OURS:
            return OURS[key]
        if key in OVERRIDES:
            return OVERRIDES[key]
        if key in published():
            word = published()[key][0]
            return None if word.startswith(_EVENTS) and "/streaming" in path else _WORDS.get(word, word)
    raise LookupError(f"no table says what {method} {path} answers with")


@cache
def _router() -> Router:
    return Router(TABLE)


def entry_of(method: str, path: str) -> Entry | None:
    """Find the line of our table that answers a request; None when there is none."""
    found = _router().find(path)
    if found is None:
        return None
    by_method = found[0]
    return by_method.get({"PUT": "PATCH", "HEAD": "GET"}.get(method, method))


def answer_faults(method: str, path: str, status: int, kind: str, body: bytes) -> list[str]:
    """List what is wrong with an answer of the API; nothing for paths that are not the API's."""
    if not path.startswith(("/api/", "/oauth/")) or method in ("HEAD", "OPTIONS"):
        return []
    entry = entry_of(method, path)
    if entry is None and (path.startswith("/oauth/") or status < 400):
        return []
    if kind.startswith("text/event-stream"):
        return []
    if path == "/api/v1/streaming/health" and status == 200:
        return []
    if kind != "application/json; charset=utf-8":
        return [f"its type is {kind!r}"]
    value = msgspec.json.decode(body)
    if status >= 400:
        return _error_faults(value)
    assert entry is not None
    expected = returns(entry.method, entry.path)
    if expected is None:
        return []
    if isinstance(expected, str):
        return faults(value, expected)
    try:
        msgspec.convert(value, expected, strict=True)
    except msgspec.ValidationError as error:
        return [str(error)]
    return []


def _error_faults(value: object) -> list[str]:
    if not isinstance(value, dict) or not isinstance(value.get("error"), str) or not value["error"]:
        return [f"an error must say why: {value!r}"]
    known = {"error", "error_description", "details", "unexpected_accounts"}
    return [f"an error says {name}" for name in value if name not in known]
