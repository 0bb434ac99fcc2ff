"""What an entity of the API holds: the tables (entities.json), and where our measure differs, and why."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "entities.json"
_STEP = re.compile(r"\[([^\[\]]*)\]|([^\[\].]+)")

# An entity that has all of another's fields and more.
PARENTS = {
    "CredentialAccount": "Account",
    "MutedAccount": "Account",
    "Trends::Link": "PreviewCard",
    "CredentialApplication": "Application",
}

# Where the tables say other than Mastodon answers, or than a strict app reads: (entity, field) → facts, why.
CORRECTIONS: dict[tuple[str, str], tuple[list[object], str]] = {
    ("WebPushSubscription", "id"): (
        ["Integer", "", "2.4.0"],
        "a number on Mastodon's wire; Ice Cubes needs it",
    ),
    ("CustomEmoji", "category"): (["String", "null opt", "3.0.0"], "left out or null when there is none"),
    ("PreviewCard", "published_at"): (["String (Datetime)", "null", "4.2.0"], "so in the serialiser"),
    ("PreviewCardAuthor", "account"): (["Account", "null", "4.3.0"], "null for an author unknown here"),
    ("CredentialAccount", "source[language]"): (["String (lang)", "null", "2.4.2"], "null: none chosen"),
    ("Status", "text"): (["String", "null opt", "2.9.0"], "only in the answer to a deletion"),
    ("NotificationGroup", "report"): (["Report", "opt", "4.3.0"], "the table joins six fields"),
    ("NotificationGroup", "event"): (["RelationshipSeveranceEvent", "opt", "4.3.0"], "the same"),
    ("NotificationGroup", "moderation_warning"): (["AccountWarning", "opt", "4.3.0"], "the same"),
    ("NotificationGroup", "annual_report"): (["Hash", "opt", "4.3.0"], "the same"),
    ("NotificationGroup", "collection"): (["Collection", "opt", "4.6.0"], "the same"),
    ("NotificationGroup", "fallback"): (["NotificationFallback", "opt", "4.6.0"], "the same"),
    ("ScheduledStatus", "params[poll][expires_in]"): (["Integer", "null", "2.8.0"], "a draft may not say"),
    ("Announcement", "read"): (["Boolean", "opt", "3.1.0"], "only with a person"),
}

# What Mastodon's serialisers write and its documentation does not name.
UNDOCUMENTED: dict[str, dict[str, list[object]]] = {
    "Account": {
        "email_subscriptions": ["Boolean", "opt", "4.6.0"],
        "invalid_handle": ["Boolean", "opt", "4.6.0"],
    },
    "MediaAttachment": {
        "preview_remote_url": ["String (URL)", "null opt", "0.6.0"],
        "meta[original]": ["Hash", "opt", "1.5.0"],
        "meta[small]": ["Hash", "opt", "1.5.0"],
        "meta[length]": ["String", "opt", "1.5.0"],
        "meta[duration]": ["Float", "opt", "1.5.0"],
        "meta[fps]": ["Integer", "opt", "1.5.0"],
        "meta[size]": ["String", "opt", "1.5.0"],
        "meta[width]": ["Integer", "opt", "1.5.0"],
        "meta[height]": ["Integer", "opt", "1.5.0"],
        "meta[aspect]": ["Float", "opt", "1.5.0"],
    },
    "Notification": {"filtered": ["Boolean", "opt", "4.3.0"]},
    "NotificationPolicy": {"for_bots": ["String", "opt", "4.6.0", ["accept", "filter", "drop"]]},
    "Search": {"collections": ["Array of Collection", "opt", "4.6.0"]},
    "CustomEmoji": {"featured": ["Boolean", "opt", "4.7.0"]},
    "Preferences": {"posting:default:quote_policy": ["String", "opt", "4.5.0"]},
    "PreviewCard": {
        "image_description": ["String", "opt", "4.2.0"],
        "language": ["String (lang)", "null opt", "4.2.0"],
    },
    "WebPushSubscription": {
        "policy": ["String", "opt", "4.0.0", ["all", "followed", "follower", "none"]],
        "alerts[quote]": ["Boolean", "opt", "4.5.0"],
        "alerts[quoted_update]": ["Boolean", "opt", "4.5.0"],
    },
    "Token": {"me": ["String (URL)", "opt", "Akkoma"]},
    "DomainBlockPreview": {
        "following_count": ["Integer", "", "4.4.0"],
        "followers_count": ["Integer", "", "4.4.0"],
    },
    "Language": {"code": ["String", "", "4.2.0"], "name": ["String", "", "4.2.0"]},
    "Week": {
        "week": ["String (UNIX timestamp)", "", "2.1.2"],
        "statuses": ["String (cast from an integer)", "", "2.1.2"],
        "logins": ["String (cast from an integer)", "", "2.1.2"],
        "registrations": ["String (cast from an integer)", "", "2.1.2"],
    },
    "Nothing": {},
    "Count": {"count": ["Integer", "", "4.3.0"]},
    "Merged": {"merged": ["Boolean", "", "4.3.0"]},
    "Markers": {"home": ["Marker", "opt", "3.0.0"], "notifications": ["Marker", "opt", "3.0.0"]},
    "Refresh": {"async_refresh": ["AsyncRefresh", "", "4.4.0"]},
    "State": {"state": ["String", "", "4.6.0", ["available", "generating", "eligible", "ineligible"]]},
    "Claims": {
        "iss": ["String (URL)", "", "4.4.0"],
        "sub": ["String (URL)", "", "4.4.0"],
        "name": ["String", "", "4.4.0"],
        "preferred_username": ["String", "", "4.4.0"],
        "profile": ["String (URL)", "", "4.4.0"],
        "picture": ["String (URL)", "", "4.4.0"],
    },
}

# What ours add, each as somebody else spells it or under our name: entity → field → who reads it.
EXTENSIONS: dict[str, dict[str, str]] = {
    "Account": {"fedi": "labels of the pictures (docs/api.md)"},
    "MediaAttachment": {"fedi": "label of the picture (docs/api.md)"},
    "Status": {
        "local_only": "GoToSocial, glitch-soc",
        "content_type": "GoToSocial, glitch-soc",
        "emoji_reactions": "Akkoma, Hollo",
        "fedi": "ours: what its viewer wants of model-made pictures (docs/api.md)",
        "remix_approval": "ours: who may restyle its pictures (docs/api.md)",
        "remix_of": "ours: what it was made from (docs/api.md)",
        "remixes_count": "ours (docs/api.md)",
        "pleroma": "Pleroma, Akkoma",
    },
    "CredentialAccount": {
        "source[remix_policy]": "ours: who may restyle one's pictures (docs/api.md)",
        "source[in_gallery]": "ours: whether one's labelled pictures hang in the gallery",
    },
    "Preferences": {
        "posting:default:remix_policy": "ours: the same",
        "posting:default:model_tag": "ours: the hashtag of model-made pictures (docs/api.md)",
        "reading:model_media": "ours: what is shown of them (docs/api.md)",
    },
    "Filter": {"fedi": "ours: whether it catches model-made pictures (docs/api.md)"},
    "StatusSource": {"content_type": "glitch-soc"},
    "ScheduledStatus": {
        "error": "ours: why it could not be posted in its time",
        "params[quoted_status_id]": "Mastodon 4.5",
        "params[quote_approval_policy]": "Mastodon 4.5",
        "params[local_only]": "the parameter of the post",
        "params[content_type]": "the parameter of the post",
        "params[remix_policy]": "the parameter of the post",
        "params[licence]": "the parameter of the post",
        "params[model_tag]": "the parameter of the post",
        "params[fedi_visibility]": "ours: mutuals, beyond the four words",
    },
    "V1::Instance": {
        "max_toot_chars": "Pleroma, glitch-soc",
        **dict.fromkeys(
            (
                "accounts[max_pinned_statuses]",
                "accounts[max_display_name_length]",
                "accounts[max_note_length]",
                "accounts[max_avatar_description_length]",
                "accounts[max_header_description_length]",
                "accounts[max_profile_fields]",
                "accounts[profile_field_name_limit]",
                "accounts[profile_field_value_limit]",
                "media_attachments[description_limit]",
            ),
            "the same configuration as in version 2",
        ),
    },
    "Instance": {"api_versions[fedi]": "our extensions"},
}

# Addresses that Mastodon gives as "" when there is none.
MAY_BE_EMPTY = {
    ("PreviewCard", "author_url"),
    ("PreviewCard", "provider_url"),
    ("PreviewCard", "embed_url"),
    ("PreviewCardAuthor", "url"),
    ("Trends::Link", "author_url"),
    ("Trends::Link", "provider_url"),
    ("Trends::Link", "embed_url"),
}
# Ids that are no rows: -99 is everybody's role on Mastodon, and a hashtag that nobody used has no row.
NO_ROW_IDS = {
    ("CredentialApplication", "client_id"),
    ("Role", "id"),
    ("Tag", "id"),
}


@dataclass(slots=True)
class Fact:
    """What the table says of one field; `children` are the fields of a hash."""

    kind: str
    null: bool = False
    optional: bool = False
    since: str = ""
    values: tuple[str, ...] = ()
    children: "dict[str, Fact]" = field(default_factory=dict)


@cache
def entities() -> dict[str, dict[str, Fact]]:
    """Give every entity by its name, corrected, with the fields of its parent."""
    raw: dict[str, dict[str, list[object]]] = json.loads(_FILE.read_text())
    for (entity, name), (facts, _) in CORRECTIONS.items():
        raw[entity][name] = facts
    for entity, more in UNDOCUMENTED.items():
        raw.setdefault(entity, {}).update(more)
    raw["NotificationGroup"]["type"] = raw["Notification"]["type"]
    found = {entity: _tree(fields) for entity, fields in raw.items()}
    for entity, parent in PARENTS.items():
        found[entity] = {**found[parent], **found[entity]}
    return found


def extensions_of(entity: str) -> set[str]:
    """Give the names of what ours add to an entity."""
    mine = set(EXTENSIONS.get(entity, {}))
    return mine | (extensions_of(PARENTS[entity]) if entity in PARENTS else set())


def steps(name: str) -> list[str]:
    """Take `source[note]`, `poll.options[].title` and the like apart into names."""
    plain = re.sub(r"\[(\w+)\[\]\]", r"[\1]", name)
    return [inside or outside for inside, outside in _STEP.findall(plain) if inside or outside]


def _tree(fields: dict[str, list[object]]) -> dict[str, Fact]:
    top: dict[str, Fact] = {}
    for name, facts in fields.items():
        flags = str(facts[1]).split()
        if "removed" in flags:
            continue
        below = top
        *path, last = steps(name)
        for step in path:
            below = below.setdefault(step, Fact("Hash")).children
        values = facts[3] if len(facts) > 3 else ()
        assert isinstance(values, list | tuple)
        known = below.get(last)
        below[last] = Fact(
            kind=str(facts[0]),
            null="null" in flags,
            # The deprecated may go one day, but not while an app reads it.
            optional="opt" in flags,
            since=str(facts[2]),
            values=tuple(str(value) for value in values),
            children=known.children if known else {},
        )
    return top
