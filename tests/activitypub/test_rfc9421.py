"""HTTP message signatures: the published vectors, our profile, and what is refused."""

import base64
import contextlib
import hashlib
import hmac
import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedi.activitypub.signatures import cavage, requests, rfc9421
from fedi.activitypub.signatures.message import SignedMessage, sha256_base64
from fedi.activitypub.signatures.rfc9421 import signature_base
from fedi.errors import Unsigned

RSA = generate_private_key(65537, 2048)
ED25519 = Ed25519PrivateKey.generate()
KEY_ID = "https://a.example/ap/u/1#main-key"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
BASE_URL = "https://b.example"
BODY = b'{"type": "Follow"}'
DIGEST = f"sha-256=:{sha256_base64(BODY)}:"

# RFC 9421, appendix B.1.4 and B.2: the request that all of its examples sign.
PUBLISHED_KEY = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
"""
PUBLISHED_PUBLIC = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
PUBLISHED_SECRET = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
PUBLISHED_DIGEST = (
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
)
PUBLISHED = SignedMessage.of(
    "POST",
    "/foo?param=Value&Pet=dog",
    [
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Digest", PUBLISHED_DIGEST),
        ("Content-Length", "18"),
    ],
    b'{"hello": "world"}',
)


def signed(
    method: str = "POST",
    target: str = "/ap/inbox",
    *,
    key=RSA,
    body: bytes = BODY,
    now: datetime = NOW,
    more: list[tuple[str, str]] | None = None,
) -> SignedMessage:
    lines = [("Host", "b.example"), *(more or [])]
    if method == "POST":
        lines.append(("Content-Type", "application/activity+json"))
    body = body if method == "POST" else b""
    bare = SignedMessage.of(method, target, lines, body)
    added = rfc9421.sign(bare, key=key, key_id=KEY_ID, base_url=BASE_URL, now=now)
    return SignedMessage.of(method, target, [*lines, *added.items()], body)


def handmade(
    covered: str = '"@method" "@target-uri" "content-digest"',
    parameters: str = f';created={SECONDS};keyid="{KEY_ID}"',
    *,
    label: str = "sig1",
    digest: str = DIGEST,
    method: str = "POST",
    body: bytes = BODY,
    key=RSA,
    lines: list[tuple[str, str]] | None = None,
    written: str | None = None,
) -> SignedMessage:
    """A request signed over whatever is asked for, however odd."""
    headers = [("Host", "b.example"), *(lines or []), ("Content-Digest", digest)]
    bare = SignedMessage.of(method, "/ap/inbox", headers, body)
    names = [name.partition(";")[0].strip('"') for name in covered.split(" ") if name]
    base = signature_base(bare, names, f"({covered}){parameters}", base_url=BASE_URL)
    value = cavage.verifying.sign(base, key)
    added = [
        ("Signature-Input", f"{label}=({covered}){parameters}" if written is None else written),
        ("Signature", f"{label}=:{base64.b64encode(value).decode()}:"),
    ]
    return SignedMessage.of(method, "/ap/inbox", [*headers, *added], body)


def check(message: SignedMessage, *, key=RSA, now: datetime = NOW, base_url: str = BASE_URL) -> None:
    rfc9421.check(message, rfc9421.parse(message), key.public_key(), base_url=base_url, now=now)


# The published vectors


def published_base(covered: str, parameters: str) -> bytes:
    names = [name.strip('"') for name in covered.split()]
    return signature_base(PUBLISHED, names, f"({covered}){parameters}", base_url="https://example.com")


def test_the_published_ed25519_signature_holds():
    """Appendix B.2.6."""
    covered = '"date" "@method" "@path" "@authority" "content-type" "content-length"'
    value = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="

    base = published_base(covered, ';created=1618884473;keyid="test-key-ed25519"')

    load_pem_public_key(PUBLISHED_PUBLIC).verify(base64.b64decode(value), base)
    assert load_pem_private_key(PUBLISHED_KEY, None).sign(base) == base64.b64decode(value)


def test_the_published_hmac_signature_holds():
    """Appendix B.2.5, of which only the signature base is ours."""
    base = published_base(
        '"date" "@authority" "content-type"', ';created=1618884473;keyid="test-shared-secret"'
    )

    mac = hmac.digest(base64.b64decode(PUBLISHED_SECRET), base, "sha256")

    assert base64.b64encode(mac).decode() == "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="


def test_the_base_of_section_2_5_is_built():
    covered = '"@method" "@authority" "@path" "content-digest" "content-length" "content-type"'

    base = published_base(covered, ';created=1618884473;keyid="test-key-rsa-pss"')

    assert base.decode() == (
        '"@method": POST\n'
        '"@authority": example.com\n'
        '"@path": /foo\n'
        f'"content-digest": {PUBLISHED_DIGEST}\n'
        '"content-length": 18\n'
        '"content-type": application/json\n'
        f'"@signature-params": ({covered});created=1618884473;keyid="test-key-rsa-pss"'
    )


def test_the_base_of_full_coverage_is_built():
    """Appendix B.2.3."""
    covered = (
        '"date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length"'
    )

    base = published_base(covered, ';created=1618884473;keyid="test-key-rsa-pss"')

    assert base.decode() == (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n'
        '"@method": POST\n'
        '"@path": /foo\n'
        '"@query": ?param=Value&Pet=dog\n'
        '"@authority": example.com\n'
        '"content-type": application/json\n'
        f'"content-digest": {PUBLISHED_DIGEST}\n'
        '"content-length": 18\n'
        f'"@signature-params": ({covered});created=1618884473;keyid="test-key-rsa-pss"'
    )


def test_the_minimal_base_has_its_parameters_alone():
    """Appendix B.2.1."""
    base = published_base("", ';created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"')

    assert base == (
        b'"@signature-params": ();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"'
    )


@pytest.mark.parametrize(
    ("name", "target", "value"),
    [
        ("@method", "/path?param=value", "POST"),
        ("@target-uri", "/path?param=value", "https://www.example.com/path?param=value"),
        ("@authority", "/path", "www.example.com"),
        ("@scheme", "/path", "https"),
        ("@request-target", "/path?param=value", "/path?param=value"),
        ("@path", "/path?param=value", "/path"),
        ("@query", "/path?param=value&foo=bar&baz=bat%2Dman", "?param=value&foo=bar&baz=bat%2Dman"),
        ("@query", "/path?queryString", "?queryString"),
        ("@query", "/path", "?"),
    ],
)
def test_derived_components_have_the_values_of_section_2_2(name, target, value):
    message = SignedMessage.of("POST", target, [("Host", "www.example.com")])

    base = signature_base(message, [name], f'("{name}")', base_url="https://www.example.com")

    assert base.decode().split("\n")[0] == f'"{name}": {value}'


def test_a_field_on_several_lines_is_joined_as_in_section_2_1():
    lines = [("Cache-Control", "max-age=60"), ("Cache-Control", "   must-revalidate"), ("X-Empty-Header", "")]
    message = SignedMessage.of("GET", "/", lines)

    base = signature_base(message, ["cache-control", "x-empty-header"], "()", base_url=BASE_URL)

    assert base.startswith(b'"cache-control": max-age=60, must-revalidate\n"x-empty-header": \n')


# Our own, and the profile


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_we_sign_passes(method, key):
    message = signed(method, "/ap/u/2?x=1", key=key)

    check(message, key=key)

    assert requests.parse(message).key_id == KEY_ID
    assert "digest" not in message.headers


def test_headers_of_a_post_are_covered():
    message = signed(more=[("Collection-Synchronization", "collectionId=x")])

    covered = rfc9421.parse(message).covered

    assert covered == (
        *("@method", "@target-uri", "content-digest"),
        *("collection-synchronization", "content-type"),
    )


def test_the_target_is_at_our_configured_address():
    with pytest.raises(Unsigned):
        check(signed(), base_url="https://c.example")


@pytest.mark.parametrize("target", ["/ap/u/2/inbox", "/ap/inbox?admin=1"])
def test_another_target_is_refused(target):
    good = signed()
    moved = SignedMessage(method="POST", target=target, headers=good.headers, body=good.body)

    with pytest.raises(Unsigned):
        check(moved)


def test_another_body_or_key_is_refused():
    good = signed()
    changed = SignedMessage(method="POST", target=good.target, headers=good.headers, body=BODY + b" ")

    with pytest.raises(Unsigned, match="does not match the body"):
        check(changed)
    with pytest.raises(Unsigned, match="does not match"):
        check(good, key=generate_private_key(65537, 2048))


@pytest.mark.parametrize("missing", ["@method", "@target-uri", "content-digest"])
def test_each_required_component_must_be_covered(missing):
    names = [name for name in ("@method", "@target-uri", "content-digest") if name != missing]

    with pytest.raises(Unsigned, match=missing):
        check(handmade(" ".join(f'"{name}"' for name in names)))


@pytest.mark.parametrize(
    "covered",
    [
        '"@method" "@target-uri" "content-digest" "@method"',
        '"@method" "@target-uri" "content-digest" "host" "host"',
        '"@method" "@target-uri" "content-digest";bs',
        '"@method" "@target-uri" "content-digest";sf',
        '"@method";req "@target-uri" "content-digest"',
        '"@method" "@target-uri" "content-digest";tr',
        '"@method" "@target-uri" "content-digest";key="sha-256"',
    ],
)
def test_components_twice_or_with_parameters_are_refused(covered):
    with pytest.raises(Unsigned):
        check(handmade(covered))


@pytest.mark.parametrize(
    "written",
    [
        'sig1=("@method" "@target-uri" "content-digest" "@query-param";name="x");created=1;keyid="https://a.b/"',
        'sig1=("@method" "@target-uri" "content-digest" "@status");created=1;keyid="https://a.b/"',
        'sig1=("@method" "@target-uri" "Content-Digest");created=1;keyid="https://a.b/"',
        'sig1=(date "@method");created=1;keyid="https://a.b/"',
        'sig1=("@method"  "@target-uri");created=1;keyid="https://a.b/"',
        'sig1=( "@method" );created=1;keyid="https://a.b/"',
        'sig1=("@method");keyid="https://a.b/"',
        'sig1=("@method");created=1',
        'sig1=("@method");created=1;keyid="acct:a@b.example"',
        'sig1=("@method");created="1";keyid="https://a.b/"',
        'sig1=("@method");created=1.5;keyid="https://a.b/"',
        'sig1=("@method");created=-1;keyid="https://a.b/"',
        'sig1=("@method");created=1;keyid="https://a.b/";keyid="https://c.d/"',
        'sig1=("@method");created=1;keyid="https://a.b/";expires=x',
        'sig1=("@method");created=1;keyid="https://a.b/";alg=7',
        'sig1=("@method");created=1;keyid="https://a.b/", sig2=("@method");created=1;keyid="https://a.b/"',
        'sig1=("@method");created=1;keyid="https://a.b/",',
        'sig2=("@method");created=1;keyid="https://a.b/"',
        'sig1="@method"',
        "sig1",
        "",
        "(",
        "sig1=(" + " ".join(f'"x{n}"' for n in range(40)) + ');created=1;keyid="https://a.b/"',
        "sig1=(" + '"@method"' * 2000 + ")",
    ],
)
def test_an_input_outside_the_profile_is_refused(written):
    with pytest.raises(Unsigned):
        rfc9421.parse(handmade(written=written))


@pytest.mark.parametrize(
    "signature",
    ["sig1=:AA==:, sig2=:AA==:", "sig1=:AA==:;x", "sig1=::", 'sig1="AA=="', "sig2=:AA==:", "sig1=:A:", ""],
)
def test_a_signature_that_is_not_one_byte_sequence_is_refused(signature):
    good = handmade()
    headers = dict(good.headers) | {"signature": (signature,)}

    with pytest.raises(Unsigned):
        rfc9421.parse(SignedMessage(method="POST", target="/ap/inbox", headers=headers, body=BODY))


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest", "host", "date"])
def test_a_header_that_stands_twice_is_refused(name):
    good = handmade(lines=[("Date", "Sun, 22 Nov 2026 10:00:00 GMT")])
    headers = dict(good.headers) | {name: good.headers[name] * 2}

    with pytest.raises(Unsigned):
        check(SignedMessage(method="POST", target="/ap/inbox", headers=headers, body=BODY))


@pytest.mark.parametrize(
    ("seconds", "passes"), [(-3901, False), (-3899, True), (3599, True), (3601, False), (10**11, False)]
)
def test_a_signature_lives_as_long_as_in_the_other_scheme(seconds, passes):
    message = signed(now=NOW + timedelta(seconds=min(seconds, 10**9)))

    if passes:
        check(message)
    else:
        with pytest.raises(Unsigned):
            check(message)


def test_expires_is_honoured_with_an_hour_for_clocks():
    check(handmade(parameters=f';created={SECONDS};expires={SECONDS - 3500};keyid="{KEY_ID}"'))

    with pytest.raises(Unsigned, match="expired"):
        check(handmade(parameters=f';created={SECONDS};expires={SECONDS - 3601};keyid="{KEY_ID}"'))


@pytest.mark.parametrize(
    ("algorithm", "key", "passes"),
    [
        ("rsa-v1_5-sha256", RSA, True),
        ("ed25519", ED25519, True),
        ("ed25519", RSA, False),
        ("rsa-v1_5-sha256", ED25519, False),
        ("rsa-pss-sha512", RSA, False),
        ("hmac-sha256", RSA, False),
        ("none", RSA, False),
    ],
)
def test_the_algorithm_is_never_trusted_over_the_key(algorithm, key, passes):
    message = handmade(parameters=f';created={SECONDS};keyid="{KEY_ID}";alg="{algorithm}"', key=key)

    if passes:
        check(message, key=key)
    else:
        with pytest.raises(Unsigned):
            check(message, key=key)


SHA512 = base64.b64encode(hashlib.sha512(BODY).digest()).decode()


@pytest.mark.parametrize(
    ("digest", "passes"),
    [
        (f"sha-512=:{SHA512}:", True),
        (f"{DIGEST}, sha-512=:{SHA512}:", True),
        (f"{DIGEST}, unixsum=:AA==:", True),
        (f"{DIGEST}, sha-512=:{SHA512[:-4]}AA==:", False),
        ("unixsum=:AA==:", False),
        ("sha-256=:AA==:", False),
        (f'sha-256="{sha256_base64(BODY)}"', False),
        (f"SHA-256={sha256_base64(BODY)}", False),
        (f"{DIGEST}, {DIGEST}", False),
        ("sha-256=()", False),
    ],
)
def test_every_known_digest_must_match_and_one_must_be_there(digest, passes):
    message = handmade(digest=digest)

    if passes:
        check(message)
    else:
        with pytest.raises(Unsigned):
            check(message)


def test_a_get_with_a_body_needs_its_digest():
    with pytest.raises(Unsigned, match="content-digest"):
        check(handmade('"@method" "@target-uri"', method="GET"))


def test_a_covered_header_must_be_there():
    message = handmade(
        written=f'sig1=("@method" "@target-uri" "content-digest" "x");created={SECONDS};keyid="https://a.b/"'
    )

    with pytest.raises(Unsigned, match="not there"):
        check(message)


def test_a_request_in_both_schemes_is_refused_whichever_header_comes_first():
    good = signed()
    old = cavage.sign(
        SignedMessage.of("POST", "/ap/inbox", [("Host", "b.example"), ("Content-Type", "x/y")], BODY),
        key=RSA,
        key_id=KEY_ID,
        now=NOW,
    )
    both = SignedMessage.of(
        "POST",
        "/ap/inbox",
        [("Host", "b.example"), *old.items(), ("Signature-Input", good.headers["signature-input"][0])],
        BODY,
    )

    for message in (
        both,
        SignedMessage(
            method="POST",
            target="/ap/inbox",
            headers=good.headers | {"signature": (*both.headers["signature"], *good.headers["signature"])},
            body=BODY,
        ),
    ):
        with pytest.raises(Unsigned):
            requests.parse(message)


# Challenges


def test_a_challenge_is_met_with_its_label_components_nonce_and_tag():
    challenge = rfc9421.read_challenge(
        'knock=("@method" "@authority" "content-digest");created;keyid;nonce="n1";tag="app"', key_id=KEY_ID
    )
    lines = [("Host", "b.example"), ("Content-Type", "application/activity+json")]
    bare = SignedMessage.of("POST", "/ap/inbox", lines, BODY)

    added = rfc9421.sign(bare, key=RSA, key_id=KEY_ID, base_url=BASE_URL, now=NOW, challenge=challenge)
    message = SignedMessage.of("POST", "/ap/inbox", [*lines, *added.items()], BODY)

    check(message)
    assert "@authority" in rfc9421.parse(message).covered
    assert added["Signature-Input"].startswith("knock=(")
    assert added["Signature-Input"].endswith(';nonce="n1";tag="app"')


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        'a=("@method");keyid="https://other.example/k"',
        'a=("@method");alg="hmac-sha256"',
        'a=("@status")',
    ],
)
def test_a_challenge_that_cannot_be_met_is_refused(header):
    with pytest.raises(Unsigned):
        rfc9421.read_challenge(header, key_id=KEY_ID)


# Fuzz


def quick(header: str, name: str, scheme: str = "rfc9421") -> None:
    headers = dict(GOOD.headers) | {name: (header,)}
    if scheme == "cavage":
        del headers["signature-input"]
    message = SignedMessage(method="POST", target="/ap/inbox", headers=headers, body=BODY)
    started = time.process_time()
    with contextlib.suppress(Unsigned):
        requests.check_request(message, requests.parse(message), now=NOW)
    assert time.process_time() - started < 0.5


GOOD = signed()
HEADERS = st.text(
    st.sampled_from('sig1=("@method";:)=,? keyId\t\\*aZ0-9.é\x00') | st.characters(max_codepoint=255),
    max_size=200,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(header=HEADERS, name=st.sampled_from(["signature-input", "signature", "content-digest"]))
def test_any_header_is_read_or_refused_quickly(header, name):
    quick(header, name)
    quick(header, "signature", "cavage")


@pytest.mark.parametrize("name", ["signature-input", "signature", "content-digest"])
def test_mutations_of_good_headers_are_read_or_refused_quickly(name):
    chance = random.Random(9421)
    for _ in range(300):
        letters = list(GOOD.headers[name][0])
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(letters))
            letters[place : place + chance.randint(0, 2)] = chance.choice(
                [*list('();=",: \\é\x00'), "((((", "::::"]
            )
        quick("".join(letters), name)


@pytest.mark.parametrize(
    "header", ["(" * 10**6, "a=" + "1" * 10**6, 'a="' + "\\" * 8000, "a=:" + "A" * 8000, "a" * 8000]
)
def test_giant_headers_are_refused_quickly(header):
    for name in ("signature-input", "signature", "content-digest"):
        quick(header, name)
