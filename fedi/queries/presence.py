"""Which accounts are there for others, as SQL conditions on a row of `accounts`.

A host's rule (`fedi.queries.domains`) holds for its accounts as if each had been dealt with by itself.
"""


def present(alias: str) -> str:
    """Give the condition that an account is neither suspended, nor gone, nor of a suspended host."""
    own = f"{alias}.suspended_at IS NULL AND {alias}.gone_at IS NULL"
    return f"({own} AND {_severity(alias)} IS NOT 'suspend')"


def unsilenced(alias: str) -> str:
    """Give the condition that neither an account nor its host is silenced."""
    return f"({alias}.silenced_at IS NULL AND {_severity(alias)} IS NOT 'silence')"


def _severity(alias: str) -> str:
    """What the longest rule that covers an account's host says; nothing is looked up where no rules are."""
    rule = (
        f"WITH RECURSIVE covering(name) AS (VALUES ({alias}.domain) UNION ALL"
        " SELECT CASE WHEN instr(name, '.') > 0 THEN substr(name, instr(name, '.') + 1) ELSE '*' END"
        " FROM covering WHERE name <> '*')"
        " SELECT severity FROM covering CROSS JOIN domain_rules ON domain_rules.domain = covering.name"
        " ORDER BY name = '*', length(name) DESC LIMIT 1"
    )
    looked_up = f"{alias}.domain <> '' AND EXISTS (SELECT 1 FROM domain_rules)"
    return f"CASE WHEN {looked_up} THEN ({rule}) END"
