"""FEDERATION.md says what the code does."""

import re
from pathlib import Path

from fedi.activitypub import activities
from fedi.federation.handlers import HANDLERS
from fedi.federation.inbox import CLEANUP
from fedi.federation.instances import FAILING_DAYS_TO_DIE, FAILURES_TO_OPEN
from fedi.jobs.kinds import Deliver

TEXT = (Path(__file__).parents[2] / "FEDERATION.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([A-Za-z]+)` \| (.+?) \| .+ \|$", TEXT, re.MULTILINE))
SPOKEN = {"five": 5, "seven": 7}


def test_it_has_the_headings_of_fep_67ff():
    for heading in (
        "Supported federation protocols and standards",
        "Supported FEPs",
        "ActivityPub",
        "Additional documentation",
    ):
        assert f"\n## {heading}\n" in TEXT


def test_every_activity_that_is_handled_has_a_row_and_no_other():
    assert set(ROWS) == {kind.__name__ for kind in HANDLERS}


def test_every_activity_that_can_be_read_has_a_handler():
    kinds = {kind for kind in vars(activities).values() if isinstance(kind, type) and hasattr(kind, "actor")}
    assert kinds - {activities.Unknown} == set(HANDLERS)


def test_numbers_are_those_of_the_code():
    assert f"{Deliver.attempts} attempts" in TEXT
    assert SPOKEN["five"] == FAILURES_TO_OPEN
    assert SPOKEN["seven"] == FAILING_DAYS_TO_DIE
    cleanup = ", ".join(f"`{kind.__name__}`" for kind in sorted(CLEANUP, key=lambda kind: kind.__name__))
    assert re.sub(r", (`\w+`)$", r" and \1", cleanup) in TEXT
