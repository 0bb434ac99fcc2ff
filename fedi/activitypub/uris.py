"""Every URI of ours: built here, recognised here. Ids never change; pages follow the name."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fedi.activitypub.reader import host_of, is_http_uri, same_origin
from fedi.activitypub.vocabulary import Uri
from fedi.errors import ConfigError

_ID = r"(0|[1-9][0-9]{0,18})"
_ACCOUNT = re.compile(rf"/ap/u/{_ID}")
_POST = re.compile(rf"/ap/o/{_ID}")
_ACTIVITY = re.compile(r"/ap/a/([A-Za-z0-9_-]{1,64})")
_MEDIA = re.compile(rf"/ap/media/{_ID}")
_PAGE = re.compile(r"/@([A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)/?")
_MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class LocalUris:
    """Builds and recognises the URIs of this server.

    `base_url` is scheme, host and port as the world sees them (`http://127.0.0.1:8000` in development);
    `account_domain` stands in handles and may be another than the host. Recognising wants the very
    spelling that we build; `is_local` alone goes by origin, so that no other spelling passes for foreign.
    `clients`: whether there are endpoints for clients of ActivityPub.
    """

    base_url: str
    account_domain: str
    clients: bool = False

    def __post_init__(self) -> None:
        base_url = self.base_url.rstrip("/")
        if not is_http_uri(base_url) or re.search("[/?#]", base_url.split("://", 1)[1]):
            raise ConfigError(
                "The server's address must be a scheme and a host, like https://example.social."
            )
        scheme = base_url.partition("://")[0].lower()
        object.__setattr__(self, "base_url", f"{scheme}://{host_of(base_url)}")
        object.__setattr__(self, "account_domain", self.account_domain.lower())

    @property
    def host(self) -> str:
        """The host that serves, with `:port` where it is not the scheme's own."""
        return host_of(self.base_url)

    def handle(self, username: str) -> str:
        """Give `name@domain`."""
        return f"{username}@{self.account_domain}"

    def actor(self, account_id: int) -> Uri:
        """Give an account's id on the wire."""
        return self._uri(f"/ap/u/{account_id}")

    def key(self, account_id: int) -> Uri:
        """Give the id of an account's signing key."""
        return self._uri(f"/ap/u/{account_id}#main-key")

    def ed25519_key(self, account_id: int) -> Uri:
        """Give the id of an account's key for integrity proofs (FEP-521a)."""
        return self._uri(f"/ap/u/{account_id}#ed25519-key")

    def inbox(self, account_id: int) -> Uri:
        """Give an account's own inbox."""
        return self._uri(f"/ap/u/{account_id}/inbox")

    def outbox(self, account_id: int) -> Uri:
        """Give an account's outbox."""
        return self._uri(f"/ap/u/{account_id}/outbox")

    def followers(self, account_id: int) -> Uri:
        """Give an account's followers collection."""
        return self._uri(f"/ap/u/{account_id}/followers")

    def following(self, account_id: int) -> Uri:
        """Give the collection of whom an account follows."""
        return self._uri(f"/ap/u/{account_id}/following")

    def featured(self, account_id: int) -> Uri:
        """Give the collection of an account's pinned posts."""
        return self._uri(f"/ap/u/{account_id}/featured")

    def liked(self, account_id: int) -> Uri:
        """Give the collection of what an account likes."""
        return self._uri(f"/ap/u/{account_id}/liked")

    @property
    def instance_actor(self) -> Uri:
        """The server's own actor."""
        return self._uri("/ap/actor")

    @property
    def instance_key(self) -> Uri:
        """The id of the server's own key."""
        return self._uri("/ap/actor#main-key")

    @property
    def instance_ed25519_key(self) -> Uri:
        """The id of the server's own key for integrity proofs."""
        return self._uri("/ap/actor#ed25519-key")

    @property
    def instance_inbox(self) -> Uri:
        """The inbox of the server's own actor."""
        return self._uri("/ap/actor/inbox")

    @property
    def instance_outbox(self) -> Uri:
        """The outbox of the server's own actor."""
        return self._uri("/ap/actor/outbox")

    @property
    def shared_inbox(self) -> Uri:
        """The inbox for all accounts here."""
        return self._uri("/ap/inbox")

    def featured_tags(self, account_id: int) -> Uri:
        """Give the collection of the hashtags that an account features."""
        return self._uri(f"/ap/u/{account_id}/tags")

    def followers_synchronization(self, account_id: int) -> Uri:
        """Give the followers of an account that the asking server has (FEP-8fcf)."""
        return self._uri(f"/ap/u/{account_id}/followers_synchronization")

    @property
    def upload_media(self) -> Uri:
        """Where clients of ActivityPub upload files."""
        return self._uri("/ap/media")

    @property
    def proxy(self) -> Uri:
        """Where clients of ActivityPub have objects of other servers fetched for them."""
        return self._uri("/ap/proxy")

    @property
    def client_endpoints(self) -> dict[str, Uri]:
        """Give what actors name as their endpoints for clients (ActivityPub 4.1); none where that is off."""
        if not self.clients:
            return {}
        return {
            "oauthAuthorizationEndpoint": self._uri("/oauth/authorize"),
            "oauthTokenEndpoint": self._uri("/oauth/token"),
            "uploadMedia": self.upload_media,
            "proxyUrl": self.proxy,
        }

    def media_object(self, media_id: int) -> Uri:
        """Give the id of an uploaded file as an object, before a post holds it."""
        return self._uri(f"/ap/media/{media_id}")

    def blocked(self, account_id: int) -> Uri:
        """Give the collection of whom an account blocks, for the account alone (FEP-c648)."""
        return self._uri(f"/ap/u/{account_id}/blocked")

    def stamp(self, quote_id: int) -> Uri:
        """Give the id of the QuoteAuthorization for a quote of one of our posts (FEP-044f)."""
        return self._uri(f"/ap/q/{quote_id}")

    def remix_stamp(self, remix_id: int) -> Uri:
        """Give the id of the RemixAuthorization for a remix of one of our pictures."""
        return self._uri(f"/ap/r/{remix_id}")

    def post(self, post_id: int) -> Uri:
        """Give a post's id on the wire; of a remix, that of the number it was asked for under."""
        return self._uri(f"/ap/o/{post_id}")

    def replies(self, post_id: int) -> Uri:
        """Give the collection of a post's replies."""
        return self._uri(f"/ap/o/{post_id}/replies")

    def likes(self, post_id: int) -> Uri:
        """Give the collection of a post's likes."""
        return self._uri(f"/ap/o/{post_id}/likes")

    def shares(self, post_id: int) -> Uri:
        """Give the collection of a post's boosts."""
        return self._uri(f"/ap/o/{post_id}/shares")

    def create_of(self, post_id: int) -> Uri:
        """Give the id of the Create (of a boost: the Announce) of a post."""
        return self._uri(f"/ap/o/{post_id}/activity")

    def delete_of(self, post_id: int) -> Uri:
        """Give the id of the Delete of a post."""
        return self._uri(f"/ap/o/{post_id}#delete")

    def update_of(self, post_id: int, edited_at: datetime) -> Uri:
        """Give the id of the Update for one edit of a post."""
        return self._uri(f"/ap/o/{post_id}#updates/{int(edited_at.timestamp() * 1000)}")

    def activity(self, name: int | str) -> Uri:
        """Give the id of an activity that has a row or a random name of its own."""
        return self._uri(f"/ap/a/{name}")

    def new_activity(self) -> Uri:
        """Make the id of an activity that nothing else names: 128 random bits."""
        return self.activity(secrets.token_hex(16))

    def context(self, post_id: int) -> Uri:
        """Give the id of the thread that a post began."""
        return self._uri(f"/ap/c/{post_id}")

    def profile_page(self, username: str) -> Uri:
        """Give the page of an account."""
        return self._uri(f"/@{username}")

    def post_page(self, username: str, post_id: int) -> Uri:
        """Give the page of a post."""
        return self._uri(f"/@{username}/{post_id}")

    def tag_page(self, name: str) -> Uri:
        """Give the page of a hashtag, `name` without `#`."""
        return self._uri(f"/tags/{quote(name, safe='')}")

    def media(self, key: str) -> Uri:
        """Give the address of a stored file."""
        return self._uri(f"/media/{key}")

    @property
    def webfinger_template(self) -> str:
        """Where handles of ours are looked up, `{uri}` standing for the resource (RFC 6415)."""
        return f"{self.base_url}/.well-known/webfinger?resource={{uri}}"

    @property
    def interact_template(self) -> str:
        """Where a visitor brings something to follow or answer from here, `{uri}` standing for its id."""
        return f"{self.base_url}/authorize_interaction?uri={{uri}}"

    def is_local(self, uri: str) -> bool:
        """Say whether a URI is of our origin, however it is spelt."""
        return same_origin(uri, self.base_url)

    def is_own_host(self, uri: str) -> bool:
        """Say whether a URI leads to this server by any of its names: other schemes and ports of it count.

        In development several servers share a host, so there the port tells them apart.
        """
        if not is_http_uri(uri):
            return False
        host, ours = host_of(uri), (self.host, self.account_domain)
        return host in ours or host.partition(":")[0] in ours

    def account_id(self, uri: str) -> int | None:
        """Give the account whose actor this is, or None."""
        return self._number(_ACCOUNT, uri)

    def post_id(self, uri: str) -> int | None:
        """Give the post that this is the id of, or None."""
        return self._number(_POST, uri)

    def activity_id(self, uri: str) -> str | None:
        """Give the name of the activity that this is the id of, or None."""
        found = self._find(_ACTIVITY, uri)
        return found[1] if found else None

    def media_object_id(self, uri: str) -> int | None:
        """Give the uploaded file that this is the id of, or None."""
        return self._number(_MEDIA, uri)

    def username_of_page(self, uri: str) -> str | None:
        """Give the name in the address of a profile page, or None."""
        found = self._find(_PAGE, uri)
        return found[1] if found else None

    def _uri(self, path: str) -> Uri:
        return Uri(self.base_url + path)

    def _find(self, shape: re.Pattern[str], uri: str) -> re.Match[str] | None:
        return shape.fullmatch(uri, len(self.base_url)) if uri.startswith(self.base_url + "/") else None

    def _number(self, shape: re.Pattern[str], uri: str) -> int | None:
        found = self._find(shape, uri)
        return _number(found[1]) if found else None


def _number(digits: str) -> int | None:
    number = int(digits)
    return number if number <= _MAX_ID else None
