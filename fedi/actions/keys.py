"""The keys of our own accounts: given to those that have none yet, and replaced.

Replaced blindly (federation reference 4.7): the new keys count from the commit on, and the Update that tells
of them is signed with the new one. Receivers fail once, fetch the actor, and go on; all implementations do.
Signing that Update with the old key would help nobody: its deliveries may be tried for days, and who has seen
the new key by then rightly refuses the old one.
"""

from anyio import to_thread

from fedi.actions import accounts
from fedi.errors import Gone, NotFound
from fedi.models.accounts import Account
from fedi.security.keys import make_rsa_pair
from fedi.server import Server

_BATCH = 200


async def complete(server: Server) -> None:
    """Give each account of ours that has none a key pair for proofs: those made before there were proofs.

    Idempotent; may be stopped anywhere and run again.
    """
    lacking = Account.filter(domain="", ed25519_private_pem="", gone_at=None).order_by("id").limit(_BATCH)
    while batch := await lacking:
        async with server.db.transaction():
            for account in batch:
                # Another process may have been faster: its key stays.
                await Account.filter(id=account.id, ed25519_private_pem="").update(
                    **accounts.proving_keys(_proving_key_id(server, account))
                )


async def rotate(server: Server, account: Account) -> Account:
    """Replace both key pairs of an account of ours and tell whom it has met; the ids of the keys stay.

    Raises NotFound for an account of another server, Gone for a deleted one.
    """
    if not account.is_local:
        raise NotFound("The account is not of this server.")
    signing = await to_thread.run_sync(make_rsa_pair, limiter=server.password_turns)
    values = {
        "public_key_pem": signing.public_pem,
        "private_key_pem": signing.private_pem,
        **accounts.proving_keys(_proving_key_id(server, account)),
    }
    async with server.db.transaction():
        account = await Account.get(id=account.id)
        if account.gone_at is not None:
            raise Gone
        await account.update_from_dict(values).save(update_fields=list(values))
        await accounts.publish_profile(server, account)
    return account


def _proving_key_id(server: Server, account: Account) -> str:
    uris = server.uris
    return uris.instance_ed25519_key if account.uri == uris.instance_actor else uris.ed25519_key(account.id)
