"""Run every measurement, one after the other."""

import subprocess
import sys

MEASUREMENTS = (
    "bench.start",
    "bench.timeline",
    "bench.streaming",
    "bench.federation",
    "bench.styles",
    "bench.styles_web",
)


def main() -> None:
    for name in MEASUREMENTS:
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, "-m", name], check=False)


if __name__ == "__main__":
    main()
