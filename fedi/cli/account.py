"""fedi account: create, list, show, password, rename, rotate-keys, alias, move, suspend, unsuspend."""

import secrets
from typing import Any

import click

from fedi.actions import keys, moderation, moves, oauth, renames, sessions, signup
from fedi.actions.scopes import ACTIVITYPUB, ALL
from fedi.cli.console import as_json_option, command, opened, show, show_rows
from fedi.errors import NotFound
from fedi.federation import moving
from fedi.models.accounts import Account
from fedi.models.users import User
from fedi.queries import accounts
from fedi.server import Server

staff_option = click.option(
    "--as", "staff", default="cli", show_default=True, help="Who does this, for the audit log."
)
reason_option = click.option("--reason", default="", help="Why, for the audit log.")
_PASSWORD_BYTES = 15


@click.group(no_args_is_help=True)
def app() -> None:
    """The people of this server, and those it knows elsewhere."""


@app.command()
@click.argument("name")
@click.option("--email", default="", help="Where to reach the person.")
@click.option(
    "--role", type=click.Choice(["owner", "moderator", "member"]), default="member", show_default=True
)
@click.option("--password", default="", help="A password; without it one is made and printed.")
@click.option("--token", default="", help='Also make an access token with these scopes: "read write".')
@as_json_option
@command
async def create(
    context: click.Context,
    name: str,
    *,
    email: str,
    role: str,
    password: str,
    token: str,
    as_json: bool,
) -> None:
    """Make a local account."""
    async with opened(context) as server:
        chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
        scopes = oauth.check_scopes(token, f"{ALL} {ACTIVITYPUB}") if token else ""
        user = await signup.register(server, username=name, password=chosen, email=email, role=role)
        account = await Account.get(id=user.account_id)
        made: dict[str, Any] = {**_described(account, user), "password": chosen}
        if scopes:
            made["access_token"] = await oauth.issue_token(server, None, user, scopes)
            made["scopes"] = scopes
        lines = [f"@{account.username} is ready: {account.uri}", f"password: {chosen}"]
        if scopes:
            lines.append(f"access token: {made['access_token']}")
        show(made, as_json=as_json, sentence="\n".join(lines))


@app.command("list")
@click.option("--remote", is_flag=True, help="List accounts of other servers instead.")
@click.option("--query", default="", help="Only user names that contain this.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@as_json_option
@command
async def list_(context: click.Context, *, remote: bool, query: str, limit: int, as_json: bool) -> None:
    """List accounts, newest first."""
    async with opened(context):
        found = Account.exclude(actor_type="Application") if not remote else Account.all()
        found = found.exclude(domain="") if remote else found.filter(domain="")
        if query:
            found = found.filter(username_lower__contains=query.lower())
        rows = await found.order_by("-id").limit(limit)
        users = {user.account_id: user for user in await User.filter(account_id__in=[row.id for row in rows])}
        show_rows(
            [_described(row, users.get(row.id)) for row in rows], as_json=as_json, empty="No such account."
        )


@app.command("show")
@click.argument("name")
@as_json_option
@command
async def show_(context: click.Context, name: str, *, as_json: bool) -> None:
    """Show one account: NAME, or NAME@HOST."""
    async with opened(context) as server:
        account = await named(server, name)
        described = _described(account, await User.get_or_none(account_id=account.id))
        described |= {
            "display_name": account.display_name,
            "posts": account.posts_count,
            "followers": account.followers_count,
            "following": account.following_count,
        }
        sentence = "\n".join(f"{key.replace('_', ' ')}: {value}" for key, value in described.items())
        show(described, as_json=as_json, sentence=sentence)


@app.command()
@click.argument("name")
@click.option("--new", default="", help="The new password; without it one is made and printed.")
@as_json_option
@command
async def password(context: click.Context, name: str, *, new: str, as_json: bool) -> None:
    """Set a new password; every browser session of the account ends."""
    async with opened(context) as server:
        account = await named(server, name)
        user = await User.get_or_none(account_id=account.id)
        if user is None:
            raise NotFound(f"{name} does not sign in here.")
        chosen = new or secrets.token_urlsafe(_PASSWORD_BYTES)
        await sessions.set_password(server, user, chosen)
        show(
            {"name": account.username, "password": chosen},
            as_json=as_json,
            sentence=f"new password of @{account.username}: {chosen}",
        )


@app.command()
@click.argument("name")
@click.argument("new")
@staff_option
@as_json_option
@command
async def rename(context: click.Context, name: str, *, new: str, staff: str, as_json: bool) -> None:
    """Give a local account another name; the old one leads to it from then on."""
    async with opened(context) as server:
        account = await renames.rename(server, await named(server, name), new, by=staff)
        show(
            {"name": account.username, "actor": account.uri},
            as_json=as_json,
            sentence=f"@{account.username} it is; the old name leads there.",
        )


@app.command("rotate-keys")
@click.argument("name")
@as_json_option
@command
async def rotate_keys(context: click.Context, name: str, *, as_json: bool) -> None:
    """Replace the keys of an account: other servers learn the new ones when they next hear of it."""
    async with opened(context) as server:
        account = await keys.rotate(server, await named(server, name))
        made = {"name": account.acct, "key": account.key_id, "proof_key": account.ed25519_key_id}
        show(made, as_json=as_json, sentence=f"@{account.acct} has new keys.")


@app.command()
@click.argument("name")
@click.argument("deed", type=click.Choice(["add", "remove"]))
@click.argument("other")
@as_json_option
@command
async def alias(context: click.Context, name: str, *, deed: str, other: str, as_json: bool) -> None:
    """Let the account OTHER (NAME@HOST or its address) move to NAME, or no longer."""
    async with opened(context) as server:
        account = await _own(server, name)
        if deed == "add":
            await moves.add_alias(server, account, (await moving.account_named(server, other)).uri)
        else:
            await moves.remove_alias(server, account, await _alias_uri(server, account, other))
        account = await Account.get(id=account.id)
        shown = "\n".join(account.also_known_as) or "none"
        show(
            {"name": account.username, "aliases": account.also_known_as},
            as_json=as_json,
            sentence=f"aliases of @{account.username}: {shown}",
        )


@app.command()
@click.argument("name")
@click.argument("target", default="")
@click.option("--cancel", is_flag=True, help="Take a move back: the account can be used again.")
@as_json_option
@command
async def move(context: click.Context, name: str, *, target: str, cancel: bool, as_json: bool) -> None:
    """Move NAME to TARGET (NAME@HOST), which must name it as an alias; its followers go along."""
    if bool(target) == cancel:
        raise click.UsageError("Name where the account moves to, or --cancel.")
    async with opened(context) as server:
        account = await _own(server, name)
        if cancel:
            await moves.cancel(server, account)
            show({"moved_to": None}, as_json=as_json, sentence=f"@{account.username} lives here again.")
            return
        new = await moving.account_named_now(server, target)
        await moves.move(server, account, new)
        sentence = f"@{account.username} has moved to @{new.acct}. Its followers are being told."
        show({"moved_to": new.uri}, as_json=as_json, sentence=sentence)


@app.command()
@click.argument("name")
@staff_option
@reason_option
@as_json_option
@command
async def limit(context: click.Context, name: str, *, staff: str, reason: str, as_json: bool) -> None:
    """Keep an account out of public timelines; its followers see it as before."""
    async with opened(context) as server:
        account = await named(server, name)
        await moderation.silence(server, account, by=staff, reason=reason)
        show({"limited": account.acct}, as_json=as_json, sentence=f"@{account.acct} is limited.")


@app.command()
@click.argument("name")
@staff_option
@reason_option
@as_json_option
@command
async def unlimit(context: click.Context, name: str, *, staff: str, reason: str, as_json: bool) -> None:
    """Let an account into public timelines again."""
    async with opened(context) as server:
        account = await named(server, name)
        await moderation.unsilence(server, account, by=staff, reason=reason)
        show({"unlimited": account.acct}, as_json=as_json, sentence=f"@{account.acct} is no longer limited.")


@app.command()
@click.argument("name")
@staff_option
@reason_option
@as_json_option
@command
async def suspend(context: click.Context, name: str, *, staff: str, reason: str, as_json: bool) -> None:
    """Suspend an account: nobody sees it, and it can do nothing."""
    async with opened(context) as server:
        account = await named(server, name)
        await moderation.suspend(server, account, by=staff, reason=reason)
        show({"suspended": account.acct}, as_json=as_json, sentence=f"@{account.acct} is suspended.")


@app.command()
@click.argument("name")
@staff_option
@reason_option
@as_json_option
@command
async def unsuspend(context: click.Context, name: str, *, staff: str, reason: str, as_json: bool) -> None:
    """Lift a suspension."""
    async with opened(context) as server:
        account = await named(server, name)
        await moderation.unsuspend(server, account, by=staff, reason=reason)
        show({"unsuspended": account.acct}, as_json=as_json, sentence=f"@{account.acct} is back.")


async def named(server: Server, name: str) -> Account:
    """Find the account that a command names. Raises NotFound."""
    account = await accounts.by_handle(server, name.removeprefix("@"))
    if account is None:
        raise NotFound(f"There is no account named {name}.")
    return account


async def _own(server: Server, name: str) -> Account:
    account = await named(server, name)
    if not account.is_local:
        raise NotFound(f"{name} is of another server.")
    return account


async def _alias_uri(server: Server, account: Account, text: str) -> str:
    """Give the alias that a text names; one whose server is gone is named by its address."""
    if text in account.also_known_as:
        return text
    return (await moving.account_named(server, text)).uri


def _described(account: Account, user: User | None) -> dict[str, Any]:
    return {
        "name": account.acct,
        "id": str(account.id),
        "actor": account.uri,
        "role": user.role if user else None,
        "email": user.email if user else None,
        "created_at": account.created_at.isoformat(timespec="seconds"),
        "suspended": account.suspended_at is not None,
    }
