"""What we do with other hosts: the rules about domains. A rule covers its domain and all below it.

Of several rules the longest domain wins, so that an exception can stand below a rule. The rule about "*"
covers every host: it suspends while `federation.allow_list` is on, and allowed hosts are exceptions to it.
"""

from collections.abc import Mapping

from fedi.models.moderation import DomainRule
from fedi.queries.rows import among
from fedi.server import Server

EVERY_HOST = "*"


async def rule_for(host: str) -> DomainRule | None:
    """Find the rule that covers a host (lower case; a port counts only where the rule has one)."""
    rules = await DomainRule.filter(domain__in=_covering(host))
    return max(rules, key=lambda rule: _weight(rule.domain), default=None)


async def is_suspended(server: Server, host: str) -> bool:
    """Say whether nothing goes to a host and nothing is taken from it; cheap, as every activity asks."""
    return await _severity(server, host) == "suspend"


async def is_silenced(server: Server, host: str) -> bool:
    """Say whether a host's people are heard by those who follow them alone."""
    return await _severity(server, host) == "silence"


async def _severity(server: Server, host: str) -> str:
    covered, names = among("domain", _covering(host))
    rows = await server.db.rows(
        f"SELECT severity FROM domain_rules WHERE {covered}"
        " ORDER BY domain = '*', length(domain) DESC LIMIT 1",
        names,
    )
    return str(rows[0]["severity"]) if rows else "none"


async def rejects_media(host: str) -> bool:
    """Say whether pictures, avatars and emoji of a host are neither kept nor shown."""
    rule = await rule_for(host)
    return rule is not None and (rule.reject_media or rule.severity == "suspend")


async def rejects_reports(host: str) -> bool:
    """Say whether reports that a host sends are dropped."""
    rule = await rule_for(host)
    return rule is not None and (rule.reject_reports or rule.severity == "suspend")


async def severities() -> dict[str, str]:
    """Load what every rule says, by domain: for asking about many hosts with `severity_of`."""
    return dict(await DomainRule.all().values_list("domain", "severity"))


def severity_of(host: str, rules: Mapping[str, str]) -> str:
    """Give what the rules say about a host: suspend, silence or none."""
    covering = [domain for domain in _covering(host) if domain in rules]
    return rules[max(covering, key=_weight)] if covering else "none"


def _covering(host: str) -> list[str]:
    """List the domains whose rules would cover a host: itself, with and without its port, all above, "*"."""
    labels = host.partition(":")[0].split(".")
    return [host, *(".".join(labels[start:]) for start in range(len(labels))), EVERY_HOST]


def _weight(domain: str) -> int:
    """Give how closely a rule's domain names a host."""
    return 0 if domain == EVERY_HOST else len(domain)


async def published() -> list[DomainRule]:
    """List the rules that limit or suspend one host each, in order, for whoever may read them."""
    rules = await DomainRule.filter(severity__in=["silence", "suspend"]).order_by("domain")
    return [rule for rule in rules if rule.domain != EVERY_HOST]
