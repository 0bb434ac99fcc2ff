"""Every struct that the API answers with has the fields of its table, no others, of fitting types."""

import importlib
import pkgutil
import types
from typing import Any, Union, get_args, get_origin

import msgspec
import pytest

from fedi.mastodon import entities as package
from tests.conformance.facts import Fact, entities, extensions_of

MODULES = [
    importlib.import_module(f"{package.__name__}.{each.name}")
    for each in pkgutil.iter_modules(package.__path__)
]
STRUCTS = {
    name: each
    for module in MODULES
    for name, each in vars(module).items()
    if isinstance(each, type) and issubclass(each, msgspec.Struct) and each.__module__ == module.__name__
}

# Where a struct is not called what the table calls it.
NAMES = {
    "StatusMention": "Status::Mention",
    "StatusTag": "Status::Tag",
    "PollOption": "Poll::Option",
    "V1Instance": "V1::Instance",
    "FilterV1": "V1::Filter",
    "TrendsLink": "Trends::Link",
    "GroupedNotifications": "GroupedNotificationsResults",
    "NotificationPolicyV1": "V1::NotificationPolicy",
    "TranslatedPoll": "Translation::Poll",
    "TranslatedOption": "Translation::Poll::Option",
    "TranslatedAttachment": "Translation::Attachment",
}
# Structs that stand inside another one as a plain hash: struct → entity and field.
HASHES = {
    "Source": ("CredentialAccount", "source"),
    "StatusApplication": ("Status", "application"),
    "Meta": ("MediaAttachment", "meta"),
    "Focus": ("MediaAttachment", "meta", "focus"),
    "PolicySummary": ("NotificationPolicy", "summary"),
    "Params": ("ScheduledStatus", "params"),
    "PollParams": ("ScheduledStatus", "params", "poll"),
    "EditPoll": ("StatusEdit", "poll"),
    "EditOption": ("StatusEdit", "poll", "options"),
}
# Structs that no table describes, and what they are.
WITHOUT_TABLE = {
    "AccountLabels": "ours, inside Account.fedi",
    "MediaLabel": "ours, inside MediaAttachment.fedi",
    "Size": "inside MediaAttachment.meta, whose keys depend on the kind of file",
    "Draft": "ours, /api/fedi/v1",
    "StyleControls": "ours, /api/fedi/v1",
    "StylePreview": "ours, /api/fedi/v1",
    "Style": "ours, /api/fedi/v1",
    "Artwork": "ours, /api/fedi/v1",
    "ArtPrompt": "ours, /api/fedi/v1",
    "Batch": "ours, /api/fedi/v1",
    "StyleRun": "ours, /api/fedi/v1",
    "Remix": "ours, /api/fedi/v1",
    "RemixOf": "ours, inside Status.remix_of",
    "StatusExtras": "ours, inside Status.fedi",
    "FilterExtras": "ours, inside Filter.fedi",
    "EmojiReaction": "Akkoma's, Status.emoji_reactions",
    "PleromaStatus": "Pleroma's, Status.pleroma",
    "FilterInResult": "a Filter without its keywords and posts",
}
# Fields of the tables that a struct does not have, and why: an app must live without them.
LEFT_OUT = {
    ("PreviewCard", "missing_attribution"): "4.6; says that the site does not name its author back",
    ("Account", "email_subscriptions"): "subscriptions by e-mail are not offered; no mail is sent",
    ("Account", "invalid_handle"): "4.6; an account whose handle is not valid is never stored here",
    ("CustomEmoji", "featured"): "4.7, not out yet",
    ("Notification", "event"): "severed relationships are not told yet",
    ("Notification", "moderation_warning"): "a moderator's warnings are not told yet",
    ("Notification", "collection"): "4.6; there are no collections",
    ("NotificationGroup", "event"): "as in Notification",
    ("NotificationGroup", "moderation_warning"): "as in Notification",
    ("NotificationGroup", "annual_report"): "there are no reviews of years",
    ("NotificationGroup", "collection"): "as in Notification",
    ("Token", "me"): "Akkoma's",
}
# Types that a table names otherwise than our struct.
FITTING = {
    "FilterInResult": {"Filter"},
}


def table_of(name: str) -> dict[str, Fact] | None:
    if name in HASHES:
        entity, *path = HASHES[name]
        found = entities()[entity]
        for step in path:
            found = found[step].children
        return found
    return entities().get(NAMES.get(name, name))


def taken_apart(kind: Any) -> tuple[set[Any], bool, bool]:
    """Give the types of a field without null and unset, whether it may be null, and be left out."""
    several = set(get_args(kind)) if get_origin(kind) in (Union, types.UnionType) else {kind}
    return several - {type(None), msgspec.UnsetType}, type(None) in several, msgspec.UnsetType in several


def fits(kind: Any, fact: Fact, word: str) -> bool:
    if kind is Any:
        return True
    if get_origin(kind) is list:
        return word.startswith("Array of ") and fits(get_args(kind)[0], fact, word.removeprefix("Array of "))
    if get_origin(kind) is dict:
        return word == "Hash"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        name = kind.__name__
        words = {part for each in word.split(", ") for part in each.split(" or ")}
        return word == "Hash" or NAMES.get(name, name) in words or bool(FITTING.get(name, set()) & words)
    if kind is str:
        return word.startswith(("String", "enum"))
    if kind is bool:
        return word == "Boolean"
    if kind is float:
        return word in ("Float", "Number")
    return kind is int and word.lower().startswith(("integer", "number"))


def test_every_struct_has_a_table_or_says_why_not():
    assert {name for name in STRUCTS if table_of(name) is None} == set(WITHOUT_TABLE)


@pytest.mark.parametrize("name", sorted(name for name in STRUCTS if table_of(name) is not None))
def test_a_struct_is_what_its_table_says(name):
    table, entity = table_of(name), NAMES.get(name, name)
    mine = {each.encode_name: each.type for each in msgspec.structs.fields(STRUCTS[name])}
    wrong = [
        f"{field} is in no table"
        for field in mine
        if field not in table and field not in extensions_of(entity) and not is_extension(name, field)
    ]
    for field, fact in table.items():
        if field not in mine:
            excused = any((each, field) in LEFT_OUT for each in (entity, *parents(entity)))
            wrong += [] if excused else [f"{field} is missing"]
            continue
        kinds, null, unset = taken_apart(mine[field])
        wrong += [f"{field}: {kind} is no {fact.kind}" for kind in kinds if not fits(kind, fact, fact.kind)]
        if null and not fact.null:
            wrong.append(f"{field} may not be null")
        if unset and not fact.optional:
            wrong.append(f"{field} may not be left out")

    assert wrong == []


def is_extension(name, field):
    entity, *path = HASHES.get(name, (name,))
    return bool(path) and f"{path[-1]}[{field}]" in extensions_of(entity)


def parents(entity):
    from tests.conformance.facts import PARENTS

    return (PARENTS[entity], *parents(PARENTS[entity])) if entity in PARENTS else ()


def test_what_is_left_out_is_left_out():
    here = {
        (entity, field)
        for entity, field in LEFT_OUT
        for name in STRUCTS
        if NAMES.get(name, name) == entity
        and field in {each.encode_name for each in msgspec.structs.fields(STRUCTS[name])}
    }

    assert here == set()
    assert [key for key in LEFT_OUT if key[1] not in entities()[key[0]]] == []
