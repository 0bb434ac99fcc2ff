"""What a person does not want to read: filters, their keywords and single posts (Mastodon API: filters)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedi.actions import news
from fedi.actions.news import News
from fedi.errors import Invalid, NotFound
from fedi.models.accounts import Account
from fedi.models.filters import CustomFilter, FilterKeyword, FilterPost
from fedi.models.posts import Post
from fedi.queries.filters import FilterView
from fedi.server import Server

CONTEXTS = ("home", "notifications", "public", "thread", "account")
ACTIONS = ("warn", "hide", "blur")

MAX_FILTERS = 200
MAX_KEYWORDS = 500
MAX_POSTS = 1000
MAX_TITLE_CHARACTERS = 256
MAX_KEYWORD_CHARACTERS = 512
_MAX_EXPIRY_SECONDS = 100 * 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordChange:
    """A keyword to add (`id` None), change or (`gone`) remove; None leaves as it is."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChange:
    """What to change of a filter; None leaves as it is. `seconds` 0 is at once, `never` ends an expiry.

    `model_media`: it catches posts with pictures that a model made, or had a part in.
    """

    title: str | None = None
    contexts: Sequence[str] | None = None
    action: str | None = None
    seconds: int | None = None
    never: bool = False
    model_media: bool | None = None
    keywords: Sequence[KeywordChange] = ()


async def create(server: Server, account: Account, change: FilterChange) -> CustomFilter:
    """Make a filter. Raises Invalid without a title or a context, or when there are too many."""
    row = CustomFilter(
        id=server.new_id(), account_id=account.id, title="", contexts=[], created_at=server.clock.now()
    )
    _apply(server, row, change)
    async with server.db.transaction():
        if await CustomFilter.filter(account_id=account.id).count() >= MAX_FILTERS:
            raise Invalid("", f"You have the most filters there can be, {MAX_FILTERS}")
        await row.save(force_create=True)
        await _change_keywords(server, account, row.id, change.keywords)
        _tell(server, account)
    return row


async def change(server: Server, account: Account, view: FilterView, change: FilterChange) -> None:
    """Change a filter. Raises Invalid as `create` does, NotFound for a keyword that is not of this filter."""
    row = view.filter
    _apply(server, row, change)
    async with server.db.transaction():
        await row.save(update_fields=["title", "contexts", "action", "model_media", "expires_at"])
        await _change_keywords(server, account, row.id, change.keywords)
        _tell(server, account)


async def remove(server: Server, account: Account, view: FilterView) -> None:
    """Remove a filter with all that is in it."""
    async with server.db.transaction():
        await CustomFilter.filter(id=view.filter.id).delete()
        _tell(server, account)


async def add_keyword(
    server: Server, account: Account, view: FilterView, keyword: str, *, whole_word: bool
) -> FilterKeyword:
    """Add a keyword to a filter. Raises Invalid for one that is empty or too long, or one too many."""
    async with server.db.transaction():
        row = await _add_keyword(server, account, view.filter.id, keyword, whole_word=whole_word)
        _tell(server, account)
    return row


async def change_keyword(server: Server, account: Account, row: FilterKeyword, change: KeywordChange) -> None:
    """Change a keyword. Raises Invalid for one that is empty or too long."""
    async with server.db.transaction():
        await _change_keyword(row, change)
        _tell(server, account)


async def remove_keyword(
    server: Server, account: Account, view: FilterView, row: FilterKeyword, *, with_filter: bool = False
) -> None:
    """Remove a keyword; `with_filter`: also the filter, when nothing is left in it."""
    async with server.db.transaction():
        await FilterKeyword.filter(id=row.id).delete()
        if with_filter and not view.posts and not await FilterKeyword.exists(custom_filter_id=view.filter.id):
            await CustomFilter.filter(id=view.filter.id).delete()
        _tell(server, account)


async def add_post(server: Server, account: Account, view: FilterView, post: Post) -> FilterPost:
    """Have a filter catch a post, of a boost what it boosts; again changes nothing. Raises Invalid."""
    post_id = post.boost_of_id or post.id
    async with server.db.transaction():
        found = await FilterPost.get_or_none(custom_filter_id=view.filter.id, post_id=post_id)
        if found is not None:
            return found
        if await FilterPost.filter(custom_filter__account_id=account.id).count() >= MAX_POSTS:
            raise Invalid("", f"You have the most filtered posts there can be, {MAX_POSTS}")
        row = await FilterPost.create(id=server.new_id(), custom_filter_id=view.filter.id, post_id=post_id)
        _tell(server, account)
    return row


async def remove_post(server: Server, account: Account, row: FilterPost) -> None:
    """Have a filter not catch a post any more."""
    async with server.db.transaction():
        await FilterPost.filter(id=row.id).delete()
        _tell(server, account)


def _tell(server: Server, account: Account) -> None:
    news.tell(server, News(kind="filters", account_id=account.id))


def _apply(server: Server, row: CustomFilter, change: FilterChange) -> None:
    if change.title is not None:
        row.title = change.title.strip()
    if not row.title:
        raise Invalid("Title", "can't be blank")
    if len(row.title) > MAX_TITLE_CHARACTERS:
        raise Invalid("Title", f"is too long (maximum is {MAX_TITLE_CHARACTERS} characters)")
    if change.contexts is not None:
        row.contexts = list(dict.fromkeys(name.strip() for name in change.contexts if name.strip()))
    if not row.contexts or any(name not in CONTEXTS for name in row.contexts):
        raise Invalid("Context", "can't be blank" if not row.contexts else "is invalid")
    if change.action is not None:
        row.action = change.action if change.action in ACTIONS else "warn"
    if change.model_media is not None:
        row.model_media = change.model_media
    if change.never:
        row.expires_at = None
    elif change.seconds is not None:
        row.expires_at = _expiry(server, change.seconds)


def _expiry(server: Server, seconds: int) -> datetime:
    return server.clock.now() + timedelta(seconds=max(0, min(seconds, _MAX_EXPIRY_SECONDS)))


async def _change_keywords(
    server: Server, account: Account, filter_id: int, changes: Sequence[KeywordChange]
) -> None:
    there = {row.id: row for row in await FilterKeyword.filter(custom_filter_id=filter_id)} if changes else {}
    for each in changes:
        if each.id is None:
            if not each.gone:
                whole_word = each.whole_word is not False
                await _add_keyword(server, account, filter_id, each.keyword or "", whole_word=whole_word)
        elif each.id not in there:
            raise NotFound
        elif each.gone:
            await FilterKeyword.filter(id=each.id).delete()
        else:
            await _change_keyword(there[each.id], each)


async def _add_keyword(
    server: Server, account: Account, filter_id: int, keyword: str, *, whole_word: bool
) -> FilterKeyword:
    if await FilterKeyword.filter(custom_filter__account_id=account.id).count() >= MAX_KEYWORDS:
        raise Invalid("", f"You have the most filtered words there can be, {MAX_KEYWORDS}")
    return await FilterKeyword.create(
        id=server.new_id(), custom_filter_id=filter_id, keyword=_checked(keyword), whole_word=whole_word
    )


async def _change_keyword(row: FilterKeyword, change: KeywordChange) -> None:
    if change.keyword is not None:
        row.keyword = _checked(change.keyword)
    if change.whole_word is not None:
        row.whole_word = change.whole_word
    await row.save(update_fields=["keyword", "whole_word"])


def _checked(keyword: str) -> str:
    keyword = keyword.strip()
    if not keyword:
        raise Invalid("Keyword", "can't be blank")
    if len(keyword) > MAX_KEYWORD_CHARACTERS:
        raise Invalid("Keyword", f"is too long (maximum is {MAX_KEYWORD_CHARACTERS} characters)")
    return keyword
