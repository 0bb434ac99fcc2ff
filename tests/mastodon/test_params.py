"""Parameters as apps of all kinds write them."""

import json

import pytest
from starlette.requests import Request

from fedi.errors import Invalid, Malformed
from fedi.mastodon.params import Params, from_pairs, parse_pairs, read, read_id

pytestmark = pytest.mark.anyio


def request_of(method="POST", query="", body=b"", kind="application/json"):
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "query_string": query.encode(),
        "headers": [(b"content-type", kind.encode()), (b"host", b"x")] if kind else [(b"host", b"x")],
        "scheme": "http",
        "server": ("x", 80),
    }
    return Request(scope, receive)


@pytest.mark.parametrize(
    "form", ["id[]=1&id[]=2", "id[0]=1&id[1]=2", "id=1&id=2", "id%5B%5D=1&id%5B%5D=2", "id[]=1&id[]=2&id[]="]
)
async def test_a_list_is_read_however_it_is_written(form):
    read_form = await read(request_of(body=form.encode(), kind="application/x-www-form-urlencoded"))
    read_query = await read(request_of("GET", query=form))

    assert read_form.ids("id", limit=40) == read_query.ids("id", limit=40) == [1, 2]


async def test_a_list_in_json_may_hold_numbers():
    assert (await read(request_of(body=b'{"id": [1, "2"]}'))).ids("id", limit=40) == [1, 2]


async def test_the_query_of_a_post_is_read_and_the_body_goes_before_it():
    params = await read(request_of(query="reblogs=false&notify=1", body=b'{"notify": false}'))

    assert (params.flag("reblogs", default=True), params.flag("notify")) == (False, False)


async def test_null_in_json_is_not_there():
    params = await read(request_of(body=b'{"media_ids": null, "in_reply_to_id": null, "status": "x"}'))

    assert "media_ids" not in params
    assert params.id("in_reply_to_id") is None


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_of_no_stated_kind_is_a_form(kind):
    assert (await read(request_of(body=b"grant_type=x", kind=kind))).text("grant_type") == "x"


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        *((value, True) for value in (True, "true", "1", 1, "on", "t", "True")),
        *((value, False) for value in (False, "false", "0", 0, "off", "f", "")),
    ],
)
async def test_booleans_are_cast_as_rails_does(value, meaning):
    params = await read(request_of(body=json.dumps({"locked": value}).encode()))

    assert params.flag("locked", default=not meaning) is meaning


@pytest.mark.parametrize(
    "pairs",
    [
        "f[0][name]=a&f[0][value]=b&f[1][name]=c&f[1][value]=d",
        "f[][name]=a&f[][value]=b&f[][name]=c&f[][value]=d",
        "f[10][name]=c&f[10][value]=d&f[2][name]=a&f[2][value]=b",
    ],
)
def test_hashes_in_lists_are_read_in_their_order(pairs):
    params = Params(from_pairs(parse_pairs(pairs)))

    assert [(each.text("name"), each.text("value")) for each in params.each("f")] == [("a", "b"), ("c", "d")]


def test_a_hash_with_numbers_for_keys_is_a_list():
    params = Params({"fields_attributes": {"1": {"name": "b"}, "0": {"name": "a"}}})

    assert [each.text("name") for each in params.each("fields_attributes")] == ["a", "b"]


def test_nested_names_are_read():
    params = Params(from_pairs(parse_pairs("source[privacy]=private&home[last_read_id]=7&poll[options][]=a")))

    assert params.inner("source").text("privacy") == "private"
    assert params.inner("home").text("last_read_id") == "7"
    assert params.inner("poll").texts("options") == ["a"]


@pytest.mark.parametrize("body", [b"{", b"[1", b"\xff\xfe"])
async def test_a_body_that_cannot_be_read_is_malformed(body):
    with pytest.raises(Malformed):
        await read(request_of(body=body))


async def test_json_that_is_no_object_has_no_parameters():
    assert (await read(request_of(body=b"[1, 2]"))).values == {}


def test_more_fields_than_anything_has_are_refused():
    with pytest.raises(Malformed):
        parse_pairs("&".join(f"a{n}=1" for n in range(1001)))


@pytest.mark.parametrize("deep", ["a" + "[b]" * 500 + "=1", "[[[]]]=1", "a[=1", "a]=1", "=1", "[]=1"])
def test_odd_names_do_no_harm(deep):
    assert isinstance(from_pairs(parse_pairs(deep)), dict)


@pytest.mark.parametrize("text", ["", "abc", "-1", "1.5", "9" * 19, "9" * 30, "\u0661", "1e3"])
def test_what_cannot_be_an_id_is_nobodys(text):
    assert read_id(text) == 0


@pytest.mark.parametrize("focus", ["1", "a,b", "1,2,3", "nan,0", "0,inf"])
def test_an_odd_focus_is_refused(focus):
    with pytest.raises(Invalid):
        Params({"focus": focus}).focus()


def test_a_focus_beyond_the_edge_is_brought_to_it():
    assert Params({"focus": "-3,0.5"}).focus() == (-1.0, 0.5)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_query_and_body_are_one_tree_whatever_the_method(method):
    kind = "application/x-www-form-urlencoded"
    params = await read(
        request_of(method, query="id[]=1&title=a", body=b"title=b&domain=x.example", kind=kind)
    )

    assert params.ids("id", limit=5) == [1]
    assert (params.text("title"), params.text("domain")) == ("b", "x.example")


async def test_a_get_has_no_body():
    assert (await read(request_of("GET", query="a=1", body=b'{"a": 2}'))).text("a") == "1"


@pytest.mark.parametrize(
    ("form", "name", "inner"),
    [
        ("subscription[keys][auth]=k", "subscription", {"keys": {"auth": "k"}}),
        (
            "data[alerts][follow]=true&data[policy]=all",
            "data",
            {"alerts": {"follow": "true"}, "policy": "all"},
        ),
        (
            "poll[expires_in]=300&poll[options][]=a&poll[options][]=b",
            "poll",
            {"expires_in": "300", "options": ["a", "b"]},
        ),
        ("poll[options][0]=a&poll[options][1]=b", "poll", {"options": ["a", "b"]}),
        ("source[privacy]=private&source[sensitive]=1", "source", {"privacy": "private", "sensitive": "1"}),
        ("home[last_read_id]=7", "home", {"last_read_id": "7"}),
    ],
)
def test_nested_forms_that_apps_write_are_read(form, name, inner):
    assert Params(from_pairs(parse_pairs(form))).inner(name).values == inner


@pytest.mark.parametrize(
    "form",
    [
        "k[][keyword]=a&k[][whole_word]=1&k[][keyword]=b&k[][_destroy]=true",
        "k[0][keyword]=a&k[0][whole_word]=1&k[1][keyword]=b&k[1][_destroy]=true",
    ],
)
def test_lists_of_hashes_that_apps_write_are_read(form):
    first, second = Params(from_pairs(parse_pairs(form))).each("k")

    assert (first.text("keyword"), first.flag("whole_word"), first.flag("_destroy")) == ("a", True, False)
    assert (second.text("keyword"), second.flag("_destroy")) == ("b", True)


async def test_fields_come_as_a_list_or_by_number_in_json_too():
    listed = b'{"fields_attributes": [{"name": "a"}, {"name": "b"}]}'
    numbered = b'{"fields_attributes": {"1": {"name": "b"}, "0": {"name": "a"}}}'

    for body in (listed, numbered):
        params = await read(request_of("PATCH", body=body))
        assert [each.text("name") for each in params.each("fields_attributes")] == ["a", "b"]


@pytest.mark.parametrize("body", [b'{"choices": [0, 1]}', b'{"choices": ["0", "1"]}'])
async def test_choices_may_be_numbers_or_texts(body):
    assert (await read(request_of(body=body))).texts("choices") == ["0", "1"]


@pytest.mark.parametrize("id_", [b'"12"', b"12"])
async def test_an_id_may_be_a_number_or_a_text(id_):
    assert (await read(request_of(body=b'{"in_reply_to_id": %s}' % id_))).id("in_reply_to_id") == 12


async def test_multipart_is_read_as_the_other_forms_are():
    body = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (
            ("media_ids[0]", "5"),
            ("media_ids[1]", "6"),
            ("fields_attributes[0][name]", "a"),
            ("fields_attributes[0][value]", "日本"),
        )
    )

    params = await read(request_of(body=f"{body}--b--\r\n".encode(), kind="multipart/form-data; boundary=b"))

    assert params.ids("media_ids", limit=4) == [5, 6]
    assert params.each("fields_attributes")[0].text("value") == "日本"


@pytest.mark.parametrize(("text", "number"), [("9" * 100, 2**31 - 1), ("-" + "9" * 100, 1 - 2**31), ("x", 3)])
def test_a_number_stays_within_32_bits(text, number):
    assert Params({"n": text}).number("n", 3) == number
