"""Whatever a client writes into the query, the body or the path: a clean answer, never an error of ours.

The router is asked as an ASGI application, so that an exception of ours would reach the test as itself.
"""

import json
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fedi.mastodon.routes import TABLE

pytestmark = pytest.mark.anyio

FORM = "application/x-www-form-urlencoded"
# The same examples each time: what fails here fails everywhere.
steady = settings(
    max_examples=120,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)

# Open streams do not end by themselves.
ASKED = [entry for entry in TABLE if "/streaming" not in entry.path]
WORDS = """
acct action alerts avatar bio body choices client_name comment content context data description
display_name expires_at expires_in fields_attributes file focus forward hide home id ids in in_reply_to_id
keywords_attributes keyword language limit list locale max_id media_attributes media_ids min_id name note
notifications offset options phrase poll policy privacy q quote_id redirect_uris reblogs replies_policy
scheduled_at scope scopes since_id source spoiler_text status status_ids subscription text title token type
types username visibility whole_word
"""
ODD_TEXTS = [
    "",
    "\0",
    "a\0b",
    "\U0010ffff",
    "\u202e",
    "-1",
    "0",
    "1e999",
    "9" * 30,
    "9" * 5000,
    "nan",
    "9999-12-31T23:59:59+23:59",
    "0000-00-00",
    "null",
    "[]",
    "a" * 9000,
    "@" * 2000,
    "#" * 2000,
    "://",
    "http://[::1",
    "%",
]


@pytest.fixture
async def as_alice(as_alice):
    """Whether answers are as the tables say is another's question."""
    as_alice.event_hooks = {"request": [], "response": []}
    return as_alice


texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=30))
scalars = st.one_of(
    texts,
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
names = st.one_of(st.sampled_from(WORDS.split()), st.text(min_size=1, max_size=12))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)
trees = st.dictionaries(names, values, max_size=6)
keys = st.builds(
    lambda name, rest: name + "".join(rest),
    names,
    st.lists(
        st.sampled_from(["[]", "[0]", "[-1]", "[999999999]", "[a]", "[", "]", "[__proto__]"]), max_size=3
    ),
)
pairs = st.lists(st.tuples(keys, texts), max_size=6)


def encoded(found):
    return "&".join(f"{quote(key)}={quote(value)}" for key, value in found).encode()


bodies = st.one_of(
    trees.map(lambda tree: (json.dumps(tree).encode(), "application/json")),
    pairs.map(lambda found: (encoded(found), FORM)),
    st.tuples(
        st.binary(max_size=60),
        st.sampled_from(["application/json", FORM, "text/plain", "", "multipart/form-data"]),
    ),
    st.binary(max_size=60).map(lambda raw: (b"--b\r\n" + raw, "multipart/form-data; boundary=b")),
    texts.map(
        lambda text: (part("status", text.encode("utf-8", "replace")), "multipart/form-data; boundary=b")
    ),
)
queries = st.one_of(
    pairs.map(encoded), st.binary(max_size=20).map(lambda raw: quote_from_bytes(raw).encode())
)
inside_paths = st.one_of(
    st.sampled_from(["1", "0", "9" * 18, "9" * 40, "\0", "日本語", "a?b", "..", " ", "%2F"]), texts
)


def part(name, value):
    return b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--b--\r\n' % (name.encode(), value)


def filled(path, value):
    value = value[:200].replace("/", "") or "x"
    return "/".join(quote(value, safe="") if each.startswith("{") else each for each in path.split("/"))


def is_clean(answer):
    assert answer.status_code < 500, (answer.request.method, answer.request.url, answer.text)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    body = answer.json()
    if answer.status_code >= 400:
        assert body["error"]
    return True


@steady
@given(entry=st.sampled_from(ASKED), value=inside_paths, query=queries, body=bodies)
async def test_whatever_is_sent_gets_a_clean_answer(as_alice, entry, value, query, body):
    content, kind = body
    headers = {"Content-Type": kind} if kind else {}

    answer = await as_alice.request(
        entry.method, f"{filled(entry.path, value)}?{query.decode()[:8000]}", content=content, headers=headers
    )

    assert is_clean(answer)


@pytest.mark.parametrize(
    "body",
    [
        b'{"status": "\\u0000"}',
        b'{"\\u0000": "x"}',
        b'{"poll": {"options": ["a", ["\\u0000"]]}}',
        b'{"status": "\\ud800"}',
        b'{"status": "\xff"}',
        b'{"status": "\x00"}',
        b"[" * 100_000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
    ],
)
async def test_json_that_no_text_can_be_of_is_malformed(as_alice, body):
    answer = await as_alice.post(
        "/api/v1/statuses", content=body, headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, is_clean(answer)) == (400, True)


@pytest.mark.parametrize("form", ["status=%00", "sta%00tus=x", "status=%ff", "%ff=x", "status[%00]=x"])
async def test_a_form_or_query_that_is_no_text_is_malformed(as_alice, form):
    in_body = await as_alice.post("/api/v1/statuses", content=form, headers={"Content-Type": FORM})
    in_query = await as_alice.get(f"/api/v1/timelines/home?{form}")

    assert (in_body.status_code, in_query.status_code) == (400, 400)
    assert is_clean(in_body)
    assert is_clean(in_query)


async def test_a_query_of_raw_bytes_is_malformed(as_alice):
    app, sent = as_alice._transport.app, []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    path = "/api/v1/timelines/public"
    line = {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"q=\xff\xfe"}
    headers = [(b"host", b"127.0.0.1:8000")]
    await app(
        {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "client": ("203.0.113.7", 1),
            "server": ("127.0.0.1", 8000),
            "headers": headers,
            **line,
        },
        receive,
        send,
    )

    assert sent[0]["status"] == 400


@pytest.mark.parametrize("digits", [20, 4000, 10**6])
async def test_a_number_of_many_digits_is_no_number(as_alice, digits):
    number = "9" * digits
    in_json = await as_alice.post(
        "/api/v1/statuses",
        content=f'{{"status": "x", "in_reply_to_id": {number}, "poll": {{"expires_in": {number}}}}}',
        headers={"Content-Type": "application/json"},
    )
    in_query = await as_alice.get(f"/api/v1/timelines/home?limit={number[:5000]}&max_id={number[:5000]}")

    assert 400 <= in_json.status_code < 500
    assert is_clean(in_json)
    assert in_query.status_code == 200


async def test_a_nul_in_a_multipart_field_is_malformed_and_in_a_file_is_none(as_alice):
    field = await as_alice.post("/api/v1/statuses", files={"x": b"1"}, data={"status": "a\0b"})
    file = await as_alice.post("/api/v2/media", files={"file": ("a.png", b"\0\0", "image/png")})

    assert (field.status_code, file.status_code) == (400, 422)


async def test_more_files_than_anything_takes_are_malformed(as_alice):
    files = [("file", (f"{n}.png", b"x", "image/png")) for n in range(9)]

    answer = await as_alice.post("/api/v2/media", files=files)

    assert (answer.status_code, is_clean(answer)) == (400, True)
