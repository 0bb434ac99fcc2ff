"""Which addresses and URLs this server may dial (server-side request forgery).

`check_url` judges a URL before a name is resolved, `may_dial` every resolved address at the moment of
connecting. Both are needed: names change their mind (DNS rebinding).
"""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import urlsplit

import idna

from fedi.errors import Blocked, Malformed

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_MAX_URL_LENGTH = 2048
_TARGETS_KEPT = 4096
_UNCLEAN = re.compile("[\x00-\x20\\\\\x7f-\xa0\u2028\u2029\ufeff]")
_SCHEME_AND_HOST = re.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LAST_PRIVILEGED_PORT = 1024
# Ports above 1024 where something else than a web server listens and might understand a POST (Fetch
# standard, port blocking; and the usual databases, queues, caches, registries and container daemons).
_SERVICE_PORTS = {
    *(1080, 1433, 1521, 1719, 1720, 1723, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3128, 3306, 3389),
    *(3659, 4045, 4190, 4222, 4369, 5060, 5061, 5432, 5433, 5672, 5900, 5984, 5985, 5986, 6000, 6379),
    *(6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 7000, 7001, 8086, 8500, 8883, 9042, 9092),
    *(9200, 9300, 10080, 10250, 10255, 11211, 15672, 26379, 27017, 27018, 28017, 50000),
}

# IANA special-purpose registries (RFC 6890 and later). IPv6 outside 2000::/3 is refused as a whole.
_DENIED_V4 = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
_DENIED_V6 = (
    "::/128 ::1/128 ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 "
    "5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
)
_GLOBAL_V6 = "2000::/3"
_NAT64 = "64:ff9b::/96"
_V4_COMPATIBLE = "::/96"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebTarget:
    """Where a checked URL leads: `host` is lower case and IDNA-encoded (no brackets), `port` filled in."""

    scheme: str
    host: str
    port: int


def may_dial(ip: str, *, allow_loopback: bool) -> bool:
    """Tell whether an IP address may be connected to; what is not an address may not.

    `allow_loopback` (tests, development) admits 127.0.0.0/8 and ::1 as written, and nothing else private.
    IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4, Teredo) is judged as the IPv4 that it is, too.
    """
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if allow_loopback and address.is_loopback and _unwrapped(address) == [address]:
        return True
    return not any(_is_denied(each) for each in _unwrapped(address))


def check_url(url: str, *, allow_http: bool, allow_loopback: bool) -> WebTarget:
    """Judge a URL by its text alone and give where it leads.

    Raises Malformed when it is no clean http(s) URL (user names, control characters, backslashes, odd
    hosts), Blocked when it leads to an address or a port that is not dialled. A name that passes must
    still pass `may_dial` once resolved.
    """
    if len(url) > _MAX_URL_LENGTH or _UNCLEAN.search(url):
        raise Malformed("The address is not a clean URL.")
    found = _SCHEME_AND_HOST.match(url)
    return _checked(found[0] if found else url, allow_http=allow_http, allow_loopback=allow_loopback)


@lru_cache(maxsize=_TARGETS_KEPT)
def _checked(url: str, *, allow_http: bool, allow_loopback: bool) -> WebTarget:
    """Judge scheme, host and port: the same ones again and again, as posts go to many inboxes of a host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Malformed("The address is not a clean URL.") from error
    if parts.scheme not in (("https", "http") if allow_http else ("https",)):
        raise Malformed("The address is not an https URL.")
    if "@" in parts.netloc or "%" in parts.netloc or not parts.hostname:
        raise Malformed("The address names a user or no host.")

    target = WebTarget(
        scheme=parts.scheme,
        host=_clean_host(parts.hostname, bracketed="[" in parts.netloc),
        port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
    )
    _check_port(target)
    _check_host(target.host, allow_loopback=allow_loopback)
    return target


def _clean_host(host: str, *, bracketed: bool) -> str:
    """Give a host in lower case and IDNA; an IPv6 address as it stands between its brackets."""
    if bracketed:
        # Brackets may also hold a "future" address, which nothing can dial.
        if not _is_address(host):
            raise Malformed("The address has an odd host.")
        return host
    if host.isascii():
        clean = host.lower().removesuffix(".")
    else:
        try:
            clean = idna.encode(host, uts46=True, std3_rules=True).decode().removesuffix(".")
        except (idna.IDNAError, UnicodeError) as error:
            raise Malformed("The address has an odd host.") from error
    # Full-width dots become dots in IDNA; what looks like one host must not be another.
    labels = clean.split(".")
    if len(clean) > 253 or clean.count(".") != host.removesuffix(".").count("."):
        raise Malformed("The address has an odd host.")
    if not all(0 < len(label) <= 63 and _is_label(label) for label in labels):
        raise Malformed("The address has an odd host.")
    return clean


def _is_label(label: str) -> bool:
    return (
        label.isascii() and label.replace("-", "").replace("_", "").isalnum() and label[0] + label[-1] != "--"
    )


def _check_port(target: WebTarget) -> None:
    ours = target.port == _DEFAULT_PORTS[target.scheme]
    if not ours and (target.port <= _LAST_PRIVILEGED_PORT or target.port in _SERVICE_PORTS):
        raise Blocked("The address has a port that is not dialled.")


def _check_host(host: str, *, allow_loopback: bool) -> None:
    if ":" in host or _ends_in_number(host):
        if not _is_address(host):
            raise Malformed("The address has an odd host.")
        if not may_dial(host, allow_loopback=allow_loopback):
            raise Blocked("The address is not on the public network.")
        return
    # A bare name is one of the local network; public hosts have a dot.
    is_local = "." not in host or host.endswith((".localhost", ".local", ".internal", ".home.arpa"))
    if is_local and not allow_loopback:
        raise Blocked("The address is not on the public network.")


def _ends_in_number(host: str) -> bool:
    """Tell whether resolvers may read `host` as an IPv4 address: `127.1`, `0x7f.1` (WHATWG URL 3.5)."""
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _unwrapped(address: IpAddress) -> list[IpAddress]:
    """Give the addresses that must all be allowed: the inner one alone if mapped, else both."""
    if not isinstance(address, ipaddress.IPv6Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    return [address, *_inside(address)]


def _inside(address: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    embeds = (ipaddress.IPv6Network(_NAT64), ipaddress.IPv6Network(_V4_COMPATIBLE))
    if not address.is_loopback and any(address in network for network in embeds):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_denied(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in ipaddress.IPv6Network(_GLOBAL_V6):
        return True
    return any(address in network for network in _denied_networks(address.version))


@cache
def _denied_networks(version: int) -> list[IpNetwork]:
    return [ipaddress.ip_network(network) for network in (_DENIED_V4 if version == 4 else _DENIED_V6).split()]
