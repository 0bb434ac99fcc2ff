"""The form of a post, read in the spellings that apps use (Mastodon, Akkoma, GoToSocial)."""

from fedi.actions import preferences
from fedi.actions.forms import PollForm, PostForm
from fedi.mastodon.calls import Call
from fedi.mastodon.entities.status import visibility_inside
from fedi.mastodon.params import Params
from fedi.models.users import Application

_MAX_OPTIONS = 50
_MAX_ALLOWED = 1000
# Akkoma's word for what is for everybody here and nobody elsewhere.
_LOCAL = "local"


def read(call: Call) -> PostForm:
    """Read what somebody wants to post; what is not said is as they like it."""
    params, chosen = call.params, preferences.of(call.user)
    word = params.text("visibility")
    visibility = visibility_inside(word) if word else chosen.visibility
    allowed = params.ids("allowed_mentions", limit=_MAX_ALLOWED) if "allowed_mentions" in params else None
    return PostForm(
        text=params.text("status"),
        poll=poll_in(params),
        # One more than may be attached, for the refusal.
        media_ids=params.ids("media_ids", limit=call.server.settings.media.per_post + 1),
        sensitive=params.flag("sensitive", default=chosen.sensitive),
        spoiler_text=params.text("spoiler_text"),
        visibility="public" if visibility == _LOCAL else visibility,
        local_only=_is_local_only(params) or visibility == _LOCAL,
        content_type=params.text("content_type") or chosen.text_type,
        in_reply_to_id=params.id("in_reply_to_id"),
        quoted_status_id=_quoted(params),
        quote_approval_policy=params.text("quote_approval_policy") or chosen.quote_policy,
        remix_policy=params.text("remix_policy"),
        licence=params.optional_text("licence"),
        model_tag=params.optional_flag("model_tag"),
        language=params.text("language") or chosen.language,
        idempotency=call.request.headers.get("idempotency-key", ""),
        allowed_mentions=allowed,
    )


def named_app(call: Call) -> Application | None:
    """Give the app that a post says it was written with, none if its author would rather not tell."""
    return call.application if preferences.of(call.user).show_application else None


def poll_in(params: Params) -> PollForm | None:
    """Read the poll of a post to be; none when nothing is asked."""
    asked = params.inner("poll")
    if not asked.values:
        return None
    return PollForm(
        options=asked.texts("options")[:_MAX_OPTIONS],
        expires_in=asked.number("expires_in", 0) if "expires_in" in asked else None,
        multiple=asked.flag("multiple"),
        hide_totals=asked.flag("hide_totals"),
    )


def _is_local_only(params: Params) -> bool:
    """Read `local_only` (Hometown, glitch-soc) or `federated` (GoToSocial)."""
    return params.flag("local_only") or not params.flag("federated", default=True)


def _quoted(params: Params) -> int | None:
    """Read what would be quoted, by Mastodon's or by Akkoma's parameter."""
    return params.id("quoted_status_id") if "quoted_status_id" in params else params.id("quote_id")
