"""Overlapping faults compose: the effective state depends on which are active, not on the order they came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import InputError
from simnet.faults import (
    CLEAR,
    Degrade,
    Effective,
    Fault,
    Isolate,
    Kill,
    OneWayCut,
    Outage,
    Partition,
    Pause,
    Stop,
    effective,
)
from simnet.network.topology import Chain, Node, Topology

NAMES = ("alice", "bob", "charlie", "dave")


def topology() -> Topology:
    regions = ("eu", "eu", "us", "us")
    nodes = tuple(
        Node(name=name, chain="relay", role="validator", account=f"//{name}", image="i", region=region)
        for name, region in zip(NAMES, regions, strict=True)
    )
    return Topology(relay=Chain(id="relay"), nodes=nodes)


some = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple)
cut_in_two = st.permutations(NAMES).flatmap(
    lambda order: st.integers(1, 3).map(lambda at: Partition(groups=(tuple(order[:at]), tuple(order[at:]))))
)
faults: st.SearchStrategy[Fault] = st.one_of(
    some.map(lambda targets: Stop(targets=targets)),
    some.map(lambda targets: Kill(targets=targets)),
    some.map(lambda targets: Pause(targets=targets)),
    some.map(lambda targets: Isolate(targets=targets)),
    st.permutations(NAMES).map(lambda order: OneWayCut(source=(order[0],), target=(order[1],))),
    cut_in_two,
    st.builds(
        lambda order, delay, loss: Degrade(source=(order[0],), target=(order[1],), delay=delay, loss=loss),
        st.permutations(NAMES),
        st.floats(0.001, 1),
        st.floats(0, 0.5),
    ),
)


def close(one: Effective, two: Effective) -> bool:
    """Equal but for rounding: delays and losses of several faults are combined in another order."""
    return one.nodes == two.nodes and all(
        a.cut == b.cut and a.delay == pytest.approx(b.delay) and a.loss == pytest.approx(b.loss) and a.rate == b.rate
        for a, b in ((one.links[pair], two.links[pair]) for pair in one.links)
    )


@given(st.lists(faults, max_size=5), st.randoms())
def test_order_does_not_matter(active: list[Fault], random: object) -> None:
    shuffled = sorted(active, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert close(effective(topology(), active), effective(topology(), shuffled))


@given(st.lists(faults, max_size=4), faults)
def test_another_fault_never_makes_anything_better(active: list[Fault], more: Fault) -> None:
    before, after = effective(topology(), active), effective(topology(), [*active, more])
    severity = ("running", "paused", "stopped", "killed").index
    assert all(severity(after.nodes[name]) >= severity(before.nodes[name]) for name in NAMES)
    for pair, state in before.links.items():
        assert after.links[pair].cut >= state.cut
        assert after.links[pair].delay >= state.delay
        assert after.links[pair].loss >= state.loss - 1e-12


def test_healing_a_partition_keeps_an_isolation_that_overlaps_it() -> None:
    isolated = Isolate(targets=("alice",))
    cut = Partition(groups=(("alice", "bob"), ("charlie", "dave")))
    both, healed = effective(topology(), [cut, isolated]), effective(topology(), [isolated])
    assert both.links["alice", "charlie"].cut
    assert healed.links["alice", "charlie"].cut
    assert healed.links["bob", "charlie"] == CLEAR


def test_a_one_way_cut_cuts_one_way_and_stops_tcp_both_ways() -> None:
    state = effective(topology(), [OneWayCut(source=("alice",), target=("bob",))])
    assert state.links["alice", "bob"].cut
    assert not state.links["bob", "alice"].cut
    assert not state.reachable("bob", "alice")


def test_components_follow_partitions_and_leave_out_nodes_that_are_down() -> None:
    faults = [Partition(groups=(("region:eu",), ("region:us",))), Kill(targets=("dave",))]
    assert effective(topology(), faults).components() == (("alice", "bob"), ("charlie",))


def test_an_outage_takes_the_whole_region() -> None:
    state = effective(topology(), [Outage(region="us")])
    assert state.nodes == {"alice": "running", "bob": "running", "charlie": "killed", "dave": "killed"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Partition(groups=(("alice",),)),
        lambda: Partition(groups=(("alice",), ("alice", "bob"))).affected(topology()),
        lambda: Degrade(source=("alice",), target=("bob",)),
        lambda: Degrade(source=("alice",), target=("bob",), delay=0.1, jitter=0.2),
        lambda: Degrade(source=("alice",), target=("bob",), reorder=0.1),
        lambda: OneWayCut(source=("alice",), target=("alice",)).affected(topology()),
        Outage,
        lambda: Outage(region="eu", provider="north"),
        lambda: Stop(targets=()),
        lambda: Stop(targets=("alicia",)).affected(topology()),
    ],
)
def test_faults_that_cannot_be_are_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]
