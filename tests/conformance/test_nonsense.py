"""Nonsense in every parameter of every route: a clear refusal or an answer, never a fault of ours."""

import random
import re

import pytest

from fedi.mastodon.routes import TABLE
from tests.actions import small_style
from tests.conformance.calls import STREAMS
from tests.conformance.make import unnamed
from tests.conformance.test_routes import ask_of, filled
from tests.conformance.world import make_world

pytestmark = pytest.mark.anyio

NONSENSE = [
    *(
        "",
        " ",
        "0",
        "-1",
        "x",
        "null",
        "\0",
        "\ud7ff",
        "9" * 40,
        "1e400",
        "NaN",
        "a" * 30_000,
        "🔥",
        "%00",
        "../..",
    ),
    *(0, -1, 2**63, 2**70, 1.5, True, False, [], {}, [[]], [None], [{}], {"a": {"b": ["c"]}}, ["1", 1, None]),
]
# Words that many routes read.
COMMON = ("id", "limit", "offset", "max_id", "min_id", "since_id", "q", "type", "types", "expires_in")
MORE = {
    "POST /api/v1/statuses": (
        "media_ids poll in_reply_to_id sensitive spoiler_text visibility language scheduled_at "
        "quoted_status_id quote_approval_policy content_type local_only allowed_mentions"
    ),
    "PUT /api/v1/statuses/{}": "media_ids media_attributes poll sensitive spoiler_text language",
    "PATCH /api/v1/accounts/update_credentials": (
        "note avatar header locked bot discoverable indexable hide_collections fields_attributes source "
        "attribution_domains"
    ),
    "PUT /api/v1/profile": "note fields_attributes locked attribution_domains avatar",
    "POST /api/v1/accounts/{}/follow": "reblogs notify languages",
    "POST /api/v1/accounts/{}/mute": "duration notifications",
    "POST /api/v1/reports": "status_ids rule_ids category comment forward forward_to_domains",
    "POST /api/v2/filters": "expires_in keywords_attributes context filter_action",
    "PUT /api/v2/filters/{}": "expires_in keywords_attributes context filter_action",
    "POST /api/v1/filters": "expires_in irreversible whole_word",
    "POST /api/v1/lists": "replies_policy exclusive",
    "POST /api/v1/markers": "home notifications",
    "POST /api/v1/push/subscription": "subscription data standard",
    "PUT /api/v1/media/{}": "focus thumbnail",
    "POST /api/v2/media": "focus thumbnail description file",
    "GET /api/v2/search": "resolve following account_id exclude_unreviewed",
    "GET /api/v1/timelines/tag/{}": "any all none local remote only_media",
    "GET /api/v1/timelines/public": "local remote only_media",
    "GET /api/v1/accounts/{}/statuses": "pinned only_media exclude_replies exclude_reblogs tagged",
    "GET /api/v2/notifications": "grouped_types expand_accounts exclude_types account_id include_filtered",
    "GET /api/v1/notifications": "exclude_types account_id include_filtered supported_types",
    "POST /api/v1/apps": "client_name redirect_uris scopes website",
    "POST /oauth/token": "code code_verifier redirect_uri scope",
}


async def test_nonsense_is_refused_or_answered(server, sign_in):
    small_style.install(server)
    world = await make_world(server, sign_in)
    dice = random.Random(4)
    broken = []
    for entry in TABLE:
        if entry.path.startswith(STREAMS):
            continue
        key = unnamed(entry.method, entry.path)
        ask, path = ask_of(entry)
        good = filled(ask.json or {}, world.names)
        names = [*good, *MORE.get(key, "").split(), *dice.sample(COMMON, 2)]
        for name in names:
            value = dice.choice(NONSENSE)
            broken += await tried(world.alice, entry.method, filled(path, world.names), {**good, name: value})
    assert not broken, "\n".join(broken)


async def test_what_a_path_names_may_be_long(server, sign_in):
    world = await make_world(server, sign_in)
    broken = []
    for entry in TABLE:
        names = re.findall(r"{(?!id}|quoting_id})\w+}", entry.path)
        if not names or entry.path.startswith(STREAMS):
            continue
        path = filled(ask_of(entry)[1], world.names).split("/")
        place = entry.path.split("/").index(names[0])
        for long in ("a" * 300, "\u200d".join("🔥" * 150)):
            asked = "/".join([*path[:place], long, *path[place + 1 :]])
            broken += await tried(world.alice, entry.method, asked, {})
    assert not broken, "\n".join(broken)


async def tried(client, method, path, values):
    """Send values as JSON, or in the query; give what is wrong with the answer."""
    plain = {k: v for k, v in values.items() if isinstance(v, str | int | float)}
    path = path.partition("?")[0] if method == "GET" and plain else path
    more = {"params": plain} if method == "GET" else {"json": values}
    short = f"{method} {path} {str(values)[:160]}"
    try:
        answer = await client.request(method, path, **more)
    except Exception as error:  # noqa: BLE001  whatever it is, it is told
        return [f"{short}: {error!r}"[:700]]
    return [f"{short}: {answer.status_code}"] if answer.status_code >= 500 else []


def test_every_line_of_more_is_a_route():
    assert set(MORE) <= {unnamed(entry.method, entry.path) for entry in TABLE}
