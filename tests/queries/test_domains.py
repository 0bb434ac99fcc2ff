"""Rules about hosts."""

import pytest

from fedi.models.moderation import DomainRule
from fedi.queries import domains
from fedi.server import Server

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def rules(server: Server) -> None:
    for domain, severity in (
        ("bad.example", "suspend"),
        ("ok.bad.example", "none"),
        ("loud.example", "silence"),
        ("with.port:8443", "suspend"),
    ):
        await DomainRule.create(
            id=server.new_id(), domain=domain, severity=severity, created_at=server.clock.now()
        )


@pytest.mark.parametrize(
    ("host", "severity"),
    [
        ("bad.example", "suspend"),
        ("a.b.bad.example", "suspend"),
        ("bad.example:8443", "suspend"),
        ("ok.bad.example", "none"),
        ("deep.ok.bad.example", "none"),
        ("loud.example", "silence"),
        ("notbad.example", None),
        ("example", None),
        ("with.port:8443", "suspend"),
        ("with.port", None),
        ("", None),
    ],
)
async def test_the_longest_rule_that_covers_a_host_counts(
    server: Server, host: str, severity: str | None
) -> None:
    rule = await domains.rule_for(host)

    assert (rule.severity if rule else None) == severity
    assert await domains.is_suspended(server, host) == (severity == "suspend")
    assert domains.severity_of(host, await domains.severities()) == (severity or "none")
