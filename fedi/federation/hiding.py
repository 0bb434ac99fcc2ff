"""Recipients that a delivery does not name (bto and bcc, ActivityPub 6): it came to their own inbox.

Their server alone knows that the post is for them. Here they become silent mentions: they may read the post,
and nobody is told that they do.
"""

from dataclasses import replace

from fedi.actions import contents
from fedi.activitypub.activities import Activity, Create
from fedi.activitypub.audience import read_audience
from fedi.activitypub.notes import Note
from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import PUBLIC, Uri
from fedi.federation.known import find_account, find_post
from fedi.models.accounts import Account
from fedi.server import Server


def is_hidden(read: Reader, owner: Account) -> bool:
    """Say whether a Create in the inbox of `owner` is for nobody that it names there: not for all, not them.

    A post for followers is left to the follow that its reader needs.
    """
    if "Create" not in read.types():
        return False
    named = {uri for part in read_audience(read) for uri in part}
    note = read.object("object")
    if note is not None:
        named |= {uri for part in read_audience(note) for uri in part}
    is_for_followers = any(uri.rstrip("/").endswith("/followers") for uri in named)
    return PUBLIC not in named and owner.uri not in named and not is_for_followers


async def addressed(activity: Activity, account_id: int) -> Activity:
    """Give a Create as it would have come if it had named this account of ours in its cc."""
    account = await Account.get_or_none(id=account_id, domain="")
    if account is None or not isinstance(activity, Create) or not isinstance(activity.object, Note):
        return activity
    return replace(activity, object=replace(activity.object, cc=(*activity.object.cc, Uri(account.uri))))


async def made_readable(server: Server, activity: Activity, account_id: int) -> None:
    """Let this account read a post that was stored already, for another hidden recipient, say."""
    if not isinstance(activity, Create) or not isinstance(activity.object, Note):
        return
    post, author = await find_post(server, activity.object.id), await find_account(server, activity.actor)
    account = await Account.get_or_none(id=account_id, domain="")
    if post is None or author is None or account is None or post.author_id != author.id:
        return
    async with server.db.transaction():
        await contents.add_mentions(server, post, {account.id: (account, True)})
