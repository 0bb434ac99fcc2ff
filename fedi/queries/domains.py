"""What we do with other hosts: the rules about domains. A rule covers its domain and all below it.

Of several rules the longest domain wins, so that an exception can stand below a rule.
"""

from collections.abc import Mapping

from fedi.models.moderation import DomainRule
from fedi.queries.rows import among
from fedi.server import Server


async def rule_for(host: str) -> DomainRule | None:
    """Find the rule that covers a host (lower case; a port counts only where the rule has one)."""
    rules = await DomainRule.filter(domain__in=_covering(host))
    return max(rules, key=lambda rule: len(rule.domain), default=None)


async def is_suspended(server: Server, host: str) -> bool:
    """Say whether nothing goes to a host and nothing is taken from it; cheap, as every activity asks."""
    covered, names = among("domain", _covering(host))
    rows = await server.db.rows(
        f"SELECT severity FROM domain_rules WHERE {covered} ORDER BY length(domain) DESC LIMIT 1",
        names,
    )
    return bool(rows) and rows[0]["severity"] == "suspend"


async def severities() -> dict[str, str]:
    """Load what every rule says, by domain: for asking about many hosts with `severity_of`."""
    return dict(await DomainRule.all().values_list("domain", "severity"))


def severity_of(host: str, rules: Mapping[str, str]) -> str:
    """Give what the rules say about a host: suspend, silence or none."""
    covering = [domain for domain in _covering(host) if domain in rules]
    return rules[max(covering, key=len)] if covering else "none"


def _covering(host: str) -> list[str]:
    """List the domains whose rules would cover a host: itself, with and without its port, and all above."""
    labels = host.partition(":")[0].split(".")
    return [host, *(".".join(labels[start:]) for start in range(len(labels)))]
