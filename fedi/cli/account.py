"""fedi account: create, list, show, password, suspend, unsuspend."""

import secrets
from typing import Annotated, Any

import typer

from fedi.actions import moderation, oauth, sessions, signup
from fedi.cli.console import AsJson, command, opened, show, show_rows
from fedi.errors import NotFound
from fedi.models.accounts import Account
from fedi.models.users import User
from fedi.queries import accounts
from fedi.server import Server

app = typer.Typer(no_args_is_help=True, help="The people of this server, and those it knows elsewhere.")
Staff = Annotated[str, typer.Option("--as", help="Who does this, for the audit log.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the audit log.")]
_PASSWORD_BYTES = 15


@app.command()
@command
async def create(
    context: typer.Context,
    name: str,
    *,
    email: Annotated[str, typer.Option(help="Where to reach the person.")] = "",
    role: Annotated[str, typer.Option(help="owner, moderator or member.")] = "member",
    password: Annotated[str, typer.Option(help="A password; without it one is made and printed.")] = "",
    token: Annotated[
        str, typer.Option(help='Also make an access token with these scopes: "read write".')
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a local account."""
    async with opened(context) as server:
        chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
        scopes = oauth.check_scopes(token, oauth.ALL_SCOPES) if token else ""
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
@command
async def list_(
    context: typer.Context,
    *,
    remote: Annotated[bool, typer.Option(help="List accounts of other servers instead.")] = False,
    query: Annotated[str, typer.Option(help="Only handles that contain this.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
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
@command
async def show_(context: typer.Context, name: str, *, as_json: AsJson = False) -> None:
    """Show one account: NAME, or NAME@HOST."""
    async with opened(context) as server:
        account = await _named(server, name)
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
@command
async def password(
    context: typer.Context,
    name: str,
    *,
    new: Annotated[str, typer.Option(help="The new password; without it one is made and printed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Set a new password; every browser session of the account ends."""
    async with opened(context) as server:
        account = await _named(server, name)
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
@command
async def suspend(
    context: typer.Context, name: str, *, staff: Staff = "cli", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Suspend an account: nobody sees it, and it can do nothing."""
    async with opened(context) as server:
        account = await _named(server, name)
        await moderation.suspend(server, account, by=staff, reason=reason)
        show({"suspended": account.acct}, as_json=as_json, sentence=f"@{account.acct} is suspended.")


@app.command()
@command
async def unsuspend(
    context: typer.Context, name: str, *, staff: Staff = "cli", reason: Reason = "", as_json: AsJson = False
) -> None:
    """Lift a suspension."""
    async with opened(context) as server:
        account = await _named(server, name)
        await moderation.unsuspend(server, account, by=staff, reason=reason)
        show({"unsuspended": account.acct}, as_json=as_json, sentence=f"@{account.acct} is back.")


async def _named(server: Server, name: str) -> Account:
    account = await accounts.by_handle(server, name.removeprefix("@"))
    if account is None:
        raise NotFound(f"There is no account named {name}.")
    return account


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
