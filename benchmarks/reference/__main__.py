"""Prints how fast the reference is here and now, and how far its passes differ."""

from __future__ import annotations

import argparse
import sys

from benchmarks.reference import AnotherRuntimeError, AnotherWorkError, measure
from benchmarks.reference.work import PASSES


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reference", description=__doc__)
    parser.add_argument("--passes", type=int, default=PASSES, help=f"how often the work is done, {PASSES} if not said")
    parser.add_argument("--json", action="store_true", help="print it for another process")
    arguments = parser.parse_args()
    try:
        speed = measure(arguments.passes)
    except (AnotherRuntimeError, AnotherWorkError) as error:
        sys.exit(f"benchmarks.reference: {error}")
    print(speed.encode() if arguments.json else speed)


if __name__ == "__main__":
    main()
