"""One job on one worker process: limited in CPU time by itself, and in time that passes by its host."""

from __future__ import annotations

from collections.abc import Callable

from simnet.providers.simulated.cores import Cores

WALL_CLOCK_FACTOR = 4
"""A worker that has not answered after so many times its CPU time limit is killed (polkadot-node-core-pvf 36,
JOB_TIMEOUT_WALL_CLOCK_FACTOR)."""


def work(
    cores: Cores,
    after: Callable[[int, Callable[[], None]], None],
    takes: int,
    limit: int,
    done: Callable[[bool], None],
    share: float = 1.0,
) -> None:
    """Runs a job that needs its ``share`` of a core for ``takes`` and is given ``limit`` of that; ``done`` is told
    whether it ended in time. ``after`` has something done when so much time has passed; all are nanoseconds."""
    ended = False

    def end(*, in_time: bool) -> None:
        nonlocal ended
        ended = True
        done(in_time)

    task = cores.run(min(takes, limit), lambda: end(in_time=takes <= limit), share)
    if not cores.limited:
        return

    def kill() -> None:
        if not ended:
            cores.stop(task)
            end(in_time=False)

    after(WALL_CLOCK_FACTOR * limit, kill)
