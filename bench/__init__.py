"""Measurements: `make bench`, or one of them: `python -m bench.start`. They print figures, no verdicts."""
