"""The words of the wire: media types, the public collection, types and contexts (ActivityStreams 2.0)."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NewType, TypeAlias

Uri = NewType("Uri", str)
Json: TypeAlias = dict[str, Any]

AS2: Final = "https://www.w3.org/ns/activitystreams"
AS2_PROFILE: Final = AS2
ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON: Final = "application/ld+json"
LD_JSON_AS2: Final = f'{LD_JSON}; profile="{AS2_PROFILE}"'
ACTIVITY_CONTENT_TYPE: Final = f"{ACTIVITY_JSON}; charset=utf-8"
ACTIVITY_ACCEPT: Final = f"{ACTIVITY_JSON}, {LD_JSON_AS2}"

PUBLIC: Final = Uri(f"{AS2}#Public")
PUBLIC_ALIASES: Final = frozenset({PUBLIC, "as:Public", "Public"})

# What a server can say that it implements (FEP-844e): what changes how others speak to it.
RFC_9421: Final = Uri("https://datatracker.ietf.org/doc/html/rfc9421")
REACTIONS: Final = Uri("https://w3id.org/fep/c0e0")
CAPABILITIES: Final = MappingProxyType(
    {RFC_9421: "RFC-9421: HTTP Message Signatures", REACTIONS: "FEP-c0e0: Emoji reactions"}
)

ACTOR_TYPES: Final = frozenset({"Person", "Service", "Group", "Organization", "Application"})
NOTE_TYPES: Final = frozenset({"Note", "Question", "Article", "Page", "Image", "Video", "Audio", "Event"})
DIGITAL_SOURCE_TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"

_FOCAL_POINT = {"@id": "toot:focalPoint", "@container": "@list"}
_DIGITAL_SOURCE_TYPE = {"@id": "http://schema.org/digitalSourceType", "@type": "@id"}

ACTOR_CONTEXT: Final = (
    AS2,
    "https://w3id.org/security/v1",
    "https://www.w3.org/ns/cid/v1",
    "https://purl.archive.org/socialweb/webfinger",
    MappingProxyType(
        {
            "toot": "http://joinmastodon.org/ns#",
            # Mastodon's spelling; schema.org's own ends in a slash, but PropertyValue is known by this one.
            "schema": "http://schema.org#",
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "memorial": "toot:memorial",
            "suspended": "toot:suspended",
            "attributionDomains": {"@id": "toot:attributionDomains", "@container": "@set"},
            "implements": {
                "@id": "https://w3id.org/fep/844e/implements",
                "@type": "@id",
                "@container": "@list",
            },
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "Emoji": "toot:Emoji",
            "digitalSourceType": _DIGITAL_SOURCE_TYPE,
        }
    ),
)

NOTE_TERMS: Final = MappingProxyType(
    {
        "toot": "http://joinmastodon.org/ns#",
        "gts": "https://gotosocial.org/ns#",
        "ostatus": "http://ostatus.org#",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "Emoji": "toot:Emoji",
        "blurhash": "toot:blurhash",
        "votersCount": "toot:votersCount",
        "focalPoint": _FOCAL_POINT,
        "conversation": "ostatus:conversation",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
    }
)

# FEP-044f, and how Fedibird, Misskey and others have written quotes before it.
QUOTE_TERMS: Final = MappingProxyType(
    {
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
        "quoteUri": "http://fedibird.com/ns#quoteUri",
        "quoteUrl": "as:quoteUrl",
        "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
    }
)
QUOTE_REQUEST_TERMS: Final = MappingProxyType({"QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest"})
QUOTE_STAMP_TERMS: Final = MappingProxyType(
    {
        "gts": "https://gotosocial.org/ns#",
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    }
)

_IS_BASED_ON = {"@id": "http://schema.org/isBasedOn", "@type": "@id"}
_LICENCE = {"@id": "http://schema.org/license", "@type": "@id"}

REACTION_TERMS: Final = MappingProxyType(
    {
        "litepub": "http://litepub.social/ns#",
        "toot": "http://joinmastodon.org/ns#",
        "EmojiReact": "litepub:EmojiReact",
        "Emoji": "toot:Emoji",
    }
)

_MAX_HEADER_CHARACTERS = 2000
_RANGE = re.compile(r'\s*([^\s;,"]+)((?:\s*;\s*[^\s=;,"]+\s*=\s*(?:"[^"]*"|[^\s;,"]*))*)\s*(?:,|\Z)')
_PARAMETER = re.compile(r';\s*([^\s=;,"]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]*))')


def actor_context(namespace: str | None = None) -> list[object]:
    """Give the `@context` of an actor; with `namespace`, also the terms of what names a model."""
    terms = _model_terms(namespace) if namespace is not None else {}
    return [part | terms if isinstance(part, MappingProxyType) else part for part in ACTOR_CONTEXT]


def note_context(
    namespace: str | None = None, *, quotes: bool = False, more: Mapping[str, object] | None = None
) -> list[object]:
    """Give the `@context` of a note; with `namespace`, also the terms of labelled AI pictures, and `more`."""
    terms: Json = dict(NOTE_TERMS) | (dict(QUOTE_TERMS) if quotes else {})
    if namespace is not None:
        terms |= {"digitalSourceType": dict(_DIGITAL_SOURCE_TYPE), **_model_terms(namespace)}
    return [AS2, terms | dict(more or {})]


def remix_terms(uri: str) -> Json:
    """Give the terms of a note of ours with the id `uri` that is a remix, or that may be made one of."""
    return {
        **_own(uri),
        "isBasedOn": dict(_IS_BASED_ON),
        **{name: {"@id": f"fedi:{name}", "@type": "@id"} for name in ("remixAuthorization", "canRemix")},
    }


def licence_terms() -> Json:
    """Give the terms of a note whose pictures have a licence."""
    return {"license": dict(_LICENCE)}


def source_terms() -> Json:
    """Give the terms of a note whose pictures say what they were made from."""
    return {"isBasedOn": dict(_IS_BASED_ON)}


def remix_request_terms(uri: str) -> Json:
    """Give the terms of a RemixRequest by an actor of ours with the id `uri`."""
    return {**_own(uri), "RemixRequest": "fedi:RemixRequest"}


def remix_stamp_terms(uri: str) -> Json:
    """Give the terms of a RemixAuthorization of ours with the id `uri`."""
    shared = {name: term for name, term in QUOTE_STAMP_TERMS.items() if name != "QuoteAuthorization"}
    return {**shared, **_own(uri), "RemixAuthorization": "fedi:RemixAuthorization"}


def namespace_of(uri: str) -> str:
    """Give the namespace that the server of an http URI of ours has for its own terms."""
    scheme, rest = uri.split("://", 1)
    return f"{scheme}://{re.split('[/?#]', rest)[0]}/ns#"


def is_activity_type(content_type: str) -> bool:
    """Say whether a Content-Type is one of ActivityPub's two (ActivityPub 3.2); plain JSON is not.

    Mastodon and we refuse others, so that an uploaded file cannot pass for an actor (CVE-2024-25623).
    """
    ranges = list(_ranges(content_type))
    return len(ranges) == 1 and _is_activity(*ranges[0])


def wants_activity(accept: str) -> bool:
    """Say whether an Accept header prefers ActivityPub (or JSON, as Mastodon reads it) to a page.

    The greater quality wins, of equals the first named. Wildcards and an empty header ask for a page.
    """
    activity, page = (0.0, 0), (0.0, 0)
    for place, (name, parameters) in enumerate(_ranges(accept)):
        rank = (_quality(parameters), -place)
        if name in {ACTIVITY_JSON, LD_JSON, "application/json"}:
            activity = max(activity, rank)
        elif name in {"text/html", "application/xhtml+xml"}:
            page = max(page, rank)
    return activity[0] > 0 and activity > page


def _own(uri: str) -> Json:
    return {"fedi": namespace_of(uri)}


def _model_terms(namespace: str) -> Json:
    return {"fedi": namespace, "aiSystem": "fedi:aiSystem"}


def _ranges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    header, position = header[:_MAX_HEADER_CHARACTERS], 0
    while position < len(header):
        if (found := _RANGE.match(header, position)) is None:
            yield "", {}
            return
        pairs = _PARAMETER.finditer(found[2])
        yield found[1].lower(), {pair[1].lower(): pair[2] or pair[3] or "" for pair in pairs}
        position = found.end()


def _is_activity(name: str, parameters: dict[str, str]) -> bool:
    return name == ACTIVITY_JSON or (name == LD_JSON and AS2_PROFILE in parameters.get("profile", "").split())


def _quality(parameters: dict[str, str]) -> float:
    digits = re.fullmatch(r"[01](?:\.[0-9]{0,3})?", parameters.get("q", "1"))
    return float(digits[0]) if digits else 0.0
