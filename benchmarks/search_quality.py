"""How soon a search finds planted bugs and how small it makes them: ``python -m benchmarks.search_quality [SEED ...]``.

For each bug and seed: cases until the first failure, cases and seconds to shrink it, the smallest schedule. The seed of
``tests/quality`` when none is given. The last line has the trials a minute of all of them beside the reference
(``benchmarks/reference``), which is what compares with other hours and machines.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from benchmarks.beside import Figure, beside_reference
from simnet.search import Exploration
from simnet.search.schedule import placed
from tests.quality.planted import HUNTS


def main(seeds: list[int]) -> None:
    print(f"{'planted bug':<16} seed  trials to find + shrink  seconds  smallest schedule")
    with beside_reference() as figures:
        done, seconds = 0, 0.0
        for hunt in [replace(one, seed=seed) for one in HUNTS for seed in seeds or [one.seed]]:
            found = hunt.run()
            searched, shrunk = found.searched, found.shrunk
            took = searched.seconds + shrunk.seconds
            trials = f"{searched.trials:>14} + {shrunk.trials:<7}"
            print(f"{hunt.defect:<16} {hunt.seed:>4} {trials} {took:>8.1f}  {said(found)}", flush=True)
            done, seconds = done + searched.trials + shrunk.trials, seconds + took
        figures.append(Figure("search for planted bugs", 60 * done / seconds, "trials/min"))


def said(found: Exploration) -> str:
    """The smallest schedule in one line."""
    if found.failure is None:
        return "not found"
    windows = (
        f"{one.fault} at {one.at:g}s" + (f" for {one.length:g}s" if one.length else "")
        for one in placed(found.failure.schedule)
    )
    return f"{'; '.join(windows) or 'no fault at all'} -> {found.why[0]}"


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
