"""What stands in the composer, and as the form that is posted, kept or scheduled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fedi.actions.forms import PollForm, PostForm
from fedi.errors import Invalid
from fedi.models.media import ArtPrompt, MediaAttachment
from fedi.models.pending import PendingPost
from fedi.models.posts import Post
from fedi.queries.snapshots import PostSnapshot
from fedi.web.polls import Question

# How browsers write a date and time.
MOMENT = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What stands in the composer. `key` makes sending twice one post; `alts` maps a picture to its text.

    `sources` maps it to how it came to be (an IRI, "" for no part of a model in it); `model_tag`: whether the
    post gets the hashtag of what models make, None as usual. `waiting` is the draft or scheduled post that is
    written on; `at` when to post it, in UTC. `prompt` is what members are given to draw
    just now.
    """

    back: str
    key: str
    text: str = ""
    summary: str = ""
    visibility: str = "public"
    sensitive: bool = False
    language: str = ""
    media: Sequence[MediaAttachment] = ()
    question: Question = field(default_factory=Question)
    alts: Mapping[int, str] = field(default_factory=dict)
    reply_to: PostSnapshot | None = None
    quote_of: PostSnapshot | None = None
    quote_policy: str = "public"
    remix_policy: str = ""
    licence: str = ""
    sources: Mapping[int, str] = field(default_factory=dict)
    model_tag: bool | None = None
    local_only: bool = False
    text_type: str = "text/plain"
    edit_of: Post | None = None
    waiting: PendingPost | None = None
    at: str = ""
    problem: str = ""
    prompt: ArtPrompt | None = None

    def source_of(self, picture: MediaAttachment) -> str:
        """Give how a picture came to be, as chosen, else as stored; "" for no part of a model in it."""
        return self.sources.get(picture.id, picture.source_type)

    def alt_of(self, picture: MediaAttachment) -> str:
        """Give the description of a picture as typed, else as stored."""
        return self.alts.get(picture.id, picture.description)


def form_of(draft: Composition) -> PostForm:
    """Give what is in the composer as the form of a post."""
    asked = draft.question.draft()
    return PostForm(
        text=draft.text,
        poll=PollForm(
            options=list(asked.options),
            expires_in=asked.seconds,
            multiple=asked.multiple,
            hide_totals=asked.hide_totals,
        )
        if asked
        else None,
        media_ids=[each.id for each in draft.media],
        sensitive=draft.sensitive,
        spoiler_text=draft.summary,
        visibility=draft.visibility,
        local_only=draft.local_only,
        content_type=draft.text_type,
        in_reply_to_id=draft.reply_to.post.id if draft.reply_to else None,
        quoted_status_id=draft.quote_of.post.id if draft.quote_of else None,
        quote_approval_policy=draft.quote_policy,
        remix_policy=draft.remix_policy,
        licence=draft.licence if draft.media else None,
        model_tag=draft.model_tag,
        language=draft.language,
        idempotency=draft.key,
    )


def read_moment(text: str) -> datetime:
    """Read a date and time as a browser gives it, in UTC. Raises Invalid."""
    try:
        return datetime.strptime(text[:16], MOMENT).replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid("", "This is not a date and time.") from error


def question_asked(form: PostForm) -> Question | None:
    """Give the fields of the poll of a form, None where it has none."""
    poll = form.poll
    if poll is None:
        return None
    return Question(
        options=tuple(poll.options),
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
        seconds=poll.expires_in,
    )
