"""What templates ask about rows: addresses, names, times and labels in words. Pure."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup, escape

from fedi.activitypub.licences import word_of
from fedi.media.provenance import DigitalSource, said_in_words, source_from_iri
from fedi.models.accounts import Account
from fedi.models.cards import PreviewCard
from fedi.models.media import MediaAttachment, StyleRun
from fedi.models.posts import Post
from fedi.queries.polls import PollView
from fedi.queries.reactions import ReactionView
from fedi.queries.snapshots import PostSnapshot
from fedi.text.html import Html, to_text, without_credit, without_quote

__all__ = [
    "LICENCES",
    "MADE_BY",
    "POLL_SPANS",
    "QUOTE_POLICIES",
    "QUOTE_STATES",
    "REMIX_POLICIES",
    "REMIX_STATES",
    "VISIBILITIES",
    "ago",
    "alt_of",
    "avatar_label",
    "avatar_url",
    "bars_of",
    "card_picture",
    "content_of",
    "end_of",
    "file_url",
    "full_url",
    "header_label",
    "header_url",
    "licence_of",
    "media_label",
    "name_of",
    "plain",
    "post_path",
    "preview_url",
    "profile_path",
    "reaction_of",
    "rich",
    "shape_of",
    "short",
    "state_of",
    "time_left",
    "turn_of",
    "verb_of",
]

VISIBILITIES = {
    "public": ("Everyone", "globe", "On all timelines and your profile"),
    "unlisted": ("Quiet public", "moon", "Anyone can read it; it is not on public timelines"),
    "followers": ("Followers", "lock", "Only people who follow you"),
    "mutuals": ("Mutuals", "lock", "Only people who follow you and whom you follow, as of now"),
    "direct": ("Only those named", "at", "Only people you name with @"),
}
POLL_SPANS = {
    300: "5 minutes",
    1800: "30 minutes",
    3600: "1 hour",
    21_600: "6 hours",
    86_400: "1 day",
    259_200: "3 days",
    604_800: "7 days",
    2_419_200: "4 weeks",
}
QUOTE_POLICIES = {
    "public": "All may quote",
    "followers": "Followers may quote",
    "nobody": "Nobody may quote",
}
# What stands in the place of a quoted post that is not shown.
QUOTE_STATES = {
    "pending": "A quoted post, which waits for its author's leave to be shown",
    "rejected": "The author of the quoted post did not want it quoted",
    "revoked": "The quoted post was taken out by its author",
    "deleted": "The quoted post was deleted",
    "unauthorized": "The quoted post cannot be shown to you",
    "blocked_account": "You block the author of the quoted post",
    "muted_account": "You mute the author of the quoted post",
}
REMIX_POLICIES = {
    "nobody": "Nobody may restyle",
    "ask": "All may ask to restyle",
    "following": "Those I follow may restyle",
    "followers": "Followers may restyle",
    "everyone": "All may restyle",
}
# What came of a request, for who was asked and for who asked.
REMIX_STATES = {
    "pending": ("Wants to restyle this.", "Waits for an answer."),
    "accepted": ("May restyle this.", "You may restyle this."),
    "rejected": ("You said no.", "The answer was no."),
    "revoked": ("Not any more.", "Not any more: it was taken back, or used and taken out again."),
}
LICENCES = {
    "": "No licence",
    "cc0": "CC0: no rights reserved",
    "by": "CC BY",
    "by-sa": "CC BY-SA",
    "by-nc": "CC BY-NC",
    "by-nc-sa": "CC BY-NC-SA",
    "by-nd": "CC BY-ND: no derivatives",
    "by-nc-nd": "CC BY-NC-ND: no derivatives",
}
_STATES = {
    "queued": "Waiting for its turn",
    "running": "Drawing",
    "done": "Done",
    "failed": "It did not work",
    "cancelled": "Cancelled",
}
_VERBS = {
    "mention": "mentioned you",
    "status": "posted",
    "reblog": "boosted your post",
    "favourite": "liked your post",
    "follow": "follows you",
    "follow_request": "asks to follow you",
    "update": "edited a post",
    "quote": "quoted your post",
    "quoted_update": "edited a post that you quote",
    "remix_request": "wants to restyle a picture of yours",
    "remix_accepted": "lets you restyle a picture",
    "admin.report": "sent a report",
}
# static/gallery.css has a class for each; a picture loses a tenth of itself at most, unless it is a strip.
_SHAPES = (60, 70, 80, 90, 100, 115, 133, 150, 178, 200, 235)
_SPANS = ((60, "s"), (60, "min"), (24, "h"), (7, "d"))
_TAG = re.compile(r"(<[^<>]*>)")
_SHORTCODE = re.compile(r":([A-Za-z0-9_]{1,64}):")
_THOUSAND = 1000
MADE_BY = {
    "": "Without a model",
    DigitalSource.COMPOSITE_WITH_TRAINED.iri: "With a model, from something of mine",
    DigitalSource.TRAINED.iri: "By a model alone",
}
_ORIGINS = {
    "studio": "Drawn in the studio of this server",
    "file": "Found inside the file",
    "author": "Said by its author",
    "wire": "Said by its author",
}
_SOON_SECONDS, _MANY_SECONDS = 8, 55
_MINUTE, _WEEK = timedelta(minutes=1), timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWith:
    """The label of a picture that a model had a part in; `system` may be "", so may `origin`: who says so."""

    words: str
    sentence: str
    system: str
    origin: str = ""

    def __str__(self) -> str:
        return f"{self.words} · {self.system}" if self.system else self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class PollBar:
    """An option of a poll with its share of the voters; None while the author hides that."""

    name: str
    votes: int
    percent: int | None
    leads: bool
    chosen: bool


def profile_path(account: Account) -> str:
    """Give the page of an account on this server."""
    return f"/@{account.acct}"


def post_path(author: Account, post: Post) -> str:
    """Give the page of a post on this server."""
    return f"/@{author.acct}/{post.id}"


def name_of(account: Account) -> Markup:
    """Give the name that an account shows, its custom emojis as pictures."""
    return _with_emojis(escape(account.display_name or account.username), account.emojis)


def rich(html: str, emojis: Iterable[Mapping[str, str]] = ()) -> Markup:
    """Give HTML that was sanitised when it was stored, with custom emojis as pictures."""
    return _with_emojis(Markup(html), emojis)  # noqa: S704  made by fedi.text.html alone


def content_of(snapshot: PostSnapshot) -> str:
    """Give the text of a post; what tells of a quote in words is for readers that are not shown it."""
    content = Html(snapshot.post.content)
    if snapshot.remix is not None:
        # The page has a line of its own for it.
        content = without_credit(content)
    return without_quote(content) if snapshot.quote and snapshot.quote.quoted else content


def plain(html: str, length: int = 200) -> str:
    """Give the beginning of sanitised HTML as plain text, for previews."""
    text = " ".join(to_text(Html(html)).split())
    return text if len(text) <= length else text[: length - 1] + "…"


def avatar_url(account: Account) -> str:
    """Give the address of an avatar, "" when there is none."""
    return _stored(account.avatar_key) or _http(account.avatar_url)


def header_url(account: Account) -> str:
    """Give the address of a header picture, "" when there is none."""
    return _stored(account.header_key) or _http(account.header_url)


def file_url(media: MediaAttachment) -> str:
    """Give the address of a picture as it is shown large."""
    return _stored(media.file_key) or _http(media.remote_url)


def preview_url(media: MediaAttachment) -> str:
    """Give the address of a picture as it is shown in a list."""
    return _stored(media.preview_key) or file_url(media)


def shape_of(media: MediaAttachment) -> int:
    """Give the shape of the frame that a picture hangs in: its width in percent of its height, of a few."""
    width, height = media.preview_width or media.width or 4, media.preview_height or media.height or 3
    return min(_SHAPES, key=lambda percent: abs(math.log(width * 100 / height / percent)))


def card_picture(card: PreviewCard) -> str:
    """Give the address of a linked page's picture, "" when there is none."""
    return _stored(card.image_key)


def full_url(media: MediaAttachment) -> str:
    """Give the address of the largest version that is kept."""
    return _stored(media.original_key) or file_url(media)


def avatar_label(account: Account) -> MadeWith | None:
    """Give the label of an avatar, None when no model had a part in it."""
    return _label(account.avatar_source_type, account.avatar_ai_system)


def header_label(account: Account) -> MadeWith | None:
    """Give the label of a header picture, None when no model had a part in it."""
    return _label(account.header_source_type, account.header_ai_system)


def media_label(media: MediaAttachment) -> MadeWith | None:
    """Give the label of a picture, None when no model had a part in it."""
    origin = _ORIGINS.get(media.label_origin, "")
    return _label(media.source_type, f"{media.ai_system} {media.ai_version}".strip(), origin)


def alt_of(media: MediaAttachment) -> str:
    """Give the alt text of a picture, with the sentence that a model made it where one did."""
    return said_in_words(media.description, media.source_type)


def licence_of(media: MediaAttachment) -> str:
    """Name the licence of a picture, "" when it has none."""
    return LICENCES.get(word_of(media.licence), "A licence of its own") if media.licence else ""


def reaction_of(view: ReactionView) -> Markup:
    """Give the emoji of a reaction, a custom one as its picture."""
    return _with_emojis(escape(view.emoji), [{"shortcode": view.name, "url": view.image_url}])


def ago(moment: datetime, now: datetime) -> str:
    """Say how long ago something was; after a week, on which day."""
    count = max(0.0, (now - moment).total_seconds())
    for size, unit in _SPANS:
        if count < size:
            return "now" if unit == "s" else f"{int(count)} {unit}"
        count /= size
    return _day(moment, now)


def end_of(view: PollView, now: datetime) -> str:
    """Say when a poll ends or ended; "" for one that has no end."""
    end = view.poll.closed_at or view.poll.ends_at
    if end is None:
        return ""
    if view.expired:
        span = ago(end, now)
        if now - end >= _WEEK:
            return f"ended on {span}"
        return "ended just now" if span == "now" else f"ended {span} ago"
    if end - now < _MINUTE:
        return "ends in less than a minute"
    # What has just begun to run shall not look shorter than was asked for.
    rounded = end + _MINUTE
    if rounded - now >= _WEEK:
        return f"ends on {_day(end, now)}"
    return f"ends in {ago(now, rounded)}"


def bars_of(view: PollView) -> list[PollBar]:
    """Give a poll's options with how they stand: of one choice or of several, a part of all who voted."""
    poll = view.poll
    people = max(poll.voters_count or 0, 0 if poll.multiple and poll.voters_count else view.votes)
    most = max(option["votes"] for option in poll.options)
    return [
        PollBar(
            name=option["name"],
            votes=option["votes"],
            percent=_percent(option["votes"], people) if view.tells_totals else None,
            leads=view.tells_totals and option["votes"] == most > 0,
            chosen=place in view.own_votes,
        )
        for place, option in enumerate(poll.options)
    ]


def short(count: int) -> str:
    """Give a count in few characters."""
    if count < 10 * _THOUSAND:
        return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    if count < _THOUSAND * _THOUSAND:
        return f"{count // _THOUSAND}k"
    return f"{count / _THOUSAND / _THOUSAND:.1f}M"


def state_of(run: StyleRun) -> str:
    """Give the state of a drawing in words."""
    return _STATES[run.state]


def time_left(seconds: float) -> str:
    """Say how long something will take: about 40 seconds, about 3 minutes."""
    if seconds < _SOON_SECONDS:
        return "a few seconds"
    if seconds < _MANY_SECONDS:
        return f"about {round(seconds / 10) * 10} seconds"
    minutes = round(seconds / 60)
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"


def turn_of(place: int | None, seconds: float | None) -> str:
    """Say when it is somebody's turn in the studio; `place` 0 is now."""
    if place is None or seconds is None:
        return ""
    before = "" if place <= 1 else f"{place - 1} before it, " if place > 2 else "One before it, "
    words = f"{before}{time_left(seconds)} left"
    return words[:1].upper() + words[1:]


def verb_of(kind: str) -> str:
    """Say what somebody did, of a kind of notification."""
    return _VERBS.get(kind, "did something")


def _day(moment: datetime, now: datetime) -> str:
    year = f" {moment.year}" if moment.year != now.year else ""
    return f"{moment.day} {moment:%b}{year}"


def _percent(part: int, whole: int) -> int:
    return min(100, round(100 * part / whole)) if whole else 0


def _label(source_type: str, system: str, origin: str = "") -> MadeWith | None:
    source = source_from_iri(source_type) if source_type else None
    if source is None or not source.is_ai:
        return None
    if source is DigitalSource.TRAINED:
        return MadeWith(
            words="Made by a model", sentence="A model made this picture.", system=system, origin=origin
        )
    sentence = "A model made this picture from another one, such as a photo."
    return MadeWith(words="Made with a model", sentence=sentence, system=system, origin=origin)


def _stored(key: str) -> str:
    return f"/media/{key}" if key else ""


def _http(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _with_emojis(html: Markup, emojis: Any) -> Markup:
    """Put pictures where names of custom emojis stand in the text, never inside a tag."""
    known = {emoji["shortcode"]: _http(emoji["url"]) for emoji in emojis or ()}
    if not known:
        return html

    def picture(name: re.Match[str]) -> str:
        url = known.get(name[1], "")
        if not url:
            return name[0]
        return Markup('<img class="emoji" src="{}" alt="{}" width="20" height="20" loading="lazy">').format(
            url, name[0]
        )

    parts = _TAG.split(str(html))
    parts[::2] = [_SHORTCODE.sub(picture, part) for part in parts[::2]]
    return Markup("".join(parts))  # noqa: S704  the parts were safe, the pictures are escaped
