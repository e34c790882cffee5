"""Whether a run met the moment that its fault was placed at."""

from __future__ import annotations

from dataclasses import replace

from simnet.journal import UpgradePhase
from simnet.upgrades.course import Course, FaultSpan
from simnet.upgrades.moments import around, back_between, begins_between, in_force, mail_under_way, starts_after

_AT = {"authorized": 110.0, "told to go ahead": 150.0, "applied": 156.0, "finalized": 180.0}


def _course(*faults: tuple[str, float, float], **at: float) -> Course:
    phases = _AT | {name.replace("_", " "): t for name, t in at.items()}
    return Course(
        t0=100.0,
        chain="2000",
        code="0x" + "00" * 32,
        size=1,
        migrates=None,
        phases=tuple(UpgradePhase(name, t, "2000", 1, "0x01") for name, t in phases.items()),
        votes_for=(),
        votes_against=(),
        missed=None,
        mail=0,
        under_way=0,
        carried=(),
        migrated=(),
        faults=tuple(
            FaultSpan(name=name, apply_start=start, apply_end=start + 1, heal_start=end - 1, heal_end=end)
            for name, start, end in faults
        ),
        first_heads={"late": 200.0, "alice": 1.0},
    )


def test_a_fault_is_in_force_from_its_last_read_back_until_its_healing_begins() -> None:
    assert in_force("cut", turn=True)(_course(("cut", 149.0, 151.0))) is None
    assert in_force("cut", turn=True)(_course(("cut", 149.5, 160.0))) is not None


def test_a_fault_that_was_over_before_the_go_ahead_missed_it() -> None:
    told = in_force("cut", turn=True)(_course(("cut", 120.0, 140.0)))
    assert told == "cut lasted from t0 + 21.0 s to t0 + 39.0 s, and the code was told to go ahead at t0 + 50.0 s"


def test_a_relay_chain_turns_when_the_code_is_applied() -> None:
    course = replace(_course(("cut", 152.0, 160.0)), chain="relay")
    assert in_force("cut", turn=True)(course) is None


def test_a_fault_that_never_began_missed_every_moment() -> None:
    assert in_force("cut", "applied")(_course()) == "cut never began"


def test_a_phase_that_never_came_is_missed() -> None:
    course = replace(_course(("cut", 101.0, 300.0)), phases=())
    assert in_force("cut", "applied")(course) == "the code was never applied"


def test_a_restart_right_after_the_application_begins_before_the_code_is_final() -> None:
    met = begins_between("restarted", "applied", "finalized")
    assert met(_course(("restarted", 157.0, 200.0))) is None
    assert met(_course(("restarted", 155.0, 200.0))) is not None
    assert met(_course(("restarted", 181.0, 200.0))) is not None


def test_a_collator_is_back_between_the_go_ahead_and_the_application() -> None:
    met = back_between("restarted", "told to go ahead", "applied")
    assert met(_course(("restarted", 145.0, 156.0))) is None
    assert met(_course(("restarted", 145.0, 157.0))) is not None, "the code was applied while it was down"
    assert met(_course(("restarted", 151.0, 156.0))) is not None, "it was up when the go-ahead came"


def test_restarts_one_after_another_lie_around_the_application() -> None:
    met = around(("one", "two"), "applied")
    assert met(_course(("one", 120.0, 130.0), ("two", 150.0, 160.0))) is None
    assert met(_course(("one", 120.0, 130.0), ("two", 140.0, 150.0))) is not None
    assert met(_course(("one", 120.0, 130.0))) == "two never began"


def test_a_node_that_had_blocks_before_the_application_does_not_sync_through_it() -> None:
    assert starts_after("late", "applied")(_course()) is None
    assert starts_after("alice", "applied")(_course()) is not None
    assert starts_after("nobody", "applied")(_course()) == "nobody told of no block"


def test_mail_of_which_none_is_under_way_crosses_no_upgrade() -> None:
    course = replace(_course(), mail=4)
    assert mail_under_way(course) is not None
    assert mail_under_way(replace(course, under_way=1)) is None


def test_a_network_without_mail_has_none_to_lose() -> None:
    assert mail_under_way(_course()) is None
