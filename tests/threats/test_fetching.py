"""T60 to T76: what strangers can make us ask of whom (threats reference, section C).

T67 to T69 are in test_walks.py.
"""

import asyncio
import datetime
import gzip
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from fedi.activitypub.vocabulary import ACTIVITY_JSON, PUBLIC
from fedi.egress import open_egress
from fedi.errors import FediError, Malformed, Unreachable
from tests.threats.evil import Evil, S, Target, activity

pytestmark = pytest.mark.anyio


class Canary:
    """A program of this machine that nobody out there should make us talk to."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0

    async def heard(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    """The canary, on every loopback address."""
    bird = Canary()
    server = await asyncio.start_server(bird.heard, "127.0.0.1", 0)
    bird.port = server.sockets[0].getsockname()[1]
    async with server:
        yield bird


PRIVATE_HOSTS = (
    *("127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0.0.0.0", "0", "localhost", "localhost."),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
    *("[fd00::1]", "[fe80::1]", "169.254.169.254", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.64.0.1"),
    *("192.0.0.1", "198.18.0.1", "224.0.0.1", "\uff11\uff12\uff17.0.0.1"),
)


def private_addresses(port: int) -> list[str]:
    return [f"http://{host}:{port}" for host in PRIVATE_HOSTS]


async def search(s: Target, text: str) -> dict:
    answer = await s.api("alice", "GET", "/api/v2/search", params={"q": text, "resolve": "true"})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_t60_no_address_that_somebody_names_leads_to_this_machine(
    s: Target, evil: Evil, canary: Canary
):
    bob = evil["e1.test"].actor("bob")

    for base in private_addresses(canary.port):
        await search(s, f"{base}/users/x")
        await search(s, f"x@{base.removeprefix('http://')}")
        signer = f"{base}/u" if base.isascii() else "x"
        await s.deliver(activity("Follow", f"{base}/u", s.uri("alice")), signer=signer)
        await s.api(
            "alice",
            "PATCH",
            "/api/v1/accounts/update_credentials",
            data={"fields_attributes[0][name]": "x", "fields_attributes[0][value]": f"{base}/me"},
        )
        note = evil["e1.test"].note(
            base, bob, inReplyTo=f"{base}/n", to=[s.uri("alice")], context=f"{base}/c"
        )
        note["tag"] = [{"type": "Mention", "href": f"{base}/u", "name": "@u"}]
        note["attachment"] = [{"type": "Image", "mediaType": "image/png", "url": f"{base}/i.png"}]
        note["replies"] = f"{base}/replies"
        await s.deliver(evil["e1.test"].create(note), signer=bob)
    await s.applied(seconds=60)

    assert canary.connections == 0
    assert await s.is_alive()


async def test_t60_clients_cannot_send_us_there_either(s: Target, canary: Canary):
    async with await s.running.client(s.accounts["alice"], "read write activitypub") as client:
        for base in private_addresses(canary.port):
            answer = await client.post("/ap/proxy", data={"id": f"{base}/x"}, headers={"Host": S})
            assert answer.status_code in {400, 403, 404, 422, 429, 502, 503}
            page = await client.get(
                "/oauth/authorize",
                params={"client_id": f"{base}/app", "response_type": "code", "redirect_uri": f"{base}/"},
            )
            assert page.status_code != 500

    assert canary.connections == 0


class Fickle(AbstractResolver):
    """Says a public address when it is asked first, and this machine's ever after."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.asked += 1
        addresses = ["198.51.100.7"] if self.asked == 1 else ["127.0.0.1", "198.51.100.7"]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


async def test_t61_a_name_that_changes_its_mind_is_not_followed(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
):
    """What is checked is the address of the socket that connects, whatever the name said before."""
    fickle = Fickle()
    monkeypatch.setattr("fedi.egress.DefaultResolver", lambda: fickle)

    async with open_egress(
        development=True, user_agent="t", development_hosts={"x.test": "127.0.0.1:1"}
    ) as e:
        for _ in range(3):
            with pytest.raises(FediError):
                await e.request("GET", f"http://rebind.example:{canary.port}/", headers={}, max_bytes=100)

    assert fickle.asked
    assert canary.connections == 0


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http://[::1]:{port}/",
        "//127.0.0.1:{port}/",
    ],
)
async def test_t62_a_redirect_leads_nowhere_that_an_address_may_not(
    s: Target, evil: Evil, canary: Canary, target: str
):
    evil["e1.test"].documents["/x"] = RedirectResponse(target.format(port=canary.port))

    await search(s, "http://e1.test/x")

    assert canary.connections == 0
    assert await s.is_alive()


async def test_t62_a_signature_is_made_for_each_host_anew(s: Target, evil: Evil):
    evil["e1.test"].documents["/x"] = RedirectResponse("http://e2.test/y")

    await search(s, "http://e1.test/x")

    (first, second) = (evil.gets("e1.test")[0], evil.gets("e2.test")[0])
    assert first.headers["signature"] != second.headers["signature"]


@pytest.mark.parametrize("target", ["/0", "/{next}", "http://e2.test/" + "a" * 3000])
async def test_t63_a_chain_of_redirects_ends_after_four_requests(s: Target, evil: Evil, target: str):
    async def onwards(request: Request) -> Response:
        number = int(request.url.path[1:])
        return RedirectResponse(target.format(next=number + 1), status_code=301)

    for number in range(60):
        evil.handlers["e1.test", f"/{number}"] = onwards

    await search(s, "http://e1.test/0")

    assert len(evil.gets()) <= 4


@pytest.mark.parametrize("is_packed", [False, True])
async def test_t64_a_body_without_end_is_cut_off(s: Target, evil: Evil, is_packed: bool):
    served = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal served
        part = b'{"a": "' + b"x" * 65536
        for _ in range(2000):
            served += len(part)
            yield part
            await asyncio.sleep(0)

    async def answer(_request: Request) -> Response:
        if is_packed:
            bomb = gzip.compress(b" " * 50_000_000, 9)
            return Response(bomb, headers={"Content-Encoding": "gzip"}, media_type=ACTIVITY_JSON)
        return StreamingResponse(flood(), media_type=ACTIVITY_JSON)

    evil.handlers["e1.test", "/x"] = answer
    begun = time.monotonic()

    found = await search(s, "http://e1.test/x")

    assert found["statuses"] == []
    assert served < 16 * 1024 * 1024
    assert time.monotonic() - begun < 5.0
    assert await s.is_alive()


async def test_t65_t66_whoever_answers_slowly_is_left_after_twenty_seconds_and_holds_up_nobody(
    s: Target, evil: Evil
):
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.5)

    async def slow(_request: Request) -> Response:
        return StreamingResponse(drip(), media_type=ACTIVITY_JSON)

    async def headers(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(10_000):
                writer.write(f"X-{number}: {'a' * 100}\r\n".encode())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def hints(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        finally:
            writer.close()

    evil.handlers["e1.test", "/slow"] = slow
    evil["e2.test"].actor("quick")
    async with (
        plain_server(headers) as large,
        plain_server(hints) as endless,
        open_egress(development=True, user_agent="test") as egress,
    ):
        begun = time.monotonic()
        tries = [
            asyncio.ensure_future(search(s, "http://e1.test/slow")),
            asyncio.ensure_future(refused(egress, f"http://127.0.0.1:{large}/")),
            asyncio.ensure_future(refused(egress, f"http://127.0.0.1:{endless}/")),
        ]
        await asyncio.sleep(0.5)
        quick = await search(s, "quick@e2.test")
        assert time.monotonic() - begun < 5.0
        await asyncio.gather(*tries)

    assert [each["acct"] for each in quick["accounts"]] == ["quick@e2.test"]
    assert time.monotonic() - begun < 24.0


@asynccontextmanager
async def plain_server(answer: object) -> AsyncIterator[int]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)  # type: ignore[arg-type]
    async with server:
        yield server.sockets[0].getsockname()[1]


async def refused(egress: object, url: str) -> None:
    with pytest.raises(FediError):
        await egress.request("GET", url, headers={}, max_bytes=1_000_000)  # type: ignore[attr-defined]


async def test_t70_a_flood_of_parts_is_cut_to_its_bounds(s: Target, evil: Evil):
    bob = evil["e1.test"].actor(
        "bob",
        attachment=[{"type": "PropertyValue", "name": f"n{n}", "value": "v"} for n in range(3000)],
    )
    await search(s, "bob@e1.test")
    note = evil["e1.test"].note("1", bob, to=[s.uri("alice")], cc=[])
    note["attachment"] = [
        {"type": "Image", "mediaType": "image/png", "url": f"http://e1.test/{n}.png"} for n in range(2000)
    ]
    note["tag"] = [
        *({"type": "Hashtag", "name": f"#t{n}"} for n in range(2000)),
        *(
            {"type": "Emoji", "name": f":e{n}:", "icon": {"type": "Image", "url": "http://e1.test/e.png"}}
            for n in range(2000)
        ),
        {"type": "Mention", "href": s.uri("alice"), "name": "@alice"},
    ]
    begun = time.monotonic()

    answer = await s.deliver(evil["e1.test"].create(note), signer=bob)
    accepted = time.monotonic() - begun
    await s.applied()

    (fields,) = await s.rows("SELECT fields_list FROM accounts WHERE uri = ?", bob)
    assert len(json.loads(fields["fields_list"])) <= 50
    assert len(await s.rows("SELECT id FROM media_attachments")) <= 16
    assert len(await s.rows("SELECT id FROM post_tags")) <= 100
    emojis = [len(json.loads(row["emojis"])) for row in await s.rows("SELECT emojis FROM posts")]
    assert all(count <= 100 for count in emojis)
    assert answer.status_code in {202, 400, 413}
    assert accepted < 2.0


async def test_t71_a_link_in_a_post_makes_us_ask_nobody(s: Target, evil: Evil):
    """There are no link previews yet: what a page or its OEmbed says is neither fetched nor shown."""
    bob = evil["e1.test"].actor("bob")
    page = '<link rel="alternate" type="application/json+oembed" href="http://127.0.0.1:1/">'
    evil["e2.test"].documents["/page"] = HTMLResponse(page)
    note = evil["e1.test"].note("1", bob, '<a href="http://e2.test/page">x</a>', to=[s.uri("alice")], cc=[])

    await s.deliver(evil["e1.test"].create(note), signer=bob)
    await s.api("alice", "POST", "/api/v1/statuses", data={"status": "see http://e2.test/page"})
    await s.applied()

    assert evil.gets("e2.test") == []


@pytest.mark.parametrize("path", ["/proxy?url=", "/ap/proxy?id=", "/media/proxy?url=", "/proxy/"])
async def test_t72_there_is_no_proxy_for_strangers(s: Target, canary: Canary, path: str):
    target = f"http://127.0.0.1:{canary.port}/"

    got = await s.send("GET", path + target)
    posted = await s.send("POST", path + target, data={"id": target, "url": target})

    assert got.status_code in {401, 403, 404, 405}
    assert posted.status_code in {401, 403, 404, 405}
    assert canary.connections == 0


def self_signed(folder: Path, name: str, *, days: int) -> tuple[Path, Path]:
    """Make a certificate that no authority stands for, ended when `days` is negative."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize(("name", "days"), [("tls.test", 30), ("tls.test", -1), ("other.test", 30)])
async def test_t73_a_certificate_that_nobody_stands_for_is_not_trusted(tmp_path: Path, name: str, days: int):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path, name, days=days))
    heard = Canary()
    server = await asyncio.start_server(heard.heard, "127.0.0.1", 0, ssl=context)
    hosts = {"tls.test": f"127.0.0.1:{server.sockets[0].getsockname()[1]}"}

    async with server, open_egress(development=True, user_agent="t", development_hosts=hosts) as egress:
        with pytest.raises(Unreachable):
            await egress.request("GET", "https://tls.test/", headers={}, max_bytes=100)

    assert heard.connections == 0


async def test_t73_plain_http_is_for_development_alone(canary: Canary):
    async with open_egress(development=False, user_agent="t") as egress:
        with pytest.raises(Malformed):
            await egress.request("GET", f"http://127.0.0.1:{canary.port}/", headers={}, max_bytes=100)

    assert canary.connections == 0


NASTY = [
    "http://e1.test\r\nX-Evil: 1/",
    "http://e1.test/\r\nX: 1",
    "http://e1.test /",
    "http://e1 .test/",
    "http://user@e1.test/",
    "http://user:pass@e1.test/",
    "http://e1.test\\@e2.test/",
    "http:\\\\e1.test/",
    "http:e1.test",
    "http:///e1.test/",
    "http://",
    "http://?",
    "http://#",
    "http://.",
    "http://..",
    "http://e1.test:0/",
    "http://e1.test:22/",
    "http://e1.test:25/",
    "http://e1.test:99999/",
    "http://e1.test:-1/",
    "http://e1.test:8o/",
    "http://e1.test:+80/",
    "http://e1\uff0etest/",
    "http://e1\u3002test/",
    "http://e1.test\u2028/",
    "http://e1.test\t/",
    "http://e1.te\tst/",
    "http://e1.test\x00/",
    "http://e1.test%00/",
    "http://e1.test%2f@e2.test/",
    "http://%65%31.test/",
    "http://[e1.test]/",
    "http://[::1",
    "http://::1/",
    "http://e1..test/",
    "http://-e1-.test/",
    "http://" + "a" * 64 + ".test/",
    "http://" + "a." * 200 + "test/",
    "http://e1.test/" + "a" * 4000,
    "ftp://e1.test/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "gopher://e1.test/",
    "ws://e1.test/",
    "//e1.test/",
    "HTTP://E1.TEST:22/",
    "http://0x65.0x31/",
    "http://1.1/",
    "http://e1.test:80:80/",
    "http://e1.test@",
    "http://@e1.test",
    "http://:80/",
    "http://*/",
    "http://e1.test:443\\@127.0.0.1/",
    "http://e1.test|/",
    "http://<e1.test>/",
    "http://e1.test`/",
    "http://e1_.test:6379/",
    "http://e1.test:11211/",
]


async def test_t74_no_nasty_url_is_dialled(s: Target, evil: Evil):
    for url in NASTY:
        if "\0" not in url:
            await search(s, url)
        answer = await s.deliver(
            activity("Follow", url, s.uri("alice")),
            signer=url if url.isascii() and url.isprintable() else "x",
        )
        assert answer.status_code in {400, 401, 403}, url

    assert [each for each in evil.asked if "X-Evil" in str(each.headers)] == []
    assert all("\r" not in each.host for each in evil.asked)
    # Those that may be read as a good address of e1.test are harmless; nothing else was asked.
    assert {each.host for each in evil.asked} <= {"e1.test"}


async def test_t75_xml_with_entities_is_not_expanded(s: Target, evil: Evil):
    bomb = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
    )
    bomb += '<!ENTITY x SYSTEM "http://e2.test/secret">]><XRD><Link rel="lrdd" template="&m;&x;{uri}"/></XRD>'
    evil["e1.test"].documents["/.well-known/host-meta"] = Response(bomb, media_type="application/xrd+xml")
    begun = time.monotonic()

    await search(s, "nobody@e1.test")

    assert time.monotonic() - begun < 10
    assert evil.gets("e2.test") == []


async def test_t76_what_strangers_make_us_ask_is_signed_by_no_person(s: Target, evil: Evil):
    bob = evil["e1.test"].actor("bob")
    origin = evil["e2.test"].serve(evil["e2.test"].note("1", evil["e2.test"].actor("carol")))

    await s.deliver(activity("Follow", bob, s.uri("alice")), signer=bob)
    await s.deliver(activity("Announce", bob, origin["id"], to=[PUBLIC]), signer=bob)
    await search(s, origin["id"])
    await s.applied()

    assert evil.gets()
    assert {each.key_id for each in evil.gets() if each.key_id} == {f"http://{S}/ap/actor#main-key"}
