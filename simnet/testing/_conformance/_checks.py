"""What every check keeps to."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, ClassVar

import yaml

from simnet.checks import KINDS, Check, Status
from simnet.faults import Stop
from simnet.journal import AnyRecord, Evidence, Kind, Reader, Record
from simnet.journal.records import ObservationGap
from simnet.scenario import Expectation
from simnet.scenario.save import to_data
from simnet.testing._conformance._stage import TWO_REGIONS, toy


@cache
def _toy_run() -> tuple[AnyRecord, ...]:
    """Records of a toy on which a validator was down for a minute."""
    with toy(TWO_REGIONS.topology()) as network:
        network.wait(60)
        with network.inject(Stop(targets=("dave",)), "down"):
            network.wait(60)
        network.wait(120)
        network.settle()
        return tuple(network.evidence.records)


class CheckConformance:
    """Rules for checks. A subclass for pytest says which: one or more values of each kind.

    ::

        class TestNoIdleAuthor(CheckConformance):
            checks = (NoIdleAuthor(longest=120),)

    They are judged over :meth:`records`; one that never holds over these is asked for less.
    """

    checks: ClassVar[tuple[Check, ...]]

    def records(self) -> tuple[AnyRecord, ...]:
        """A run over which the checks can be judged: by default a toy's, with four validators in two regions, two
        parachains, and a fault ``down`` of dave. A check of what toys lack brings the records of another one."""
        return _toy_run()

    def test_its_kind_is_known(self) -> None:
        for check in self.checks:
            known = KINDS.get(check.kind)
            assert known is type(check), f"{check.kind} is {known}; list the kind, or install what brings it"

    def test_it_is_read_back_from_a_file(self) -> None:
        model: Any = Expectation
        for check in self.checks:
            text = yaml.safe_dump(to_data(model(**{check.kind: check})))
            again = model.model_validate(yaml.safe_load(text), context={"file": True}, by_alias=True, by_name=False)
            assert again.check == check, f"{check} is another one after it was written as {text}"

    def test_it_says_in_a_line_what_must_hold(self) -> None:
        for check in self.checks:
            assert check.expected().isprintable() and check.expected(), f"{check} expects {check.expected()!r}"
            assert str(check).startswith(check.kind), f"{check} begins with another kind"

    def test_it_is_inconclusive_where_nothing_is_recorded(self) -> None:
        for check in self.checks:
            found = check.judge(Evidence())
            assert found.status is Status.INCONCLUSIVE, f"{check} {found.status.value} over nothing: {found.seen}"

    def test_it_is_inconclusive_before_the_barrier(self) -> None:
        before = [one for one in self.records() if one.kind is not Kind.BARRIER]
        for check in self.checks:
            found = check.judge(_evidence(before))
            assert found.status is Status.INCONCLUSIVE, f"{check} {found.status.value} without t0: {found.seen}"

    def test_it_holds_over_a_run(self) -> None:
        """Else the next rule could not fail."""
        for check in self.checks:
            found = check.judge(_evidence(self.records()))
            assert found.status is Status.HELD, f"{check} {found.status.value} over the records: {found.seen}"

    def test_it_does_not_hold_where_nobody_looked(self) -> None:
        """From t0 on no node showed anything, and the readers of all say so."""
        for check in self.checks:
            found = check.judge(_evidence(_unwatched(self.records())))
            held = f"{check} holds though no node was watched: {found.seen}; give its finding a coverage"
            assert found.status is not Status.HELD, held

    def test_it_finds_the_same_each_time(self) -> None:
        for check in self.checks:
            evidence = _evidence(self.records())
            first = check.judge(evidence)
            assert check.judge(evidence) == first, f"{check} judges the same evidence twice and differs"
            assert evidence.records == list(self.records()), f"{check} changes the evidence"

    def test_what_it_finds_can_be_stored(self) -> None:
        for check in self.checks:
            found = check.judge(_evidence(self.records()))
            stored = {"seen": found.seen, "figures": found.figures, "where": found.where}
            assert json.loads(json.dumps(stored))["seen"] == found.seen, f"{check} finds what is no JSON: {stored}"


def _evidence(records: Any) -> Evidence:
    out = Evidence()
    for record in records:
        out.add(record)
    return out


def _unwatched(records: tuple[AnyRecord, ...]) -> list[AnyRecord]:
    """The records without what nodes showed after t0, and a gap of each of their readers instead."""
    barrier = next(one for one in records if one.kind is Kind.BARRIER)
    nodes = _evidence(records).nodes()
    kept = [one for one in records if one.t < barrier.t or one.kind is Kind.BARRIER or one.observer not in nodes]
    end = records[-1].t
    gaps = [
        Record(
            seq=len(kept) + number,
            t=end,
            observer=node,
            incarnation=0,
            chain=None,
            height=None,
            hash=None,
            data=ObservationGap(start=barrier.t, end=end, reason="nobody looked", what=reader),
        )
        for number, (node, reader) in enumerate((node, reader) for node in nodes for reader in Reader)
    ]
    return [*kept, *gaps]
