"""Who may quote a post, and a quote that is not shown whole (Mastodon API: QuoteApproval, ShallowQuote)."""

from collections.abc import Sequence

from msgspec import Struct

from fedi.activitypub.policies import Rule
from fedi.activitypub.vocabulary import PUBLIC, Uri
from fedi.models.accounts import Account
from fedi.queries.permits import policy_of
from fedi.queries.quotes import QuoteLink
from fedi.queries.snapshots import PostSnapshot


class QuoteApproval(Struct, kw_only=True):
    """Who may quote a post: whom its author lets, whom they want to be asked about, and the viewer."""

    automatic: list[str]
    manual: list[str]
    current_user: str


class ShallowQuote(Struct, kw_only=True):
    """That something is quoted, in a post that is itself shown as a quote."""

    state: str
    quoted_status_id: str | None


def quote_approval(snapshot: PostSnapshot) -> QuoteApproval:
    """Show who may quote a post."""
    rule = policy_of(snapshot.post, snapshot.author).quote or Rule()
    return QuoteApproval(
        automatic=words_of(rule.automatic, snapshot.author),
        manual=words_of(rule.manual, snapshot.author),
        current_user=snapshot.permits.quote,
    )


def shallow_quote(link: QuoteLink) -> ShallowQuote:
    """Show that something is quoted; its id only where the viewer may see it."""
    is_shown = link.state == "accepted" and link.quoted is not None
    return ShallowQuote(state=link.state, quoted_status_id=str(link.row.quoted_id) if is_shown else None)


def words_of(named: Sequence[Uri], author: Account) -> list[str]:
    """Name whom a list of a policy lets in."""
    known = {
        PUBLIC: "public",
        author.followers_url: "followers",
        author.following_url: "following",
        # Naming oneself alone is how to say: nobody.
        author.uri: "",
    }
    words = (known.get(uri, "unsupported_policy") for uri in named)
    return list(dict.fromkeys(word for word in words if word))
