"""Ours: remixes: who may restyle a post's pictures, what a post was made from, and who asked whom."""

from msgspec import Struct

from fedi.activitypub.policies import Rule
from fedi.activitypub.uris import LocalUris
from fedi.mastodon.entities.account import Account, account
from fedi.mastodon.entities.media import MediaAttachment, media_attachment
from fedi.mastodon.entities.quote import QuoteApproval, words_of
from fedi.mastodon.entities.times import stamp
from fedi.models.media import MediaAttachment as MediaRow
from fedi.queries.permits import policy_of
from fedi.queries.remixes import RemixLink, RemixView
from fedi.queries.snapshots import PostSnapshot


class RemixOf(Struct, kw_only=True):
    """Whose picture a post is a remix of, and where it is; `status_id` where the viewer may see it."""

    account_id: str
    acct: str
    account_url: str
    url: str
    status_id: str | None


class Remix(Struct, kw_only=True):
    """Somebody's wish to restyle a picture: `state` is pending, accepted, rejected or revoked.

    `source` is the copy to work on, shown to whoever asked: its id goes to the studio.
    """

    id: str
    state: str
    account: Account
    owner: Account
    original: MediaAttachment | None
    original_status_id: str | None
    original_url: str
    source: MediaAttachment | None
    status_id: str | None
    created_at: str
    updated_at: str


def remix_approval(snapshot: PostSnapshot) -> QuoteApproval:
    """Show who may restyle the pictures of a post."""
    has_pictures = any(media.kind == "image" for media in snapshot.media) and snapshot.remix is None
    rule = policy_of(snapshot.post, snapshot.author).remix if has_pictures else None
    rule = rule or Rule()
    return QuoteApproval(
        automatic=words_of(rule.automatic, snapshot.author),
        manual=words_of(rule.manual, snapshot.author),
        current_user=snapshot.permits.remix if snapshot.restylable else "denied",
    )


def remix_of(link: RemixLink, uris: LocalUris) -> RemixOf:
    """Show what a post was made from."""
    owner = link.owner
    return RemixOf(
        account_id=str(owner.id),
        acct=owner.acct,
        account_url=owner.url or (uris.profile_page(owner.username) if owner.is_local else owner.uri),
        url=link.page,
        status_id=str(link.original.id) if link.original is not None else None,
    )


def remix(view: RemixView, source: MediaRow | None, uris: LocalUris) -> Remix:
    """Show a request, with the copy to work on where whoever asked looks at it."""
    row = view.row
    return Remix(
        id=str(row.id),
        state=row.state,
        account=account(view.asker, uris),
        owner=account(view.owner, uris),
        original=media_attachment(view.original, uris) if view.original is not None else None,
        original_status_id=str(row.original_post_id) if row.original_post_id is not None else None,
        original_url=(view.original_post.url if view.original_post else "") or row.original_uri,
        source=media_attachment(source, uris) if source is not None else None,
        status_id=str(row.post_id) if row.post_id is not None else None,
        created_at=stamp(row.created_at),
        updated_at=stamp(row.updated_at),
    )
