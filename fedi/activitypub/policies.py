"""Who may like, answer, boost, quote and remix a post, as its author says (GoToSocial, FEP-044f).

Both spellings are read: `automaticApproval` and `manualApproval`, and GoToSocial's older `always` and
`approvalRequired`; Pixelfed's `capabilities` and `commentsEnabled` count where no policy speaks. Who may have
a model work on the pictures is ours (`canRemix`, federation reference 19.3); where the object asks machines
to keep away (FEP-5e53), nobody may.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Literal, Self

from fedi.activitypub.reader import Reader
from fedi.activitypub.vocabulary import PUBLIC, Json, Uri

Deed = Literal["like", "reply", "announce", "quote", "remix"]
# "unknown": the policy names a collection of which we cannot tell who is in it.
Permission = Literal["automatic", "manual", "denied", "unknown"]

_MAX_NAMED = 100
_NAMES: dict[Deed, str] = {
    "like": "canLike",
    "reply": "canReply",
    "announce": "canAnnounce",
    "quote": "canQuote",
    "remix": "canRemix",
}
# To these nobody has consented who says nothing of them.
_NEED_CONSENT: frozenset[Deed] = frozenset({"quote", "remix"})
_KEEP_AWAY = frozenset({"noai", "noimageai", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A sub-policy: whom it lets in at once and whom the author wants to be asked about."""

    automatic: tuple[Uri, ...] = ()
    manual: tuple[Uri, ...] = ()

    @classmethod
    def from_json(cls, json: Json) -> Self:
        """Read a sub-policy; what is neither an address nor the public collection names nobody."""
        read = Reader(json)
        automatic = read.uris("automaticApproval", limit=_MAX_NAMED)
        manual = read.uris("manualApproval", limit=_MAX_NAMED)
        return cls(
            automatic=automatic or read.uris("always", limit=_MAX_NAMED),
            manual=manual or read.uris("approvalRequired", limit=_MAX_NAMED),
        )

    def to_json(self) -> Json:
        """Write the sub-policy in its newer spelling; an empty list is said too, for it says: nobody."""
        json: Json = {"automaticApproval": list(self.automatic)}
        return json | ({"manualApproval": list(self.manual)} if self.manual else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The sub-policies of a post; None where the author says nothing."""

    like: Rule | None = None
    reply: Rule | None = None
    announce: Rule | None = None
    quote: Rule | None = None
    remix: Rule | None = None

    @classmethod
    def read(cls, read: Reader, author: Uri) -> Self | None:
        """Read what a post says of who may do what with it; None when it says nothing."""
        given = read.object("interactionPolicy") or Reader({})
        rules = {deed: _rule(given, name) for deed, name in _NAMES.items()}
        if _keeps_away(read):
            rules["remix"] = None
        closed = Rule(automatic=(author,))
        for deed in _closed(read):
            rules[deed] = rules[deed] or closed
        return cls(**rules) if any(rules.values()) else None

    @classmethod
    def from_json(cls, json: Json | None) -> Self:
        """Read a policy that was stored as `to_json` writes it."""
        given = Reader(json or {})
        return cls(**{deed: _rule(given, name) for deed, name in _NAMES.items()})

    def to_json(self) -> Json:
        """Write the policy."""
        rules = {field.name: getattr(self, field.name) for field in fields(self)}
        return {_NAMES[deed]: rules[deed].to_json() for deed in _NAMES if rules[deed] is not None}

    def rule(self, deed: Deed) -> Rule | None:
        """Give the sub-policy of a deed, None where the author says nothing of it."""
        found: Rule | None = getattr(self, deed)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands to a post and its author."""

    uri: Uri
    is_author: bool = False
    is_mentioned: bool = False
    follows: bool = False
    is_followed: bool = False


def decide(
    policy: Policy,
    deed: Deed,
    standing: Standing,
    *,
    author: Uri,
    followers: Uri | None,
    following: Uri | None,
) -> Permission:
    """Tell what the author's policy says of somebody's deed; visibility and blocks are judged elsewhere.

    The author always may, who is mentioned may always answer, and the most specific match wins. Without a
    sub-policy all is allowed but quoting and remixing: to these nobody consented (FEP-044f).
    """
    if standing.is_author or (deed == "reply" and standing.is_mentioned):
        return "automatic"
    rule = policy.rule(deed)
    if rule is None:
        return "denied" if deed in _NEED_CONSENT else "automatic"
    for matching in _levels(standing, followers, following):
        if not matching.isdisjoint(rule.automatic):
            return "automatic"
        if not matching.isdisjoint(rule.manual):
            return "manual"
    known = {PUBLIC, author, followers, following}
    return "unknown" if unsupported(rule.automatic, known) or unsupported(rule.manual, known) else "denied"


def unsupported(named: Collection[Uri], known: Collection[Uri | None]) -> bool:
    """Say whether a list names anything else than what is known: a person, or a collection of others."""
    return any(uri not in known for uri in named)


def _levels(standing: Standing, followers: Uri | None, following: Uri | None) -> list[set[Uri]]:
    """Give what stands for somebody in a policy, the most specific first."""
    groups = {followers if standing.follows else None, following if standing.is_followed else None}
    return [{standing.uri}, {uri for uri in groups if uri is not None}, {PUBLIC}]


def _rule(read: Reader, name: str) -> Rule | None:
    # What is ours has no spelling that all servers share: each writes it with a prefix of its own, or none.
    own = next((key for key in read.json if key.endswith(":canRemix")), name) if name == "canRemix" else name
    given = read.object(name) or read.object(own)
    return Rule.from_json(given.json) if given else None


def _keeps_away(read: Reader) -> bool:
    """Say whether the object asks not to be worked on by models (FEP-5e53)."""
    said = [str(each).lower() for each in read.many("xRobotsTag")[:_MAX_NAMED]]
    words = {word.strip() for each in said for word in each.split(",")}
    return not words.isdisjoint(_KEEP_AWAY)


def _closed(read: Reader) -> list[Deed]:
    """Give what Pixelfed says nobody may do: an empty capability, or comments switched off."""
    capabilities = read.object("capabilities") or Reader({})
    names: tuple[Deed, ...] = ("like", "reply", "announce")
    # Pixelfed writes an empty list as the text "[]".
    closed: list[Deed] = [
        deed for deed in names if deed in capabilities.json and capabilities.one(deed) in (None, "[]")
    ]
    return [*closed, "reply"] if read.flag("commentsEnabled") is False else closed
