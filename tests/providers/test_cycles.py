"""What is read back of a node that was taken down and up again, set against what was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simnet.faults import Fault, Restart, Restore, Snapshot, Wipe
from simnet.providers.cycles import Absence, Copy, Life, cycle_readings

BEFORE = Life("first", 0, 40, image="node:1", command=("--validator",))
CLEAN, KILLED = Absence(0, 21.0), Absence(137, 21.0)
BOB = ("bob",)


def wrong(
    fault: Fault,
    after: Life,
    absence: Absence | None,
    copy: Copy | None = None,
    before: Life = BEFORE,
    final: int = 38,
) -> list[str]:
    """What is read back as not asked."""
    cycle = fault.cycle()
    assert cycle is not None
    readings = cycle_readings("bob", cycle, before, after, final=final, absence=absence, copy=copy)
    return [one.what for one in readings if not one.holds]


AFTER = replace(BEFORE, process="second")

AS_ASKED: list[tuple[Fault, Life, Absence, Copy | None]] = [
    (Restart(targets=BOB, down_for=20), AFTER, CLEAN, None),
    (Restart(targets=BOB, kill=True), AFTER, KILLED, None),
    (Wipe(targets=BOB), replace(AFTER, incarnation=1, block=0), KILLED, None),
    (Snapshot(targets=BOB), AFTER, CLEAN, Copy(40)),
    (Restore(targets=BOB), replace(AFTER, incarnation=1, block=17), KILLED, Copy(17)),
]


@pytest.mark.parametrize(("fault", "after", "absence", "copy"), AS_ASKED, ids=lambda one: getattr(one, "kind", ""))
def test_what_was_done_as_asked_holds(fault: Fault, after: Life, absence: Absence, copy: Copy | None) -> None:
    assert wrong(fault, after, absence, copy) == []


@pytest.mark.parametrize(("fault", "after", "absence", "copy"), AS_ASKED, ids=lambda one: getattr(one, "kind", ""))
def test_the_same_process_was_not_taken_down(fault: Fault, after: Life, absence: Absence, copy: Copy | None) -> None:
    assert wrong(fault, replace(after, process="first"), absence, copy) == ["process of bob"]
    assert wrong(fault, after, None, copy) == ["process of bob"]


@pytest.mark.parametrize(("fault", "after", "absence", "copy"), AS_ASKED, ids=lambda one: getattr(one, "kind", ""))
def test_another_database_than_asked_for_is_told(
    fault: Fault, after: Life, absence: Absence, copy: Copy | None
) -> None:
    other = replace(after, incarnation=1 - after.incarnation)
    assert wrong(fault, other, absence, copy) == ["database of bob"]


def test_a_clean_end_that_became_a_kill_is_none() -> None:
    assert wrong(Restart(targets=BOB), AFTER, KILLED) == ["process of bob"]
    assert wrong(Restart(targets=BOB, kill=True), AFTER, CLEAN) == ["process of bob"]


def test_a_node_that_was_up_again_too_soon_was_not_down_as_long_as_asked() -> None:
    assert wrong(Restart(targets=BOB, down_for=30), AFTER, CLEAN) == ["process of bob"]


@pytest.mark.parametrize("block", [40, None])
def test_a_database_that_does_not_begin_with_genesis_was_not_wiped(block: int | None) -> None:
    after = replace(AFTER, incarnation=1, block=block)
    assert wrong(Wipe(targets=BOB), after, KILLED) == ["database of bob"]


@pytest.mark.parametrize("copy", [None, Copy(None)])
def test_a_snapshot_without_a_copy_of_known_height_is_none(copy: Copy | None) -> None:
    assert wrong(Snapshot(targets=BOB), AFTER, CLEAN, copy) == ["copy of bob's database"]


@pytest.mark.parametrize(("block", "copy"), [(40, Copy(17)), (None, Copy(17)), (17, Copy(None)), (None, Copy(None))])
def test_a_database_of_another_height_than_the_copy_was_not_restored(block: int | None, copy: Copy) -> None:
    after = replace(AFTER, incarnation=1, block=block)
    assert wrong(Restore(targets=BOB), after, KILLED, copy) == ["database of bob"]


def test_a_restart_has_the_image_and_flags_that_it_was_given() -> None:
    fault = Restart(targets=BOB, image="node:2", flags=("--sync=warp",))
    given = replace(AFTER, image="node:2", version="2.0.0", command=("--validator", "--sync=warp"))
    assert wrong(fault, given, CLEAN) == []
    assert wrong(fault, replace(given, image="node:1"), CLEAN) == ["command of bob"]
    assert wrong(fault, replace(given, command=("--validator",)), CLEAN) == ["command of bob"]


def test_a_node_of_another_image_that_does_not_say_its_release_is_not_known_to_run_it() -> None:
    silent = replace(AFTER, image="node:2", version=None)
    assert wrong(Restart(targets=BOB, image="node:2"), silent, CLEAN) == ["command of bob"]


@pytest.mark.parametrize("block", [0, 37, None])
def test_an_image_that_begins_below_what_was_final_did_not_go_on_with_the_database(block: int | None) -> None:
    after = replace(AFTER, image="node:2", version="2.0.0", block=block)
    assert wrong(Restart(targets=BOB, image="node:2"), after, CLEAN, final=38) == ["database of bob"]
