"""Whom a difference breaks: each kind of change to those whom it concerns, and to no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simnet.chain.changes import Difference
from simnet.runtime.diff import code_source
from simnet.runtime.diff._breakages import breakages
from simnet.runtime.diff._host_needs import host_needs
from simnet.runtime.diff._subjects import ReadRuntime, read_runtime
from simnet.runtime.host import Host

Told = set[tuple[str, str]]


@pytest.fixture(scope="module")
def old() -> ReadRuntime:
    return read_runtime(code_source("penpal"), Host())


def newer(old: ReadRuntime, **other: Any) -> ReadRuntime:
    """The next version of it; ``other`` is what its subject says otherwise."""
    assert old.carried is not None
    version = {"spec_version": 2, "code_hash": "0x22", **other}
    carried = replace(old.carried, spec_version=version["spec_version"])
    return replace(old, subject=replace(old.subject, **version), carried=carried)


def told(old: ReadRuntime, new: ReadRuntime, *changes: Difference) -> Told:
    """Weight and whom, but for what is so of every version."""
    found = breakages(old, new, changes, host_needs(old.imports, new.imports))
    return {(one.weight, one.whom) for one in found if "spec_version 2 is signed" not in one.what}


def change(kind: Any, how: Any, **other: Any) -> Difference:
    return Difference(kind=kind, name="Some.thing", how=how, **{"old": None, "new": None, **other})


SIGNERS, TRANSACT, INDEXERS, TOOLS = "offline signers", "other chains' Transact", "indexers", "light tools"


@pytest.mark.parametrize(
    ("found", "whom"),
    [
        (change("call", "moved", effects=("changed",)), {("breaks", SIGNERS), ("breaks", TRANSACT)}),
        (change("call", "changed", effects=("changed",)), {("breaks", SIGNERS), ("breaks", TRANSACT)}),
        (change("call", "changed", effects=("narrowed",)), {("breaks", SIGNERS), ("breaks", TRANSACT)}),
        (change("call", "changed", effects=("widened",)), set()),
        (change("call", "changed", effects=("renamed",)), set()),
        (change("call", "added"), set()),
        (change("call", "added", reuses="other"), {("breaks", SIGNERS), ("breaks", TRANSACT)}),
        (change("call", "removed"), {("breaks", TRANSACT)}),
        (
            change("pallet", "moved", effects=("changed",)),
            {("breaks", SIGNERS), ("breaks", TRANSACT), ("breaks", INDEXERS)},
        ),
        (change("pallet", "removed", why=("calls: one",)), {("breaks", TRANSACT)}),
        (change("pallet", "removed", why=("constants: One",)), {("breaks", TOOLS)}),
        (change("pallet", "added"), set()),
        (change("extension", "added", effects=("changed",)), {("breaks", SIGNERS)}),
        (change("extension", "added"), {("mind", SIGNERS)}),
        (change("event", "removed"), {("breaks", INDEXERS)}),
        (change("event", "moved", effects=("changed",)), {("breaks", INDEXERS)}),
        (change("event", "changed", effects=("widened",)), {("breaks", INDEXERS)}),
        (change("event", "changed", effects=("narrowed",)), {("mind", INDEXERS)}),
        (change("event", "added"), {("mind", INDEXERS)}),
        (change("storage", "changed", effects=("changed",)), {("breaks", INDEXERS)}),
        (change("storage", "changed"), {("mind", INDEXERS)}),
        (change("storage", "added"), set()),
        (change("error", "moved", effects=("changed",)), {("breaks", INDEXERS)}),
        (change("constant", "removed"), {("breaks", TOOLS)}),
        (change("constant", "changed", effects=("changed",)), {("breaks", TOOLS)}),
        (change("constant", "changed"), {("mind", TOOLS)}),
        (change("function", "removed"), {("breaks", "callers of APIs")}),
        (change("function", "changed", effects=("changed",)), {("breaks", "callers of APIs")}),
        (change("api", "changed"), {("mind", "callers of APIs")}),
    ],
)
def test_a_change_breaks_those_whom_it_concerns(old: ReadRuntime, found: Difference, whom: Told) -> None:
    assert told(old, newer(old), found) == whom


@pytest.mark.parametrize("kind", ["call", "extension", "extrinsic"])
def test_a_transaction_version_that_stands_over_other_bytes_should_have_moved(old: ReadRuntime, kind: Any) -> None:
    found = change(kind, "changed", effects=("changed",))
    standing = breakages(old, newer(old), [found], ())
    moved = breakages(old, newer(old, transaction_version=2), [found], ())
    assert any(one.what.startswith("transaction_version should have moved and stands at 1") for one in standing)
    assert not any("should have moved" in one.what for one in moved)


def test_a_transaction_version_need_not_move_when_calls_come_or_go(old: ReadRuntime) -> None:
    found = [change("call", "added"), change("call", "removed"), change("pallet", "added")]
    assert not any("should have moved" in one.what for one in breakages(old, newer(old), found, ()))


@pytest.mark.parametrize(
    ("other", "weight"),
    [
        ({"transaction_version": 0}, "breaks"),
        ({"state_version": 0}, "breaks"),
        ({"state_version": 2}, "mind"),
        ({"size": (5 << 20) + 1}, "breaks"),
        ({"size": (3 << 20) + 1}, "unknown"),
        ({"size": 3 << 20}, None),
    ],
)
def test_numbers_of_the_code_are_told_of_the_upgrade(
    old: ReadRuntime, other: dict[str, int], weight: str | None
) -> None:
    found = {weight for weight, whom in told(old, newer(old, **other)) if whom == "the upgrade"}
    assert found == ({weight} if weight else set())


def test_a_version_that_is_not_higher_is_refused_by_the_chain_and_migrates_nothing(old: ReadRuntime) -> None:
    (what,) = [one.what for one in breakages(old, newer(old, spec_version=1), (), ()) if one.whom == "the upgrade"]
    assert what.startswith("spec_version 1 is not higher than 1: the chain refuses it")
    assert what.endswith("and then no migration runs")


def test_what_a_chain_takes_goes_by_the_version_in_the_codes_section(old: ReadRuntime) -> None:
    """It says 2, so that the chain takes it; Core_version says 1, so that nothing migrates."""
    new = newer(old)
    new = replace(new, subject=replace(new.subject, spec_version=1))
    first, second = (one.what for one in breakages(old, new, (), ()) if one.whom == "the upgrade")
    assert first == "no migration runs: its Core_version says spec_version 1, and the old one's 1"
    assert "says penpal-parachain 2, and its Core_version 1" in second


def test_code_without_a_version_in_it_is_refused(old: ReadRuntime) -> None:
    found = breakages(old, replace(newer(old), carried=None), (), ())
    assert [one.weight for one in found if "carries no version" in one.what] == ["breaks"]


def test_a_host_function_in_no_row_is_unknown_and_never_said_to_exist(old: ReadRuntime) -> None:
    new = replace(newer(old), imports=(*old.imports, "ext_made_up_version_1"))
    needs = host_needs(old.imports, new.imports)
    (need,) = (one for one in needs if one.function == "ext_made_up_version_1")
    assert (need.how, need.since, need.offered_by) == ("added", None, None)
    (found,) = (one for one in breakages(old, new, (), needs) if one.whom == "nodes")
    assert (found.weight, found.names) == ("unknown", ("ext_made_up_version_1",))


def test_a_host_function_that_later_nodes_lack_breaks_them(old: ReadRuntime) -> None:
    new = replace(newer(old), imports=(*old.imports, "ext_sandbox_invoke_version_1"))
    found = breakages(old, new, (), host_needs(old.imports, new.imports))
    assert next(one.weight for one in found if "ext_sandbox_invoke_version_1" in one.names) == "breaks"


def test_nodes_of_a_relay_chain_do_not_tell_the_proofs_size() -> None:
    relay = read_runtime(code_source("westend"), Host())
    new = replace(relay, imports=(*relay.imports, "ext_storage_proof_size_storage_proof_size_version_1"))
    found = breakages(relay, new, (), host_needs(relay.imports, new.imports))
    assert [one.weight for one in found if "nodes of relay chains" in one.what] == ["breaks"]


def test_what_breaks_comes_before_what_is_to_be_minded(old: ReadRuntime) -> None:
    found = breakages(old, newer(old), [change("event", "added"), change("event", "removed")], ())
    assert [one.weight for one in found] == sorted(
        (one.weight for one in found), key=["breaks", "unknown", "mind"].index
    )
