"""What may be dialled (threats T60, T61, T74)."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.errors import Blocked, FediError, Malformed
from fedi.security.addresses import check_url, may_dial

# federation.md section 6, as written there.
DENIED = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("255.255.255.255/32", "::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48"),
    *("100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    *("5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
]


@pytest.mark.parametrize("text", DENIED)
def test_no_special_range_is_dialled(text: str) -> None:
    network = ipaddress.ip_network(text)
    for address in (network[0], network[network.num_addresses // 2], network[-1]):
        assert not may_dial(str(address), allow_loopback=False)


@pytest.mark.parametrize("text", [text for text in DENIED if "." in text])
def test_no_special_range_is_dialled_inside_ipv6(text: str) -> None:
    inner = ipaddress.IPv4Network(text)[-1]
    packed = inner.packed.hex()
    high, low = packed[:4], packed[4:]
    for wrapped in (
        f"::ffff:{inner}",
        f"::{inner}",
        f"64:ff9b::{inner}",
        f"2002:{high}:{low}::1",
        f"2001:0:{high}:{low}::1",
    ):
        assert not may_dial(wrapped, allow_loopback=False)
        assert not may_dial(wrapped, allow_loopback=True)


@pytest.mark.parametrize(
    "ip", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_dialled(ip: str) -> None:
    assert may_dial(ip, allow_loopback=False)


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_only_when_allowed(ip: str) -> None:
    assert may_dial(ip, allow_loopback=True)
    assert not may_dial(ip, allow_loopback=False)


@pytest.mark.parametrize("ip", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "fe80::1%eth0", "fd00::1"])
def test_allowing_loopback_allows_nothing_else(ip: str) -> None:
    assert not may_dial(ip, allow_loopback=True)


@given(st.text())
def test_what_is_no_address_is_not_dialled(text: str) -> None:
    assert not may_dial(text + "x", allow_loopback=True)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://example.com/x?y#z", "example.com", 443),
        ("HTTPS://EXAMPLE.com.:8443/", "example.com", 8443),
        ("https://bücher.example/é", "xn--bcher-kva.example", 443),
        ("https://[2606:4700::1]/", "2606:4700::1", 443),
        ("https://8.8.8.8/", "8.8.8.8", 443),
        ("https://a_b.example/", "a_b.example", 443),
    ],
)
def test_clean_urls_lead_somewhere(url: str, host: str, port: int) -> None:
    target = check_url(url, allow_http=False, allow_loopback=False)
    assert (target.scheme, target.host, target.port) == ("https", host, port)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "x",
            "//b.example/",
            "https:/b.example",
            "https:///x",
            "ftp://b.example/",
            "file:///etc/passwd",
        ),
        *("gopher://b.example/", "javascript:alert(1)", "http://b.example/", "https://a@b.example/"),
        *(
            "https://a:b@b.example/",
            "https://b.example\\@c.example/",
            "https://b.example/\r\nHost: x",
            "https://b.example/ x",
        ),
        *("https://b.example/\tx", "https://b.example/\x00", "https://b.example/\x85", " https://b.example/"),
        *("https://b%2eexample/", "https://b..example/", "https://.b.example/", "https://b\u3002example/"),
        *(
            "https://b\uff0eexample/",
            "https://b.example:x/",
            "https://b.example:99999/",
            "https://b.example:-1/",
        ),
        *(
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://0177.0.0.1/",
            "https://0x7f000001/",
        ),
        *("https://[v1.x]/", "https://[::1", "https://[fe80::1%25lo]/", "https://" + "a" * 64 + ".example/"),
        *(
            "https://" + "a." * 130 + "example/",
            "https://b.example/" + "x" * 3000,
            "https://b!c.example/",
            "https://\ud800.example/",
        ),
        "https://xn--\u0430.example\u200b/",
    ],
)
def test_unclean_urls_are_malformed(url: str) -> None:
    with pytest.raises(Malformed):
        check_url(url, allow_http=False, allow_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://10.0.0.1/",
            "https://localhost/",
        ),
        *(
            "https://localhost./",
            "https://x.localhost/",
            "https://intranet/",
            "https://printer.local/",
            "https://db.internal/",
        ),
        *(
            "https://\uff11\uff12\uff17.0.0.1/",
            "https://169.254.169.254/latest",
            "https://0.0.0.0/",
            "https://[::]/",
        ),
        *(f"https://b.example:{port}/" for port in (0, 22, 25, 80, 110, 1024, 3306, 5432, 6379, 9200, 11211)),
    ],
)
def test_urls_to_inside_or_to_service_ports_are_blocked(url: str) -> None:
    with pytest.raises(Blocked):
        check_url(url, allow_http=False, allow_loopback=False)


def test_development_may_use_http_and_loopback_with_ports() -> None:
    target = check_url("http://localhost:3000/x", allow_http=True, allow_loopback=True)
    assert (target.scheme, target.host, target.port) == ("http", "localhost", 3000)
    assert check_url("http://127.0.0.1:45123/", allow_http=True, allow_loopback=True).port == 45123
    assert check_url("http://b.example/", allow_http=True, allow_loopback=False).port == 80
    for url in (
        "http://10.0.0.1:3000/",
        "http://localhost:22/",
        "http://localhost:6379/",
        "https://b.example:80/",
    ):
        with pytest.raises(Blocked):
            check_url(url, allow_http=True, allow_loopback=True)


@given(st.text() | st.text(alphabet="htps:/@.[]0127axA%#?-\uff0e").map("https://".__add__))
def test_any_url_is_judged_or_refused(url: str) -> None:
    try:
        target = check_url(url, allow_http=False, allow_loopback=False)
    except FediError:
        return
    assert target.host == target.host.lower()
    assert target.host.isascii()
