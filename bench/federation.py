"""How many signed activities are taken in and applied, and how many deliveries go out, a second.

    python -m bench.federation [--activities 5000] [--only in|out|slow] [--profile]

Inbound: bench/inbound.py. Outbound, and beside bad hosts (`slow`): bench/outbound.py.
"""

import argparse
import os
import platform

from bench.inbound import inbound
from bench.outbound import beside_bad_hosts, outbound
from fedi.security.keys import make_rsa_pair

KEYS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--activities", type=int, default=5000)
    parser.add_argument("--only", choices=["in", "out", "slow"])
    parser.add_argument("--profile", action="store_true", help="say where the inbound time goes")
    asked = parser.parse_args()
    pairs = [make_rsa_pair() for _ in range(KEYS)]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f}"
    )
    if asked.only != "slow":
        print(f"{'':<60}{'count':>8}{'per second':>12}{'CPU-s / 1000':>14}")
    if asked.only in {"in", None}:
        print(*inbound(asked.activities, pairs, profile=asked.profile), sep="\n")
    if asked.only in {"out", None}:
        print(*outbound(pairs[0]), sep="\n")
    if asked.only in {"slow", None}:
        print(*beside_bad_hosts(pairs[0]), sep="\n")


if __name__ == "__main__":
    main()
