"""What was seen of a node that a fault took down and up again, set against what was asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simnet.faults import Cycle
from simnet.journal import AnyRecord
from simnet.journal.records import NodeDown, NodeUp, Reading

OVERRIDES = "--wasm-runtime-overrides=/data/runtime-overrides"
"""What a node is started with that runs other code than its chain's."""

EXIT_KILLED = 137
"""Exit code of a process that SIGKILL ended: 128 and the signal's number."""

_SOONER = 0.5
"""Seconds by which a node may be up again before it was due: its end is noticed after it ended."""


@dataclass(frozen=True)
class Life:
    """A node's process, and what it began with.

    ``process`` tells it from the node's other ones. ``incarnation`` counts databases; ``block`` is the highest block
    of the node's own chain that the database had when the process began, None when nothing told. ``image`` and
    ``command`` are those that it runs, ``version`` is what it says of its release, None where nobody asked.
    """

    process: str
    incarnation: int
    block: int | None
    image: str = ""
    command: tuple[str, ...] = ()
    version: str | None = None


@dataclass(frozen=True)
class Copy:
    """A copy of a database, up to which block; None when nothing told."""

    block: int | None


@dataclass(frozen=True)
class Absence:
    """How the last process ended and for how many seconds none ran."""

    exit_code: int
    seconds: float


def absence_of(node: str, records: Sequence[AnyRecord]) -> Absence | None:
    """From the end of a node's process to the start of the next, as these records tell; None if they do not."""
    own = [record for record in records if record.observer == node]
    ends = ((one.t, one.data.exit_code) for one in own if isinstance(one.data, NodeDown))
    down, up = next(ends, None), next((one.t for one in reversed(own) if isinstance(one.data, NodeUp)), None)
    if down is None or up is None:
        return None
    t, exit_code = down
    return Absence(exit_code, up - t)


def cycle_readings(
    node: str, cycle: Cycle, before: Life, after: Life, *, final: int, absence: Absence | None, copy: Copy | None
) -> list[Reading]:
    """What was read back of one node; ``final`` is the highest block that it had finalized before, ``absence`` is None
    when it was not seen down, ``copy`` is the one that it has now."""
    readings = [_process(node, cycle, before, after, absence), _database(node, cycle, before, after, final, copy)]
    if cycle.database == "copied":
        what, kept = f"copy of {node}'s database", None if copy is None else copy.block
        seen = "none" if copy is None else f"a copy {_up_to(kept)}"
        readings.append(
            Reading(what=what, asked="a copy as it stood", seen=seen, holds=kept is not None, node=node, block=kept)
        )
    if cycle.image is not None or cycle.flags or cycle.runtime_override is not None:
        readings.append(_command(node, cycle, after))
    return readings


def _process(node: str, cycle: Cycle, before: Life, after: Life, absence: Absence | None) -> Reading:
    killed, wait = cycle.kill, cycle.down_for
    asked = f"ended by {'SIGKILL' if killed else 'SIGTERM'}, {f'down for {wait:g} s, ' if wait else ''}another process"
    another = after.process != before.process
    if absence is None:
        return Reading(what=f"process of {node}", asked=asked, seen="it was never seen down", holds=False)
    seen = f"exit code {absence.exit_code}, down for {absence.seconds:.1f} s, {'another' if another else 'the same'}"
    as_asked = (absence.exit_code == EXIT_KILLED) == killed and absence.seconds >= wait - _SOONER
    return Reading(what=f"process of {node}", asked=asked, seen=f"{seen} process", holds=another and as_asked)


def _database(node: str, cycle: Cycle, before: Life, after: Life, final: int, copy: Copy | None) -> Reading:
    what = f"database of {node}"
    number = before.incarnation + (1 if cycle.new_incarnation else 0)
    seen = f"number {after.incarnation}, {_up_to(after.block)}"
    if cycle.database == "emptied":
        asked, holds = f"an empty one, number {number}", after.block == 0
    elif cycle.database == "put back":
        kept = None if copy is None else copy.block
        asked, holds = f"the copy {_up_to(kept)}, number {number}", kept is not None and after.block == kept
    elif cycle.image is not None:
        # Another release may read its predecessor's database otherwise, or not at all.
        asked = f"the same one, number {number}, at least {_up_to(final)}"
        holds = after.block is not None and after.block >= final
    else:
        asked, holds = f"the same one, number {number}", True
    return Reading(what=what, asked=asked, seen=seen, holds=holds and after.incarnation == number)


def _command(node: str, cycle: Cycle, after: Life) -> Reading:
    flags = (*cycle.flags, *((OVERRIDES,) if cycle.runtime_override is not None else ()))
    wanted = [*([f"image {cycle.image}"] if cycle.image is not None else []), *flags]
    given = [flag for flag in flags if flag in after.command]
    same = cycle.image is None or (after.image == cycle.image and after.version is not None)
    says = "no version" if after.version is None else f"version {after.version}"
    seen = [*([f"image {after.image}, which says {says}"] if cycle.image is not None else []), *given]
    holds = same and len(given) == len(flags)
    return Reading(what=f"command of {node}", asked=" ".join(wanted), seen=" ".join(seen) or "none", holds=holds)


def _up_to(block: int | None) -> str:
    return "of unknown height" if block is None else f"up to block {block}"
