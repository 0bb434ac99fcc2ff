"""Polls on pages: what a form asks, and a vote by a form, which works without scripts."""

from dataclasses import dataclass

from starlette.responses import Response

from fedi.actions import votes
from fedi.actions.polls import MAX_OPTIONS, PollDraft
from fedi.errors import Invalid
from fedi.queries import polls
from fedi.queries.polls import PollView
from fedi.web.forms import Form
from fedi.web.marks import shown_again
from fedi.web.posts import id_in_path
from fedi.web.visits import Visit

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What stands in the composer's fields for a poll; `seconds` None: the end stays as it is."""

    options: tuple[str, ...] = ()
    multiple: bool = False
    hide_totals: bool = False
    seconds: int | None = _DAY_SECONDS

    @property
    def fields(self) -> tuple[str, ...]:
        """The options with as many empty ones behind them as a poll may still have."""
        return self.options + ("",) * (MAX_OPTIONS - len(self.options))

    def draft(self) -> PollDraft | None:
        """Give the poll that is meant; none while all options are empty."""
        if not any(option.strip() for option in self.options):
            return None
        return PollDraft(
            options=self.options, seconds=self.seconds, multiple=self.multiple, hide_totals=self.hide_totals
        )


def question_of(view: PollView | None) -> Question:
    """Give the fields for a poll that is edited."""
    if view is None:
        return Question()
    poll = view.poll
    names = tuple(option["name"] for option in poll.options)
    return Question(options=names, multiple=poll.multiple, hide_totals=poll.hide_totals, seconds=None)


def read(form: Form) -> Question:
    """Take the fields up again as a form left them."""
    return Question(
        options=tuple(form.texts("poll_option")[: MAX_OPTIONS + 1]),
        multiple=form.flag("poll_multiple"),
        hide_totals=form.flag("poll_hide"),
        seconds=form.id("poll_seconds"),
    )


async def vote(visit: Visit, form: Form) -> Response:
    """POST /polls/{id}/votes: vote, then show the post with its poll again, where the person was."""
    poll, post = await polls.poll_for(visit.server, visit.person, id_in_path(visit))
    choices = form.ids("choice")
    if not choices:
        raise Invalid("", "Choose an answer before you vote.")
    try:
        await votes.vote(visit.server, visit.person, post, choices)
    except Invalid as error:
        raise Invalid("", f"{error.reason.removeprefix('Validation failed: ')}.") from error
    return await shown_again(visit, form, poll.post_id)
