"""Six cases of every route, with real ids: nobody, a wrong scope, not there, not yours, happy, and pages."""

import re

import pytest

from fedi.mastodon.auth import Access
from fedi.mastodon.routes import TABLE
from tests.actions import small_style
from tests.conformance.calls import CALLS, STREAMS, Ask
from tests.conformance.make import unnamed
from tests.conformance.world import ABSENT, Names, make_world
from tests.mastodon.pictures import png

pytestmark = pytest.mark.anyio

ORDER = ["GET", "POST", "PUT", "(late POST)", "PATCH", "DELETE"]
LATE = ("/clear", "/dismiss", "/reject", "/unfollow", "/publish", "/revoke", "destroy_multiple", "/accept")


@pytest.fixture
async def world(server, sign_in):
    small_style.install(server)
    made = await make_world(server, sign_in)
    run = await made.alice.post(
        "/api/fedi/v1/styles/negative/runs", json={"media_id": made.names["attached"]}
    )
    made.names["run"] = run.json().get("id", ABSENT)
    batch = await made.alice.post(
        "/api/fedi/v1/batches", json={"media_ids": [made.names["attached"]], "style": "negative"}
    )
    made.names["batch"] = batch.json().get("id", ABSENT)
    return made


def entries():
    return sorted((each for each in TABLE if not each.path.startswith(STREAMS)), key=rank)


def rank(entry):
    """What reads comes first, what takes away last, and of that the inner parts before the whole."""
    if entry.method == "POST" and any(word in entry.path for word in LATE):
        return 3, 0
    return ORDER.index(entry.method), -len(entry.path) if entry.method == "DELETE" else 0


def ask_of(entry):
    ask = CALLS.get(unnamed(entry.method, entry.path), Ask())
    default = "{bob}" if "/accounts/" in entry.path else "{bobs_post}"
    return ask, ask.path or re.sub(r"{[^}]*}", default, entry.path)


def filled(value, names):
    if isinstance(value, str):
        return value.format_map(names)
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    return {key: filled(each, names) for key, each in value.items()} if isinstance(value, dict) else value


async def sent(client, entry, names):
    ask, path = ask_of(entry)
    more = {"json": filled(ask.json, names)} if ask.json is not None else {}
    if ask.parts:
        more = {"files": {name: ("a.png", png(), "image/png") for name in ask.parts}}
    return await client.request(entry.method, filled(path, names), **more)


async def statuses(client, some, names):
    """Ask each and give what answered what; an answer that would break an app is there in words."""
    found = {}
    for entry in some:
        try:
            answer = await sent(client, entry, names)
        except AssertionError as error:
            found[f"{entry.method} {entry.path}"] = str(error)[:600]
            continue
        found[f"{entry.method} {entry.path}"] = answer.status_code
    return found


def lines(wrong):
    return "\n" + "\n".join(f"{key}: {got}" for key, got in wrong.items())


def test_every_line_of_calls_is_a_route():
    known = {unnamed(entry.method, entry.path) for entry in TABLE}

    assert [key for key in CALLS if key not in known] == []
    assert [key for key, ask in CALLS.items() if (ask.status >= 400) != bool(ask.reason)] == []


async def test_every_route_answers_happily(world):
    clients = {"alice": world.alice, "nobody": world.nobody, "app": world.app}
    wrong = dict.fromkeys(world.refused, "while the world was made")
    # What clears all comes last.
    for entry in sorted(entries(), key=lambda each: each.path.endswith(("/clear", "/destroy_multiple"))):
        ask, _ = ask_of(entry)
        try:
            answer = await sent(clients[ask.who], entry, world.names)
        except AssertionError as error:
            wrong[f"{entry.method} {entry.path}"] = str(error)[:600]
            continue
        if answer.status_code != ask.status:
            wrong[f"{entry.method} {entry.path}"] = f"{answer.status_code} {answer.text[:200]}"

    assert not wrong, lines(wrong)


async def test_nobody_gets_in_by_real_names(world):
    some = [each for each in entries() if each.access in (Access.PERSON, Access.APP)]

    found = await statuses(world.nobody, some, world.names)

    assert not (wrong := {key: got for key, got in found.items() if got != 401}), lines(wrong)


async def test_a_wrong_scope_opens_nothing_by_real_names(world):
    some = [each for each in entries() if each.scopes and each.access is not Access.OPEN]

    found = await statuses(world.narrow, some, world.names)

    assert not (wrong := {key: got for key, got in found.items() if got != 403}), lines(wrong)


async def test_what_is_not_there_is_not_found(world):
    some = [
        each
        for each in entries()
        if "{" in each.path and ask_of(each)[0].absent and ask_of(each)[0].who == "alice"
    ]
    nothing = Names(group_key=f"ungrouped-{ABSENT}")

    found = await statuses(world.alice, some, nothing)

    assert not (wrong := {key: got for key, got in found.items() if got != 404}), lines(wrong)


async def test_what_is_somebody_elses_is_not_found(world):
    some = [each for each in entries() if ask_of(each)[0].mine]

    found = await statuses(world.bob, some, world.names)

    assert not (wrong := {key: got for key, got in found.items() if got != 404}), lines(wrong)
